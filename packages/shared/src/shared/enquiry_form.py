"""The enquiry form: one list of fields that gives the markup, the browser's checks, the API's validation and its docs.

The landing page renders it, the CRM validates against it, and a test compares both with it, so that no field
exists in one place only.
"""

from __future__ import annotations

from typing import Literal

import msgspec

VERSION = "1"
"""Stored with every enquiry, so that a change of the form can be told apart later. Raise it when FIELDS change."""

HONEYPOT = "website"
"""People never see this field; whoever fills it is a program."""


class Choice(msgspec.Struct, frozen=True):
    value: str
    label: str


class Field(msgspec.Struct, frozen=True):
    """One field. `label` is what the visitor reads, `short_label` what the CRM calls it.

    `limit` is the greatest length in characters; `autocomplete` as in the HTML standard.
    """

    name: str
    label: str
    short_label: str
    kind: Literal["text", "email", "tel", "select", "textarea"]
    limit: int
    required: bool = False
    autocomplete: str = "off"
    hint: str = ""
    choices: tuple[Choice, ...] = ()


def _choices(**labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, label) for value, label in labels.items())


BUDGETS = _choices(
    under_5k="Under €5,000",
    from_5k_to_15k="€5,000 to €15,000",
    from_15k_to_50k="€15,000 to €50,000",
    over_50k="Over €50,000",
    unsure="Not sure yet",
)
PROJECT_TYPES = _choices(
    new_product="A new product",
    existing_system="An existing system",
    integration="Connecting systems",
    operations="Operations and reliability",
    advice="Advice or a review",
    other="Something else",
)
SOURCES = _choices(
    search="Search engine",
    blog="An article of yours",
    recommendation="A recommendation",
    social="Social media",
    event="An event",
    other="Somewhere else",
)

FIELDS: tuple[Field, ...] = (
    Field("name", "Your name", "Name", "text", 120, required=True, autocomplete="name"),
    Field("email", "E-mail", "E-mail", "email", 254, required=True, autocomplete="email"),
    Field("company", "Company", "Company", "text", 160, autocomplete="organization"),
    Field("phone", "Phone", "Phone", "tel", 40, autocomplete="tel", hint="Only if you would rather be called."),
    Field("budget", "Budget", "Budget", "select", 40, choices=BUDGETS),
    Field("project_type", "What is it about?", "Project type", "select", 40, choices=PROJECT_TYPES),
    Field(
        "message",
        "What do you need?",
        "Message",
        "textarea",
        5000,
        required=True,
        hint="What works today, what should, and by when. A few sentences are enough.",
    ),
    Field("source", "How did you hear of us?", "How they heard about us", "select", 40, choices=SOURCES),
)
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}


def label_of(name: str, value: str) -> str:
    """The words for a stored choice; the value itself where the choice has since been removed."""
    return next((choice.label for choice in BY_NAME[name].choices if choice.value == value), value)
