"""Looking back and checking: is the mirror the org, why is a value what it is, and taking a run back."""
