"""Signing in: tokens, sessions, who am I."""
