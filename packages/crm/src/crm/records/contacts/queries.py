"""The SQL of contacts."""

from __future__ import annotations

from datetime import datetime

from crm.kernel.db import Connection
from crm.records.common import Search, table
from crm.records.contacts.models import Contact

TABLE = table("contact", "contacts", Contact, sorts=["name", "created_at", "updated_at"], default_sort="name")
COLUMNS = TABLE.columns
SEARCH = Search("contacts")


def find_or_create_sql(
    *,
    contact_id: str,
    name: str,
    email: str,
    key: str,
    phone: str,
    company: str,
    demo: str,
    now: str,
    fills_phone: str,
    fills_company: str,
) -> str:
    """CTEs that end in `contact`: its columns and `outcome`: `known`, `created`, or the fields that changed.

    Arguments are SQL, such as `$1`, or for `company` a scalar subquery. The contact is found by `contact_id` or, where
    that is NULL, by `key`. A phone that a known contact lacks is filled in if `fills_phone` is true, a company
    if `fills_company` is; nothing is replaced. The unique index keeps a contact from being created twice at once.
    """
    return f"""
        known_contact AS (
            SELECT {COLUMNS}
            FROM contacts
            WHERE id = {contact_id} OR ({contact_id}::bigint IS NULL AND email_key = {key})
        ), filled_contact AS (
            UPDATE contacts
            SET phone = CASE WHEN {fills_phone} THEN coalesce(nullif(contacts.phone, ''), {phone})
                             ELSE contacts.phone END,
                company_id = CASE WHEN {fills_company} THEN coalesce(contacts.company_id, {company})
                                  ELSE contacts.company_id END,
                version = contacts.version + 1,
                updated_at = {now}
            FROM known_contact
            WHERE contacts.id = known_contact.id
              AND (({fills_phone} AND contacts.phone = '' AND {phone} <> '')
                   OR ({fills_company} AND contacts.company_id IS NULL AND {company} IS NOT NULL))
            RETURNING {", ".join(f"contacts.{column}" for column in Contact.__struct_fields__)},
                      concat_ws(',', CASE WHEN known_contact.phone <> contacts.phone THEN 'phone' END,
                                CASE WHEN known_contact.company_id IS DISTINCT FROM contacts.company_id
                                     THEN 'company_id' END) AS outcome
        ), created_contact AS (
            INSERT INTO contacts (name, email, email_key, phone, company_id, demo, created_at, updated_at)
            SELECT {name}, {email}, {key}, {phone}, {company}, {demo}::boolean, {now}::timestamptz, {now}
            WHERE NOT EXISTS (SELECT FROM known_contact)
            -- Another transaction has just created it: the update changes nothing, and returns that contact.
            -- It names no column of a key, so that it waits for no lead that is being added to it.
            ON CONFLICT (email_key) DO UPDATE SET version = contacts.version
            RETURNING {COLUMNS}, CASE WHEN xmax = 0 THEN 'created' ELSE 'known' END AS outcome
        ), contact AS (
            SELECT * FROM filled_contact
            UNION ALL
            SELECT *, 'known' AS outcome FROM known_contact WHERE NOT EXISTS (SELECT FROM filled_contact)
            UNION ALL
            SELECT * FROM created_contact
        )"""


_FIND_OR_CREATE = f"""
    WITH {
    find_or_create_sql(
        contact_id="NULL",
        name="$1",
        email="$2",
        key="$3",
        phone="$4",
        company="$5::bigint",
        demo="$6",
        now="$7",
        fills_phone="true",
        fills_company="true",
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
    """The contact, and the outcome as `find_or_create_sql` says."""
    row = await connection.fetchrow(_FIND_OR_CREATE, name, email, key, phone, company_id, demo, now)
    *values, outcome = row
    return Contact(*values), outcome


async def find_by_key(connection: Connection, key: str) -> Contact | None:
    """The contact with this mailbox (see `email_keys.key_of`)."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM contacts WHERE email_key = $1", key)
    return Contact(*row) if row else None


async def list_by_name(connection: Connection, name: str) -> list[Contact]:
    """The first two contacts of this name, so that the caller sees whether there are several."""
    rows = await connection.fetch(
        f'SELECT {COLUMNS} FROM contacts WHERE name_key(name) COLLATE "C" = name_key($1) LIMIT 2', name
    )
    return [Contact(*row) for row in rows]


async def list_ids_of_company(connection: Connection, company_id: int) -> list[int]:
    """The ids of the contacts of a company."""
    rows = await connection.fetch("SELECT id FROM contacts WHERE company_id = $1 ORDER BY id", company_id)
    return [row["id"] for row in rows]


async def list_enquired_values(
    connection: Connection, contact_id: int, lead_id: int | None
) -> list[tuple[int, str, int | None, str]]:
    """Lead, phone, company and its name of the contact's newest enquiries from the site, or of this lead alone.

    Values that the contact ignores are left out.
    """
    rows = await connection.fetch(
        """
        SELECT leads.id,
               CASE WHEN 'phone ' || leads.phone = ANY(contacts.ignored) THEN '' ELSE leads.phone END,
               CASE WHEN 'company_id ' || leads.company_id = ANY(contacts.ignored) THEN NULL ELSE leads.company_id END,
               coalesce(companies.name, '')
        FROM leads
        JOIN contacts ON contacts.id = leads.contact_id
        LEFT JOIN companies ON companies.id = leads.company_id
        WHERE leads.contact_id = $1 AND leads.channel = 'site' AND ($2::bigint IS NULL OR leads.id = $2)
        ORDER BY leads.created_at DESC, leads.id DESC
        LIMIT 20
        """,
        contact_id, lead_id,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def ignore_value(connection: Connection, contact_id: int, field: str, value: str) -> None:
    """Remember that the contact does not take this value."""
    await connection.execute(
        "UPDATE contacts SET ignored = array_append(ignored, $2) WHERE id = $1 AND $2 <> ALL(ignored)",
        contact_id, f"{field} {value}",
    )  # fmt: skip


async def propose_again(connection: Connection, contact_id: int, field: str, lead_id: int) -> None:
    """Forget that the contact ignores the value that this lead has in the field."""
    await connection.execute(
        """
        UPDATE contacts
        SET ignored = array_remove(ignored, $2 || ' ' || (to_jsonb(leads) ->> $2))
        FROM leads
        WHERE contacts.id = $1 AND leads.id = $3 AND leads.contact_id = $1
        """,
        contact_id, field, lead_id,
    )  # fmt: skip


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
