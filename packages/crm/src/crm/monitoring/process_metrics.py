"""What a worker has done since it started. Each heartbeat stores it, so any web process can report it at `/metrics`."""

from __future__ import annotations

import msgspec

from crm.monitoring import memory


class Tally(msgspec.Struct):
    """The runs of one job, and their total duration in seconds."""

    done: int = 0
    failed: int = 0
    seconds: float = 0.0


class Figures(msgspec.Struct):
    """`jobs` holds the tallies by job name."""

    memory_bytes: int = 0
    jobs: dict[str, Tally] = {}

    def count(self, job: str, seconds: float, *, failed: bool) -> None:
        tally = self.jobs.setdefault(job, Tally())
        tally.seconds += seconds
        tally.failed += failed
        tally.done += not failed

    def with_memory(self) -> Figures:
        """Return these figures with the memory in use now."""
        self.memory_bytes = memory.resident()
        return self
