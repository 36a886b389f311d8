"""What people and programs submit to the search."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.workspace.search.models import Kind

MAX_LIMIT = 25


class SearchForm(msgspec.Struct, frozen=True, kw_only=True):
    """What to search for."""

    q: Annotated[
        str,
        msgspec.Meta(
            min_length=1, max_length=200, examples=["lovelace"],
            description="Words, parts of words, e-mail addresses, phone numbers or references. All must match.",
        ),
    ]  # fmt: skip
    kinds: Annotated[
        list[Kind], msgspec.Meta(description="Only these, comma between them; left out: all that the key may read.")
    ] = msgspec.field(default_factory=list)
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT, description="At most so many of each kind.")] = 5


class SearchPageForm(msgspec.Struct, frozen=True):
    """The search page. Without words it shows an empty box."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
