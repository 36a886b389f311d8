"""The machine: disk, memory against the plan, open files, Python, time zones."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import zoneinfo
from pathlib import Path

from crm.monitoring import memory
from ops.doctor.context import DoctorContext
from ops.doctor.findings import FINE, WEAK, WRONG, Findings
from shared import embedded_postgres

LEAST_FREE = LEAST_MEMORY = 512 * 2**20  # the memory of the smallest plan; the service takes less than half of it
FULL = 0.85
LEAST_FILES = 1024


def check(
    context: DoctorContext,
    findings: Findings,
    *,
    cgroup: Path = memory.CGROUP,
    python: tuple[int, ...] = sys.version_info[:3],
    least_free: int = LEAST_FREE,
) -> None:
    """The keyword arguments replace this machine's own values in tests."""
    version, zone = ".".join(map(str, python)), context.facts.organization.time_zone
    folders = [embedded_postgres.data_folder(context.environ), Path(tempfile.gettempdir())]
    free = {folder: shutil.disk_usage(folder).free for folder in folders if folder.is_dir()}
    files, used = resource.getrlimit(resource.RLIMIT_NOFILE)[0], memory.read(cgroup)
    limit = used.limit_bytes or 0
    size, share = f"{limit / 2**20:,.0f} MB of memory", used.used_bytes / limit if limit else 0
    findings.expect(
        *((bytes_free >= least_free, WRONG, f"{folder} has {bytes_free / 2**20:,.0f} MB left",
           f"du -xh {folder} | sort -h | tail") for folder, bytes_free in free.items()),
        (not limit or limit >= LEAST_MEMORY, WEAK, f"This container has {size}, and the smallest plan has 512",
         "Raise the limit to 512 MB"),
        (share <= FULL, WRONG, f"{share:.0%} of this container's memory is taken",
         "Raise the limit, or lower DATABASE_POOL_SIZE"),
        (python >= (3, 11), WRONG, f"Python is {version}, and 3.11 is needed", "uv python install 3.13"),
        (zone in zoneinfo.available_timezones(), WRONG, f"This machine does not know {zone}", "pip install tzdata"),
        (files < 0 or files >= LEAST_FILES, WEAK, f"A process may open {files} files", f"ulimit -n {LEAST_FILES}"),
    )  # fmt: skip
    if not findings.all:
        plan = size if limit else "no limit of memory"
        findings.add(FINE, f"Python {version}, {min(free.values(), default=0) / 2**30:.1f} GB free, {plan}")
