"""Erases what other tables still hold of a record that is deleted permanently: events, deliveries, mails, jobs, logs.

It knows the tables of several modules, because a person must be erased from all of them. A test searches every table.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.records.trash import Kind, Rows

MIN_SEARCHED = 5
"""Shorter names are not searched for in logs, because they are parts of other words."""


class Traces(msgspec.Struct, frozen=True):
    """By what other tables know a record."""

    ids: dict[Kind, list[str]]
    references: list[str]
    emails: list[str]
    paths: list[str]
    words: list[str]
    activity_ids: list[int]
    email_ids: list[int]


def find_traces(kind: Kind, record_id: int, rows: Rows) -> Traces:
    """The traces of a deleted record, by the rows that the trash kept of it."""
    records = [row for table in ("leads", "contacts") for row in rows.get(table, ())]
    submissions = rows.get("submissions", ())
    ids: dict[Kind, list[str]] = {"lead": [], "contact": [], "company": []}
    ids[kind].append(str(record_id))
    bodies = [*records, *(submission["body"] for submission in submissions)]
    emails = {str(body["email"]).lower() for body in bodies if body.get("email")}
    names = {str(body["name"]) for body in bodies if len(body.get("name") or "") >= MIN_SEARCHED}
    references = [str(row["reference"]) for row in (*records, *submissions) if row.get("reference")]
    plural = {"lead": "leads", "contact": "contacts", "company": "companies"}[kind]
    return Traces(
        ids=ids,
        references=references,
        emails=sorted(emails),
        paths=[f"{plural}/{record_id}", *(f"inbox/{submission['id']}" for submission in submissions)],
        words=sorted(emails | names | set(references)),
        activity_ids=[row["id"] for row in rows.get("activities", ()) if not row["lead_id"]],
        email_ids=[row["email_id"] for row in rows.get("activities", ()) if row.get("email_id")],
    )


async def erase(connection: Connection, traces: Traces) -> None:
    """Delete the traces. Deliveries and notifications go with their events, attempts with their deliveries."""
    # Enquiries that became no lead go with the last record of their sender.
    submissions = await connection.fetch(
        """
        DELETE FROM submissions
        WHERE lead_id IS NULL
          AND (reference = ANY($1)
               OR lower(body ->> 'email') = ANY($2)
               AND NOT EXISTS (SELECT FROM contacts WHERE lower(email) = lower(submissions.body ->> 'email'))
               AND NOT EXISTS (SELECT FROM leads WHERE lower(email) = lower(submissions.body ->> 'email')))
        RETURNING id, reference
        """,
        traces.references, traces.emails,
    )  # fmt: skip
    references = [*traces.references, *(row["reference"] for row in submissions)]
    await connection.execute(
        """
        DELETE FROM events
        WHERE kind LIKE 'lead.%' AND payload #>> '{lead,id}' = ANY($1)
           OR kind LIKE 'contact.%' AND payload #>> '{contact,id}' = ANY($2)
           OR kind LIKE 'company.%' AND payload #>> '{company,id}' = ANY($3)
           OR kind LIKE 'task.%'
              AND (payload #>> '{task,lead_id}' = ANY($1) OR payload #>> '{task,contact_id}' = ANY($2)
                   OR payload #>> '{task,company_id}' = ANY($3))
           OR kind LIKE 'submission.%' AND payload #>> '{submission,reference}' = ANY($4)
        """,
        traces.ids["lead"], traces.ids["contact"], traces.ids["company"], references,
    )  # fmt: skip
    paths = [*traces.paths, *(f"inbox/{row['id']}" for row in submissions)]
    await connection.execute("DELETE FROM mails WHERE body ~ $1", rf"/({'|'.join(paths)})\M")
    # Reminders and messages to a new owner belong to no event.
    await connection.execute("DELETE FROM notifications WHERE path ~ $1", rf"^/({'|'.join(paths)})\M")
    # Notes about a contact also stand in the timeline of its company.
    await connection.execute("DELETE FROM activities WHERE id = ANY($1)", traces.activity_ids)
    await connection.execute(
        """
        DELETE FROM bulk_change_rows
        USING bulk_changes
        WHERE bulk_changes.id = change_id
          AND (noun = 'lead' AND lead_id::text = ANY($1)
               OR noun = 'contact' AND lead_id::text = ANY($2)
               OR noun = 'company' AND lead_id::text = ANY($3))
        """,
        traces.ids["lead"], traces.ids["contact"], traces.ids["company"],
    )  # fmt: skip
    await _erase_emails(connection, traces)
    await _erase_from_imports(connection, traces)
    await _erase_from_views(connection, traces)
    await _erase_from_jobs(connection, traces)


async def _erase_emails(connection: Connection, traces: Traces) -> None:
    """Delete the e-mails that only this record had, those of its sender that belong to none, and their events.

    So are those that somebody wrote to the person and that were not sent.
    """
    written = await connection.fetch(
        """
        SELECT emails.id
        FROM outgoing_emails
        JOIN emails ON emails.id = email_id
        WHERE lead_id IS NULL AND contact_id IS NULL
          AND EXISTS (
              SELECT FROM unnest(sent_to || cc || bcc) AS recipient
              WHERE lower(recipient) = ANY($1)
                AND NOT EXISTS (SELECT FROM contacts WHERE lower(contacts.email) = lower(recipient))
                AND NOT EXISTS (SELECT FROM leads WHERE lower(leads.email) = lower(recipient))
          )
        """,
        traces.emails,
    )
    rows = await connection.fetch(
        """
        DELETE FROM emails
        WHERE NOT EXISTS (SELECT FROM activities WHERE email_id = emails.id)
          AND (id = ANY($1)
               OR lower(from_email) = ANY($2) AND state <> 'attached'
               AND NOT EXISTS (SELECT FROM contacts WHERE lower(email) = lower(from_email))
               AND NOT EXISTS (SELECT FROM leads WHERE lower(email) = lower(from_email)))
        RETURNING id
        """,
        [*traces.email_ids, *(row["id"] for row in written)], traces.emails,
    )  # fmt: skip
    ids = [str(row["id"]) for row in rows]
    await connection.execute("DELETE FROM events WHERE kind LIKE 'email.%' AND payload #>> '{email,id}' = ANY($1)", ids)
    await connection.execute("DELETE FROM bounces WHERE lower(email) = ANY($1)", traces.emails)
    if ids:
        await connection.execute("DELETE FROM mails WHERE body ~ $1", rf"/emails/({'|'.join(ids)})\M")


async def _erase_from_imports(connection: Connection, traces: Traces) -> None:
    """Delete the rows of imported files that became the record, and those that say something of the person."""
    await connection.execute(
        """
        DELETE FROM import_rows
        USING imports
        WHERE imports.id = import_id
          AND (noun = 'lead' AND record_id = ANY($1::bigint[]) OR noun = 'contact' AND record_id = ANY($2::bigint[])
               OR noun = 'company' AND record_id = ANY($3::bigint[])
               OR concat(cells, before, name, import_rows.key) ILIKE ANY($4))
        """,
        *(list(map(int, traces.ids[kind])) for kind in ("lead", "contact", "company")),
        [f"%{_escape(word)}%" for word in traces.words],
    )  # fmt: skip


async def expire_files(connection: Connection, kind: Kind, record_id: int, rows: Rows, traces: Traces) -> None:
    """Let the content of its files go at once, also of those that were deleted before it, and of its e-mails."""
    content_ids = [row["content_id"] for row in rows.get("files", ())]
    await connection.execute(
        """
        UPDATE file_contents
        SET expires_at = $4
        WHERE id = ANY($1)
           OR id IN (SELECT (before ->> 'content_id')::bigint FROM changes WHERE noun = 'file' AND before ->> $2 = $3)
           OR id IN (SELECT content_id FROM email_files WHERE email_id = ANY($5))
        """,
        content_ids, f"{kind}_id", str(record_id), clock.now(), traces.email_ids,
    )  # fmt: skip


async def _erase_from_views(connection: Connection, traces: Traces) -> None:
    """Delete the saved views that search for the person. A search stands in a view as in a URL."""
    rows = await connection.fetch("SELECT id, name, query FROM saved_views")
    texts = {row["id"]: f"{row['name']} {unquote_plus(row['query'])}".lower() for row in rows}
    found = [view for view, text in texts.items() if any(word.lower() in text for word in traces.words)]
    await connection.execute("DELETE FROM saved_views WHERE id = ANY($1)", found)


async def _erase_from_jobs(connection: Connection, traces: Traces) -> None:
    patterns = [f"%{_escape(word)}%" for word in traces.words]
    await connection.execute("DELETE FROM pgqueuer WHERE convert_from(payload, 'UTF8') ILIKE ANY($1)", patterns)
    await connection.execute("DELETE FROM pgqueuer_log WHERE traceback::text ILIKE ANY($1)", patterns)
    await connection.execute("UPDATE job_runs SET error = '' WHERE error ILIKE ANY($1)", patterns)


def _escape(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
