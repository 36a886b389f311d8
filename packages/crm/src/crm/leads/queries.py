"""The SQL of leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from crm import activities, companies, contacts, settings
from crm.companies import Company
from crm.contacts import Contact
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import EXACT_BELOW, Total, Totals
from crm.kernel.http.paging import Listing, Sort
from crm.kernel.search import Search
from crm.leads.models import STAGES, Lead

COLUMNS = ", ".join(Lead.__struct_fields__)

LISTING: Listing[Lead] = Listing(
    table="leads",
    columns=COLUMNS,
    build=Lead,
    sorts={
        "created_at": Sort("created_at", datetime),
        "updated_at": Sort("updated_at", datetime),
        "name": Sort("fold(name)", str),
        "value": Sort("value", Decimal),
    },
    default="-created_at",
    totals=Totals(),
)
SEARCH = Search("leads", dated="created_at")


class LeadToCapture(msgspec.Struct, frozen=True):
    """A lead to write; its number and version are given by the database.

    Without `currency` it is in the one that was chosen, or else in its own. Its contact is found by `key`, its company
    by `domain`; `said` is the first line of its timeline.
    """

    lead: Lead
    currency: str | None
    key: str | None
    domain: str | None
    said: str


class Captured(msgspec.Struct, frozen=True):
    """A new lead, what it led to, and whether those were there before."""

    lead: Lead
    contact: Contact
    fate: str
    company: Company | None
    company_made: bool


def _of(table: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


# Company, contact, lead and first activity in one round trip: an enquiry is the thing that comes by the thousand.
_CAPTURE = f"""
    WITH {companies.found_or_made(name="$5", domain="$6", demo="$7", now="$8")},
    {contacts.found_or_made(
        number="$28", name="$1", email="$2", key="$3", phone="$4", company="(SELECT id FROM company)",
        demo="$7", now="$8",
    )}, lead AS (
        INSERT INTO leads (
            reference, name, email, phone, company, budget, project_type, message, source, channel, value, currency,
            hours, next_action, next_action_on, owner_id, contact_id, company_id, first_touch, last_touch, demo,
            synthetic, received_at, status_at, created_at, updated_at
        )
        SELECT $9, $1, $2, $4, $5, $10, $11, $12, $13, $14, $15::numeric,
               coalesce($16, {settings.CURRENCY}, $29),
               $17::integer, $18, $19::date, $20::bigint, contact.id,
               coalesce((SELECT id FROM company), contact.company_id), $21::jsonb, $22::jsonb, $7,
               $30, $23::timestamptz, $8, $8, $8
        FROM contact
        ON CONFLICT (reference) DO NOTHING
        RETURNING {COLUMNS}
    ), activity AS ({activities.line(
        kind="'system'", body="$24", by_kind="$25", by_id="$26", by_name="$27", at="$8", now="$8",
        places="(SELECT id AS lead_id, contact_id, company_id FROM lead)",
    )})
    SELECT {_of("lead", Lead.__struct_fields__)}, {_of("contact", Contact.__struct_fields__)}, contact.fate,
           {_of("company", Company.__struct_fields__)}, company.made
    FROM lead
    CROSS JOIN contact
    LEFT JOIN company ON true
"""  # fmt: skip
_LEAD, _CONTACT = len(Lead.__struct_fields__), len(Contact.__struct_fields__)


async def capture(connection: Connection, wanted: LeadToCapture, by: Actor) -> Captured | None:
    """Write a lead, its contact, its company and its first activity. None when its reference is taken."""
    row = await connection.fetchrow(_CAPTURE, *_values(wanted, by))
    return _read_captured(row) if row else None


async def capture_many(connection: Connection, wanted: Sequence[LeadToCapture], by: Actor) -> list[Captured]:
    """As `capture`, one after the other, sent together. Those whose reference is taken are left out."""
    rows = await connection.fetchmany(_CAPTURE, [_values(each, by) for each in wanted])
    return [_read_captured(row) for row in rows]


def _values(wanted: LeadToCapture, by: Actor) -> tuple[Any, ...]:
    lead = wanted.lead
    return (
        lead.name, lead.email, wanted.key, lead.phone, lead.company, wanted.domain, lead.demo, lead.created_at,
        lead.reference, lead.budget, lead.project_type, lead.message, lead.source, lead.channel, lead.value,
        wanted.currency, lead.hours, lead.next_action, lead.next_action_on, lead.owner_id, lead.first_touch,
        lead.last_touch, lead.received_at, wanted.said, by.kind, by.id, by.name, lead.contact_id, lead.currency,
        lead.synthetic,
    )  # fmt: skip


def _read_captured(row: asyncpg.Record) -> Captured:
    values = tuple(row)
    contact, company = values[_LEAD : _LEAD + _CONTACT], values[_LEAD + _CONTACT + 1 : -1]
    return Captured(
        lead=Lead(*values[:_LEAD]),
        contact=Contact(*contact),
        fate=values[_LEAD + _CONTACT],
        company=Company(*company) if company[0] is not None else None,
        company_made=bool(values[-1]),
    )


async def find(connection: Connection, number: int, *, lock: bool = False) -> Lead | None:
    """The lead with this number; `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM leads WHERE id = $1{' FOR UPDATE' if lock else ''}", number)
    return Lead(*row) if row else None


async def missing(
    connection: Connection, *, owner_id: int | None, contact_id: int | None, company_id: int | None
) -> list[str]:
    """Which of the records named do not exist, by the field that names them."""
    row = await connection.fetchrow(
        """
        SELECT $1::bigint IS NULL OR EXISTS (SELECT FROM users WHERE id = $1) AS owner_id,
               $2::bigint IS NULL OR EXISTS (SELECT FROM contacts WHERE id = $2) AS contact_id,
               $3::bigint IS NULL OR EXISTS (SELECT FROM companies WHERE id = $3) AS company_id
        """,
        owner_id, contact_id, company_id,
    )  # fmt: skip
    return [name for name, there in row.items() if not there]


async def update(connection: Connection, lead: Lead, values: Mapping[str, Any], now: datetime) -> Lead | None:
    """Set the columns named in `values`, provided nobody else has changed `lead` since it was read.

    Only what changes is set: the search column and its index are then left alone where no word of it changes.
    """
    sets = ", ".join(f"{column} = ${place}" for place, column in enumerate(values, start=4))
    row = await connection.fetchrow(
        f"""
        UPDATE leads
        SET {sets}, version = version + 1, updated_at = $3
        WHERE id = $1 AND version = $2
        RETURNING {COLUMNS}
        """,
        lead.id, lead.version, now, *values.values(),
    )  # fmt: skip
    return Lead(*row) if row else None


async def delete(connection: Connection, number: int) -> None:
    """Remove a lead and its timeline."""
    await connection.execute("DELETE FROM leads WHERE id = $1", number)


async def delete_synthetic(connection: Connection, reference: str | None, before: datetime) -> list[Lead]:
    """Remove the synthetic lead with this reference or, without one, those made before then; gives them."""
    rows = await connection.fetch(
        f"""
        DELETE FROM leads
        WHERE synthetic AND (reference = $1 OR $1 IS NULL AND created_at < $2)
        RETURNING {COLUMNS}
        """,
        reference, before,
    )  # fmt: skip
    return [Lead(*row) for row in rows]


async def counts(connection: Connection) -> dict[str, Total]:
    """How many leads are in each status; counting stops where totals become estimates anyway."""
    rows = await connection.fetch(
        """
        SELECT stage.status, found.number
        FROM unnest($1::text[]) AS stage (status)
        CROSS JOIN LATERAL (
            -- Taken off afterwards, so that counting reads the index of statuses alone.
            SELECT count(*) - (
                SELECT count(*) FROM leads WHERE synthetic AND leads.status = stage.status
            ) AS number
            FROM (SELECT FROM leads WHERE leads.status = stage.status LIMIT $2) AS matching
        ) AS found
        """,
        list(STAGES), EXACT_BELOW + 1,
    )  # fmt: skip
    return {row["status"]: Total(row["number"], exact=row["number"] <= EXACT_BELOW) for row in rows}


async def newest(connection: Connection, limit: int) -> list[Lead]:
    """The latest leads."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM leads ORDER BY created_at DESC, id DESC LIMIT $1", limit)
    return [Lead(*row) for row in rows]
