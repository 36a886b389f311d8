"""The team page: people, their roles, and the leads that are handed over when somebody leaves."""
