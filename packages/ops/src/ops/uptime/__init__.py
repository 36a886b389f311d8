"""Watches the public addresses from outside, keeps the account of it, and shows it."""
