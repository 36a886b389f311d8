"""The SQL of companies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.records import related
from crm.records.base import sort_text, table
from crm.records.common import Search
from crm.records.companies.models import Company
from crm.values import PLACEHOLDERS

TABLE = table(
    "company",
    "companies",
    Company,
    sorts=["name", "created_at", "updated_at"],
    default_sort="name",
    more_sorts=related.COMPANY_SORTS | {"domain": sort_text("domain")},
)
COLUMNS = TABLE.columns
SEARCH = Search("companies")


_PLACEHOLDERS = ", ".join("'" + text.replace("'", "''") + "'" for text in sorted(PLACEHOLDERS))
_GIVES_WAY = f"""(known.name ~ '^[^[:space:]]+[.][^[:space:].]{{2,}}$'
                   OR known.name !~ '[[:alnum:]]' OR lower(known.name) IN ({_PLACEHOLDERS}))"""
"""A condition: the company is called after its domain, or by a placeholder that was stored once."""
_QUALIFIED = ", ".join(f"companies.{column}" for column in Company.__struct_fields__)

_FIND_OR_CREATE = f"""
    WITH given AS (
        SELECT *, coalesce(domain, '=' || name_key(name)) AS key
        FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
             WITH ORDINALITY AS given (name, suggested, domain, demo, position)
    ), wanted AS (
        SELECT DISTINCT ON (key) * FROM given ORDER BY key, name = '', position
    ), known AS (
        SELECT wanted.key, wanted.name AS given_name, {_QUALIFIED}
        FROM wanted
        CROSS JOIN LATERAL (
            (SELECT {COLUMNS} FROM companies WHERE domain = wanted.domain)
            UNION ALL
            (
                SELECT {COLUMNS}
                FROM companies
                WHERE wanted.domain IS NULL AND name_key(name) COLLATE "C" = name_key(wanted.name)
                ORDER BY id
                LIMIT 1
            )
        ) AS companies
    ), named AS (
        UPDATE companies
        SET name = known.given_name, version = companies.version + 1, updated_at = $5
        FROM known
        WHERE companies.id = known.id AND given_name <> '' AND given_name !~ '^[^[:space:]]+[.][^[:space:].]{{2,}}$'
          AND {_GIVES_WAY} AND name_key(known.name) <> name_key(given_name)
        RETURNING known.key, 'named' AS outcome, {_QUALIFIED}
    ), without_domain AS (
        SELECT DISTINCT ON (company.id) company.id, wanted.key, wanted.domain
        FROM wanted
        CROSS JOIN LATERAL (
            SELECT id
            FROM companies
            WHERE domain IS NULL
              AND name_key(name) COLLATE "C" = name_key(coalesce(nullif(wanted.name, ''), wanted.suggested))
            ORDER BY id
            LIMIT 1
        ) AS company
        WHERE wanted.domain IS NOT NULL AND wanted.key NOT IN (SELECT key FROM known)
        ORDER BY company.id, wanted.position
    ), placed AS (
        UPDATE companies
        SET domain = without_domain.domain, version = version + 1, updated_at = $5
        FROM without_domain
        WHERE companies.id = without_domain.id AND companies.domain IS NULL
        RETURNING without_domain.key, 'domain' AS outcome, {_QUALIFIED}
    ), created AS (
        INSERT INTO companies (name, domain, demo, created_at, updated_at)
        SELECT coalesce(nullif(name, ''), domain), domain, demo, $5, $5
        FROM wanted
        WHERE key NOT IN (SELECT key FROM known UNION ALL SELECT key FROM placed)
        ORDER BY key
        -- Another transaction has just created it: the update changes nothing, and returns that company.
        -- It names no column of a key, so that it waits for no lead or contact that is being added to it.
        ON CONFLICT (domain) DO UPDATE SET version = companies.version
        RETURNING coalesce(domain, '=' || name_key(name)) AS key,
                  CASE WHEN xmax = 0 THEN 'created' ELSE 'known' END AS outcome, {COLUMNS}
    ), found AS (
        SELECT key, 'known' AS outcome, {COLUMNS} FROM known WHERE key NOT IN (SELECT key FROM named)
        UNION ALL
        SELECT * FROM named
        UNION ALL
        SELECT * FROM placed
        UNION ALL
        SELECT * FROM created
    )
    SELECT given.position, CASE WHEN given.position = wanted.position THEN outcome ELSE 'known' END, {_QUALIFIED}
    FROM given
    JOIN wanted USING (key)
    JOIN found AS companies USING (key)
"""


class CompanyHint(msgspec.Struct, frozen=True):
    """What is known of a company. `suggested` is the name that its domain suggests."""

    name: str
    suggested: str
    domain: str | None
    demo: bool = False


async def find_or_create_many(
    connection: Connection, hints: Sequence[CompanyHint], now: datetime
) -> list[tuple[Company | None, str]]:
    """For each hint the company and the outcome; None if the hint has neither name nor domain.

    The outcome is `known` or `created`; `named` if the company was called after its domain before, `domain` if one of
    this name had no domain before. For one company that several hints name, only one of them has another outcome than
    `known`. The unique index keeps two of one domain from being created at once; `lock_names` does for names.
    """
    found: list[tuple[Company | None, str]] = [(None, "")] * len(hints)
    named = [number for number, hint in enumerate(hints) if hint.name and not hint.domain]
    if named:
        await lock_names(connection, [hints[number].name for number in named])
    # A company that gets its name here may get its domain there.
    for numbers in (named, [number for number, hint in enumerate(hints) if hint.domain]):
        if numbers:
            columns = zip(*(msgspec.structs.astuple(hints[number]) for number in numbers), strict=True)
            for position, outcome, *values in await connection.fetch(_FIND_OR_CREATE, *columns, now):
                found[numbers[position - 1]] = (Company(*values), outcome)
    return found


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


async def list_names(connection: Connection, company_ids: list[int]) -> dict[int, str]:
    """The names of these companies, by id."""
    rows = await connection.fetch("SELECT id, name FROM companies WHERE id = ANY($1)", company_ids)
    return {row["id"]: row["name"] for row in rows}


async def delete_created_with(connection: Connection, company_id: int, at: datetime) -> None:
    """Delete the company if it was created at that very moment and nobody has changed it since."""
    await connection.execute("DELETE FROM companies WHERE id = $1 AND created_at = $2 AND version = 1", company_id, at)
