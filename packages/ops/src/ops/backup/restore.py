"""Brings a backup back into an empty database, in one transaction: all of it, or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import IO

from crm.kernel import schema
from ops.backup import database, programs
from ops.backup.faults import Trouble
from ops.backup.feeding import fed
from ops.backup.incoming import poured
from ops.backup.keys import Identity
from ops.backup.manifest import Manifest
from ops.backup.store import Store


def refuse_newer(manifest: Manifest) -> None:
    """A schema this release does not know is for the release that made it. Raises `Trouble`."""
    there = manifest.contents.schema.revision
    if there > schema.HEAD:
        commit = manifest.tools.commit[:12]
        release = f"the release that made it (commit {commit})" if commit else "a newer release"
        raise Trouble(
            f"{manifest.name} has schema {there}, and this release knows up to {schema.HEAD}. "
            f"Use {release}, or say --newer-schema. Nothing was changed."
        )


def refuse_filled(url: str) -> None:
    """Raises `Trouble` where the database is not empty."""
    with database.connected(url) as connection:
        there = database.what_is_in(connection)
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise Trouble(
            f"The database {database.address(url).spoken} is not empty: it has {there[0]}{more}. "
            "Name an empty one in RESTORE_DATABASE_URL. Nothing was changed."
        )


def restore(
    store: Store,
    manifest: Manifest,
    identities: Sequence[Identity],
    url: str,
    advance: Callable[[int], None],
    *,
    table: str | None = None,
) -> None:
    """Everything, or with `table` (such as public.leads) every definition and that one table's rows.

    Stops at the first error, and then the database is as empty as before.
    Raises `Trouble`, `Damaged`, `Missing`, `Unreachable`.
    """
    refuse_filled(url)
    where = database.address(url)
    suite = programs.found(manifest.postgres // 10_000)
    command = [
        suite.path("pg_restore"),
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--dbname={where.plain}",
    ]
    pour = partial(poured, store, manifest.archive, identities)
    with tempfile.TemporaryFile() as chosen:  # without a name, so that nobody finds it after a kill
        if table is not None:
            listed = fed(
                [suite.path("pg_restore"), "--list"],
                {},
                lambda sink: pour(sink, _quietly),
                lambda out: out.read().decode().splitlines(),
            )
            chosen.write("\n".join([*only(listed, table), ""]).encode())
            chosen.seek(0)
            command.append(f"--use-list=/dev/fd/{chosen.fileno()}")
        try:
            fed(command, where.environment, lambda sink: pour(sink, advance), _silent, (chosen.fileno(),))
        except Trouble as fault:
            if type(fault) is not Trouble:
                raise
            raise Trouble(f"{fault} The restore stopped there, and the database is as empty as before.") from None


def only(contents: Sequence[str], table: str) -> list[str]:
    """Of an archive's table of contents: every definition, and rows of one table.

    Foreign keys are left out, since the tables they point to stay empty.
    """
    space, _, name = table.rpartition(".")
    rows = f" TABLE DATA {space} {name} "
    unwanted = (" FK CONSTRAINT ", " SEQUENCE SET ")
    return [
        line
        for line in contents
        if not line.startswith(";")
        and (rows in line if " TABLE DATA " in line else not any(kind in line for kind in unwanted))
    ]


def _silent(out: IO[bytes]) -> None:
    """It writes to the database, and says nothing here."""
    out.read()


def _quietly(_: int) -> None:
    """Nobody watches the short look at the beginning."""
