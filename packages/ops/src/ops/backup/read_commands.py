"""The commands that change nothing: list, verify, one record."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.text import Text

from ops.backup.archive import check_archive, choose_identity, download_archive
from ops.backup.catalog import Backup, choose_backup, list_backups
from ops.backup.restore import find_record
from ops.backup.retention import RetentionRules, explain_backups
from ops.backup.settings import open_settings
from ops.cli import CliOutput, Column, format_age, format_duration, format_size

COLUMNS = (
    Column("Backup"),
    Column("Taken"),
    Column("Size", 1, "right"),
    Column("Proven"),
    Column("Rows", 2, "right"),
    Column("Schema", 3),
    Column("Kept as", 4),
)


def show_list(output: CliOutput) -> None:
    settings, store = open_settings("trust")
    backups = list_backups(store, settings.trusted)
    reasons = explain_backups(backups, RetentionRules())
    if not backups:
        output.note(f"{store.address} has no backup. Make one with `ops backup create`.")
    if backups or output.as_json:
        text = format_backups(output, backups, reasons, datetime.now(UTC))
        output.result(text, describe_backups(backups, reasons))


def verify(output: CliOutput, name: str | None, identity_file: Path | None) -> None:
    settings, store = open_settings("trust", identity=identity_file)
    manifest = choose_backup(list_backups(store, settings.trusted), name)
    archive = manifest.archive
    identity = choose_identity(archive, settings.identities) if settings.identities else None
    with output.progress_bar("Verifying", archive.size) as advance, Path(os.devnull).open("wb") as nowhere:
        if identity:
            download_archive(store, archive, [identity], nowhere, advance)
        else:
            check_archive(store, archive, advance)
    opened = f"it opens with {str(identity.to_public())[:12]}…" if identity else "not opened, because no key is set"
    text = f": {manifest.name} of {manifest.database.name}, signature and checksum are right, {opened}."
    document = {"name": manifest.name, "signature": True, "checksum": True, "opened": bool(identity)}
    output.result(Text.assemble(("Verified", "bold green"), text), document)


def show_record(output: CliOutput, name: str | None, reference: str, identity_file: Path | None) -> None:
    settings, store = open_settings("trust", "identity", identity=identity_file)
    manifest = choose_backup(list_backups(store, settings.trusted), name)
    with output.progress_bar("Reading", manifest.archive.size) as advance:
        output.json(find_record(store, manifest, settings.identities, reference, advance))


def format_backups(
    output: CliOutput, backups: Sequence[Backup], reasons: Mapping[str, list[str]], now: datetime
) -> Group:
    """Returns a table for each database, and a line for each backup that cannot be used."""
    databases: dict[str, list[list[str | Text]]] = {}
    for each in backups:
        if (manifest := each.manifest) is None:
            continue
        proof = each.newest_proof
        row: list[str | Text] = [
            each.name,
            format_taken_at(manifest.taken_at, now),
            format_size(each.size),
            Text(format_age(proof.at, now), style="green") if proof else Text("never", style="yellow"),
            f"{manifest.contents.rows:,}",
            manifest.contents.schema.revision,
            ", ".join(reasons[each.name]) or "–",
        ]
        databases.setdefault(str(manifest.database), []).append(row)
    parts = [part for name, rows in databases.items() for part in (Text(name, "bold"), output.table(COLUMNS, rows))]
    unusable = [Text.assemble((each.name, "red"), f" is unusable: {each.error}") for each in backups if each.error]
    return Group(*parts, *unusable)


def describe_backups(backups: Sequence[Backup], reasons: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Returns a document for each backup, without its tables."""
    documents = []
    for each in backups:
        document: dict[str, Any] = {"name": each.name, "size": each.size, "error": each.error}
        if each.manifest:
            document |= {
                "database": each.manifest.database.name,
                "system_identifier": each.manifest.database.system_identifier,
                "taken_at": each.manifest.taken_at,
                "newest_row": each.manifest.contents.newest,
                "rows": each.manifest.contents.rows,
                "schema": each.manifest.contents.schema.revision,
                "proven": each.newest_proof,
                "kept_as": reasons[each.name],
            }
        documents.append(document)
    return documents


def format_taken_at(at: datetime, now: datetime) -> str:
    """Returns the age. A date ahead of now has none: a clock has jumped."""
    return format_age(at, now) if at <= now else f"{format_duration(at - now)} ahead"
