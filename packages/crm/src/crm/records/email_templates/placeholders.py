"""The placeholders of templates: `{{first_name}}` becomes the first name of the person who is written to."""

from __future__ import annotations

import re
from collections.abc import Mapping

FACTS: Mapping[str, tuple[str, str]] = {
    "name": ("The person's name", "Grace Hopper"),
    "first_name": ("The first word of the name", "Grace"),
    "company": ("The company", "Navy"),
    "title": ("The title of the lead", "A slow compiler"),
    "sender": ("Your name", "Ada Lovelace"),
    "organization": ("The name of your organization", "Octatech"),
    "booking_link": ("The link to book a call", "https://cal.example/octatech"),
}
"""Each with its meaning and an example."""
_PATTERN = re.compile(r"\{\{\s*([^{}\n]{0,60}?)\s*\}\}")


def find_placeholders(text: str) -> list[str]:
    """The names of the placeholders in `text`, each once."""
    return list(dict.fromkeys(_PATTERN.findall(text)))


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values. A placeholder without a value stays, so that its writer sees what is missing."""
    return _PATTERN.sub(lambda found: values.get(found[1]) or f"{{{{{found[1]}}}}}", text)


def find_error(text: str) -> str:
    """What is wrong with the placeholders of a template; empty if nothing is."""
    unknown = [name for name in find_placeholders(text) if name not in FACTS]
    if not unknown:
        return ""
    known = ", ".join(f"{{{{{name}}}}}" for name in FACTS)
    return f"There is no placeholder {{{{{unknown[0]}}}}}. Known are: {known}."
