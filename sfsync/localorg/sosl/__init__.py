"""SOSL: finding words in the texts of many sObjects at once."""
