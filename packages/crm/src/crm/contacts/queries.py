"""The SQL of contacts."""

from __future__ import annotations

from datetime import datetime

from crm.contacts.models import Contact
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.kernel.search import Search

COLUMNS = ", ".join(Contact.__struct_fields__)

LISTING: Listing[Contact] = Listing(
    table="contacts",
    columns=COLUMNS,
    build=Contact,
    sorts={
        "name": Sort("fold(name)", str),
        "created_at": Sort("created_at", datetime),
        "updated_at": Sort("updated_at", datetime),
    },
    default="name",
    totals=Totals(),
)
SEARCH = Search("contacts")


def found_or_made(
    *, number: str, name: str, email: str, key: str, phone: str, company: str, demo: str, now: str
) -> str:
    """CTEs that end in `contact`: its columns and `fate`, which is `known`, `filled` or `made`.

    Arguments are SQL: marks such as `$1`, or for `company` a scalar subquery. The contact is looked for by `number` or,
    where that is NULL, by `key`. What a known one lacked (phone, company) is filled in; nothing it had is replaced. The
    unique index keeps one person from being made twice at once.
    """
    return f"""
        known_contact AS (
            SELECT {COLUMNS}
            FROM contacts
            WHERE id = {number} OR ({number}::bigint IS NULL AND email_key = {key})
        ), filled_contact AS (
            UPDATE contacts
            SET phone = coalesce(nullif(contacts.phone, ''), {phone}),
                company_id = coalesce(contacts.company_id, {company}),
                version = contacts.version + 1,
                updated_at = {now}
            FROM known_contact
            WHERE contacts.id = known_contact.id
              AND ((contacts.phone = '' AND {phone} <> '')
                   OR (contacts.company_id IS NULL AND {company} IS NOT NULL))
            RETURNING {", ".join(f"contacts.{column}" for column in Contact.__struct_fields__)}
        ), made_contact AS (
            INSERT INTO contacts (name, email, email_key, phone, company_id, demo, created_at, updated_at)
            SELECT {name}, {email}, {key}, {phone}, {company}, {demo}::boolean, {now}::timestamptz, {now}
            WHERE NOT EXISTS (SELECT FROM known_contact)
            -- Somebody made it in the meantime: the update changes nothing, and returns theirs.
            ON CONFLICT (email_key) DO UPDATE SET email_key = excluded.email_key
            RETURNING {COLUMNS}, CASE WHEN xmax = 0 THEN 'made' ELSE 'known' END AS fate
        ), contact AS (
            SELECT *, 'filled' AS fate FROM filled_contact
            UNION ALL
            SELECT *, 'known' AS fate FROM known_contact WHERE NOT EXISTS (SELECT FROM filled_contact)
            UNION ALL
            SELECT * FROM made_contact
        )"""


_FIND_OR_MAKE = f"""
    WITH {
    found_or_made(number="NULL", name="$1", email="$2", key="$3", phone="$4", company="$5::bigint", demo="$6", now="$7")
}
    SELECT * FROM contact
"""


async def find_or_make(
    connection: Connection,
    *,
    name: str,
    email: str,
    key: str | None,
    phone: str,
    company_id: int | None,
    demo: bool,
    now: datetime,
) -> tuple[Contact, str]:
    """The contact, and whether it was `known`, `filled` or `made`."""
    row = await connection.fetchrow(_FIND_OR_MAKE, name, email, key, phone, company_id, demo, now)
    *values, fate = row
    return Contact(*values), fate


async def insert(connection: Connection, contact: Contact, key: str | None) -> Contact | None:
    """A new contact; its number and version are given here. None when the address is another's."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO contacts (name, email, email_key, phone, job_title, company_id, notes, demo, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        ON CONFLICT (email_key) DO NOTHING
        RETURNING {COLUMNS}
        """,
        contact.name, contact.email, key, contact.phone, contact.job_title, contact.company_id, contact.notes,
        contact.demo, contact.created_at,
    )  # fmt: skip
    return Contact(*row) if row else None


async def find(connection: Connection, number: int, *, lock: bool = False) -> Contact | None:
    """The contact with this number; `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM contacts WHERE id = $1{' FOR UPDATE' if lock else ''}", number
    )
    return Contact(*row) if row else None


async def by_key(connection: Connection, key: str) -> Contact | None:
    """The contact with this mailbox."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM contacts WHERE email_key = $1", key)
    return Contact(*row) if row else None


async def has_company(connection: Connection, number: int) -> bool:
    """Does the company exist?"""
    return await connection.fetchval("SELECT EXISTS (SELECT FROM companies WHERE id = $1)", number)  # type: ignore[no-any-return]


async def update(connection: Connection, contact: Contact, key: str | None, now: datetime) -> Contact | None:
    """Write the changed `contact`, provided nobody else has since its version was read."""
    row = await connection.fetchrow(
        f"""
        UPDATE contacts
        SET name = $3, email = $4, email_key = $5, phone = $6, job_title = $7, company_id = $8, notes = $9,
            version = version + 1, updated_at = $10
        WHERE id = $1 AND version = $2
        RETURNING {COLUMNS}
        """,
        contact.id, contact.version, contact.name, contact.email, key, contact.phone, contact.job_title,
        contact.company_id, contact.notes, now,
    )  # fmt: skip
    return Contact(*row) if row else None


async def leads_of(connection: Connection, number: int) -> int:
    """How many leads point to the contact."""
    return await connection.fetchval("SELECT count(*) FROM leads WHERE contact_id = $1", number)  # type: ignore[no-any-return]


async def delete(connection: Connection, number: int) -> None:
    """Remove a contact to which no lead points."""
    await connection.execute("DELETE FROM contacts WHERE id = $1", number)


async def delete_made_with(connection: Connection, number: int | None, at: datetime) -> None:
    """Remove the contact if it was made at that very moment and nothing else needs it by now."""
    await connection.execute(
        """
        DELETE FROM contacts
        WHERE id = $1 AND created_at = $2 AND version = 1
          AND NOT EXISTS (SELECT FROM leads WHERE leads.contact_id = contacts.id)
        """,
        number, at,
    )  # fmt: skip
