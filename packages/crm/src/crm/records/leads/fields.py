"""The fields of a lead that the enquiry form defines (`shared.enquiry_form`), as struct fields, columns and labels.

The structs of leads name the fields that code here gives a meaning: name, email, company, phone, message. The others
are added to them by `with_form_fields`, so a new field of the form needs its definition and a column, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec import NODEFAULT

from crm.accounts import form_choices
from crm.records.base import field
from crm.values import NormalForm
from crm.values.messages import describe_choices
from shared.enquiry_form import FIELDS, Field

T = TypeVar("T", bound=msgspec.Struct)

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
NAMES = tuple(each.name for each in FIELDS)
FILTERS = tuple(each for each in FIELDS if each.filter)
PAGE_FIELDS = tuple(each for each in FIELDS if "page" in each.shown)
LIST_FIELDS = tuple(each for each in FIELDS if "list" in each.shown and each.name not in ("name", "company"))
"""The columns of the list. The first column shows name and company."""
SEARCHED = f"{', '.join(each.short_label.lower() for each in FIELDS if each.searchable)}, notes, owner or reference"
"""What the search of leads looks at, in words."""


def with_form_fields(
    kind: Callable[[Field], Any], *, default: Any = NODEFAULT, kw_only: bool = False
) -> Callable[[type[T]], type[T]]:
    """A decorator of structs: adds the fields of the form that the struct does not name itself, each of type `kind`."""

    def extend(struct: type[T]) -> type[T]:
        added = [
            (each.name, kind(each), *(() if default is NODEFAULT else (default,)))
            for each in FIELDS
            if each.name not in struct.__struct_fields__
        ]
        return msgspec.defstruct(  # type: ignore[return-value]
            struct.__name__, added, bases=(struct,), module=struct.__module__, namespace={"__doc__": struct.__doc__},
            frozen=True, kw_only=kw_only,
        )  # fmt: skip

    return extend


def form_rules(defined: Field, **rules: Any) -> msgspec.Meta:
    """The limit and label of a field, for the forms of a lead."""
    control: dict[str, Any] = {"kind": defined.kind, "span": defined.kind == "textarea"}
    rules = {"max_length": defined.limit, "description": defined.label} | rules
    if defined.choices:
        control["blank"] = "Not set"
        rules |= {
            "description": f"{defined.label} One of the keys that `GET /api/v1/choices` lists.",
            "examples": [defined.choices[0].value],
        }
    return field(defined.short_label, control, **rules)


def choice_key(name: str) -> NormalForm:
    """A rule of a field with choices: the text looks like a key. That the choice exists is checked with the lead."""
    return NormalForm(partial(_check_key, name))


def _check_key(name: str, text: str) -> str:
    if text and not KEY.fullmatch(text):
        raise ValueError(describe_choices(key for key, _ in form_choices.current().list_options(name)))
    return text
