"""Who may do what: users, sessions, API keys, and the organization's settings. Knows the kernel."""
