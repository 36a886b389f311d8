"""The SQL of the form's choices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.accounts.form_choices.models import Choice
from crm.kernel import clock
from crm.kernel.db import Connection

COLUMNS = ", ".join(Choice.__struct_fields__)


async def list_all(connection: Connection) -> list[Choice]:
    """Every choice, the deleted ones too. Those of a field are in their order, the retired ones last."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM form_choices ORDER BY field, NOT active, position, id")
    return [Choice(*row) for row in rows]


async def find(connection: Connection, choice_id: int) -> Choice | None:
    """The choice, also a deleted one."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM form_choices WHERE id = $1", choice_id)
    return Choice(*row) if row else None


async def lock_field(connection: Connection, field: str) -> list[Choice]:
    """Every choice of a field in order, locked until the transaction ends."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM form_choices WHERE field = $1 ORDER BY id FOR UPDATE", field)
    # Everybody locks them in the order of their ids, so nobody waits in a circle.
    return sorted((Choice(*row) for row in rows), key=lambda choice: (not choice.active, choice.position, choice.id))


async def insert(connection: Connection, field: str, key: str, label: str, position: int) -> int | None:
    """Add a choice and return its id; None if another has its key or label."""
    choice_id: int | None = await connection.fetchval(
        """
        INSERT INTO form_choices (field, key, label, position, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT DO NOTHING
        RETURNING id
        """,
        field, key, label, position, clock.now(),
    )  # fmt: skip
    return choice_id


async def add_missing(connection: Connection, choices: Sequence[Choice]) -> None:
    """Add choices that are not there, each at its position."""
    await connection.execute(
        """
        INSERT INTO form_choices (field, key, label, position, created_at, updated_at)
        SELECT field, key, label, position, $5, $5
        FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS missing (field, key, label, position)
        ON CONFLICT DO NOTHING
        """,
        [choice.field for choice in choices], [choice.key for choice in choices], [choice.label for choice in choices],
        [choice.position for choice in choices], clock.now(),
    )  # fmt: skip


async def update(
    connection: Connection, choice_id: int, *, label: str, active: bool, deleted_at: datetime | None
) -> None:
    """Store what may change of a choice, its position apart."""
    await connection.execute(
        """
        UPDATE form_choices
        SET label = $2, active = $3, deleted_at = $4, updated_at = $5, version = version + 1
        WHERE id = $1
        """,
        choice_id, label, active, deleted_at, clock.now(),
    )  # fmt: skip


async def store_order(connection: Connection, ids: Sequence[int]) -> None:
    """Give the choices these positions, counted from 1."""
    await connection.execute(
        """
        UPDATE form_choices
        SET position = placed.position, updated_at = $2, version = version + 1
        FROM unnest($1::bigint[]) WITH ORDINALITY AS placed (id, position)
        WHERE form_choices.id = placed.id AND form_choices.position <> placed.position
        """,
        ids, clock.now(),
    )  # fmt: skip
