"""The Metadata API: deploying custom fields and rules, listing what there is."""
