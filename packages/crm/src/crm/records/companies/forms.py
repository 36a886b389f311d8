"""What people and programs submit about companies."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.records import tags
from crm.records.base import ListFilter, Notes, change_form, field, page_form, search_text
from crm.records.common import TAGS, define_filters, define_time, with_filters
from crm.values import Line, NormalForm, Phone, normalize_domain, normalize_website


class NewCompany(msgspec.Struct, frozen=True):
    """A company to add."""

    name: Annotated[Line, field("Name", min_length=1, max_length=160, description="What people call it.")]
    domain: Annotated[
        str,
        NormalForm(normalize_domain),
        field(
            "Domain", {"hint": "Of its e-mail addresses, such as acme.com."}, max_length=253, examples=["acme.example"],
            description="Domain of its e-mail addresses, such as acme.example; one company each.",
        ),
    ] = ""  # fmt: skip
    website: Annotated[
        str,
        NormalForm(normalize_website),
        field(
            "Website", {"kind": "url", "hint": "Such as acme.com."}, max_length=500, examples=["https://acme.example"],
            description="A web address; without a scheme it gets https://.",
        ),
    ] = ""  # fmt: skip
    phone: Annotated[Phone, field("Phone", {"kind": "tel"}, max_length=40)] = ""
    notes: Notes = ""


FIELDS = NewCompany.__struct_fields__
ChangeCompany = change_form("ChangeCompany", NewCompany, "What is to change; the rest stays.", tag_ids=tags.TagIds)
EditCompany = page_form("EditCompany", NewCompany, "The edit page of a company.", FIELDS)


FILTERS = define_filters(
    NewCompany, define_time("created", "Created"), define_time("updated", "Changed"), TAGS,
    name={"keyed": "companies"}, domain={"column": "coalesce(domain, '')"},
)  # fmt: skip
SORTS = (
    ("name", "Name"), ("-open_leads", "Most open leads"), ("-won", "Highest won value"),
    ("-created_at", "Newest first"), ("-updated_at", "Last changed"),
)  # fmt: skip


@with_filters(FILTERS)
class CompanyFilter(ListFilter, frozen=True):
    """Which companies, in which order."""

    q: Annotated[str, search_text("its name, domain, website, phone or notes")] = ""
    sort: Annotated[
        str,
        msgspec.Meta(
            description="`name`, `domain`, `open_leads`, `won` (of won leads, the currency of the settings first), "
            "`created_at` or `updated_at`; `-` before it for descending."
        ),
    ] = ""
