"""What the tests of backups do over and over: make keys, back up, bring back, look."""

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

from ops.__main__ import cli
from ops.backup import catalog, contents, database, keys, restore, signed
from ops.backup import create as creating
from ops.backup.manifest import Contents, Manifest
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store

OPS = Path(sys.executable).parent / "ops"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Ring(NamedTuple):
    """Keys of one house; `online` and `offline` are secret, the variables are for programs."""

    settings: Settings
    online: str
    offline: str
    environment: dict[str, str]


def make_ring() -> Ring:
    (online, one), (offline, other), (signing, _) = keys.new_identity(), keys.new_identity(), keys.new_signing_key()
    signer = keys.signing_key(signing)
    settings = Settings(
        store="",
        recipients=(keys.recipient(one), keys.recipient(other)),
        identities=keys.identities(online),
        signing=signer,
        trusted=(signer.public_key(),),
    )
    environment = {"BACKUP_RECIPIENTS": f"{one},{other}", "BACKUP_SIGNING_KEY": signing, "BACKUP_IDENTITY": online}
    return Ring(settings, online, offline, environment)


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def back_up(ring: Ring, place: Store, url: str, at: datetime = NOON) -> Manifest:
    return creating.create(ring.settings, place, url, Screen(), lambda: at)


def bring_back(
    ring: Ring, place: Store, manifest: Manifest, url: str, *, identity: str = "", table: str | None = None
) -> None:
    identities = keys.identities(identity) if identity else ring.settings.identities
    restore.restore(place, manifest, identities, url, lambda _: None, table=table)


def look(url: str) -> Contents:
    with database.connected(url) as connection:
        return contents.read(connection)


def is_empty(url: str) -> bool:
    with database.connected(url) as connection:
        return database.what_is_in(connection) == []


def listed(ring: Ring, place: Store, like: Manifest, number: int, at: datetime) -> str:
    """A backup with a signed manifest and a worthless archive, for what only looks at lists."""
    name = catalog.named(number, at)
    archive = msgspec.structs.replace(like.archive, object=f"{name}/{catalog.ARCHIVE}", size=3)
    manifest = msgspec.structs.replace(like, name=name, taken_at=at, archive=archive)
    place.create(archive.object, b"old")
    place.create(f"{name}/{catalog.MANIFEST}", signed.seal(manifest, ring.settings.signer))
    return name


class Told(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Program:
    """`ops backup …` with the variables of a house: within this process, or as a program where that matters."""

    def __init__(self, ring: Ring, folder: Path, url: str) -> None:
        self.folder = folder
        (folder / "store").mkdir(exist_ok=True)
        self.given: dict[str, str | None] = {
            **ring.environment,
            "BACKUP_STORE": str(folder / "store"),
            "DATABASE_URL": url,
        }

    def __call__(self, *arguments: str, **changes: str | None) -> Told:
        """None takes a variable away."""
        done = CliRunner().invoke(cli, ["backup", *arguments], env={**self.given, **changes}, catch_exceptions=False)
        return Told(done.exit_code, done.stdout, done.stderr)

    @property
    def environ(self) -> dict[str, str]:
        return {name: value for name, value in {**os.environ, **self.given}.items() if value is not None}

    def start(self, *arguments: str, through: tuple[str, ...] = (), **changes: str) -> subprocess.Popen[str]:
        """A program of its own, perhaps started through another."""
        return subprocess.Popen(
            [*through, OPS, "backup", *arguments],
            env={**self.environ, **changes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, through: tuple[str, ...] = (), **changes: str) -> Told:
        """A program of its own, to its end."""
        process = self.start(*arguments, through=through, **changes)
        out, err = process.communicate()
        return Told(process.returncode, out, err)
