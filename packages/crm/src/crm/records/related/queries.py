"""The SQL of related records. Each query here would need several others if every module asked for its own table."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from crm.accounts import settings
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.kernel.http.paging import Sort
from crm.records import stages
from crm.records.base import sort_text
from crm.records.related.models import Bounce, CompanySummary, RelatedContact, RelatedEmail, RelatedLead, WaitingEmail
from crm.values.formats import join_words, plural

Column = Literal["contact_id", "company_id"]

_OPEN = "status NOT IN ('won', 'lost') AND NOT synthetic"
_WON = "status = 'won' AND value > 0 AND NOT synthetic"
COMPANY_SORTS = {
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
"""The orders of companies that are computed from their leads."""
LEAD_SORTS = {
    "status": Sort(
        "stage_order",
        int,
        f"""
        JOIN (
            SELECT key AS stage_key, row_number() OVER (ORDER BY {stages.ORDER}) AS stage_order FROM stages
        ) AS ordered ON stage_key = status
        """,
    ),
    "owner_id": sort_text(
        "owner_name", " LEFT JOIN (SELECT id AS user_id, name AS owner_name FROM users) AS owners ON user_id = owner_id"
    ),
    "company": sort_text("company"),
    "hours": Sort("coalesce(hours, -1)", int),
    "received_at": Sort("received_at", datetime),
}
"""The orders of leads that no index has: they read every row that the filters leave."""
CONTACT_SORTS = {
    "email": sort_text("email"),
    "company_id": sort_text(
        "company_name",
        " LEFT JOIN (SELECT id AS key, name AS company_name FROM companies) AS employers ON key = company_id",
    ),
}
"""The orders of contacts that no index has."""

_EXISTS = {
    "owner_id": ("user", "EXISTS (SELECT FROM users WHERE id = {})"),
    "lead_id": ("lead", "EXISTS (SELECT FROM leads WHERE id = {})"),
    "contact_id": ("contact", "EXISTS (SELECT FROM contacts WHERE id = {})"),
    "company_id": ("company", "EXISTS (SELECT FROM companies WHERE id = {})"),
}
_NAMES = {
    "owner_id": "SELECT name FROM users WHERE id = $1",
    "assignee_id": "SELECT name FROM users WHERE id = $1",
    "contact_id": "SELECT name FROM contacts WHERE id = $1",
    "company_id": "SELECT name FROM companies WHERE id = $1",
}
_USES = {
    "contact_id": "SELECT 0, (SELECT count(*) FROM leads WHERE contact_id = $1)",
    "company_id": """
        SELECT (SELECT count(*) FROM contacts WHERE company_id = $1),
               (SELECT count(*) FROM leads WHERE company_id = $1)
    """,
}


async def check_references(connection: Connection, **references: int | None) -> None:
    """Raise `ValidationError` for each record that does not exist, such as `owner_id=7`."""
    ids = {column: record_id for column, record_id in references.items() if record_id is not None}
    if not ids:
        return
    exists = ", ".join(_EXISTS[column][1].format(f"${mark}") for mark, column in enumerate(ids, start=1))
    row = await connection.fetchrow(f"SELECT {exists}", *ids.values())
    if missing := [column for column, there in zip(ids, tuple(row), strict=True) if not there]:
        raise ValidationError([FieldError(each, f"There is no such {_EXISTS[each][0]}.") for each in missing])


async def find_name(connection: Connection, column: str, record_id: int | None) -> str | None:
    """The name of the record that `column` points to, empty without one. None if `column` points to no record."""
    if column not in _NAMES:
        return None
    if record_id is None:
        return ""
    name: str | None = await connection.fetchval(_NAMES[column], record_id)
    return name or "a deleted record"


async def is_unused(connection: Connection, column: Column, record_id: int) -> bool:
    """Whether no contact and no lead points to a contact or a company."""
    return not any(await connection.fetchrow(_USES[column], record_id))


async def check_unused(connection: Connection, column: Column, record_id: int, name: str) -> None:
    """Raise `ConflictError` while contacts or leads point to the contact or company."""
    contacts, leads = await connection.fetchrow(_USES[column], record_id)
    if related := [plural(count, noun) for count, noun in ((contacts, "contact"), (leads, "lead")) if count]:
        verb = "points" if contacts + leads == 1 else "point"
        raise ConflictError(f"{join_words(related)} still {verb} to {name}. Move or delete them first.")


def places_sql(*, lead: str, contact: str, company: str) -> str:
    """A query of what an activity is about, as `lead_id`, `contact_id`, `company_id`. Arguments are SQL, such as `$1`.

    An activity of a lead also shows on the lead's contact and company.
    """
    return f"""
        SELECT {lead}::bigint AS lead_id,
               coalesce({contact}, leads.contact_id) AS contact_id,
               coalesce({company}, leads.company_id, contacts.company_id) AS company_id
        FROM (VALUES (true)) AS one
        LEFT JOIN leads ON leads.id = {lead}
        LEFT JOIN contacts ON contacts.id = coalesce({contact}, leads.contact_id)
    """


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


async def list_leads(connection: Connection, column: Column, record_id: int, limit: int) -> list[RelatedLead]:
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


async def read_task_places(connection: Connection, task_ids: list[int]) -> dict[int, str]:
    """The names of the records that these tasks are about, by the id of the task."""
    rows = await connection.fetch(
        """
        SELECT tasks.id, coalesce(lead_title(leads.title, leads.message, leads.name), contacts.name, companies.name)
        FROM tasks
        LEFT JOIN leads ON leads.id = tasks.lead_id
        LEFT JOIN contacts ON contacts.id = tasks.contact_id
        LEFT JOIN companies ON companies.id = tasks.company_id
        WHERE tasks.id = ANY($1)
        """,
        task_ids,
    )
    return {task_id: name for task_id, name in rows if name}


async def find_emails(connection: Connection, email_ids: list[int]) -> dict[int, RelatedEmail]:
    """What timelines show of these e-mails, by id."""
    if not email_ids:
        return {}
    rows = await connection.fetch(
        """
        SELECT id, direction, kind, subject, sent_to, left(quoted, 20000), verified, attachments
        FROM emails
        WHERE id = ANY($1)
        """,
        email_ids,
    )
    return {row["id"]: RelatedEmail(*row) for row in rows}


async def list_waiting_emails(
    connection: Connection, column: Literal["lead_id", "contact_id"], record_id: int
) -> list[WaitingEmail]:
    """The e-mails to the people of a record that are not sent yet, or could not be."""
    rows = await connection.fetch(
        f"""
        SELECT emails.id, subject, sent_to, waiting.state, next_at, attempts,
               coalesce((SELECT error FROM outgoing_email_attempts AS attempt
                         WHERE attempt.outgoing_email_id = waiting.id ORDER BY attempt.id DESC LIMIT 1), '')
        FROM outgoing_emails AS waiting
        JOIN emails ON emails.id = email_id
        WHERE waiting.{column} = $1 AND waiting.state IN ('pending', 'failed')
        ORDER BY emails.id
        """,
        record_id,
    )
    return [WaitingEmail(*row) for row in rows]


async def find_bounce(connection: Connection, contact_id: int | None) -> Bounce | None:
    """Why mail to the address of this contact was returned; None if it was not."""
    row = await connection.fetchrow(
        """
        SELECT bounces.email, reason, at
        FROM contacts
        JOIN bounces USING (email_key)
        WHERE contacts.id = $1
        """,
        contact_id,
    )
    return Bounce(*row) if row else None


async def list_enquired_values(
    connection: Connection, contact_id: int, lead_id: int | None
) -> list[tuple[int, str, int | None, str]]:
    """Lead, phone, company and its name of the contact's newest enquiries from the site, or of this lead alone."""
    rows = await connection.fetch(
        """
        SELECT leads.id, leads.phone, leads.company_id, coalesce(companies.name, '')
        FROM leads
        LEFT JOIN companies ON companies.id = leads.company_id
        WHERE leads.contact_id = $1 AND leads.channel = 'site' AND ($2::bigint IS NULL OR leads.id = $2)
        ORDER BY leads.created_at DESC, leads.id DESC
        LIMIT 20
        """,
        contact_id, lead_id,
    )  # fmt: skip
    return [tuple(row) for row in rows]
