"""Secrets, passwords, addresses, and the one way out."""
