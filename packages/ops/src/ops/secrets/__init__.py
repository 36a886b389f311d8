"""Secrets that lie where they must not: in files that git keeps or would keep, and in everything it ever kept."""
