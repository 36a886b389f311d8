"""Restores a backup into an empty database, in one transaction: all of it, or nothing. Or reads one record of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from subprocess import PIPE
from typing import IO, Any, TypeVar

from crm.kernel import schema
from ops.backup import database
from ops.backup.archive import download_archive
from ops.backup.errors import NotFoundError
from ops.backup.keys import Identity
from ops.backup.manifest import Manifest, Table
from ops.backup.programs import Programs, find_programs, read_error
from ops.backup.store import Store
from ops.cli import OpsError

Output = TypeVar("Output")

ANY_VERSION = 99
ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

NO_VARIABLES: Mapping[str, str] = {}

Row = dict[str, str | None]


def refuse_newer_schema(manifest: Manifest) -> None:
    """A schema that this release does not know needs the release that made it. Raises `OpsError`."""
    revision = manifest.contents.schema.revision
    if revision > schema.HEAD:
        raise OpsError(
            f"{manifest.name} has schema {revision}, and this release knows up to {schema.HEAD}. Use the release that "
            f"made it (commit {manifest.tools.commit[:12] or 'unknown'}), or pass --newer-schema. Nothing was changed."
        )


def check_target(manifest: Manifest, url: str) -> Programs:
    """Returns the programs for a restore. Raises `OpsError` where the database is not empty or its server is older."""
    with database.connect(url) as connection:
        objects = database.list_objects(connection)
        major = connection.info.server_version // 10_000
    if objects:
        more = f" and {len(objects) - 1} more" if len(objects) > 1 else ""
        raise OpsError(
            f"The database {database.parse_address(url)} is not empty: it has {objects[0]}{more}. "
            "Name an empty one in RESTORE_DATABASE_URL. Nothing was changed."
        )
    if major < manifest.major:
        raise OpsError(
            f"{manifest.name} comes from PostgreSQL {manifest.major}, and the target is PostgreSQL {major}. "
            f"Restore into {manifest.major} or newer. Nothing was changed."
        )
    return find_programs(manifest.major, major)


def restore_backup(
    store: Store,
    manifest: Manifest,
    identities: Sequence[Identity],
    url: str,
    advance: Callable[[int], None],
    *,
    table: str | None = None,
) -> None:
    """Restores everything, or with `table` (such as public.leads) all definitions and the rows of one table.

    It stops at the first error, and then the database is as empty as before.
    """
    pg_restore = check_target(manifest, url).path("pg_restore")
    address = database.parse_address(url)
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--no-password"]
    download = partial(download_archive, store, manifest.archive, identities)
    with tempfile.TemporaryFile() as entries:  # it has no name, so nothing is left after a kill
        if table is not None:
            listed = run_pg_restore(
                [pg_restore, "--list"],
                lambda writer: download(writer, lambda _: None),
                lambda output: [line.decode().rstrip("\n") for line in output],
            )
            entries.write("\n".join([*select_entries(listed, table), ""]).encode())
            entries.seek(0)
            options.append(f"--use-list=/dev/fd/{entries.fileno()}")
        run_pg_restore(
            [pg_restore, *options, f"--dbname={address.dsn}"],
            lambda writer: download(writer, advance),
            b"".join,
            environment=address.environment,
            descriptors=(entries.fileno(),),
        )


def select_entries(entries: Iterable[str], table: str) -> list[str]:
    """Selects from an archive's table of contents every definition and the rows of one table.

    Foreign keys are left out, since the tables that they point to stay empty.
    """
    schema_name, _, name = table.rpartition(".")
    rows = f" TABLE DATA {schema_name} {name} "
    unwanted = (" FK CONSTRAINT ", " SEQUENCE SET ")
    return [
        entry
        for entry in entries
        if not entry.startswith(";")
        and (rows in entry if " TABLE DATA " in entry else not any(kind in entry for kind in unwanted))
    ]


def run_pg_restore(
    command: Sequence[str],
    write: Callable[[IO[bytes]], None],
    read: Callable[[Iterable[bytes]], Output],
    *,
    environment: Mapping[str, str] = NO_VARIABLES,
    descriptors: tuple[int, ...] = (),
) -> Output:
    """Returns what `read` makes of the lines of output. Where `write` raises, the program is killed.

    Raises `OpsError` with the program's error.
    """
    environ = {**os.environ, **environment}
    with (
        tempfile.TemporaryFile() as messages,
        ThreadPoolExecutor(1) as pool,
        subprocess.Popen(
            command, env=environ, stdin=PIPE, stdout=PIPE, stderr=messages, pass_fds=descriptors
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        output = pool.submit(read, process.stdout)
        try:
            with suppress(BrokenPipeError):  # it needs no more, or it failed and says why
                write(process.stdin)
        except BaseException:
            process.kill()  # the server rolls back
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            result = output.result()
        if process.wait():
            raise OpsError(f"{read_error(messages)} It stopped there, and nothing was changed.")
        return result


def find_table(manifest: Manifest, name: str) -> Table:
    """Finds a table by its name, with `public.` or without. Raises `NotFoundError`."""
    for table in manifest.contents.tables:
        if table.name in (name, f"public.{name}"):
            return table
    names = ", ".join(table.name.removeprefix("public.") for table in manifest.contents.tables)
    raise NotFoundError(f"{manifest.name} has no table {name!r}. It has: {names}.")


def find_record(
    store: Store, manifest: Manifest, identities: Sequence[Identity], reference: str, advance: Callable[[int], None]
) -> dict[str, Any]:
    """Returns the record that `reference` names, such as leads:42. The whole archive is read and so checked."""
    name, _, value = reference.partition(":")
    table = find_table(manifest, name)
    if not value or len(table.key) != 1:
        raise OpsError(f"{reference!r} does not name a record. Give a table and its one key, such as leads:42.")
    schema, _, name = table.name.rpartition(".")
    pg_restore = find_programs(manifest.major, ANY_VERSION).path("pg_restore")
    row = run_pg_restore(
        [pg_restore, "--data-only", f"--schema={schema}", f"--table={name}", "--file=-"],
        lambda writer: download_archive(store, manifest.archive, identities, writer, advance),
        lambda output: [row for row in _parse_rows(output) if row.get(table.key[0]) == value],
    )
    if not row:
        raise NotFoundError(f"{manifest.name} has no {reference}.")
    return {column: _to_json(text, table.columns.get(column, "text")) for column, text in row[0].items()}


def _parse_rows(script: Iterable[bytes]) -> Iterator[Row]:
    """Yields the rows in the COPY blocks of a script."""
    columns: list[str] | None = None
    for line in script:
        text = line.rstrip(b"\n")
        if columns is None:
            copy = re.fullmatch(rb"COPY \S+ \((.*)\) FROM stdin;", text)
            columns = [name.strip('"') for name in copy[1].decode().split(", ")] if copy else None
        elif text == rb"\.":
            columns = None
        else:
            yield dict(zip(columns, map(_unescape, text.split(b"\t")), strict=True))


def _unescape(field: bytes) -> str | None:
    if field == rb"\N":
        return None
    return re.sub(rb"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), field, flags=re.DOTALL).decode()


def _to_json(text: str | None, kind: str) -> Any:
    """Numbers that JSON readers would round stay text."""
    if text is None:
        return None
    if kind == "boolean":
        return text == "t"
    return json.loads(text) if kind in ("smallint", "integer", "bigint", "json", "jsonb") else text
