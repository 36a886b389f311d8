"""Where leads come from, in five ways. A report and the list that it links to read the same definition here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from crm.accounts.form_choices import label_of

Attribution = Literal["first_touch", "last_touch", "page", "campaign", "source"]
ATTRIBUTIONS: tuple[Attribution, ...] = get_args(Attribution)
UNKNOWN, DIRECT = "unknown", "direct"
LABELS: Mapping[Attribution, str] = {
    "first_touch": "First touch", "last_touch": "Last touch", "page": "First page", "campaign": "Campaign",
    "source": "How they heard about us",
}  # fmt: skip


def _key_of_touch(touch: str) -> str:
    return f"""CASE
        WHEN {touch} IS NULL THEN '{UNKNOWN}'
        ELSE coalesce(
            nullif(lower({touch} ->> 'utm_source'), ''), nullif(lower({touch} ->> 'referrer'), ''), '{DIRECT}'
        )
    END"""


def _first_of(*values: str) -> str:
    return f"coalesce({', '.join(f'''nullif({value}, '')''' for value in values)}, '{UNKNOWN}')"


KEYS: Mapping[Attribution, str] = {
    "first_touch": _key_of_touch("first_touch"),
    "last_touch": _key_of_touch("last_touch"),
    "page": _first_of("first_touch ->> 'path'", "last_touch ->> 'path'"),
    "campaign": _first_of("last_touch ->> 'utm_campaign'", "first_touch ->> 'utm_campaign'"),
    "source": _first_of("source"),
}
"""The SQL of a lead's source, for each way to tell it."""


def split_filter(value: str) -> tuple[Attribution, str]:
    """The way and the source of a filter such as `first_touch:example.org`."""
    name, _, key = value.partition(":")
    return next(each for each in ATTRIBUTIONS if each == name), key


def format_key(by: Attribution, key: str) -> str:
    """A source as pages show it."""
    if key == UNKNOWN:
        return "Unknown"
    if by == "source":
        return label_of("source", key)
    return "Direct" if key == DIRECT and by in ("first_touch", "last_touch") else key
