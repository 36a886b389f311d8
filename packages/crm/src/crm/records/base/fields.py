"""The fields of a record's forms. The struct of a new record defines each of them once, in its annotations.

`msgspec.Meta` holds the limits, the label (`title`) and, in `extra`, how a page shows the control. The form of a
change, the forms of the pages, their controls and the words of the timeline are made from that struct.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT
from crm.kernel.http.request import ANY_VERSION, BIGGEST_ID

RecordId = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]


def field(label: str, control: Mapping[str, Any] | None = None, **rules: Any) -> msgspec.Meta:
    """`control` holds arguments of the template macro `field`, such as `kind`, `hint` and `span`."""
    return msgspec.Meta(title=label, extra=dict(control or {}), **rules)


Notes = Annotated[
    str,
    field(
        "Notes", {"kind": "textarea", "span": True}, max_length=20_000,
        description="What else is worth knowing, as plain text.",
    ),
]  # fmt: skip


def search_text(fields: str) -> msgspec.Meta:
    """The rules of a search box that looks at these fields."""
    return msgspec.Meta(max_length=200, description=f"Words or parts of words of {fields}; all must match.")


NameSort = Annotated[
    str, msgspec.Meta(description="`name`, `created_at` or `updated_at`; `-` before it for descending.")
]


class ListFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What each list takes besides its own filters."""

    sort: Annotated[str, msgspec.Meta(description="A column of the list; `-` before it for descending.")] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[
        str,
        msgspec.Meta(
            max_length=MAX_CURSOR, description="`next_cursor` of the page before, or `prev_cursor` of the page after."
        ),
    ] = ""


class Control(msgspec.Struct, frozen=True):
    """One control of a form on a page; `options` are arguments of the template macro `field`."""

    name: str
    label: str
    options: dict[str, Any]


def change_form(name: str, new: type[msgspec.Struct], doc: str, *, without: Iterable[str] = (), **more: Any) -> Any:
    """The form of a change: the fields of `new` and `more`, each of which may be left out."""
    kinds = {each.name: each.type for each in msgspec.structs.fields(new) if each.name not in without}
    return _form(name, [(each, kind | UnsetType, UNSET) for each, kind in (kinds | more).items()], doc)


def page_form(name: str, new: type[msgspec.Struct], doc: str, fields: Iterable[str], **more: Any) -> Any:
    """The form of a page: these fields of `new`, or of `more`, and the version that the page was made from.

    An empty control means an empty value.
    """
    known = {each.name: each for each in msgspec.structs.fields(new)}
    rows: list[Any] = [
        (each, more[each], "")
        if each in more
        else (each, known[each].type, *(() if known[each].required else (known[each].default,)))
        for each in fields
    ]
    return _form(name, [*rows, ("version", int, ANY_VERSION)], doc)


def controls(form: type[msgspec.Struct], names: Iterable[str]) -> list[Control]:
    """The controls of these fields, in this order."""
    known = {each.name: each for each in msgspec.structs.fields(form)}
    return [_control(known[name]) for name in names]


def labels(form: type[msgspec.Struct]) -> dict[str, str]:
    """The labels of the fields as words within a sentence: `e-mail`."""
    return {
        each.name: meta.title[0].lower() + meta.title[1:]
        for each in msgspec.structs.fields(form)
        if (meta := find_meta(each.type)) and meta.title
    }


def changed_values(record: Any, form: Any, **convert: Callable[[Any], Any]) -> dict[str, Any]:
    """The values of a change form that differ from those of the record; `convert` gives a field its stored form."""
    values = {name: value for name in form.__struct_fields__ if (value := getattr(form, name)) is not UNSET}
    values |= {name: stored(values[name]) for name, stored in convert.items() if name in values}
    return {name: value for name, value in values.items() if value != getattr(record, name)}


def sort_ids(ids: Iterable[int]) -> list[int]:
    """The ids as they are stored: each once, in order."""
    return sorted({*ids})


def _form(name: str, fields: list[Any], doc: str) -> Any:
    return msgspec.defstruct(name, fields, frozen=True, kw_only=True, namespace={"__doc__": doc})


def _control(field: Any) -> Control:
    meta = find_meta(field.type) or msgspec.Meta()
    options: dict[str, Any] = {"required": field.required}
    arms = typing.get_args(field.type)
    if date in arms:
        options["kind"] = "date"
    elif meta.ge is not None:
        options |= {"kind": "number", "min": f"{meta.ge:g}"}
    return Control(field.name, meta.title or field.name, options | (meta.extra or {}))


def find_meta(kind: Any) -> msgspec.Meta | None:
    """The first `Meta` of an annotation that has a label, also inside a union."""
    if typing.get_origin(kind) is Annotated:
        metas = [meta for meta in kind.__metadata__ if isinstance(meta, msgspec.Meta)]
        return next((meta for meta in metas if meta.title), None) or find_meta(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next((meta for arm in typing.get_args(kind) if (meta := find_meta(arm))), None)
    return None
