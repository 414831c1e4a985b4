"""The outside world that is Salesforce: a port, and the adapter and wrappers behind it."""
