"""The tasks of a user as an iCalendar feed (RFC 5545) at a secret address."""
