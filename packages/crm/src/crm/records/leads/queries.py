"""The SQL of leads."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import asyncpg
import msgspec

from crm.accounts import settings
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import EXACT_BELOW, Total
from crm.kernel.http.paging import Where
from crm.records import activities, companies, contacts
from crm.records.common import Search, table
from crm.records.companies import Company
from crm.records.contacts import Contact
from crm.records.leads.forms import NewLead
from crm.records.leads.models import STAGES, Lead, OpenLead

TITLE = "lead_title(title, message, name)"
"""The SQL of the title that readers see."""
TABLE = table(
    "lead", "leads", Lead, sorts=["created_at", "updated_at", "name", "title", "value", "next_action_on"],
    default_sort="-created_at", computed={"title": TITLE},
)  # fmt: skip
COLUMNS = TABLE.columns
LISTED = "NOT synthetic"
"""A condition that every list and number of leads has: they leave out the test leads of `ops verify`."""
SEARCH = Search("leads", dated="created_at", always=LISTED)


class Created(msgspec.Struct, frozen=True):
    """A new lead, its contact and company, and whether those were there before."""

    lead: Lead
    contact: Contact
    contact_outcome: str
    company: Company | None
    company_outcome: str
    open_lead: OpenLead | None


_SQL_TYPES: dict[Any, str] = {
    int: "bigint", Decimal: "numeric", bool: "boolean", date: "date", datetime: "timestamptz", dict: "jsonb",
}  # fmt: skip
_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Lead)}
_STORED = [name for name in (*NewLead.__struct_fields__, "reference", "channel", "demo", "synthetic", "received_at")
           if name not in ("currency", "contact_id")]  # fmt: skip
"""The columns that are stored as they are given."""
PARAMETERS = (
    *_STORED, "currency", "default_currency", "contact_id", "contact_key", "company_name", "suggested_name", "domain",
    "trusted", "now", "body", "by_kind", "by_id", "by_name",
)  # fmt: skip
"""The parameters of the statement that creates a lead with its contact, company and first activity.

Without `currency` it is that of the settings, or else `default_currency`. What a stranger says of a known contact is
not `trusted`: it does not go to the contact, except the company of its mail domain.
"""
_MARK = {name: f"${number}" for number, name in enumerate(PARAMETERS, start=1)}


def _format_parameter(name: str) -> str:
    kind = _FIELDS[name]
    kinds = [typing.get_origin(arm) or arm for arm in (kind, *typing.get_args(kind))]
    return f"{_MARK[name]}::{next((_SQL_TYPES[arm] for arm in kinds if arm in _SQL_TYPES), 'text')}"


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


# Company, contact, lead and first activity in one round trip, because enquiries may come by the thousand.
_CREATE = f"""
    WITH {companies.find_or_create_sql(
        name=_MARK["company_name"], suggested=_MARK["suggested_name"], domain=_MARK["domain"],
        demo=_MARK["demo"], now=_MARK["now"],
    )},
    {contacts.find_or_create_sql(
        contact_id=_MARK["contact_id"], name=_MARK["name"], email=_MARK["email"], key=_MARK["contact_key"],
        phone=_MARK["phone"], company="(SELECT id FROM company)", demo=_MARK["demo"], now=_MARK["now"],
        fills_phone=f"{_MARK['trusted']}::boolean",
        fills_company=f"({_MARK['trusted']}::boolean OR {_MARK['domain']}::text IS NOT NULL)",
    )}, lead AS (
        INSERT INTO leads (
            {", ".join(_STORED)}, currency, contact_id, company_id, status_at, created_at, updated_at
        )
        SELECT {", ".join(map(_format_parameter, _STORED))},
               coalesce({_MARK["currency"]}, {settings.CURRENCY}, {_MARK["default_currency"]}),
               contact.id, coalesce((SELECT id FROM company), contact.company_id),
               {_MARK["now"]}, {_MARK["now"]}, {_MARK["now"]}
        FROM contact
        ON CONFLICT (reference) DO NOTHING
        RETURNING {COLUMNS}
    ), activity AS ({activities.insert_sql(
        kind="'system'", body=_MARK["body"], by_kind=_MARK["by_kind"], by_id=_MARK["by_id"], by_name=_MARK["by_name"],
        at=_MARK["received_at"], now=_MARK["now"], places="(SELECT id AS lead_id, contact_id, company_id FROM lead)",
    )})
    SELECT {_list_columns("lead", Lead)}, {_list_columns("contact", Contact)}, contact.outcome,
           {", ".join(f"open_lead.{column}" for column in OpenLead.__struct_fields__)},
           {_list_columns("company", Company)}, company.outcome
    FROM lead
    CROSS JOIN contact
    LEFT JOIN company ON true
    LEFT JOIN LATERAL ({open_lead_sql("contact.id")}) AS open_lead ON NOT lead.synthetic
"""  # fmt: skip
_LEAD, _CONTACT, _OPEN = (len(model.__struct_fields__) for model in (Lead, Contact, OpenLead))


async def create(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Created]:
    """Insert leads, each with its contact, company and first activity. Leads whose reference is taken are left out.

    Each row has a value for each of `PARAMETERS`. The statements run one after the other, but are sent together, and
    all that they wrote is indexed by one more. All transactions lock companies and contacts in the order of their mail
    domains and addresses, so none wait in a circle.
    """
    ordered = sorted(rows, key=lambda row: (row["domain"] or "", row["contact_key"] or ""))
    values = [tuple(row[name] for name in PARAMETERS) for row in ordered]
    if len(values) == 1:
        row = await connection.fetchrow(_CREATE, *values[0])
        return [_read_created(row)] if row else []
    await connection.execute("SET LOCAL crm.indexing = 'later'")
    created = {each.lead.reference: each for each in map(_read_created, await connection.fetchmany(_CREATE, values))}
    await connection.execute(
        """
        SELECT index_leads($1, true), index_contacts($2), index_companies($3, true),
               set_config('crm.indexing', 'now', true)
        """,
        [each.lead.id for each in created.values()],
        list({each.contact.id for each in created.values() if each.contact_outcome != "known"}),
        list({each.company.id for each in created.values() if each.company and each.company_outcome == "created"}),
    )
    return [created[row["reference"]] for row in rows if row["reference"] in created]


def _read_created(row: asyncpg.Record) -> Created:
    values = tuple(row)
    rest = values[_LEAD + _CONTACT + 1 :]
    open_lead, company = rest[:_OPEN], rest[_OPEN:-1]
    return Created(
        lead=Lead(*values[:_LEAD]),
        contact=Contact(*values[_LEAD : _LEAD + _CONTACT]),
        contact_outcome=values[_LEAD + _CONTACT],
        company=Company(*company) if company[0] is not None else None,
        company_outcome=values[-1] or "",
        open_lead=OpenLead(*open_lead) if open_lead[0] is not None else None,
    )


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


async def keep_separate(connection: Connection, lead_id: int) -> None:
    """Remember that this lead is no part of another one."""
    await connection.execute("UPDATE leads SET separate = true WHERE id = $1", lead_id)


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
        list(STAGES), EXACT_BELOW + 1,
    )  # fmt: skip
    return {row["status"]: Total(row["number"], exact=row["number"] <= EXACT_BELOW) for row in rows}


async def list_ids_of(connection: Connection, column: Literal["contact_id", "company_id"], record_id: int) -> list[int]:
    """The ids of the leads of a contact or a company, in the order in which they are locked."""
    rows = await connection.fetch(f"SELECT id FROM leads WHERE {column} = $1 ORDER BY id", record_id)
    return [row["id"] for row in rows]


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
    return {stage: Total(numbers.get(stage, 0), exact=True) for stage in STAGES}
