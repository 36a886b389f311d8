"""What leaves the system: webhooks and notifications, by one delivery engine. Knows accounts."""
