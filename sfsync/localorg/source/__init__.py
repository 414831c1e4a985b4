"""Loading an org's source: rules, fields, value sets, queues and settings out of metadata files."""
