"""Taking the CSV exports of a real org into the local one, whole."""
