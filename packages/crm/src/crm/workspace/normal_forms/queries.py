"""The SQL that reads and writes the values of several tables that have a normal form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from crm.kernel.db import Connection

Kind = Literal["contacts", "companies", "leads"]
COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "contacts": ("email", "phone", "email_key"),
    "companies": ("domain", "website", "phone"),
    "leads": ("email", "phone"),
}
REFERENCE: Mapping[Kind, str] = {"contacts": "contact_id", "companies": "company_id", "leads": "lead_id"}


class Progress(msgspec.Struct, frozen=True):
    """How far the rows of a kind are looked at, and how many of them were changed, or remain without a normal form."""

    kind: Kind
    rules: int
    after_id: int
    changed: int
    remaining: int
    is_finished: bool


async def lock_progress(connection: Connection, kind: Kind, rules: int) -> Progress:
    """The progress under these rules, from the first row for new ones. Others wait until the transaction ends."""
    row = await connection.fetchrow(
        """
        INSERT INTO normal_form_progress AS known (kind, rules)
        VALUES ($1, $2)
        ON CONFLICT (kind) DO UPDATE
        SET rules = $2,
            after_id = CASE known.rules WHEN $2 THEN known.after_id ELSE 0 END,
            changed = CASE known.rules WHEN $2 THEN known.changed ELSE 0 END,
            remaining = CASE known.rules WHEN $2 THEN known.remaining ELSE 0 END,
            is_finished = known.is_finished AND known.rules = $2
        RETURNING kind, rules, after_id, changed, remaining, is_finished
        """,
        kind, rules,
    )  # fmt: skip
    return Progress(*row)


async def save_progress(connection: Connection, progress: Progress) -> None:
    await connection.execute(
        """
        UPDATE normal_form_progress
        SET after_id = $2, changed = $3, remaining = $4, is_finished = $5
        WHERE kind = $1
        """,
        progress.kind, progress.after_id, progress.changed, progress.remaining, progress.is_finished,
    )  # fmt: skip


async def list_after(connection: Connection, kind: Kind, after_id: int, limit: int) -> Sequence[Mapping[str, Any]]:
    """The next rows: their id, and the values that have a normal form."""
    columns = ", ".join(COLUMNS[kind])
    return await connection.fetch(  # type: ignore[no-any-return]
        f"SELECT id, {columns} FROM {kind} WHERE id > $1 ORDER BY id LIMIT $2",
        after_id, limit,
    )  # fmt: skip


async def update_values(connection: Connection, kind: Kind, row: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Set these columns, unless one of them has changed since it was read.

    `updated_at` stays, since nobody has worked on the record.
    """
    sets = "".join(f"{column} = ${mark}, " for mark, column in enumerate(values, start=2))
    same = "".join(
        f" AND {column} IS NOT DISTINCT FROM ${mark}" for mark, column in enumerate(values, start=2 + len(values))
    )
    status = await connection.execute(
        f"UPDATE {kind} SET {sets}version = version + 1 WHERE id = $1{same}",
        row["id"], *values.values(), *(row[column] for column in values),
    )  # fmt: skip
    return bool(status == "UPDATE 1")
