"""The filters of a list, made from the definition of a record's fields.

Each field gives some parameters of the URL, which the pages and the API share: `company`, `company_not`,
`company_contains` and `company_empty` for a text; `source`, `source_not` and `source_empty` for a choice; `value_from`
and `value_to` for a number or a date. Parameters hold together; several values of one are alternatives.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from crm.records.base import RecordId, find_meta
from crm.values import NormalForm

T = TypeVar("T", bound=msgspec.Struct)
Kind = Literal["text", "choice", "tags", "number", "day", "time"]
Pairs = tuple[tuple[Any, str], ...]

Text = Annotated[str, NormalForm(str, keeps_empty=False)]
_OPERATORS: Mapping[Kind, Mapping[str, str]] = {
    "text": {"contains": "contains", "is": "is", "not": "is not"},
    "choice": {"is": "is any of", "not": "is none of"},
    "tags": {"is": "is any of", "not": "is none of"},
    "number": {"between": "is between"},
    "day": {"between": "is between"},
    "time": {"between": "is between"},
}
_EMPTY = {"empty": "is empty", "filled": "is not empty"}


class FilterField(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a list is filtered by.

    `column` is its SQL. `keyed` is the table that has an index of its `name_key`. `valued` is the rows, as SQL, whose
    values an index holds, unless they are empty. `searched` says that the list looks for the words of a text itself,
    with its search. `implied` holds wherever it is empty, and has an index. `since` is a column with an index that is
    never before this one. Parameters begin with `base`; `has` is that which asks for a value at all, if it is true
    instead of false with one.
    """

    name: str
    label: str
    kind: Kind
    column: str
    base: str
    item: Any = str
    optional: bool = False
    keyed: str = ""
    valued: str = ""
    searched: bool = False
    implied: str = ""
    since: str = ""
    has: str = ""
    choices: Pairs = ()
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The operators with the names of their parameters. They are found once, because each list asks for them."""

    def __post_init__(self) -> None:
        parameters = tuple((operator, self.list_names(operator)) for operator in self.operators)
        msgspec.structs.force_setattr(self, "parameters", parameters)

    @property
    def operators(self) -> dict[str, str]:
        """The operators and how a form calls them."""
        return {**_OPERATORS[self.kind], **(_EMPTY if self.optional else {})}

    def list_names(self, operator: str) -> tuple[str, ...]:
        """The parameters that hold the operator's values."""
        if operator in _EMPTY:
            return (self.has or f"{self.base}_empty",)
        ends = {"is": ("",), "between": ("_from", "_to")}.get(operator, (f"_{operator}",))
        return tuple(f"{self.base}{end}" for end in ends)

    def asks_true(self, operator: str) -> bool:
        """The value with which the parameter of `empty` or `filled` is sent."""
        return (operator == "filled") == bool(self.has)


def define_filters(
    new: type[msgspec.Struct],
    *more: FilterField,
    without: Iterable[str] = (),
    kinds: Mapping[str, Kind] | None = None,
    **changes: dict[str, Any],
) -> tuple[FilterField, ...]:
    """The filters of the fields of `new` that have a label, and `more`. Long texts are left out: the search finds them.

    `kinds` are those of fields whose type does not tell. `changes` replace attributes of the field of that name.
    """
    found = (
        _define(field, meta, changes.get(field.name, {}), (kinds or {}).get(field.name))
        for field in msgspec.structs.fields(new)
        if field.name not in without
        and (meta := find_meta(field.type))
        and (meta.extra or {}).get("kind") != "textarea"
    )
    return (*found, *more)


def define_time(name: str, label: str, *, since: str = "") -> FilterField:
    """The filter of a column `<name>_at`, by whole days of the organization's time zone."""
    return FilterField(name=name, label=label, kind="time", column=f"{name}_at", base=name, since=since)


TAGS = FilterField(name="tag", label="Tag", kind="tags", column="tag_ids", base="tag", item=RecordId, optional=True)


def _define(field: Any, meta: msgspec.Meta, changes: Mapping[str, Any], known: Kind | None) -> FilterField:
    arms = {*_list_types(field.type)}
    kind: Kind = "text"
    item: Any = str
    if field.name.endswith("_id"):
        kind, item = "choice", RecordId
    elif known:
        kind = known
    elif date in arms:
        kind = "day"
    elif arms & {int, float}:
        kind = "number"
    given = {
        "name": field.name, "label": meta.title, "kind": kind, "item": item, "column": field.name, "base": field.name,
        "optional": kind != "number" and not field.required,
    }  # fmt: skip
    return FilterField(**{**given, **changes})


def with_filters(fields: Iterable[FilterField]) -> Callable[[type[T]], type[T]]:
    """A decorator of a list's query: adds the parameters of these fields that the struct does not name itself."""

    def extend(struct: type[T]) -> type[T]:
        added = [
            (name, Annotated[kind, msgspec.Meta(description=description)], default)
            for field in fields
            for name, kind, default, description in _list_parameters(field)
            if name not in struct.__struct_fields__
        ]
        return msgspec.defstruct(  # type: ignore[return-value]
            struct.__name__, added, bases=(struct,), module=struct.__module__, namespace={"__doc__": struct.__doc__},
            frozen=True, kw_only=True,
        )  # fmt: skip

    return extend


def _list_parameters(field: FilterField) -> Iterator[tuple[str, Any, Any, str]]:
    """Name, type, default and description of each parameter."""
    label, base = field.label, field.base
    if field.kind == "text":
        text = Annotated[Text, msgspec.Meta(max_length=200)]
        yield base, text, "", f"{label}: exactly this, in capitals or not."
        yield f"{base}_not", text, "", f"{label}: anything but this."
        yield f"{base}_contains", text, "", f"{label}: with this in it."
    elif field.kind in ("choice", "tags"):
        several: Any = list[field.item]  # type: ignore[name-defined]
        empty: Any = msgspec.field(default_factory=list)
        yield base, several, empty, f"{label}: any of these, comma between them."
        yield f"{base}_not", several, empty, f"{label}: none of these, comma between them."
    else:
        kind: Any = Annotated[float, msgspec.Meta(ge=0, lt=10_000_000_000)] if field.kind == "number" else date
        first, last = ("at least", "at most") if field.kind == "number" else ("on or after", "on or before")
        what = {"number": "this", "day": "this day"}.get(field.kind, "this day, in the organization's time zone")
        yield f"{base}_from", kind | None, None, f"{label}: {first} {what}."
        yield f"{base}_to", kind | None, None, f"{label}: {last} {what}."
    if field.optional:
        words = "with a value, or without" if field.has else "without a value, or with one"
        yield field.list_names("empty")[0], bool | None, None, f"{label}: {words}."


def list_active(field: FilterField, query: Any) -> list[tuple[str, list[Any]]]:
    """The operators of the field that are on, with their values; those of `between` are None for an open end."""
    found: list[tuple[str, list[Any]]] = []
    for operator, names in field.parameters:
        value = getattr(query, names[0])
        if operator in _EMPTY:
            if value == field.asks_true(operator):
                found.append((operator, []))
        elif operator == "between":
            values = [value, getattr(query, names[1])]
            if values != [None, None]:
                found.append((operator, values))
        elif value:
            found.append((operator, value if isinstance(value, list) else [value]))
    return found


def _list_types(kind: Any) -> Iterator[Any]:
    """The plain types of an annotation."""
    if typing.get_origin(kind) is Annotated:
        yield from _list_types(typing.get_args(kind)[0])
    elif typing.get_origin(kind) in (typing.Union, types.UnionType):
        for arm in typing.get_args(kind):
            yield from _list_types(arm)
    else:
        yield typing.get_origin(kind) or kind
