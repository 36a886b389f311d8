"""The SQL of companies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from crm.companies.models import Company, Enquiry, Person
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.kernel.search import Search

COLUMNS = ", ".join(Company.__struct_fields__)

LISTING: Listing[Company] = Listing(
    table="companies",
    columns=COLUMNS,
    build=Company,
    sorts={
        "name": Sort("fold(name)", str),
        "created_at": Sort("created_at", datetime),
        "updated_at": Sort("updated_at", datetime),
    },
    default="name",
    totals=Totals(),
)
SEARCH = Search("companies")


def found_or_made(*, name: str, domain: str, demo: str, now: str) -> str:
    """CTEs that end in `company`: its columns and `made`, or no row where neither name nor domain is given.

    Arguments are marks such as `$1`; an absent name is '', an absent domain NULL. By domain the unique index keeps two
    from being made at once; by name the caller holds `lock_names` first.
    """
    return f"""
        known_company AS (
            SELECT {COLUMNS}
            FROM companies
            WHERE domain = {domain}
               OR ({domain}::text IS NULL AND {name}::text <> '' AND fold(name) = fold({name}))
            ORDER BY id
            LIMIT 1
        ), made_company AS (
            INSERT INTO companies (name, domain, demo, created_at, updated_at)
            SELECT coalesce(nullif({name}, ''), {domain}), {domain}, {demo}::boolean, {now}::timestamptz, {now}
            WHERE coalesce(nullif({name}, ''), {domain}) IS NOT NULL
              AND NOT EXISTS (SELECT FROM known_company)
            -- Somebody made it in the meantime: the update changes nothing, and returns theirs.
            ON CONFLICT (domain) DO UPDATE SET domain = excluded.domain
            RETURNING {COLUMNS}, xmax = 0 AS made
        ), company AS (
            SELECT *, false AS made FROM known_company
            UNION ALL
            SELECT * FROM made_company
        )"""


_FIND_OR_MAKE = f"""
    WITH {found_or_made(name="$1", domain="$2", demo="$3", now="$4")}
    SELECT * FROM company
"""


async def lock_names(connection: Connection, names: Sequence[str]) -> None:
    """Until the transaction ends, nobody else looks for a company of one of these names in order to make it."""
    await connection.execute(
        """
        SELECT pg_advisory_xact_lock(key)
        FROM (
            SELECT DISTINCT hashtextextended('company ' || fold(name), 0) AS key
            FROM unnest($1::text[]) AS name
            -- Two transactions that lock several names never wait for each other.
            ORDER BY key
        ) AS keys
        """,
        names,
    )


async def find_or_make(
    connection: Connection, *, name: str, domain: str | None, demo: bool, now: datetime
) -> tuple[Company | None, bool]:
    """The company, and whether it was made just now."""
    row = await connection.fetchrow(_FIND_OR_MAKE, name, domain, demo, now)
    if row is None:
        return None, False
    *values, made = row
    return Company(*values), made


async def insert(connection: Connection, company: Company) -> Company | None:
    """A new company; its number and version are given here. None when the domain is another's."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO companies (name, domain, website, phone, notes, demo, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        ON CONFLICT (domain) DO NOTHING
        RETURNING {COLUMNS}
        """,
        company.name, company.domain, company.website, company.phone, company.notes, company.demo, company.created_at,
    )  # fmt: skip
    return Company(*row) if row else None


async def find(connection: Connection, number: int, *, lock: bool = False) -> Company | None:
    """The company with this number; `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM companies WHERE id = $1{' FOR UPDATE' if lock else ''}", number
    )
    return Company(*row) if row else None


async def by_domain(connection: Connection, domain: str) -> Company | None:
    """The company whose mail domain this is."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM companies WHERE domain = $1", domain)
    return Company(*row) if row else None


async def names(connection: Connection, numbers: list[int]) -> dict[int, str]:
    """The names of these companies."""
    rows = await connection.fetch("SELECT id, name FROM companies WHERE id = ANY($1)", numbers)
    return {row["id"]: row["name"] for row in rows}


async def update(connection: Connection, company: Company, now: datetime) -> Company | None:
    """Write the changed `company`, provided nobody else has since its version was read."""
    row = await connection.fetchrow(
        f"""
        UPDATE companies
        SET name = $3, domain = $4, website = $5, phone = $6, notes = $7, version = version + 1, updated_at = $8
        WHERE id = $1 AND version = $2
        RETURNING {COLUMNS}
        """,
        company.id, company.version, company.name, company.domain, company.website, company.phone, company.notes, now,
    )  # fmt: skip
    return Company(*row) if row else None


async def pointing(connection: Connection, number: int) -> tuple[int, int]:
    """How many contacts and leads point to the company."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM contacts WHERE company_id = $1) AS contacts,
               (SELECT count(*) FROM leads WHERE company_id = $1) AS leads
        """,
        number,
    )
    return row["contacts"], row["leads"]


async def delete(connection: Connection, number: int) -> None:
    """Remove a company to which nothing points."""
    await connection.execute("DELETE FROM companies WHERE id = $1", number)


async def leads_of(
    connection: Connection, column: Literal["contact_id", "company_id"], number: int, limit: int
) -> list[Enquiry]:
    """The newest leads of a contact or a company."""
    rows = await connection.fetch(
        f"""
        SELECT {", ".join(Enquiry.__struct_fields__)}
        FROM leads
        WHERE {column} = $1
        ORDER BY created_at DESC
        LIMIT $2
        """,
        number, limit,
    )  # fmt: skip
    return [Enquiry(*row) for row in rows]


async def people_of(connection: Connection, number: int, limit: int) -> list[Person]:
    """The contacts of a company, by name."""
    rows = await connection.fetch(
        f"""
        SELECT {", ".join(Person.__struct_fields__)}
        FROM contacts
        WHERE company_id = $1
        ORDER BY fold(name), id
        LIMIT $2
        """,
        number, limit,
    )  # fmt: skip
    return [Person(*row) for row in rows]


async def delete_made_with(connection: Connection, number: int | None, at: datetime) -> None:
    """Remove the company if it was made at that very moment and nothing else needs it by now."""
    await connection.execute(
        """
        DELETE FROM companies
        WHERE id = $1 AND created_at = $2 AND version = 1
          AND NOT EXISTS (SELECT FROM contacts WHERE contacts.company_id = companies.id)
          AND NOT EXISTS (SELECT FROM leads WHERE leads.company_id = companies.id)
        """,
        number, at,
    )  # fmt: skip
