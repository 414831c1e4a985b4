"""Settings: every TOML file the program reads, as plain values with the place each came from."""
