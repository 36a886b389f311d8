"""A data directory out of the store: the full base, what changed since, and the WAL to replay on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO

from ops.backup import incoming
from ops.backup.faults import Damaged, Missing, Trouble
from ops.backup.feeding import fed
from ops.backup.pit import deposit
from ops.backup.pit.papers import Base
from ops.backup.pit.wal import Wal
from ops.backup.pit.windows import Reach
from ops.backup.programs import Programs
from ops.backup.settings import Settings
from ops.backup.store import Store

AT_ONCE = 4
BLOCK = 64 * 1024


def directory(
    settings: Settings,
    store: Store,
    chain: Sequence[Base],
    *,
    suite: Programs,
    into: Path,
    advance: Callable[[int], None],
) -> None:
    """Makes the data directory `into` from a full base and its incrementals. It gets its name when it is whole.

    Raises `Damaged`, `Missing`, `Unreachable`, `Trouble`; then nothing is left of it.
    """
    aside = into.parent / "half-made"
    try:
        parts = []
        for base in chain:
            parts.append(aside / base.name)
            parts[-1].mkdir(mode=0o700, parents=True)
            tar = [
                "tar",
                "--extract",
                "--file=-",
                f"--directory={parts[-1]}",
                "--no-same-owner",
                "--preserve-permissions",
            ]
            pour = partial(incoming.poured, store, base.archive, settings.identities)
            fed(tar, {}, lambda sink, pour=pour: pour(sink, advance), _silent)  # type: ignore[misc]
        whole = parts[0]
        if len(parts) > 1:
            whole = aside / "whole"
            _combined(suite, parts, whole)
        whole.chmod(0o700)
        whole.rename(into)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _combined(suite: Programs, parts: Sequence[Path], into: Path) -> None:
    """Unchanged files are moved over, not copied: the parts are thrown away anyway.

    The server brings all of it to the disk before it begins, so nobody else needs to. What was poured has been compared
    with its checksum; a new list of every file's own would be read by nobody.
    """
    link = ["--link"] if suite.major >= 18 else []
    done = subprocess.run(
        [suite.path("pg_combinebackup"), *link, "--no-sync", "--no-manifest", f"--output={into}", *map(str, parts)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error:" in line] or [done.stderr.strip()]
        raise Trouble(f"pg_combinebackup failed: {said[0].partition('error: ')[2] or said[0]}")


def _silent(out: IO[bytes]) -> None:
    out.read()


def spool(
    settings: Settings,
    store: Store,
    wal: Wal,
    *,
    reach: Reach,
    to: datetime | None,
    folder: Path,
    advance: Callable[[int], None],
) -> int:
    """Lays out the WAL up to the moment and the histories of timelines; gives how many segments that were.

    Everything is opened and compared before the server starts, so a bad file stops us here and not half-way.
    Raises `Damaged`, `Missing`, `Unreachable`, `Trouble`.
    """
    folder.mkdir(mode=0o700)
    for name in wal.histories:
        _laid(folder / name, deposit.get(store, wal.system, name, settings.trusted, settings.identities)[1])
    count = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:

        def fetched(name: str) -> datetime | None:
            paper, raw = deposit.get(store, wal.system, name, settings.trusted, settings.identities)
            _laid(folder / name, raw)
            advance(1)
            return paper.last

        for start in range(0, len(reach.run), AT_ONCE):
            names = reach.run[start : start + AT_ONCE]
            try:
                ends = list(pool.map(fetched, names))
            except (Damaged, Missing) as fault:
                raise type(fault)(
                    f"{fault} Nothing was restored. `ops backup wal check --read` shows what can be reached without it."
                ) from None
            count += len(names)
            if to is not None and any(end is not None and end > to for end in ends):
                break
    return count


def _laid(file: Path, raw: bytes) -> None:
    """Blocks of zeros become holes: most of a file of WAL that was closed early is empty."""
    try:
        with file.open("wb") as out:
            for start in range(0, len(raw), BLOCK):
                block = raw[start : start + BLOCK]
                if any(block):
                    out.write(block)
                else:
                    out.seek(len(block), os.SEEK_CUR)
            out.truncate(len(raw))
    except OSError as fault:
        raise Trouble(f"{file.parent} cannot be written: {fault.strerror}. Nothing was restored.") from None
