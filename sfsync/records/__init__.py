"""Ids, values, schema and changes: the nouns, with no input or output."""
