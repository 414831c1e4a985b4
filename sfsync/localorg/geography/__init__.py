"""State and country picklists: which places an org knows, and the switch that makes it insist on them."""
