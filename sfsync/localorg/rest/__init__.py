"""The REST resources: wire to call and back, no behaviour."""
