"""Memory does not grow with the database."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import suppress
from pathlib import Path

from backup.backup_helpers import TIMEOUT_S, execute

from shared.embedded_postgres import locks

MOST_MB = 130
"""What Python and its libraries take, and three parts of 8 MiB on their way. The whole would not fit beside them."""


COMMANDS = (["create"], ["verify"], ["restore", "--yes"])


def peak_mb(process: subprocess.Popen[str]) -> float:
    """The most a program held at once: the kernel's high-water mark, as it stood shortly before the end."""
    marks = [0]

    def has_ended() -> bool:
        with suppress(OSError):
            marks.extend(map(int, re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())))
        return process.poll() is not None

    assert locks.wait_for(has_ended, TIMEOUT_S)
    assert process.returncode == 0, process.communicate()
    process.communicate()
    return max(marks) / 1024


def test_a_hundred_megabytes_pass_through_a_little_memory(ops, own_pumps, create_database):
    ops.variables["DATABASE_URL"] = own_pumps
    words = " || ".join(f"md5((i + {n})::text)" for n in range(8))
    execute(own_pumps, f"CREATE TABLE big AS SELECT i, {words} AS words FROM generate_series(1, 400000) i")
    peaks = [peak_mb(ops.start(*command, RESTORE_DATABASE_URL=create_database())) for command in COMMANDS]
    [backup] = json.loads(ops("list", "--json").stdout)
    assert backup["rows"] == 400_004
    assert 30 < min(peaks) < max(peaks) < MOST_MB, peaks
