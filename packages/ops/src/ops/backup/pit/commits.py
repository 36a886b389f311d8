"""When the transactions of a file of WAL ended, as pg_waldump reads it."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from ops.backup.programs import Programs

ENDED = re.compile(r"(?:COMMIT|ABORT)\D.*?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}) UTC")
IN_UTC = {"TZ": "UTC"}
"""pg_waldump writes times as they are where it runs."""


def span(file: Path, suite: Programs) -> tuple[datetime | None, datetime | None]:
    """The first and the last, by the server's clock: what recovery compares its target with.

    pg_waldump calls the end of the file an error, so its exit status tells nothing.
    """
    asked = subprocess.run(
        [suite.path("pg_waldump"), "--rmgr=Transaction", str(file)],
        env={**os.environ, **IN_UTC},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    found = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in ENDED.findall(asked.stdout)]
    return min(found, default=None), max(found, default=None)
