"""Bulk API 1.0: jobs of batches, in XML, JSON or CSV, under /services/async."""
