"""The SQL of the Today page. It reads the tables of several modules and writes nothing."""

from __future__ import annotations

from datetime import date, datetime

from crm.kernel.db import Connection
from crm.workspace.today.models import Card, CardGroup, SetupSteps, Week

COLUMNS = """id, lead_title(title, message, name), name, company, status, value, currency, next_action, next_action_on,
               left(message, 400), email, phone, channel, source, first_touch ->> 'referrer',
               (SELECT users.name FROM users WHERE users.id = leads.owner_id),
               title <> ''"""


async def list_waiting(connection: Connection, limit: int) -> CardGroup:
    """List new enquiries without an answer, the longest wait first."""
    condition = "status = 'new' AND next_action_on IS NULL AND NOT synthetic"
    rows = await connection.fetch(
        f"""
        SELECT 'waiting', {COLUMNS}, received_at, (SELECT count(*) FROM leads WHERE {condition}) AS total
        FROM leads
        WHERE {condition}
        ORDER BY received_at, id
        LIMIT $1
        """,
        limit,
    )
    return _group(rows)


async def list_due(connection: Connection, today: date, limit: int) -> CardGroup:
    """List leads whose next step is due or overdue, the oldest first."""
    condition = "next_action_on <= $1 AND status NOT IN ('won', 'lost') AND NOT synthetic"
    rows = await connection.fetch(
        f"""
        SELECT 'due', {COLUMNS}, updated_at, (SELECT count(*) FROM leads WHERE {condition}) AS total
        FROM leads
        WHERE {condition}
        ORDER BY next_action_on, id
        LIMIT $2
        """,
        today,
        limit,
    )
    return _group(rows)


async def list_quiet(connection: Connection, before: datetime, currency: str, limit: int) -> CardGroup:
    """List open leads without a next step and without a change since `before`, the most valuable first.

    Amounts of different currencies are not compared: those in `currency` come first, then one currency after another.
    """
    condition = """status IN ('contacted', 'qualified', 'proposal') AND next_action_on IS NULL AND NOT synthetic
          AND updated_at < $1"""
    # Each part is read in the order of its index.
    parts = " UNION ALL ".join(
        f"""(
            SELECT 'quiet', {COLUMNS}, updated_at, (SELECT count(*) FROM leads WHERE {condition}) AS total
            FROM leads
            WHERE {condition} AND currency {comparison} $2
            ORDER BY currency, value DESC, id
            LIMIT $3
        )"""
        for comparison in ("=", "<", ">")
    )
    rows = await connection.fetch(f"{parts} LIMIT $3", before, currency, limit)
    return _group(rows)


async def read_week(connection: Connection, since: datetime, currency: str) -> Week:
    """Count enquiries, answers and wins since then. The wins in `currency` come first.

    An answer is a user's first call, e-mail, meeting or change of status.
    """
    row = await connection.fetchrow(
        """
        WITH received AS (
            SELECT leads.received_at,
                   (SELECT min(activities.at)
                    FROM activities
                    WHERE activities.lead_id = leads.id AND by_kind = 'person'
                      AND kind IN ('call', 'email', 'meeting', 'status')) AS answered_at
            FROM leads
            -- received_at is never after created_at, and the index is on created_at.
            WHERE created_at >= $1 AND received_at >= $1 AND NOT synthetic
        )
        SELECT count(*), count(answered_at),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY answered_at - received_at)
        FROM received
        """,
        since,
    )
    won = await connection.fetch(
        """
        SELECT currency, sum(value) AS value, count(*) AS number
        FROM leads
        WHERE status = 'won' AND updated_at >= $1 AND status_at >= $1 AND NOT synthetic
        GROUP BY currency
        ORDER BY currency <> $2, currency
        """,
        since, currency,
    )  # fmt: skip
    enquiries, answered, response = row
    totals = [(each["currency"], each["value"]) for each in won]
    return Week(enquiries, answered, response, sum(each["number"] for each in won), totals)


async def read_setup_steps(connection: Connection) -> SetupSteps:
    """Read which setup steps are done. Sample data does not count."""
    row = await connection.fetchrow(
        """
        SELECT EXISTS (SELECT FROM leads WHERE channel = 'site' AND NOT demo AND NOT synthetic),
               EXISTS (SELECT FROM leads WHERE next_action <> '' AND NOT demo),
               EXISTS (SELECT FROM channels WHERE active),
               EXISTS (SELECT FROM api_keys WHERE revoked_at IS NULL)
        """
    )
    return SetupSteps(*row)


def _group(rows: list) -> CardGroup:  # type: ignore[type-arg]
    return CardGroup([Card(*tuple(row)[:-1]) for row in rows], rows[0]["total"] if rows else 0)
