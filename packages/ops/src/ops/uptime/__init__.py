"""Monitors of the public hosts and heartbeats of the jobs, kept at an uptime provider or in a Gatus configuration."""
