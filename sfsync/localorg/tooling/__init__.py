"""The Tooling API: the org's own shape, asked for as records."""
