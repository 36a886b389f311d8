"""The commands `ops backup …`: they speak and order; the rooms beside do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.backup.options import AsJson, IdentityFile, Name, Yes

EXITS = """

Exits: 0 done; 1 it did not work; 2 a variable or option is wrong; 3 another one is under way; 4 a backup is damaged or
not to be trusted; 5 the store or the database cannot be reached.
"""

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Backups that are known to restore: made, checked, proven by drill, thinned out." + EXITS,
)


@cli.command()
def keys(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")], as_json: AsJson = False
) -> None:
    """Make keys: one pair for drills, one pair to keep offline, one to sign with.

    Nothing secret is printed. The variables to set are.
    """
    from ops.backup import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(command.keys(folder, as_json=as_json))


@cli.command()
def create(as_json: AsJson = False) -> None:
    """Back the database up, encrypted and signed, and read it back.

    Reads DATABASE_URL (or the embedded database of DATA_DIR), BACKUP_STORE, BACKUP_RECIPIENTS, BACKUP_SIGNING_KEY,
    and what the store wants: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL for s3://,
    GOOGLE_APPLICATION_CREDENTIALS for gs://, AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY for az://.
    With CRM_API_KEY (scope operations:write) the CRM is told of it, with HEARTBEAT_URL a watch; neither can fail it.

      BACKUP_STORE=s3://my-bucket/crm ops backup create
    """
    from ops.backup import command  # noqa: PLC0415

    raise typer.Exit(command.create(as_json=as_json))


@cli.command("list")
def show(as_json: AsJson = False) -> None:
    """Show every backup: how old, how large, when last proven, and what retention keeps it as."""
    from ops.backup import looking  # noqa: PLC0415

    raise typer.Exit(looking.show(as_json=as_json))


@cli.command()
def verify(name: Name = None, identity: IdentityFile = None, as_json: AsJson = False) -> None:
    """Check signature and checksum of a backup, and with a key at hand that it opens.

    ops backup verify --identity offline-identity.txt
    """
    from ops.backup import looking  # noqa: PLC0415

    raise typer.Exit(looking.verify(name, identity, as_json=as_json))


@cli.command()
def restore(
    name: Name = None,
    *,
    table: Annotated[str | None, typer.Option(help="Only this table's rows, with the whole schema.")] = None,
    record: Annotated[str | None, typer.Option(help="Print one record as JSON, such as leads:42.")] = None,
    identity: IdentityFile = None,
    newer_schema: Annotated[bool, typer.Option(help="Restore a schema this release does not know.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into an empty database, in one transaction: all of it, or nothing.

    The target is RESTORE_DATABASE_URL, else DATABASE_URL, else the embedded database of DATA_DIR. One that is not empty
    is refused.

      RESTORE_DATABASE_URL=postgresql://… ops backup restore
      ops backup restore 41 --record leads:42
      DATA_DIR=.data-look ops backup restore --table leads
    """
    from ops.backup import command, looking  # noqa: PLC0415

    if record is not None:
        raise typer.Exit(looking.record(name, record, identity))
    raise typer.Exit(command.restore(name, table, identity, newer_schema=newer_schema, yes=yes, as_json=as_json))


@cli.command()
def drill(
    name: Name = None,
    *,
    identity: IdentityFile = None,
    as_json: AsJson = False,
) -> None:
    """Prove a backup: restore it into a scratch database, compare all of it, start the CRM on it, open a lead.

    The proof is signed and lies beside the backup. The scratch database is made on the server of DRILL_DATABASE_URL,
    else in an embedded PostgreSQL, and is gone afterwards. Nothing is sent from it: no mail, no webhook.
    With CRM_API_KEY (scope operations:write) the CRM is told what came of it, and shows it under Operations.
    """
    from ops.backup import command  # noqa: PLC0415

    raise typer.Exit(command.drill(name, identity, as_json=as_json))


@cli.command()
def prune(
    *,
    last: Annotated[int, typer.Option(min=1, help="Keep so many of the last ones.")] = 3,
    daily: Annotated[int, typer.Option(min=0, help="Keep the newest of so many days…")] = 7,
    weekly: Annotated[int, typer.Option(min=0, help="…weeks…")] = 5,
    monthly: Annotated[int, typer.Option(min=0, help="…months…")] = 12,
    yearly: Annotated[int, typer.Option(min=0, help="…and years.")] = 3,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Thin backups out. The plan is shown first; the newest and the last proven stay.

    Without a terminal and without --yes it shows the plan and deletes nothing.
    """
    from ops.backup import command  # noqa: PLC0415

    raise typer.Exit(command.prune((last, daily, weekly, monthly, yearly), yes=yes, as_json=as_json))
