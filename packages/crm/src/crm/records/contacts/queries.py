"""The SQL of contacts."""

from __future__ import annotations

from datetime import datetime

from crm.kernel.db import Connection
from crm.kernel.search import Search
from crm.records.common import table
from crm.records.contacts.models import Contact

TABLE = table("contact", "contacts", Contact, sorts=["name", "created_at", "updated_at"], default_sort="name")
COLUMNS = TABLE.columns
SEARCH = Search("contacts")


def find_or_create_sql(
    *, contact_id: str, name: str, email: str, key: str, phone: str, company: str, demo: str, now: str
) -> str:
    """CTEs that end in `contact`: its columns and `outcome`, which is `known`, `filled` or `created`.

    Arguments are SQL, such as `$1`, or for `company` a scalar subquery. The contact is found by `contact_id` or, where
    that is NULL, by `key`. A phone or company that a known contact lacks is filled in; nothing is replaced. The unique
    index keeps a contact from being created twice at once.
    """
    return f"""
        known_contact AS (
            SELECT {COLUMNS}
            FROM contacts
            WHERE id = {contact_id} OR ({contact_id}::bigint IS NULL AND email_key = {key})
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
        ), created_contact AS (
            INSERT INTO contacts (name, email, email_key, phone, company_id, demo, created_at, updated_at)
            SELECT {name}, {email}, {key}, {phone}, {company}, {demo}::boolean, {now}::timestamptz, {now}
            WHERE NOT EXISTS (SELECT FROM known_contact)
            -- Another transaction has just created it: the update changes nothing, and returns that contact.
            ON CONFLICT (email_key) DO UPDATE SET email_key = excluded.email_key
            RETURNING {COLUMNS}, CASE WHEN xmax = 0 THEN 'created' ELSE 'known' END AS outcome
        ), contact AS (
            SELECT *, 'filled' AS outcome FROM filled_contact
            UNION ALL
            SELECT *, 'known' AS outcome FROM known_contact WHERE NOT EXISTS (SELECT FROM filled_contact)
            UNION ALL
            SELECT * FROM created_contact
        )"""


_FIND_OR_CREATE = f"""
    WITH {
    find_or_create_sql(
        contact_id="NULL", name="$1", email="$2", key="$3", phone="$4", company="$5::bigint", demo="$6", now="$7"
    )
}
    SELECT * FROM contact
"""


async def find_or_create(
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
    """The contact, and whether it was `known`, `filled` or `created`."""
    row = await connection.fetchrow(_FIND_OR_CREATE, name, email, key, phone, company_id, demo, now)
    *values, outcome = row
    return Contact(*values), outcome


async def find_by_key(connection: Connection, key: str) -> Contact | None:
    """The contact with this mailbox (see `email_keys.key_of`)."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM contacts WHERE email_key = $1", key)
    return Contact(*row) if row else None


async def count_leads(connection: Connection, contact_id: int) -> int:
    """How many leads point to the contact."""
    return await connection.fetchval("SELECT count(*) FROM leads WHERE contact_id = $1", contact_id)  # type: ignore[no-any-return]


async def delete_created_with(connection: Connection, contact_id: int | None, at: datetime) -> None:
    """Delete the contact if it was created at that very moment and nothing else needs it by now."""
    await connection.execute(
        """
        DELETE FROM contacts
        WHERE id = $1 AND created_at = $2 AND version = 1
          AND NOT EXISTS (SELECT FROM leads WHERE leads.contact_id = contacts.id)
        """,
        contact_id, at,
    )  # fmt: skip
