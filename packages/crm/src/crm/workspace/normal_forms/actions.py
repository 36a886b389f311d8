"""Normalizes stored rows, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import msgspec

from crm.kernel import log
from crm.kernel.actor import SYSTEM
from crm.kernel.db import Connection
from crm.records import activities, contacts
from crm.values import normalize_domain, normalize_email, normalize_phone, normalize_website
from crm.values.formats import join_words
from crm.workspace.normal_forms import queries
from crm.workspace.normal_forms.queries import Kind, Progress

RULES = 1
"""To be increased when `crm.values` gives values another normal form: all rows are looked at again."""
_CONVERT: Mapping[str, Callable[[str], str]] = {
    "email": normalize_email,
    "phone": normalize_phone,
    "domain": normalize_domain,
    "website": normalize_website,
}
_LABELS = {"email": "e-mail", "phone": "phone", "domain": "domain", "website": "website"}
_log = log.get("normal_forms")


async def normalize_batch(connection: Connection, kind: Kind, limit: int) -> Progress | None:
    """Normalize the next rows of a kind, in the caller's transaction. None if all are done.

    What has no normal form, and what would be the e-mail address or domain of another record, stays as it is.
    """
    progress = await queries.lock_progress(connection, kind, RULES)
    if progress.is_finished:
        return None
    rows = await queries.list_after(connection, kind, progress.after_id, limit)
    changed, remaining = progress.changed, progress.remaining
    for row in rows:
        values, is_whole = _normalize(row)
        is_stored = await _store(connection, kind, row, values) if values else True
        changed += bool(values) and is_stored
        remaining += not (is_whole and is_stored)
    progress = msgspec.structs.replace(
        progress, after_id=rows[-1]["id"] if rows else progress.after_id, changed=changed, remaining=remaining,
        is_finished=len(rows) < limit,
    )  # fmt: skip
    await queries.save_progress(connection, progress)
    return progress


def _normalize(row: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The columns that change, and whether every value has a normal form."""
    values: dict[str, Any] = {}
    is_whole = True
    for column, text in row.items():
        if column not in _CONVERT or not text:
            continue
        try:
            normal = _CONVERT[column](text)
        except ValueError:
            normal = ""
        if not normal:
            is_whole = False
        elif normal != text:
            values[column] = normal
    if "email_key" in row:
        key = contacts.key_of(values.get("email", row["email"]))
        if key != row["email_key"]:
            values["email_key"] = key
    return values, is_whole


async def _store(connection: Connection, kind: Kind, row: Mapping[str, Any], values: dict[str, Any]) -> bool:
    """Store the values, and what was typed in the timeline. False if they are another record's."""
    try:
        async with connection.transaction():
            if not await queries.update_values(connection, kind, row, values):
                return True  # Somebody has just changed it, and so normalized it.
    except asyncpg.UniqueViolationError:
        _log.warning("normal_form_conflict", kind=kind, id=row["id"])
        return False
    parts = [f"the {_LABELS[name]} from “{row[name]}” to “{values[name]}”" for name in values if name in _LABELS]
    if parts:
        body = f"The system wrote {join_words(parts)}, the usual form."
        await activities.record(connection, kind="system", body=body, by=SYSTEM, **{queries.REFERENCE[kind]: row["id"]})
    return True
