"""The org's rules as data: criteria, formulas, what matches what, and where rules are kept."""
