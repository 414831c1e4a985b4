"""The mirror: one org's records, their journal, and everything that has to outlive a process, in one SQLite file."""
