"""The commands that change something: keys, create, restore, drill, prune."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.text import Text

from ops.backup.archive import choose_identity
from ops.backup.catalog import choose_backup, list_backups
from ops.backup.create import create_backup
from ops.backup.database import parse_address
from ops.backup.drill import run_drill
from ops.backup.errors import BusyError, UnreachableError
from ops.backup.keys import write_key_folder
from ops.backup.manifest import Manifest, Proof
from ops.backup.read_commands import format_taken_at
from ops.backup.report_to_crm import report_backups, report_failed_drill
from ops.backup.restore import check_target, find_table, refuse_newer_schema, restore_backup
from ops.backup.retention import RetentionRules, delete_planned, plan_prune
from ops.backup.settings import open_settings
from ops.cli import CliOutput, OpsError, UsageError, format_count, format_duration, format_size
from shared import embedded_postgres


def utc_now() -> datetime:
    return datetime.now(UTC)


def keys(output: CliOutput, folder: Path) -> None:
    variables = write_key_folder(folder)
    output.result("\n".join(f"{name}={value}" for name, value in variables.items()), variables)
    output.note(
        f"In {folder}: signing-key.txt is for BACKUP_SIGNING_KEY, drill-identity.txt for BACKUP_IDENTITY. "
        "Take offline-identity.txt off this machine: it opens every backup when all else is lost."
    )


def create(output: CliOutput, *, prune_after: bool) -> None:
    settings, store = open_settings("recipients", "signing")
    with embedded_postgres.borrow_database(os.environ) as url:
        manifest = create_backup(settings, store, url, output, utc_now)
    report_backups(os.environ, settings, store, manifest.database, output)
    text, document = format_created(manifest), msgspec.to_builtins(manifest)
    if prune_after:
        try:
            plan = plan_prune(list_backups(store, settings.trusted), RetentionRules(), utc_now())
            delete_planned(store, settings.trusted, plan)
        except OpsError:
            output.note(f"{manifest.name} was made and is whole, but old backups were not deleted.")
            raise
        text.append(f" Deleted {format_count(len(plan.deleted), 'old backup')}.")
        document["deleted"] = [each.name for each in plan.deleted]
    output.result(text, document)


def restore(
    output: CliOutput, name: str | None, table_name: str | None, identity: Path | None, *, newer_schema: bool, yes: bool
) -> int:
    settings, store = open_settings("trust", "identity", identity=identity)
    manifest = choose_backup(list_backups(store, settings.trusted), name)
    choose_identity(manifest.archive, settings.identities)
    if not newer_schema:
        refuse_newer_schema(manifest)
    table = find_table(manifest, table_name) if table_name else None
    only, rows = (table.name, table.rows) if table else (None, manifest.contents.rows)
    target = os.environ.get("RESTORE_DATABASE_URL", "").strip()
    with embedded_postgres.borrow_database({**os.environ, **({"DATABASE_URL": target} if target else {})}) as url:
        check_target(manifest, url)
        output.note(
            f"{manifest.name} of {manifest.database}, {format_taken_at(manifest.taken_at, utc_now())}: "
            f"{format_count(rows, 'row')}{f' of {only}' if only else ''}, schema {manifest.contents.schema.revision} "
            f"→ {parse_address(url)}, which is empty."
        )
        if not output.confirm("Restore it?", yes=yes):
            return 1
        with output.progress_bar("Restoring", manifest.archive.size) as advance:
            restore_backup(store, manifest, settings.identities, url, advance, table=only)
    text = Text.assemble(("Restored", "bold green"), ". Run `crm migrate` before this release uses it.")
    output.result(text, {"name": manifest.name, "table": only, "rows": rows})
    return 0


def drill(output: CliOutput, name: str | None, identity: Path | None) -> None:
    settings, store = open_settings("signing", "identity", identity=identity)
    manifest = choose_backup(list_backups(store, settings.trusted), name)
    try:
        proof = run_drill(settings, store, manifest, environ=os.environ, output=output, now=utc_now)
    except OpsError as error:
        if not isinstance(error, UsageError | BusyError | UnreachableError):
            report_failed_drill(os.environ, manifest, utc_now(), error, output)
        raise
    output.result(format_proven(manifest, proof), proof)
    report_backups(os.environ, settings, store, manifest.database, output)


def prune(output: CliOutput, rules: RetentionRules, *, yes: bool) -> int:
    settings, store = open_settings("trust")
    plan = plan_prune(list_backups(store, settings.trusted), rules, utc_now())
    lines = [f"keep    {name}  {', '.join(reasons)}" for name, reasons in sorted(plan.reasons.items())]
    lines += [f"delete  {each.name}  {format_size(each.size)}" for each in plan.deleted]
    output.result("\n".join(lines), {"keep": plan.reasons, "delete": [each.name for each in plan.deleted]})
    if not plan.deleted:
        output.note("Nothing to delete.")
        return 0
    count = format_count(len(plan.deleted), "backup")
    if not output.confirm(f"Delete {count}?", yes=yes):
        return 1
    delete_planned(store, settings.trusted, plan)
    output.note(f"Deleted {count}.")
    return 0


def format_created(manifest: Manifest) -> Text:
    contents, archive = manifest.contents, manifest.archive
    return Text.assemble(
        ("Backed up", "bold green"),
        f": {manifest.name} of {manifest.database.name}, {format_count(contents.rows, 'row')} in "
        f"{format_count(len(contents.tables), 'table')}, {format_size(archive.size)} encrypted for "
        f"{format_count(len(archive.recipients), 'key')}, read back, in {manifest.seconds:.1f} s.",
    )


def format_proven(manifest: Manifest, proof: Proof) -> Text:
    contents = manifest.contents
    counts = f"{format_count(contents.rows, 'row')} in {format_count(len(contents.tables), 'table')}"
    lead = f"lead {proof.lead} opened" if proof.lead else "no lead to open"
    return Text.assemble(
        ("Proven", "bold green"),
        f": {manifest.name} of {manifest.database.name} restored into PostgreSQL {manifest.major} and compared "
        f"({counts}), the CRM healthy on it, {lead}. Recovery takes {format_duration(proof.recovery)}; "
        f"the data was {format_duration(proof.data_age)} old.",
    )
