"""Checks one machine or service, and says how to fix what is wrong."""
