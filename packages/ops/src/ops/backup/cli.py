"""The commands `ops backup …` and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.backup.command_runner import run
from ops.backup.retention import RetentionRules
from ops.cli import AsJson, Yes

Name = Annotated[str | None, typer.Argument(help="Its name or number, as `list` shows it. Default: the newest.")]
IdentityFile = Annotated[
    Path | None, typer.Option("--identity", help="A file with the secret key, instead of BACKUP_IDENTITY.")
]
RULES = RetentionRules()
EXITS = """

Exits: 0 done; 1 it did not work; 2 a variable or option is wrong; 3 another one is running; 4 a backup is damaged or
cannot be trusted; 5 the store or the database cannot be reached.
"""

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Backups that are known to restore: created, checked, proven by drill, pruned." + EXITS,
)


@cli.command()
def keys(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")], as_json: AsJson = False
) -> None:
    """Make keys for drills, to keep offline, and to sign with. The variables to set are printed, and nothing secret."""
    from ops.backup import command  # noqa: PLC0415 each command loads what it needs

    run(command.keys, as_json, folder)


@cli.command()
def create(
    *,
    prune: Annotated[bool, typer.Option("--prune", help="Then delete old backups by the defaults of `prune`.")] = False,
    as_json: AsJson = False,
) -> None:
    """Back the database up, encrypted and signed, and read it back.

    Reads DATABASE_URL (or the embedded database of DATA_DIR), BACKUP_STORE, BACKUP_RECIPIENTS, BACKUP_SIGNING_KEY,
    and the variables of the store: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL for s3://,
    GOOGLE_APPLICATION_CREDENTIALS for gs://, AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY for az://.
    With CRM_API_KEY (scope operations:write) it is reported to the CRM, with HEARTBEAT_URL to a cron monitor; neither
    can fail it. PostgreSQL's programs of the server's own major version must be installed.

      BACKUP_STORE=s3://my-bucket/crm ops backup create
    """
    from ops.backup import command  # noqa: PLC0415

    run(command.create, as_json, prune_after=prune)


@cli.command("list")
def show_list(as_json: AsJson = False) -> None:
    """Show every backup by database: how old, how large, when last proven, and what retention keeps it as."""
    from ops.backup import read_commands  # noqa: PLC0415

    run(read_commands.show_list, as_json)


@cli.command()
def verify(name: Name = None, identity: IdentityFile = None, as_json: AsJson = False) -> None:
    """Check signature and checksum of a backup, and that it opens where a key is set.

    ops backup verify --identity offline-identity.txt
    """
    from ops.backup import read_commands  # noqa: PLC0415

    run(read_commands.verify, as_json, name, identity)


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
    """Restore a backup into an empty database, in one transaction: all of it, or nothing.

    The target is RESTORE_DATABASE_URL, else DATABASE_URL, else the embedded database of DATA_DIR. One that is not empty
    is refused, and so is a server older than the backup's.

      RESTORE_DATABASE_URL=postgresql://… ops backup restore
      ops backup restore 41 --record leads:42
      DATA_DIR=.data-look ops backup restore --table leads
    """
    from ops.backup import command, read_commands  # noqa: PLC0415

    if record is not None:
        run(read_commands.show_record, as_json, name, record, identity)
    run(command.restore, as_json, name, table, identity, newer_schema=newer_schema, yes=yes)


@cli.command()
def drill(name: Name = None, identity: IdentityFile = None, as_json: AsJson = False) -> None:
    """Prove a backup: restore it into a scratch database, compare all of it, start the CRM on it, open a lead.

    The signed proof is stored beside the backup. The scratch database is on the server of DRILL_DATABASE_URL, else on
    one that is started here, of the major version the backup comes from. It is deleted afterwards. Nothing is sent
    from it: no mail, no webhook. With CRM_API_KEY (scope operations:write) the result is reported to the CRM.
    """
    from ops.backup import command  # noqa: PLC0415

    run(command.drill, as_json, name, identity)


@cli.command()
def prune(
    *,
    last: Annotated[int, typer.Option(min=1, help="Keep so many of the last ones.")] = RULES.last,
    daily: Annotated[int, typer.Option(min=0, help="Keep the newest of so many days…")] = RULES.daily,
    weekly: Annotated[int, typer.Option(min=0, help="…weeks…")] = RULES.weekly,
    monthly: Annotated[int, typer.Option(min=0, help="…months…")] = RULES.monthly,
    yearly: Annotated[int, typer.Option(min=0, help="…and years.")] = RULES.yearly,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete old backups, for each database apart. The newest and the last proven one always stay.

    The plan is shown first. Without a terminal and without --yes nothing is deleted.
    """
    from ops.backup import command  # noqa: PLC0415

    run(command.prune, as_json, RetentionRules(last, daily, weekly, monthly, yearly), yes=yes)
