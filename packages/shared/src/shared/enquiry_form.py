"""The enquiry form: one list of fields, each of which is also a column of the table `leads`.

The landing page renders the form from it. The CRM takes from it what it accepts, stores, documents, searches and
filters, and what its pages, the API and the mail show. To add a field, add it here and add its column in a migration.

The choices are those of a new installation. Afterwards they are rows that owners edit (Settings → Form), to which new
ones of the definition are added. The build of the site takes a snapshot of them (`shared.form_snapshot`).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

VERSION = "2"
"""Stored with every enquiry, so that a change of the form can be told apart later. Raise it when FIELDS change."""

HONEYPOT = "website"
"""People never see this field, so a program filled it in."""

Place = Literal["page", "list", "mail"]
"""Where the CRM shows a field: on the lead's page, as a column of the list, in the mail about a new lead."""


MAX_LABEL = 80
"""The characters of the longest label of a choice."""


class Choice(msgspec.Struct, frozen=True):
    """`value` is what an enquiry holds, `label` what people read."""

    value: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_LABEL)]


class Field(msgspec.Struct, frozen=True):
    """One field. `label` is what the visitor reads, `short_label` what the CRM calls it.

    `limit` is the greatest length in characters; `autocomplete` as in the HTML standard. `filter` offers the choices as
    a filter of the list. The SQL function `index_leads` names the `searchable` fields, by whose words leads are found.
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
    shown: tuple[Place, ...] = ("page",)
    searchable: bool = False
    filter: bool = False


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
    Field(
        "name", "Your name", "Name", "text", 120,
        required=True, autocomplete="name", shown=("list", "mail"), searchable=True,
    ),
    Field("email", "E-mail", "E-mail", "email", 254, required=True, autocomplete="email", searchable=True),
    Field(
        "company", "Company", "Company", "text", 160,
        autocomplete="organization", shown=("page", "list", "mail"), searchable=True,
    ),
    Field(
        "phone", "Phone", "Phone", "tel", 40, autocomplete="tel", hint="Only if you would rather be called.",
        searchable=True,
    ),
    Field("budget", "Budget", "Budget", "select", 40, choices=BUDGETS, shown=("page", "mail"), filter=True),
    Field(
        "project_type", "What is it about?", "Project type", "select", 40,
        choices=PROJECT_TYPES, shown=("page", "mail"), filter=True,
    ),
    Field(
        "message", "What do you need?", "Message", "textarea", 6_500,
        required=True, hint="What works today, what should, and by when. A few sentences are enough.",
        shown=("page", "mail"), searchable=True,
    ),
    Field(
        "source", "How did you hear of us?", "How they heard about us", "select", 40, choices=SOURCES, filter=True
    ),
)  # fmt: skip
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
