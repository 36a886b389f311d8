"""The state of the system: backups, restore tests, scheduled jobs, queue, memory, storage and metrics."""

__all__ = []
