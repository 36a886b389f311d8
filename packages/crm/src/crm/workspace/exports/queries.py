"""The SQL of the export: each file of the archive, and the rows in it. It writes nothing."""

from __future__ import annotations

from collections.abc import Mapping

FILES: Mapping[str, str] = {
    "leads.csv": """
        SELECT leads.id, reference, lead_title(title, message, leads.name) AS title, leads.name, leads.email, phone,
               company, message, budget, project_type, source, channel, status, value, currency, hours, next_action,
               next_action_on, lost_reason, users.email AS owner, contact_id, company_id, first_touch, last_touch,
               received_at, status_at, leads.created_at, leads.updated_at
        FROM leads
        LEFT JOIN users ON users.id = owner_id
        WHERE NOT synthetic AND NOT demo
        ORDER BY leads.id
    """,
    "contacts.csv": """
        SELECT id, name, email, phone, job_title, company_id, notes, created_at, updated_at
        FROM contacts
        WHERE NOT demo
        ORDER BY id
    """,
    "companies.csv": """
        SELECT id, name, domain, website, phone, notes, created_at, updated_at
        FROM companies
        WHERE NOT demo
        ORDER BY id
    """,
    "activities.csv": """
        SELECT activities.id, kind, body, lead_id, activities.contact_id, activities.company_id, by_name, at,
               activities.created_at
        FROM activities
        LEFT JOIN leads ON leads.id = lead_id
        LEFT JOIN contacts ON contacts.id = activities.contact_id
        LEFT JOIN companies ON companies.id = activities.company_id
        WHERE NOT coalesce(leads.synthetic OR leads.demo, contacts.demo, companies.demo, false)
        ORDER BY activities.id
    """,
}
"""Sample data and test enquiries are left out."""
