"""Helpers of the tests of backups: keys, databases, backups, and the command itself."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg
from typer.testing import CliRunner

from crm.kernel import schema
from ops.__main__ import cli
from ops.backup import catalog, database, keys
from ops.backup.contents import read_contents
from ops.backup.create import create_backup
from ops.backup.manifest import Contents, DatabaseId, Manifest, sign_document
from ops.backup.restore import restore_backup
from ops.backup.settings import BackupSettings
from ops.backup.store import Store
from ops.cli import CliOutput

OPS = Path(sys.executable).parent / "ops"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMEOUT_S = 60
"""For a wait that ends by itself, and is reached only by a failure."""


class BackupKeys(NamedTuple):
    """`online` and `offline` are secret keys; `environment` has the variables for programs."""

    settings: BackupSettings
    online: str
    offline: str
    environment: dict[str, str]


def create_keys() -> BackupKeys:
    online, offline = keys.Identity.generate(), keys.Identity.generate()
    recipients = online.to_public(), offline.to_public()
    signing_key, _ = keys.generate_signing_key()
    signer = keys.parse_signing_key(signing_key)
    settings = BackupSettings(
        store="",
        recipients=recipients,
        identities=(online,),
        signer=signer,
        trusted=(signer.public_key(),),
    )
    environment = {
        "BACKUP_RECIPIENTS": ",".join(map(str, recipients)),
        "BACKUP_SIGNING_KEY": signing_key,
        "BACKUP_IDENTITY": str(online),
    }
    return BackupKeys(settings, str(online), str(offline), environment)


def find_older_postgres() -> Path | None:
    """Returns the folder of the distribution's PostgreSQL. `scripts/test` names its initdb in INITDB."""
    found = os.environ.get("INITDB") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), "")
    return Path(found).resolve().parent if found else None


def read_older_major() -> int:
    """Returns its major version: 15 on Debian 12, 16 on Ubuntu 24.04, 17 on Debian 13. 0 where there is none."""
    folder = find_older_postgres()
    if folder is None:
        return 0
    version = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(version.stdout.split()[2].partition(".")[0])


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def create_pumps(url: str) -> None:
    execute(
        url,
        f"CREATE TABLE alembic_version AS SELECT '{schema.HEAD}' AS version_num",
        "CREATE TABLE pumps (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, created_at timestamptz)",
        "INSERT INTO pumps (name, created_at) VALUES ('Ada', '2026-01-01Z'), ('Zoe', '2026-02-01Z'), (NULL, NULL)",
    )


def make_backup(keys: BackupKeys, store: Store, url: str, at: datetime = NOON) -> Manifest:
    return create_backup(keys.settings, store, url, CliOutput(), lambda: at)


def restore_into(
    backup_keys: BackupKeys,
    store: Store,
    manifest: Manifest,
    url: str,
    *,
    identity: str = "",
    table: str | None = None,
) -> None:
    identities = keys.parse_identities(identity) if identity else backup_keys.settings.identities
    restore_backup(store, manifest, identities, url, lambda _: None, table=table)


def read_database(url: str) -> Contents:
    with database.connect(url) as connection:
        return read_contents(connection)


def is_empty_database(url: str) -> bool:
    with database.connect(url) as connection:
        return database.list_objects(connection) == []


def add_listed_backup(
    keys: BackupKeys, store: Store, like: Manifest, number: int, at: datetime, *, of: DatabaseId | None = None
) -> str:
    """Adds a backup with a signed manifest and a worthless archive, for tests that only list."""
    name = catalog.format_name(number, at)
    archive = msgspec.structs.replace(like.archive, object=f"{name}/{catalog.ARCHIVE}", size=3)
    manifest = msgspec.structs.replace(like, name=name, taken_at=at, archive=archive, database=of or like.database)
    store.create(archive.object, b"old")
    store.create(f"{name}/{catalog.MANIFEST}", sign_document(manifest, keys.settings.signer))
    return name


class CommandResult(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class BackupCommand:
    """`ops backup …` with all variables set: in this process, or as a program where that matters."""

    def __init__(self, keys: BackupKeys, store_folder: Path, url: str) -> None:
        self.store_folder = store_folder
        store_folder.mkdir(exist_ok=True)
        variables = {"BACKUP_STORE": str(store_folder), "DATABASE_URL": url}
        self.variables: dict[str, str | None] = {**keys.environment, **variables}

    def __call__(self, *arguments: str, **changes: str | None) -> CommandResult:
        """Runs it in this process. None removes a variable."""
        env = {"COLUMNS": None, **self.variables, **changes}
        result = CliRunner().invoke(cli, ["backup", *arguments], env=env, catch_exceptions=False)
        return CommandResult(result.exit_code, result.stdout, result.stderr)

    @property
    def environ(self) -> dict[str, str]:
        return {name: value for name, value in {**os.environ, **self.variables}.items() if value is not None}

    def start(self, *arguments: str, through: tuple[str, ...] = (), **changes: str) -> subprocess.Popen[str]:
        """Starts it as a program, perhaps through another one."""
        return subprocess.Popen(
            [*through, OPS, "backup", *arguments],
            env={**self.environ, **changes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, through: tuple[str, ...] = (), **changes: str) -> CommandResult:
        """Runs it as a program to its end."""
        process = self.start(*arguments, through=through, **changes)
        stdout, stderr = process.communicate()
        return CommandResult(process.returncode, stdout, stderr)
