"""What a process has done since it began, counted as it goes and told with each sign of life.

A worker answers nobody, so its figures travel through the database, and whichever web process is asked for
`/metrics` tells those of all.
"""

from __future__ import annotations

import msgspec

from crm.kernel import memory


class Tally(msgspec.Struct):
    """Runs of one job; `seconds` is the time of all of them together."""

    done: int = 0
    failed: int = 0
    seconds: float = 0.0


class Figures(msgspec.Struct):
    """`memory_bytes` is what the process holds; `jobs` are tallies by the name of the job."""

    memory_bytes: int = 0
    jobs: dict[str, Tally] = {}

    def count(self, job: str, seconds: float, *, failed: bool) -> None:
        tally = self.jobs.setdefault(job, Tally())
        tally.seconds += seconds
        if failed:
            tally.failed += 1
        else:
            tally.done += 1

    def told(self) -> Figures:
        """The figures with the memory as it is now."""
        self.memory_bytes = memory.resident()
        return self
