"""Deliveries: one for each event and receiver, written with the change that caused it."""
