"""Forms that visitors of web sites fill in."""
