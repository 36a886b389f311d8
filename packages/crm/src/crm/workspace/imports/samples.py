"""The rows of the sample files, by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.workspace.imports.models import Noun

SAMPLES: Mapping[Noun, Sequence[Mapping[str, str]]] = {
    "company": (
        {
            "name": "Acme", "domain": "acme.example", "website": "https://acme.example", "phone": "+49 30 1234567",
            "notes": "Met at the fair.", "tags": "Customer, Berlin",
        },
        {"name": "Zenith Ltd", "domain": "zenith.example", "website": "", "phone": "", "notes": "", "tags": ""},
    ),
    "contact": (
        {
            "name": "Ada Lovelace", "email": "ada@acme.example", "phone": "+49 30 1234567", "job_title": "Head of IT",
            "company": "Acme", "notes": "Prefers to be called in the morning.", "tags": "Customer",
        },
        {
            "name": "Grace Hopper", "email": "grace@zenith.example", "phone": "", "job_title": "",
            "company": "Zenith Ltd", "notes": "", "tags": "",
        },
    ),
    "lead": (
        {
            "name": "Ada Lovelace", "email": "ada@acme.example", "company": "Acme", "title": "New shop",
            "message": "We need a new shop by spring.", "value": "12500.00", "currency": "EUR", "hours": "120",
            "status": "Qualified", "owner_id": "", "next_action": "Send the proposal", "next_action_on": "2026-12-01",
            "received_at": "2026-11-20 14:30", "tags": "Shop",
        },
        {
            "name": "Grace Hopper", "email": "grace@zenith.example", "company": "Zenith Ltd", "title": "Review",
            "message": "", "value": "", "currency": "", "hours": "", "status": "New", "owner_id": "", "next_action": "",
            "next_action_on": "", "received_at": "2026-11-25", "tags": "",
        },
    ),
}  # fmt: skip
