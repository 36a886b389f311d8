"""What people and programs submit about contacts."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_LIMIT
from crm.kernel.http.request import BIGGEST_ID

Number = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120, description="What to call the person.")]
Email = Annotated[
    str,
    msgspec.Meta(
        max_length=254,
        pattern=r"^([^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\.]+(\.[^\s@<>()\[\],;:\"\\.]+)+)?$",
        description="One address, such as ada@acme.example; one contact each.",
    ),
]
Phone = Annotated[str, msgspec.Meta(max_length=40)]
JobTitle = Annotated[str, msgspec.Meta(max_length=120)]
Notes = Annotated[str, msgspec.Meta(max_length=20_000, description="What else is worth knowing, as plain text.")]


class NewContact(msgspec.Struct, frozen=True):
    """A person to add."""

    name: Name
    email: Email = ""
    phone: Phone = ""
    job_title: JobTitle = ""
    company_id: Number | None = None
    notes: Notes = ""


class ChangeContact(msgspec.Struct, frozen=True):
    """What is to change; the rest stays."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    job_title: JobTitle | UnsetType = UNSET
    company_id: Number | UnsetType | None = UNSET
    notes: Notes | UnsetType = UNSET


class ContactFilter(msgspec.Struct, frozen=True):
    """Which contacts, in which order."""

    q: Annotated[
        str,
        msgspec.Meta(
            max_length=200, description="Words of name, e-mail, phone, job title or notes; each may be a beginning."
        ),
    ] = ""
    company_id: Annotated[Number | None, msgspec.Meta(description="Those of one company.")] = None
    sort: Annotated[
        str, msgspec.Meta(description="`name`, `created_at` or `updated_at`; `-` before it for descending.")
    ] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, msgspec.Meta(max_length=1000, description="`next_cursor` of the page before.")] = ""
