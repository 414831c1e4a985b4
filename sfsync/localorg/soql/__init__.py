"""SOQL: read, checked against the catalog, and turned into SQL over the rows of the org."""
