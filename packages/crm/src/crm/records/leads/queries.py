"""The SQL of leads."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from crm.accounts import settings
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import EXACT_BELOW, Total
from crm.kernel.http.paging import Where
from crm.records import related, stages
from crm.records.base import table
from crm.records.common import Search
from crm.records.leads.forms import NewLead
from crm.records.leads.models import Lead, OpenLead
from shared.enquiry_form import BY_NAME

TITLE = "lead_title(title, message, name)"
"""The SQL of the title that readers see."""
CARD_COLUMNS = f"id, {TITLE}, name, company, status, value, currency, next_action, next_action_on"
TABLE = table(
    "lead", "leads", Lead, sorts=["created_at", "updated_at", "name", "title", "value", "next_action_on"],
    default_sort="-created_at", computed={"title": TITLE}, derived=("next_action", "next_action_on"),
    more_sorts=related.LEAD_SORTS,
)  # fmt: skip
COLUMNS = TABLE.columns
LISTED = "NOT synthetic"
"""A condition that every list and number of leads has: they leave out the test leads of `ops verify`."""
SEARCH = Search("leads", dated="created_at", always=LISTED)


_SQL_TYPES: dict[Any, str] = {
    int: "bigint", Decimal: "numeric", bool: "boolean", date: "date", datetime: "timestamptz", dict: "jsonb",
}  # fmt: skip
_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Lead)}
STORED = [*(name for name in NewLead.__struct_fields__ if name != "currency"), "reference", "channel", "demo",
          "synthetic", "received_at", "company_id"]  # fmt: skip
"""The columns that are stored as they are given. `currency` has a default."""
_GIVEN = (*STORED, "currency")


def _find_type(name: str) -> str:
    kind = _FIELDS[name]
    kinds = [typing.get_origin(arm) or arm for arm in (kind, *typing.get_args(kind))]
    return next((_SQL_TYPES[arm] for arm in kinds if arm in _SQL_TYPES), "text")


def _list_columns(table: str, model: type[msgspec.Struct]) -> str:
    return ", ".join(f"{table}.{column}" for column in model.__struct_fields__)


_OPEN_LEAD = ", ".join(f"{TITLE} AS title" if name == "title" else name for name in OpenLead.__struct_fields__)


def open_lead_sql(contact_id: str, before: str = "") -> str:
    """A query of the newest open lead of a contact; `before` is one more condition on `leads`."""
    return f"""
        SELECT {_OPEN_LEAD}
        FROM leads
        WHERE contact_id = {contact_id} AND status NOT IN ('won', 'lost') AND NOT synthetic {before}
        ORDER BY created_at DESC, id DESC
        LIMIT 1
    """


_CREATE = f"""
    WITH lead AS (
        INSERT INTO leads ({", ".join(STORED)}, currency, status_at, created_at, updated_at)
        SELECT {", ".join(STORED)}, coalesce(currency, {settings.CURRENCY}, $1), $2, $2, $2
        FROM unnest({", ".join(f"${number}::{_find_type(name)}[]" for number, name in enumerate(_GIVEN, start=3))})
             AS given ({", ".join(_GIVEN)})
        ON CONFLICT (reference) DO NOTHING
        RETURNING {COLUMNS}
    )
    SELECT {_list_columns("lead", Lead)}, {_list_columns("open_lead", OpenLead)}
    FROM lead
    LEFT JOIN LATERAL ({open_lead_sql("lead.contact_id")}) AS open_lead ON NOT lead.synthetic
"""


async def create(
    connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime
) -> list[tuple[Lead, OpenLead | None]]:
    """Insert leads. Each comes with the open lead of the same contact that was there before.

    Each row has a value for each of `STORED` and for `currency`. Leads whose reference is taken are left out.
    """
    columns = ([row[name] for row in rows] for name in _GIVEN)
    found = {}
    for row in await connection.fetch(_CREATE, settings.defaults().currency, now, *columns):
        values = tuple(row)
        open_lead = values[len(Lead.__struct_fields__) :]
        lead = Lead(*values[: len(Lead.__struct_fields__)])
        found[lead.reference] = (lead, OpenLead(*open_lead) if open_lead[0] is not None else None)
    return [found[row["reference"]] for row in rows if row["reference"] in found]


async def index_later(connection: Connection) -> None:
    """Let the worker index for the search what this transaction writes, once no enquiry waits any more."""
    await connection.execute("SET LOCAL crm.indexing = 'later'")


async def delete_synthetic(connection: Connection, reference: str | None, before: datetime) -> list[Lead]:
    """Delete the synthetic lead with this reference or, without one, those created before then. Returns them."""
    rows = await connection.fetch(
        f"""
        DELETE FROM leads
        WHERE synthetic AND (reference = $1 OR $1 IS NULL AND created_at < $2)
        RETURNING {COLUMNS}
        """,
        reference, before,
    )  # fmt: skip
    return [Lead(*row) for row in rows]


async def find_open_leads(connection: Connection, lead_ids: Sequence[int]) -> dict[int, OpenLead]:
    """For each new lead that is not kept separate, the open lead of the same person that was there before it."""
    rows = await connection.fetch(
        f"""
        SELECT newer.id AS newer_id, {", ".join(f"open_lead.{column}" for column in OpenLead.__struct_fields__)}
        FROM leads AS newer
        CROSS JOIN LATERAL ({open_lead_sql("newer.contact_id", "AND leads.id < newer.id")}) AS open_lead
        WHERE newer.id = ANY($1) AND newer.status = 'new' AND NOT newer.separate AND NOT newer.synthetic
        """,
        lead_ids,
    )
    return {row[0]: OpenLead(*tuple(row)[1:]) for row in rows}


async def find_newest_open(connection: Connection, contact_id: int) -> OpenLead | None:
    """The newest open lead of a contact."""
    row = await connection.fetchrow(open_lead_sql("$1"), contact_id)
    return OpenLead(*row) if row else None


async def count_by_status(connection: Connection) -> dict[str, Total]:
    """How many listed leads are in each status, in the order of the pipeline; exact below 10,000."""
    rows = await connection.fetch(
        """
        SELECT stage.status, found.number
        FROM unnest($1::text[]) AS stage (status)
        CROSS JOIN LATERAL (
            -- Subtracted afterwards, so that counting only reads the index of statuses.
            SELECT count(*) - (
                SELECT count(*) FROM leads WHERE synthetic AND leads.status = stage.status
            ) AS number
            FROM (SELECT FROM leads WHERE leads.status = stage.status LIMIT $2) AS matching
        ) AS found
        """,
        (await stages.read(connection)).keys, EXACT_BELOW + 1,
    )  # fmt: skip
    return {row["status"]: Total(row["number"], exact=row["number"] <= EXACT_BELOW) for row in rows}


async def list_ids_of(connection: Connection, column: Literal["contact_id", "company_id"], record_id: int) -> list[int]:
    """The ids of the leads of a contact or a company, in the order in which they are locked."""
    rows = await connection.fetch(f"SELECT id FROM leads WHERE {column} = $1 ORDER BY id", record_id)
    return [row["id"] for row in rows]


async def has_choice(connection: Connection, field: str, key: str) -> bool:
    """Whether any lead has this choice of a field of the form."""
    column = BY_NAME[field].name
    found: bool = await connection.fetchval(f"SELECT EXISTS (SELECT FROM leads WHERE {column} = $1)", key)
    return found


async def count_in_stage(connection: Connection, status: str) -> int:
    """How many leads a stage has, test leads included."""
    number: int = await connection.fetchval("SELECT count(*) FROM leads WHERE status = $1", status)
    return number


async def move_some(connection: Connection, status: str, to: str, at: datetime, limit: int) -> list[Lead]:
    """Move at most `limit` leads of a stage to another one. Returns them as they are then."""
    rows = await connection.fetch(
        f"""
        UPDATE leads
        SET status = $2, status_at = $3, version = version + 1, updated_at = $3
        WHERE id IN (SELECT id FROM leads WHERE status = $1 ORDER BY id LIMIT $4 FOR UPDATE)
        RETURNING {COLUMNS}
        """,
        status, to, at, limit,
    )  # fmt: skip
    return [Lead(*row) for row in rows]


async def move_some_back(
    connection: Connection, status: str, left_at: datetime, at: datetime, limit: int
) -> list[Lead]:
    """Move at most `limit` leads back to a stage that they left then, if that was their last move."""
    rows = await connection.fetch(
        f"""
        UPDATE leads
        SET status = $1, status_at = $3, version = version + 1, updated_at = $3
        WHERE status_at = $2 AND id IN (
            SELECT lead_id FROM status_periods WHERE status = $1 AND left_at = $2 ORDER BY lead_id LIMIT $4
        )
        RETURNING {COLUMNS}
        """,
        status, left_at, at, limit,
    )  # fmt: skip
    return [Lead(*row) for row in rows]


async def count_filtered(connection: Connection, where: Where) -> dict[str, Total]:
    """How many of the leads that `where` leaves are in each status; empty if it leaves more than can be counted."""
    rows = await connection.fetch(
        f"""
        SELECT status, count(*) AS number
        FROM (SELECT status FROM leads WHERE {where} LIMIT {where.mark(EXACT_BELOW + 1)}) AS matching
        GROUP BY status
        """,
        *where.values,
    )
    if sum(row["number"] for row in rows) > EXACT_BELOW:
        return {}
    numbers = {row["status"]: row["number"] for row in rows}
    return {stage: Total(numbers.get(stage, 0), exact=True) for stage in (await stages.read(connection)).keys}
