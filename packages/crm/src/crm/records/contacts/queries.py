"""The SQL of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError
from crm.records import related
from crm.records.base import table
from crm.records.common import Search
from crm.records.contacts.models import Contact, ContactWithIgnored

TABLE = table(
    "contact",
    "contacts",
    Contact,
    sorts=["name", "created_at", "updated_at"],
    default_sort="name",
    more_sorts=related.CONTACT_SORTS,
)
WITH_IGNORED = table("contact", "contacts", ContactWithIgnored, sorts=["name"], default_sort="name")
COLUMNS = TABLE.columns
SEARCH = Search("contacts")


_QUALIFIED = ", ".join(f"contacts.{column}" for column in Contact.__struct_fields__)
_FIND_OR_CREATE = f"""
    WITH given AS (
        SELECT *, coalesce('#' || contact_id, email_key, '') AS key
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::boolean[],
                    $8::boolean[], $9::boolean[])
             WITH ORDINALITY AS given (contact_id, name, email, email_key, phone, company_id, fills_phone,
                                       fills_company, demo, position)
    ), wanted AS (
        SELECT DISTINCT ON (key) *, CASE WHEN fills_phone THEN phone ELSE '' END AS new_phone,
               CASE WHEN fills_company THEN company_id END AS new_company
        FROM given
        ORDER BY key, position
    ), known AS (
        SELECT wanted.key, new_phone, new_company, {_QUALIFIED}
        FROM wanted
        JOIN contacts ON contacts.id = wanted.contact_id
        UNION ALL
        SELECT wanted.key, new_phone, new_company, {_QUALIFIED}
        FROM wanted
        JOIN contacts ON contacts.email_key = wanted.email_key
        WHERE wanted.contact_id IS NULL
    ), filled AS (
        UPDATE contacts
        SET phone = coalesce(nullif(contacts.phone, ''), new_phone),
            company_id = coalesce(contacts.company_id, new_company),
            version = contacts.version + 1,
            updated_at = $10
        FROM known
        WHERE contacts.id = known.id
          AND (contacts.phone = '' AND new_phone <> '' OR contacts.company_id IS NULL AND new_company IS NOT NULL)
        RETURNING known.key,
                  concat_ws(',', CASE WHEN known.phone <> contacts.phone THEN 'phone' END,
                            CASE WHEN known.company_id IS DISTINCT FROM contacts.company_id THEN 'company_id' END)
                      AS outcome,
                  {_QUALIFIED}
    ), created AS (
        INSERT INTO contacts (name, email, email_key, phone, company_id, demo, created_at, updated_at)
        SELECT name, email, email_key, phone, company_id, demo, $10, $10
        FROM wanted
        WHERE contact_id IS NULL AND key NOT IN (SELECT key FROM known)
        ORDER BY key
        -- Another transaction has just created it: the update changes nothing, and returns that contact.
        -- It names no column of a key, so that it waits for no lead that is being added to it.
        ON CONFLICT (email_key) DO UPDATE SET version = contacts.version
        RETURNING coalesce(email_key, '') AS key, CASE WHEN xmax = 0 THEN 'created' ELSE 'known' END AS outcome,
                  {COLUMNS}
    ), found AS (
        SELECT key, 'known' AS outcome, {COLUMNS} FROM known WHERE key NOT IN (SELECT key FROM filled)
        UNION ALL
        SELECT * FROM filled
        UNION ALL
        SELECT * FROM created
    )
    SELECT given.position, CASE WHEN given.position = wanted.position THEN outcome ELSE 'known' END, {_QUALIFIED}
    FROM given
    JOIN wanted USING (key)
    JOIN found AS contacts USING (key)
"""


class ContactHint(msgspec.Struct, frozen=True):
    """What is known of a person, who is found by `contact_id` or, without one, by `email_key`.

    A phone or company that a known contact lacks is filled in if `fills_phone` or `fills_company` is true.
    """

    contact_id: int | None
    name: str
    email: str
    email_key: str | None
    phone: str
    company_id: int | None
    fills_phone: bool = True
    fills_company: bool = True
    demo: bool = False


async def find_or_create_many(
    connection: Connection, hints: Sequence[ContactHint], now: datetime
) -> list[tuple[Contact, str]]:
    """For each hint the contact and the outcome: `known`, `created`, or the fields that were filled in.

    For one contact that several hints name, only the first has another outcome than `known`. A hint without an address
    always creates a contact. The unique index keeps a contact from being created twice at once. Raises `ConflictError`
    if a contact was deleted meanwhile.
    """
    found: dict[int, tuple[Contact, str]] = {}
    anonymous = [number for number, hint in enumerate(hints) if hint.contact_id is None and hint.email_key is None]
    named = [number for number in range(len(hints)) if number not in anonymous]
    # Nothing tells two contacts without an address apart, so each has a statement of its own. They are rare.
    for numbers in ([named] if named else []) + [[number] for number in anonymous]:
        columns = zip(*(msgspec.structs.astuple(hints[number]) for number in numbers), strict=True)
        for position, outcome, *values in await connection.fetch(_FIND_OR_CREATE, *columns, now):
            found[numbers[position - 1]] = (Contact(*values), outcome)
    if len(found) != len(hints):
        raise ConflictError("This contact was deleted meanwhile.")
    return [found[number] for number in range(len(hints))]


async def list_ids_of_company(connection: Connection, company_id: int) -> list[int]:
    """The ids of the contacts of a company."""
    rows = await connection.fetch("SELECT id FROM contacts WHERE company_id = $1 ORDER BY id", company_id)
    return [row["id"] for row in rows]


async def delete_created_with(connection: Connection, contact_id: int, at: datetime) -> None:
    """Delete the contact if it was created at that very moment and nobody has changed it since."""
    await connection.execute("DELETE FROM contacts WHERE id = $1 AND created_at = $2 AND version = 1", contact_id, at)
