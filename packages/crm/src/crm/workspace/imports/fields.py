"""The fields that a column of a file can go to: made from the one definition of each record, guessed from headings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, get_args

import msgspec

from crm.accounts.form_choices import CHOICE_FIELDS
from crm.records import companies, contacts, leads
from crm.records.base import labels
from crm.records.common import RecordPages
from crm.values import make_comparable
from crm.workspace.imports.models import Noun

PAGES: Mapping[Noun, RecordPages] = {"lead": leads.PAGES, "contact": contacts.PAGES, "company": companies.PAGES}
NOUNS: Mapping[str, Noun] = {pages.record.plural: noun for noun, pages in PAGES.items()}
Kind = Literal["text", "number", "date", "moment", "choice", "visit", "tags"]
_NAMES = (("first_name", "First name"), ("last_name", "Last name"))
_TAGS = (("tags", "Tags"),)
_MORE: Mapping[Noun, tuple[tuple[str, str], ...]] = {
    "company": _TAGS,
    "contact": (*_NAMES, ("company", "Company"), *_TAGS),
    "lead": (
        *_NAMES, ("owner_id", "Owner"), ("status", "Status"), ("lost_reason", "Reason lost"),
        ("reference", "Reference"), ("received_at", "Received"), ("first_touch", "First visit"),
        ("last_touch", "Last visit"), *_TAGS,
    ),
}  # fmt: skip
"""What a record has beside the labeled fields of its form."""
_LEFT_OUT = {"company_id", "contact_id"}
"""Ids mean nothing in the file of another system."""
_KINDS: Mapping[str, Kind] = {
    "owner_id": "choice", "status": "choice", "received_at": "moment", "first_touch": "visit", "last_touch": "visit",
    "tags": "tags", **dict.fromkeys(CHOICE_FIELDS, "choice"),
}  # fmt: skip
_ALIASES: Mapping[str, str] = {
    "first_name": "given name|vorname|prénom|forename",
    "last_name": "family name|surname|nachname|nom",
    "email": "email|email address|e-mail address|mail|e-mail 1 value|primary email|work email",
    "phone": "telephone|phone number|tel|mobile|mobile phone|work phone|telefon|telefonnummer|phone 1 value",
    "company": "company name|organization|organisation|account|account name|employer|firma|unternehmen|"
    "organization 1 name|associated company",
    "job_title": "position|role|job|function|title|berufsbezeichnung|organization 1 title",
    "domain": "mail domain|email domain|company domain name|domain name",
    "website": "url|web|homepage|site|webseite|website url",
    "notes": "note|comment|comments|description|notizen|bemerkung|about",
    "title": "deal|deal name|opportunity|opportunity name|subject|project|betreff",
    "message": "enquiry|inquiry|description|details|notes|nachricht|text",
    "value": "amount|deal value|deal amount|worth|price|total|wert|betrag",
    "hours": "effort|estimated hours|stunden",
    "owner_id": "assigned to|assignee|owner name|owner email|deal owner|lead owner|salesperson|contact owner",
    "status": "stage|deal stage|pipeline stage|lead status|phase",
    "lost_reason": "lost because|closed lost reason|loss reason",
    "reference": "ref|id|external id|record id|number|deal id",
    "received_at": "received at|created|created at|create date|date created|date|created date|erstellt am",
    "next_action": "next action|next activity|follow up|todo",
    "next_action_on": "next action on|next step date|next activity date|follow up date|due|due date",
    "starts_on": "start date|starts on|close date|expected close date",
    "tags": "tag|labels|label|categories|category|groups",
    "source": "lead source|original source|heard about us",
}  # fmt: skip
"""What other systems call the fields."""
_PEOPLE = "full name|contact name|contact|person|lead name|display name|nachname, vorname"
_NAME_ALIASES: Mapping[Noun, str] = {
    "company": "company|company name|account|account name|organization|organisation|firma|unternehmen",
    "contact": _PEOPLE, "lead": _PEOPLE,
}  # fmt: skip


class ImportField(msgspec.Struct, frozen=True):
    """A field that a column can go to."""

    name: str
    label: str
    kind: Kind


@cache
def list_fields(noun: Noun) -> tuple[ImportField, ...]:
    """The fields of a record, in the order of its form."""
    new = PAGES[noun].record.new
    words = labels(new)
    more = dict(_MORE[noun])
    named = {each.name: each.type for each in msgspec.structs.fields(new) if each.name not in {*_LEFT_OUT, *more}}
    first, *others = [(name, words[name]) for name in named]
    rows = [first, *((name, label) for name, label in _NAMES if name in more), *others]
    rows += [(name, label) for name, label in more.items() if (name, label) not in rows]
    return tuple(
        ImportField(name, label[0].upper() + label[1:], _find_kind(name, named.get(name))) for name, label in rows
    )


def label_of(noun: Noun, name: str) -> str:
    """What people call a field."""
    return next((field.label for field in list_fields(noun) if field.name == name), name.replace("_", " "))


def guess_mapping(noun: Noun, header: list[str]) -> list[str]:
    """The field of each column: by its name or label, else by what other systems call it. Each field is taken once."""
    fields = list_fields(noun)
    found = [""] * len(header)
    plain = [_simplify(name) for name in header]
    exact = {_simplify(text): field.name for field in fields for text in (field.label, field.name)}
    aliases = {_simplify(text): field.name for field in fields for text in _list_aliases(noun, field.name)}
    for names in (exact, aliases):
        for column, text in enumerate(plain):
            name = names.get(text, "")
            if name and not found[column] and name not in found:
                found[column] = name
    # A column of first names needs none of whole names.
    return ["" if name in dict(_NAMES) and "name" in found else name for name in found]


def _list_aliases(noun: Noun, name: str) -> list[str]:
    texts = _NAME_ALIASES[noun] if name == "name" else _ALIASES.get(name, "")
    return [text for text in texts.split("|") if text]


def _simplify(text: str) -> str:
    return re.sub(r"[\W_]+", "", make_comparable(text))


def _find_kind(name: str, kind: Any) -> Kind:
    if name in _KINDS:
        return _KINDS[name]
    plain = {arm for part in (kind, *get_args(kind)) for arm in (part, *get_args(part))}
    return "date" if date in plain else "number" if plain & {int, float} else "text"
