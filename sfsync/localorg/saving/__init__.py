"""How records are saved: system validation, computed fields, assignment, deletes."""
