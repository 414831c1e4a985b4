"""What the local org does as a real one, how that is known, and what is missing."""
