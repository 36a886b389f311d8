"""Mails that remind each user of tasks, and the digest of each working day."""
