"""How the fixed tables of a mirror came to be what they are, one file per revision."""
