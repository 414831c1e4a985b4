"""Trouble on order: what shall go wrong, with which requests, records and jobs, and what is put off."""
