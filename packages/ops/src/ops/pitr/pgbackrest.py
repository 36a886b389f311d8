"""Runs pgBackRest and reads what its repository holds."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from ops.cli import OpsError, UsageError, format_count
from shared.embedded_postgres import os_user

# Ours for pgBackRest's errors: wrong settings, no connection. The others are 1.
EXIT_STATUSES = {27: 2, 31: 2, 32: 2, 33: 2, 34: 2, 37: 2, 49: 5}
HINTS = {
    "missing stanza": "Create it with pgbackrest stanza-create, or name another with --stanza.",
    "FormatError|CryptoError": "Is PGBACKREST_REPO1_CIPHER_PASS the passphrase that the repository was created with?",
}
QUIET = ("--log-level-console=off", "--log-level-stderr=error", "--log-timestamp=n")
WAL = re.compile(r"(?:.*/)?([0-9A-F]{24})-[0-9a-f]{40}\S*")


class PgBackRestError(OpsError):
    def __init__(self, message: str, exit_status: int = 1) -> None:
        super().__init__(message)
        self.exit_status = exit_status


class Backup(msgspec.Struct, frozen=True):
    label: str
    type: str
    completed_at: datetime
    first_wal: str
    bytes: int


class Archive(msgspec.Struct, frozen=True):
    """`newest` is when the last WAL file was archived. Later times cannot be reached yet."""

    stanza: str
    postgresql: str
    cipher: str
    backups: list[Backup]
    newest: datetime
    newest_wal: str
    missing_wal: list[str]
    bytes: int

    @property
    def window(self) -> str:
        oldest = self.backups[0].completed_at + timedelta(seconds=1)  # pgBackRest counts whole seconds
        return f"Reachable: {oldest:%F %T} to {self.newest:%F %T} UTC."


def find_server_user() -> os_user.Account | None:
    """Returns Debian's user of the server if we are root, which PostgreSQL refuses, and None for ourselves."""
    return os_user.Account(*pwd.getpwnam("postgres")[2:4]) if os.geteuid() == 0 else None


def run_pgbackrest(stanza: str, *arguments: str, keep_open: tuple[int, ...] = ()) -> str:
    """Returns what pgBackRest prints; it is stopped if we are killed. Raises `PgBackRestError`, `UsageError`."""
    program = shutil.which("pgbackrest")
    if program is None:
        raise UsageError("pgbackrest is not installed here. On a Docker host: docker compose run --rm pitr ops pitr")
    command = [*os_user.under(find_server_user()), program, *QUIET, f"--stanza={stanza}", *arguments]
    done = subprocess.run(
        command, cwd="/", capture_output=True, text=True, errors="replace", check=False, pass_fds=keep_open
    )
    if done.returncode:
        reason = re.sub(r".*ERROR: \[\d+\]: ", "pgBackRest: ", done.stderr.strip(), count=1, flags=re.DOTALL)
        raise PgBackRestError(reason, EXIT_STATUSES.get(done.returncode, 1))
    return done.stdout


def read_archive(stanza: str) -> Archive:
    """Raises `PgBackRestError`, `UsageError`."""
    info = json.loads(run_pgbackrest(stanza, "--output=json", "info"), strict=False)[0]  # messages have raw bytes
    status = info["repo"][0]["status"]
    if status["code"] not in (0, 2):  # 2 is a stanza without a backup
        reason = status["message"].splitlines()[0]
        lines = [
            f"The stanza {stanza} cannot be read: {reason}",
            *(hint for words, hint in HINTS.items() if re.search(words, reason)),
        ]
        raise PgBackRestError("\n".join(lines), 5 if "ConnectError" in reason else 1)
    database = info["db"][-1]  # earlier ones are of earlier major versions
    wal_folder = f"archive/{stanza}/{database['version']}-{database['id']}"
    files = json.loads(run_pgbackrest(stanza, "--output=json", "--recurse", "repo-ls", wal_folder))
    wal = {found[1]: file["time"] for name, file in files.items() if (found := WAL.fullmatch(name))}
    backups = [
        Backup(
            label=each["label"],
            type=each["type"],
            completed_at=datetime.fromtimestamp(each["timestamp"]["stop"], UTC),
            first_wal=each["archive"]["start"],
            bytes=each["info"]["repository"]["delta"],
        )
        for each in info["backup"]
        if each["database"]["id"] == database["id"]
    ]
    if not backups or not wal:
        raise PgBackRestError(f"The stanza {stanza} has no backup yet. Take one: pgbackrest --stanza={stanza} backup")
    return Archive(
        stanza=stanza,
        postgresql=database["version"],
        cipher=info["cipher"],
        backups=backups,
        newest=datetime.fromtimestamp(wal[max(wal)], UTC),
        newest_wal=max(wal),
        missing_wal=find_missing_wal({*wal}, backups[0].first_wal),
        bytes=sum(each.bytes for each in backups) + sum(file.get("size", 0) for file in files.values()),
    )


def find_missing_wal(names: set[str], first: str) -> list[str]:
    """Returns the WAL files that are missing between `first` and the newest, within each timeline."""
    expected = {first}
    for before, after in pairwise(sorted(name for name in {*names, first} if name >= first)):
        numbers = [int(name[8:16], 16) << 8 | int(name[16:], 16) for name in (before, after)]
        if before[:8] == after[:8]:
            expected |= {f"{before[:8]}{number >> 8:08X}{number & 255:08X}" for number in range(*numbers)}
    return sorted(expected - names)


def format_missing(names: list[str]) -> str:
    return f"{format_count(len(names), 'WAL file')} missing, from {names[0]} on. Take a new backup now."
