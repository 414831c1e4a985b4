"""Data that looks like a real company's, made by number and seed."""
