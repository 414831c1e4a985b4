"""Facts about the sObjects of the local org, one JSON file each, and their reader."""
