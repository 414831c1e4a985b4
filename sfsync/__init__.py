"""sfsync: a local mirror of a Salesforce org, rules in files, plans before writes, and a way back."""
