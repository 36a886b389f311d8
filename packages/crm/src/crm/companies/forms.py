"""What people and programs submit about companies."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_LIMIT

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=160, description="What people call it.")]
Domain = Annotated[
    str,
    msgspec.Meta(
        max_length=253,
        pattern=r"^([a-zA-Z0-9\u0080-\uffff]([a-zA-Z0-9\u0080-\uffff-]*[a-zA-Z0-9\u0080-\uffff])?"
        r"(\.[a-zA-Z0-9\u0080-\uffff]([a-zA-Z0-9\u0080-\uffff-]*[a-zA-Z0-9\u0080-\uffff])?)+)?$",
        description="Domain of its e-mail addresses, such as acme.example; one company each.",
    ),
]
Website = Annotated[
    str, msgspec.Meta(max_length=500, pattern=r"^(https?://\S+)?$", description="An address that begins with https://.")
]
Phone = Annotated[str, msgspec.Meta(max_length=40)]
Notes = Annotated[str, msgspec.Meta(max_length=20_000, description="What else is worth knowing, as plain text.")]


class NewCompany(msgspec.Struct, frozen=True):
    """An organization to add."""

    name: Name
    domain: Domain = ""
    website: Website = ""
    phone: Phone = ""
    notes: Notes = ""


class ChangeCompany(msgspec.Struct, frozen=True):
    """What is to change; the rest stays."""

    name: Name | UnsetType = UNSET
    domain: Domain | UnsetType = UNSET
    website: Website | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    notes: Notes | UnsetType = UNSET


class CompanyFilter(msgspec.Struct, frozen=True):
    """Which companies, in which order."""

    q: Annotated[
        str, msgspec.Meta(max_length=200, description="Words its name, domain or notes hold; each may be a beginning.")
    ] = ""
    sort: Annotated[
        str, msgspec.Meta(description="`name`, `created_at` or `updated_at`; `-` before it for descending.")
    ] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, msgspec.Meta(max_length=1000, description="`next_cursor` of the page before.")] = ""
