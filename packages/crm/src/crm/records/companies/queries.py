"""The SQL of companies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from crm.accounts import settings
from crm.kernel.db import Connection
from crm.kernel.http.paging import Sort
from crm.records.common import Search, table
from crm.records.companies.models import Company, CompanySummary, RelatedContact, RelatedLead
from crm.values import PLACEHOLDERS

_OPEN = "status NOT IN ('won', 'lost') AND NOT synthetic"
_WON = "status = 'won' AND value > 0 AND NOT synthetic"
_SORTS = {
    # An index holds the open leads alone, and one the won leads, so that counting reads no lead.
    "open_leads": Sort(
        "coalesce(open_leads, 0)",
        int,
        f"""
        LEFT JOIN (
            SELECT company_id, count(*) AS open_leads FROM leads WHERE {_OPEN} GROUP BY company_id
        ) AS opened ON opened.company_id = companies.id
        """,
    ),
    # Amounts of different currencies are not compared: that of the settings comes first, each other one by itself.
    "won": Sort(
        """(coalesce(won, '') COLLATE "C")""",
        str,
        f"""
        LEFT JOIN (
            SELECT company_id,
                   max(CASE currency WHEN {settings.CURRENCY} THEN '~' ELSE currency END || lpad(total::text, 16, '0'))
                       AS won
            FROM (
                SELECT company_id, currency, sum(value) AS total FROM leads WHERE {_WON} GROUP BY company_id, currency
            ) AS totals
            GROUP BY company_id
        ) AS earned ON earned.company_id = companies.id
        """,
    ),
}
TABLE = table(
    "company", "companies", Company, sorts=["name", "created_at", "updated_at"], default_sort="name", more_sorts=_SORTS
)
COLUMNS = TABLE.columns
SEARCH = Search("companies")


_QUALIFIED = ", ".join(f"companies.{column}" for column in Company.__struct_fields__)
_PLACEHOLDERS = ", ".join("'" + text.replace("'", "''") + "'" for text in sorted(PLACEHOLDERS))
_GIVES_WAY = f"""(known_company.name ~ '^[^[:space:]]+[.][^[:space:].]{{2,}}$'
                   OR known_company.name !~ '[[:alnum:]]' OR lower(known_company.name) IN ({_PLACEHOLDERS}))"""
"""A condition: the company is called after its domain, or by a placeholder that was stored once."""


def find_or_create_sql(*, name: str, suggested: str, domain: str, demo: str, now: str) -> str:
    """CTEs that end in `company`: its columns and `outcome`, or no row if neither name nor domain is given.

    The outcome is `known` or `created`; `named` if the company was called after its domain before, `domain` if one of
    this name had no domain before. Arguments are SQL, such as `$1`; an absent name is '', an absent domain NULL.
    `suggested` is the name that the domain suggests. The unique index keeps two of one domain from being created at
    once; for names the caller calls `lock_names` first.
    """
    return f"""
        known_company AS (
            SELECT {COLUMNS}
            FROM companies
            WHERE domain = {domain}
               OR ({domain}::text IS NULL AND {name}::text <> '' AND name_key(name) COLLATE "C" = name_key({name}))
            ORDER BY id
            LIMIT 1
        ), named_company AS (
            UPDATE companies
            SET name = {name}, version = companies.version + 1, updated_at = {now}::timestamptz
            FROM known_company
            WHERE companies.id = known_company.id AND {name} <> '' AND {name} !~ '^[^[:space:]]+[.][^[:space:].]{{2,}}$'
              AND {_GIVES_WAY} AND name_key(known_company.name) <> name_key({name})
            RETURNING {_QUALIFIED}
        ), placed_company AS (
            UPDATE companies
            SET domain = {domain}, version = version + 1, updated_at = {now}::timestamptz
            WHERE domain IS NULL AND id = (
                SELECT id
                FROM companies
                WHERE {domain}::text IS NOT NULL AND domain IS NULL
                  AND name_key(name) COLLATE "C" = name_key(coalesce(nullif({name}, ''), {suggested}::text))
                  AND NOT EXISTS (SELECT FROM known_company)
                ORDER BY id
                LIMIT 1
            )
            RETURNING {COLUMNS}
        ), created_company AS (
            INSERT INTO companies (name, domain, demo, created_at, updated_at)
            SELECT coalesce(nullif({name}, ''), {domain}), {domain}, {demo}::boolean, {now}::timestamptz, {now}
            WHERE coalesce(nullif({name}, ''), {domain}) IS NOT NULL
              AND NOT EXISTS (SELECT FROM known_company)
              AND NOT EXISTS (SELECT FROM placed_company)
            -- Another transaction has just created it: the update changes nothing, and returns that company.
            -- It names no column of a key, so that it waits for no lead or contact that is being added to it.
            ON CONFLICT (domain) DO UPDATE SET version = companies.version
            RETURNING {COLUMNS}, CASE WHEN xmax = 0 THEN 'created' ELSE 'known' END AS outcome
        ), company AS (
            SELECT *, 'known' AS outcome FROM known_company WHERE NOT EXISTS (SELECT FROM named_company)
            UNION ALL
            SELECT *, 'named' AS outcome FROM named_company
            UNION ALL
            SELECT *, 'domain' AS outcome FROM placed_company
            UNION ALL
            SELECT * FROM created_company
        )"""


_FIND_OR_CREATE = f"""
    WITH {find_or_create_sql(name="$1", suggested="$5", domain="$2", demo="$3", now="$4")}
    SELECT * FROM company
"""


async def lock_names(connection: Connection, names: Sequence[str]) -> None:
    """Until the transaction ends, nobody else creates a company of one of these names."""
    await connection.execute(
        """
        SELECT pg_advisory_xact_lock(key)
        FROM (
            SELECT DISTINCT hashtextextended('company ' || name_key(name), 0) AS key
            FROM unnest($1::text[]) AS name
            -- In one order, so that two transactions never wait for each other.
            ORDER BY key
        ) AS keys
        """,
        names,
    )


async def find_or_create(
    connection: Connection, *, name: str, suggested: str, domain: str | None, demo: bool, now: datetime
) -> tuple[Company | None, str]:
    """The company, and the outcome as `find_or_create_sql` says."""
    row = await connection.fetchrow(_FIND_OR_CREATE, name, domain, demo, now, suggested)
    if row is None:
        return None, ""
    *values, outcome = row
    return Company(*values), outcome


async def find_by_domain(connection: Connection, domain: str) -> Company | None:
    """The company whose mail domain this is."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM companies WHERE domain = $1", domain)
    return Company(*row) if row else None


async def list_by_name(connection: Connection, name: str) -> list[Company]:
    """The first two companies of this name, so that the caller sees whether there are several."""
    rows = await connection.fetch(
        f'SELECT {COLUMNS} FROM companies WHERE name_key(name) COLLATE "C" = name_key($1) LIMIT 2', name
    )
    return [Company(*row) for row in rows]


async def list_names(connection: Connection, company_ids: list[int]) -> dict[int, str]:
    """The names of these companies, by id."""
    rows = await connection.fetch("SELECT id, name FROM companies WHERE id = ANY($1)", company_ids)
    return {row["id"]: row["name"] for row in rows}


async def count_related(connection: Connection, company_id: int) -> tuple[int, int]:
    """How many contacts and leads point to the company."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM contacts WHERE company_id = $1) AS contacts,
               (SELECT count(*) FROM leads WHERE company_id = $1) AS leads
        """,
        company_id,
    )
    return row["contacts"], row["leads"]


async def read_summaries(connection: Connection, company_ids: list[int]) -> dict[int, CompanySummary]:
    """What the list says of these companies, by id."""
    rows = await connection.fetch(
        f"""
        SELECT company.id,
               (SELECT count(*) FROM contacts WHERE contacts.company_id = company.id),
               (SELECT count(*) FROM leads WHERE leads.company_id = company.id AND {_OPEN}),
               (SELECT coalesce(jsonb_object_agg(currency, total), '{{}}')
                FROM (SELECT currency, sum(value)::text AS total
                      FROM leads
                      WHERE leads.company_id = company.id AND {_WON}
                      GROUP BY currency) AS won),
               greatest(
                   (SELECT at FROM activities
                    WHERE activities.company_id = company.id AND kind IN ('call', 'meeting', 'email')
                    ORDER BY at DESC LIMIT 1),
                   (SELECT max(received_at)
                    FROM leads
                    WHERE leads.company_id = company.id AND channel = 'site' AND NOT synthetic)
               )
        FROM unnest($1::bigint[]) AS company (id)
        """,
        company_ids,
    )
    return {
        company_id: CompanySummary(contacts, leads, {each: Decimal(value) for each, value in won.items()}, last)
        for company_id, contacts, leads, won, last in rows
    }


async def list_leads(
    connection: Connection, column: Literal["contact_id", "company_id"], record_id: int, limit: int
) -> list[RelatedLead]:
    """The newest leads of a contact or a company."""
    rows = await connection.fetch(
        f"""
        SELECT id, lead_title(title, message, name) AS title, status, value, currency, created_at
        FROM leads
        WHERE {column} = $1 AND NOT synthetic
        ORDER BY created_at DESC
        LIMIT $2
        """,
        record_id, limit,
    )  # fmt: skip
    return [RelatedLead(*row) for row in rows]


async def list_contacts(connection: Connection, company_id: int, limit: int) -> list[RelatedContact]:
    """The contacts of a company, by name."""
    columns = ", ".join(RelatedContact.__struct_fields__)
    rows = await connection.fetch(
        f'SELECT {columns} FROM contacts WHERE company_id = $1 ORDER BY name_key(name) COLLATE "C", id LIMIT $2',
        company_id, limit,
    )  # fmt: skip
    return [RelatedContact(*row) for row in rows]


async def delete_created_with(connection: Connection, company_id: int | None, at: datetime) -> None:
    """Delete the company if it was created at that very moment and nothing else needs it by now."""
    await connection.execute(
        """
        DELETE FROM companies
        WHERE id = $1 AND created_at = $2 AND version = 1
          AND NOT EXISTS (SELECT FROM contacts WHERE contacts.company_id = companies.id)
          AND NOT EXISTS (SELECT FROM leads WHERE leads.company_id = companies.id)
        """,
        company_id, at,
    )  # fmt: skip
