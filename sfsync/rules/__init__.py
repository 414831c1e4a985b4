"""Deciding what a record should be: values in, decisions with their reasons out."""
