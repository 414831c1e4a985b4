"""How alike two values are: the matching methods that duplicate detection rests on."""
