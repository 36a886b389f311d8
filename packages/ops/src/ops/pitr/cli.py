"""The commands `ops pitr …`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ops.cli import AsJson, Yes

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Take the database back to any second, with pgBackRest.\n\n"
    "Runs where the programs of pgBackRest and PostgreSQL are: on a Docker host in the service `pitr` of compose.yaml. "
    "pgBackRest reads PGBACKREST_… variables or pgbackrest.conf. On Railway use Railway's own recovery.\n\n"
    "Exits: 0 done; 1 refused, or not proven; 2 a wrong option or setting, or a program is missing; 5 the repository "
    "does not answer.",
)
Stanza = Annotated[str, typer.Option(envvar="PGBACKREST_STANZA", help="pgBackRest's name of the server.")]
To = Annotated[str, typer.Option(metavar="TIME", help="A time with its zone, such as 2026-03-01T14:03:19Z; or latest.")]

Into = Annotated[Path, typer.Option(help="The new data directory, empty or missing.")]


@cli.command()
def status(stanza: Stanza = "octatech", as_json: AsJson = False) -> None:
    """Show which times can be reached, the backups, and whether the archive is complete and current.

    Archives one WAL file to see that it arrives. Ends with 1 if something needs attention.
    """
    from ops.pitr import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(command.show_status(os.environ, stanza, as_json=as_json))


@cli.command()
def drill(to: To = "latest", stanza: Stanza = "octatech", as_json: AsJson = False) -> None:
    """Prove a recovery: restore into a scratch folder, start a private server, read every row, clean up.

    TMPDIR chooses the disk. With CRM_API_KEY the result is reported to the CRM.
    """
    from ops.pitr import command  # noqa: PLC0415

    raise typer.Exit(command.run_drill(os.environ, stanza, to, as_json=as_json))


@cli.command()
def restore(to: To, into: Into, stanza: Stanza = "octatech", yes: Yes = False, as_json: AsJson = False) -> None:
    """Restore the database as it was at a time into a new folder. The database in use is not touched.

    What was committed at that very time or before is in the copy, and nothing later.

      ops pitr restore --to 2026-03-01T14:03:19Z --into /recovery/before
    """
    from ops.pitr import command  # noqa: PLC0415

    raise typer.Exit(command.run_restore(stanza, to, into.absolute(), yes=yes, as_json=as_json))
