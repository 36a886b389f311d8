"""The commands `ops backup base` and `ops backup wal …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.backup.options import AsJson

wal = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The write-ahead log between base backups: with it, any second can be gone back to.",
)


def base(
    *,
    kind: Annotated[
        bool | None,
        typer.Option("--incremental/--full", help="Only what has changed since the one before, or everything."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a base backup of the whole server, to which any later second can be replayed.

    Left to itself it is incremental where it can be: PostgreSQL 17 or newer, summarize_wal = on, and a usable base
    whose full one is not older than a week. Reads what `ops backup create` reads; the role must be allowed to
    replicate.

      ops backup base
      ops backup base --full        after a restore or an upgrade of PostgreSQL
    """
    from ops.backup.pit import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(command.base(incremental=kind, as_json=as_json))


@wal.command()
def receive(
    *, once: Annotated[bool, typer.Option("--once", help="Store everything up to now, and end.")] = False
) -> None:
    """Fetch WAL from the server of DATABASE_URL, wherever it runs, and store it file by file. Runs until stopped.

    The server keeps what is not stored yet (replication slot octatech_archive), so an outage of the store or of this
    program loses nothing. Needs a role that may replicate; nothing is installed on the server, and it is not restarted.

      ops backup wal receive            beside the database, always
      ops backup wal receive --once     by the clock of a host
    """
    from ops.backup.pit import command  # noqa: PLC0415

    raise typer.Exit(command.receive(once=once))


@wal.command()
def push(
    file: Annotated[Path, typer.Argument(help="A file in pg_wal, such as %p of archive_command.")],
    name: Annotated[str | None, typer.Argument(help="Its name, %f; left out: as the file is called.")] = None,
) -> None:
    """Store one file of WAL: for archive_command, or to rescue the last ones from a disk whose server is dead.

    The same file again is well; another one of that name is refused, and nothing is overwritten.

      archive_command = 'ops backup wal push %p %f'
      ops backup wal push /mnt/old/pg_wal/000000010000000000000007
    """
    from ops.backup.pit import command  # noqa: PLC0415

    raise typer.Exit(command.push(file, name))


@wal.command()
def check(
    *,
    read: Annotated[
        bool, typer.Option("--read", help="Read every file to its end, not just names and lengths.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say which seconds can be gone back to, and find holes before anybody needs what is missing.

    Status 1 where there is a hole, or nothing that can be reached.
    """
    from ops.backup.pit import command  # noqa: PLC0415

    raise typer.Exit(command.check(read=read, as_json=as_json))
