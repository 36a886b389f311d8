"""The machine: disk, memory against the plan, open files, Python, time zones."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import zoneinfo
from pathlib import Path

from crm.kernel import memory
from house import postgres
from ops.doctor.case import Case
from ops.doctor.findings import Finding, Group, Ward

LEAST_PYTHON = (3, 11)
LEAST_FREE = 512 * 1024 * 1024
LEAST_MEMORY = 512 * 1024 * 1024
"""Of the smallest plan. The service takes less than half of it; the rest is for a busy day."""
FULL = 0.85
LEAST_FILES = 1024


def findings(
    case: Case,
    *,
    cgroup: Path = memory.CGROUP,
    python: tuple[int, ...] = sys.version_info[:3],
    least_free: int = LEAST_FREE,
) -> list[Finding]:
    """The arguments stand for this machine's, in tests."""
    ward = Ward(Group.MACHINE)
    free = _disk(case, ward, least_free)
    limit = _memory(ward, cgroup)
    if python < LEAST_PYTHON:
        ward.wrong(f"Python is {'.'.join(map(str, python))}, and 3.11 is needed", "uv python install 3.13")
    try:
        zoneinfo.ZoneInfo(case.facts.organization.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        ward.wrong(f"This machine does not know {case.facts.organization.time_zone}", "pip install tzdata")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= files < LEAST_FILES:
        ward.weak(f"A process may open {files} files", f"ulimit -n {LEAST_FILES}")
    if not ward.findings:
        plan = f"{limit / 2**20:,.0f} MB of memory" if limit else "no limit of memory"
        ward.fine(f"Python {'.'.join(map(str, python))}, {free / 2**30:.1f} GB free, {plan}")
    return ward.findings


def _disk(case: Case, ward: Ward, least: int) -> int:
    """Bytes free where there are fewest of them."""
    data = postgres.data_folder(case.environ)
    places = {
        folder: shutil.disk_usage(folder).free for folder in (data, Path(tempfile.gettempdir())) if folder.is_dir()
    }
    for folder, free in places.items():
        if free < least:
            ward.wrong(f"{folder} has {free / 2**20:,.0f} MB left", f"du -xh {folder} | sort -h | tail")
    return min(places.values(), default=0)


def _memory(ward: Ward, cgroup: Path) -> int | None:
    found = memory.read(cgroup)
    if found.limit_bytes is None:
        return None
    if found.limit_bytes < LEAST_MEMORY:
        ward.weak(
            f"This container has {found.limit_bytes / 2**20:,.0f} MB of memory, and the smallest plan has 512",
            "Raise the limit to 512 MB",
        )
    if found.used_bytes > FULL * found.limit_bytes:
        share = found.used_bytes / found.limit_bytes
        ward.wrong(f"{share:.0%} of this container's memory is taken", "Raise the limit, or lower DATABASE_POOL_SIZE")
    return found.limit_bytes
