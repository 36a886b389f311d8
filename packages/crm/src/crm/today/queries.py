"""What needs somebody today. These statements read across rooms and write nothing."""

from __future__ import annotations

from datetime import date, datetime

from crm.kernel.db import Connection
from crm.today.models import Card, Pile, Steps, Week

COLUMNS = "id, name, company, status, value, currency, next_action, next_action_on, left(message, 240)"


async def waiting(connection: Connection, limit: int) -> Pile:
    """New enquiries nobody has answered, the longest wait first."""
    those = "status = 'new' AND next_action_on IS NULL AND NOT synthetic"
    rows = await connection.fetch(
        f"""
        SELECT 'waiting', {COLUMNS}, received_at, (SELECT count(*) FROM leads WHERE {those}) AS total
        FROM leads
        WHERE {those}
        ORDER BY received_at, id
        LIMIT $1
        """,
        limit,
    )
    return _pile(rows)


async def due(connection: Connection, today: date, limit: int) -> Pile:
    """Next actions that are due or overdue, the oldest first."""
    those = "next_action_on <= $1 AND status NOT IN ('won', 'lost') AND NOT synthetic"
    rows = await connection.fetch(
        f"""
        SELECT 'due', {COLUMNS}, updated_at, (SELECT count(*) FROM leads WHERE {those}) AS total
        FROM leads
        WHERE {those}
        ORDER BY next_action_on, id
        LIMIT $2
        """,
        today,
        limit,
    )
    return _pile(rows)


async def quiet(connection: Connection, before: datetime, limit: int) -> Pile:
    """Open leads with no next action that nobody has touched since `before`, the most valuable first."""
    those = """status IN ('contacted', 'qualified', 'proposal') AND next_action_on IS NULL AND NOT synthetic
          AND updated_at < $1"""
    rows = await connection.fetch(
        f"""
        SELECT 'quiet', {COLUMNS}, updated_at, (SELECT count(*) FROM leads WHERE {those}) AS total
        FROM leads
        WHERE {those}
        ORDER BY value DESC, id
        LIMIT $2
        """,
        before,
        limit,
    )
    return _pile(rows)


async def week(connection: Connection, since: datetime) -> Week:
    """Enquiries, answers and wins since then. An answer is the first call, mail, meeting or move by a person."""
    row = await connection.fetchrow(
        """
        WITH received AS (
            SELECT leads.received_at,
                   (SELECT min(activities.at)
                    FROM activities
                    WHERE activities.lead_id = leads.id AND by_kind = 'person'
                      AND kind IN ('call', 'email', 'meeting', 'status')) AS answered_at
            FROM leads
            -- Nothing is received after it was stored, and the index is of the latter.
            WHERE created_at >= $1 AND received_at >= $1 AND NOT synthetic
        ), won AS (
            SELECT count(*) AS number, coalesce(sum(value), 0) AS value
            FROM leads
            WHERE status = 'won' AND updated_at >= $1 AND status_at >= $1 AND NOT synthetic
        )
        SELECT count(*), count(answered_at),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY answered_at - received_at),
               (SELECT number FROM won), (SELECT value FROM won)
        FROM received
        """,
        since,
    )
    return Week(*row)


async def steps(connection: Connection) -> Steps:
    """What has been set up so far, demo data not counted."""
    row = await connection.fetchrow(
        """
        SELECT EXISTS (SELECT FROM leads WHERE channel = 'site' AND NOT demo AND NOT synthetic),
               EXISTS (SELECT FROM leads WHERE next_action <> '' AND NOT demo),
               EXISTS (SELECT FROM channels),
               EXISTS (SELECT FROM api_keys WHERE revoked_at IS NULL)
        """
    )
    return Steps(*row)


def _pile(rows: list) -> Pile:  # type: ignore[type-arg]
    return Pile([Card(*tuple(row)[:-1]) for row in rows], rows[0]["total"] if rows else 0)
