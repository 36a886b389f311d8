"""The SQL of the places of leads on the board."""

from __future__ import annotations

from decimal import Decimal

from crm.kernel.db import Connection
from crm.records.leads.models import Lead
from crm.records.leads.queries import TITLE

POSITION = "coalesce(board_position, -extract(epoch FROM status_at AT TIME ZONE 'UTC') - id * 0.000000000000000001)"
"""The SQL of a lead's place in its stage. Without one of its own, it stands where it arrived, the newest first."""
ON_BOARD = "status NOT IN ('won', 'lost') AND NOT synthetic"


async def lock_stage(connection: Connection, status: str) -> None:
    """Let no other transaction place leads in this stage until this one ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('stage ' || $1))", status)


async def read_place(connection: Connection, lead_id: int) -> Decimal:
    """The place of the lead in its stage."""
    place: Decimal = await connection.fetchval(f"SELECT {POSITION} FROM leads WHERE id = $1", lead_id)
    return place


async def set_place(connection: Connection, lead_id: int, place: Decimal) -> None:
    """Give the lead a place in its stage. The order is no part of the record, so its version stays."""
    await connection.execute("UPDATE leads SET board_position = $2 WHERE id = $1", lead_id, place)


async def find_at(connection: Connection, status: str, lead_id: int, place: Decimal) -> int | None:
    """The lead, other than this one, that has the place in the stage."""
    found: int | None = await connection.fetchval(
        f"SELECT id FROM leads WHERE status = $1 AND {ON_BOARD} AND id <> $2 AND {POSITION} = $3",
        status,
        lead_id,
        place,
    )
    return found


async def find_title_above(connection: Connection, lead_id: int, place: Decimal) -> str | None:
    """The title of the lead that is right above such a place in the stage of this one; None if it is the first."""
    found: str | None = await connection.fetchval(
        f"""
        SELECT {TITLE}
        FROM leads
        WHERE status = (SELECT status FROM leads WHERE id = $1) AND {ON_BOARD} AND id <> $1 AND {POSITION} < $2
        ORDER BY {POSITION} DESC
        LIMIT 1
        """,
        lead_id, place,
    )  # fmt: skip
    return found


async def find_place(connection: Connection, status: str, lead_id: int, after_id: int) -> Decimal:
    """A place in the stage right below the lead `after_id` or, if that is not in the stage, above all."""
    place: Decimal = await connection.fetchval(
        f"""
        WITH listed AS (
            SELECT {POSITION} AS position
            FROM leads
            WHERE status = $1 AND {ON_BOARD} AND id <> $2
        ),
        above AS (
            SELECT {POSITION} AS position
            FROM leads
            WHERE id = $3 AND status = $1 AND {ON_BOARD} AND id <> $2
        )
        SELECT CASE
            WHEN EXISTS (SELECT FROM above) THEN coalesce(
                ((SELECT position FROM above)
                 + (SELECT min(position) FROM listed WHERE position > (SELECT position FROM above))) * 0.5,
                (SELECT position FROM above) + 1
            )
            ELSE coalesce((SELECT min(position) FROM listed) - 1, 0)
        END
        """,
        status, lead_id, after_id,
    )  # fmt: skip
    return place


async def find_neighbors(connection: Connection, lead: Lead) -> tuple[int | None, int | None]:
    """The leads after which this one stands once it has moved up and down in its stage; `0` for above all."""
    place = f"(SELECT {POSITION} FROM leads WHERE id = $1)"
    above = await connection.fetch(
        f"SELECT id FROM leads WHERE status = $2 AND {ON_BOARD} AND {POSITION} < {place}"
        f" ORDER BY {POSITION} DESC LIMIT 2",
        lead.id, lead.status,
    )  # fmt: skip
    below = await connection.fetchval(
        f"SELECT id FROM leads WHERE status = $2 AND {ON_BOARD} AND {POSITION} > {place} ORDER BY {POSITION} LIMIT 1",
        lead.id, lead.status,
    )  # fmt: skip
    return (above[1]["id"] if len(above) > 1 else 0) if above else None, below
