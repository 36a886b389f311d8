"""The SQL of the export: each file of the archive, and the rows in it. It writes nothing."""

from __future__ import annotations

from collections.abc import Mapping

_TAGS = """(
        SELECT string_agg(DISTINCT shown.name, ', ')
        FROM tags
        JOIN tags AS shown ON shown.id = coalesce(tags.merged_into, tags.id)
        WHERE tags.id = ANY({}.tag_ids) AND shown.merged_into IS NULL AND shown.deleted_at IS NULL
    )"""
FILES: Mapping[str, str] = {
    "leads.csv": f"""
        SELECT leads.id, reference, lead_title(title, message, leads.name) AS title, leads.name, leads.email, phone,
               company, message, budget, project_type, source, channel, status, value, currency, hours, next_action,
               next_action_on, lost_reason, users.email AS owner, contact_id, company_id, first_touch, last_touch,
               {_TAGS.format("leads")} AS tags, received_at, status_at, leads.created_at, leads.updated_at
        FROM leads
        LEFT JOIN users ON users.id = owner_id
        WHERE NOT synthetic AND NOT demo
        ORDER BY leads.id
    """,
    "contacts.csv": f"""
        SELECT contacts.id, contacts.name, email, contacts.phone, job_title, company_id, companies.name AS company,
               contacts.notes, {_TAGS.format("contacts")} AS tags, contacts.created_at, contacts.updated_at
        FROM contacts
        LEFT JOIN companies ON companies.id = company_id
        WHERE NOT contacts.demo
        ORDER BY contacts.id
    """,
    "companies.csv": f"""
        SELECT id, name, domain, website, phone, notes, {_TAGS.format("companies")} AS tags, created_at, updated_at
        FROM companies
        WHERE NOT demo
        ORDER BY id
    """,
    "activities.csv": """
        SELECT activities.id, kind, body, lead_id, activities.contact_id, activities.company_id, by_name,
               email_id, at, activities.created_at
        FROM activities
        LEFT JOIN leads ON leads.id = lead_id
        LEFT JOIN contacts ON contacts.id = activities.contact_id
        LEFT JOIN companies ON companies.id = activities.company_id
        WHERE NOT coalesce(leads.synthetic OR leads.demo, contacts.demo, companies.demo, false)
        ORDER BY activities.id
    """,
    "tasks.csv": """
        SELECT tasks.id, title, note, due_on, due_time, recurrence, users.email AS assignee, lead_id, contact_id,
               company_id, done_at, tasks.created_at, tasks.updated_at
        FROM tasks
        LEFT JOIN users ON users.id = assignee_id
        WHERE NOT demo AND deleted_at IS NULL
        ORDER BY tasks.id
    """,
    "files.csv": """
        SELECT id, name, content_type, size, lead_id, contact_id, company_id, by_name, created_at
        FROM files
        WHERE NOT demo
        ORDER BY id
    """,
    "emails.csv": """
        SELECT id, direction, kind, state, from_name, from_email, array_to_string(sent_to, ', ') AS sent_to,
               array_to_string(cc, ', ') AS cc, subject, body, message_id, in_reply_to, at
        FROM emails
        WHERE EXISTS (
            SELECT
            FROM activities
            LEFT JOIN leads ON leads.id = lead_id
            WHERE email_id = emails.id AND NOT coalesce(leads.synthetic OR leads.demo, false)
        )
        ORDER BY id
    """,
}
"""Sample data and test enquiries are left out, and mail that nobody has attached to a record."""
