"""Files in: rows of a CSV file to records of the org, each with an outcome of its own."""
