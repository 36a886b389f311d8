"""What people and programs submit about contacts."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.records import tags
from crm.records.base import ListFilter, Notes, RecordId, change_form, field, page_form, search_text
from crm.records.common import TAGS, define_filters, define_time, with_filters
from crm.values import Email, Line, Phone


class NewContact(msgspec.Struct, frozen=True):
    """A contact to add."""

    name: Annotated[Line, field("Name", min_length=1, max_length=120, description="What to call the person.")]
    email: Annotated[
        Email,
        field(
            "E-mail", {"kind": "email"}, max_length=254,
            examples=["ada@acme.example"], description="One address, such as ada@acme.example; one contact each.",
        ),
    ] = ""  # fmt: skip
    phone: Annotated[Phone, field("Phone", {"kind": "tel"}, max_length=40)] = ""
    job_title: Annotated[Line, field("Job title", max_length=120)] = ""
    company_id: Annotated[RecordId | None, field("Company")] = None
    notes: Notes = ""


CompanyName = Annotated[
    Line, field("Company", {"hint": "We match it by name, or create it.", "span": True}, max_length=160)
]
EDITED = ("name", "job_title", "email", "phone", "company", "notes")
ChangeContact = change_form("ChangeContact", NewContact, "What is to change; the rest stays.", tag_ids=tags.TagIds)
ChangeIgnored = change_form(
    "ChangeIgnored", ChangeContact, "A change of a contact, and of what it ignores.",
    ignored=Annotated[list[str], field("Ignored values")],
)  # fmt: skip
EditContact = page_form("EditContact", NewContact, "The pages of a contact.", EDITED, company=CompanyName)


FILTERS = define_filters(
    NewContact, define_time("created", "Created"), define_time("updated", "Changed"), TAGS,
    without=("company_id",), name={"keyed": "contacts"},
)  # fmt: skip
SORTS = (
    ("name", "Name"),
    ("-created_at", "Newest first"),
    ("created_at", "Oldest first"),
    ("-updated_at", "Last changed"),
)


@with_filters(FILTERS)
class ContactFilter(ListFilter, frozen=True):
    """Which contacts, in which order."""

    q: Annotated[str, search_text("name, e-mail, phone, job title, company or notes")] = ""
    company_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one company.")] = None
    sort: Annotated[
        str,
        msgspec.Meta(
            description="`name`, `email`, `company_id` (by its name), `created_at` or `updated_at`; "
            "`-` before it for descending."
        ),
    ] = ""
