"""The SOAP API: envelopes to calls and back, no behaviour."""
