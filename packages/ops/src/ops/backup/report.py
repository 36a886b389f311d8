"""Backups and proofs as people read them, and as programs do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from ops.backup.catalog import Backup
from ops.backup.manifest import Manifest, Proof
from ops.backup.retention import Keep, Stamp, reasons
from ops.backup.screen import Screen


def stamps(backups: Sequence[Backup]) -> list[Stamp]:
    """What retention decides about: backups that can be trusted."""
    return [Stamp(each.name, each.manifest.taken_at, bool(each.proofs)) for each in backups if each.manifest]


def listed(backups: Sequence[Backup], now: datetime) -> Table:
    why = reasons(stamps(backups), Keep())
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("backup", "age", "size", "rows", "schema", "proven", "kept as"):
        table.add_column(name, justify="right" if name in ("size", "rows") else "left", no_wrap=name != "kept as")
    for each in backups:
        if each.manifest is None:
            told = each.fault.removeprefix(f"{each.name}/")
            table.add_row(each.name, "", Screen.size(each.size), "", "", Text(told, style="red"), "")
            continue
        contents = each.manifest.contents
        table.add_row(
            each.name,
            age(each.manifest.taken_at, now),
            Screen.size(each.size),
            f"{contents.rows:,}",
            contents.schema.revision or "–",
            Text(age(each.proven.at, now), style="green") if each.proven else Text("never", style="yellow"),
            ", ".join(why[each.name]) or "–",
        )
    return table


def age(at: datetime, now: datetime) -> str:
    """Something dated ahead of now has no age: a clock has jumped."""
    return f"{Screen.span(now - at)} ago" if at <= now else f"dated {Screen.span(at - now)} ahead"


def documents(backups: Sequence[Backup]) -> list[dict[str, Any]]:
    """For programs: everything but the tables."""
    why = reasons(stamps(backups), Keep())
    return [
        {
            "name": each.name,
            "size": each.size,
            "fault": each.fault,
            "taken_at": each.manifest.taken_at if each.manifest else None,
            "newest_row": each.manifest.contents.newest if each.manifest else None,
            "rows": each.manifest.contents.rows if each.manifest else None,
            "schema": each.manifest.contents.schema.revision if each.manifest else None,
            "proven": each.proven,
            "kept_as": why.get(each.name, []),
        }
        for each in backups
    ]


def made(manifest: Manifest) -> Text:
    contents, archive = manifest.contents, manifest.archive
    return Text.assemble(
        ("Backed up", "bold green"),
        f": {manifest.name}, {contents.rows:,} rows of {len(contents.tables)} tables, {Screen.size(archive.size)} "
        f"encrypted for {len(archive.recipients)}, read back, in {manifest.seconds:.1f} s.",
    )


def proven(proof: Proof) -> Text:
    lead = f"lead {proof.lead} opened" if proof.lead else "no lead to open"
    return Text.assemble(
        ("Proven", "bold green"),
        f": {proof.backup} restored and compared ({proof.rows:,} rows of {proof.tables} tables), "
        f"the CRM healthy on it, {lead}. Recovery takes {Screen.span(proof.recovery)}; "
        f"the data was {Screen.span(proof.data_age)} old.",
    )
