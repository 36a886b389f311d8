"""Finds the records that rows of a file are about: by e-mail, domain or reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.kernel.db import Connection
from crm.records import contacts
from crm.values import make_comparable
from crm.workspace.imports.fields import PAGES
from crm.workspace.imports.models import Noun

FOUND_BY: Mapping[Noun, str] = {
    "company": "by its domain; without one, by its name",
    "contact": "by the e-mail address; without one, by name and phone among the contacts without an address",
    "lead": "by the reference. Without one a row is always a new lead, because one person may have several",
}
"""How a record is found, in words."""
FIXED: Mapping[Noun, tuple[str, ...]] = {"company": (), "contact": ("email",), "lead": ()}
"""What a record is found by and keeps as it is written, although another spelling finds it too."""
_QUERIES: Mapping[Noun, str] = {
    "company": """
        SELECT position, {columns}
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (its_domain, its_name, position)
        CROSS JOIN LATERAL (
            (SELECT * FROM companies WHERE domain = its_domain)
            UNION ALL
            (
                SELECT *
                FROM companies
                WHERE name_key(name) COLLATE "C" = name_key(its_name) AND (its_domain = '' OR domain IS NULL)
                ORDER BY id
                LIMIT 1
            )
            LIMIT 1
        ) AS companies
    """,
    "contact": """
        SELECT position, {columns}
        FROM unnest($1::text[], $2::text[], $3::text[])
             WITH ORDINALITY AS given (its_key, its_name, its_phone, position)
        CROSS JOIN LATERAL (
            (SELECT * FROM contacts WHERE email_key = its_key)
            UNION ALL
            (
                SELECT *
                FROM contacts
                WHERE its_key = '' AND email_key IS NULL AND phone = its_phone
                  AND name_key(name) COLLATE "C" = name_key(its_name)
                ORDER BY id
                LIMIT 1
            )
            LIMIT 1
        ) AS contacts
    """,
    "lead": """
        SELECT position, {columns}
        FROM unnest($1::text[]) WITH ORDINALITY AS given (its_reference, position)
        JOIN leads ON reference = its_reference AND NOT synthetic
    """,
}


def build_keys(noun: Noun, values: Mapping[str, str]) -> tuple[str, ...]:
    """What a record is found by, from values in their normal form; all empty if it cannot be found."""
    if noun == "company":
        return values.get("domain", "").lower(), values.get("name", "")
    if noun == "contact":
        return contacts.key_of(values.get("email", "")) or "", values.get("name", ""), values.get("phone", "")
    return (values.get("reference", ""),)


def join_keys(noun: Noun, keys: Sequence[str]) -> str:
    """The keys as one text, by which rows about one record are told; empty if nothing tells them."""
    first, *others = keys
    return first or (make_comparable(f"= {' | '.join(others)}") if any(others) and noun != "lead" else "")


async def find_records(connection: Connection, noun: Noun, keys: Sequence[tuple[str, ...]]) -> list[Any]:
    """For each row the record that it is about, or None."""
    table = PAGES[noun].record.table
    found: list[Any] = [None] * len(keys)
    if keys:
        query = _QUERIES[noun].format(columns=table.columns)
        for position, *values in await connection.fetch(query, *zip(*keys, strict=True)):
            found[position - 1] = table.build(*values)
    return found
