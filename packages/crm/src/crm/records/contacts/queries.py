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


async def list_ids_of_company(connection: Connection, company_id: int) -> list[int]:
    """The ids of the contacts of a company."""
    rows = await connection.fetch("SELECT id FROM contacts WHERE company_id = $1 ORDER BY id", company_id)
    return [row["id"] for row in rows]


async def delete_created_with(connection: Connection, contact_id: int, at: datetime) -> None:
    """Delete the contact if it was created at that very moment and nobody has changed it since."""
    await connection.execute("DELETE FROM contacts WHERE id = $1 AND created_at = $2 AND version = 1", contact_id, at)
