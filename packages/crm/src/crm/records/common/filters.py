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
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from crm.accounts import settings
from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import tags
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

    `column` is its SQL. `keyed` says that an index holds its `name_key`. `since` is a column with an index that is
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
    keyed: bool = False
    since: str = ""
    has: str = ""
    choices: Pairs = ()

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
    for operator in field.operators:
        values = [getattr(query, name) for name in field.list_names(operator)]
        if operator in _EMPTY:
            if values == [field.asks_true(operator)]:
                found.append((operator, []))
        elif operator == "between":
            if values != [None, None]:
                found.append((operator, values))
        elif values[0]:
            found.append((operator, values[0] if isinstance(values[0], list) else values))
    return found


async def add_conditions(connection: Connection, where: Where, fields: Iterable[FilterField], query: Any) -> None:
    """Leave only the rows that the filters of the query leave."""
    zone = ""
    for field in fields:
        for operator, values in list_active(field, query):
            if field.kind == "tags":
                await _add_tags(connection, where, field, operator, values)
            elif field.kind == "time":
                zone = zone or (await settings.read(connection)).time_zone
                add_days(where, field, values[0], values[1], zone)
            else:
                _ADD.get(operator, _add_text if field.kind == "text" else _add_choice)(where, field, operator, values)


async def _add_tags(connection: Connection, where: Where, field: FilterField, operator: str, values: list[Any]) -> None:
    known = await tags.read_tags(connection)
    ids = known.expand(values or [tag.id for tag in known.every])
    # The index holds the rows that have tags.
    condition = f"({field.column} <> '{{{{}}}}' AND {field.column} && {{}}::bigint[])"
    where.add(condition if operator in ("is", "filled") else f"NOT {condition}", ids)


def add_days(where: Where, field: FilterField, first: date | None, last: date | None, zone: str) -> None:
    """Leave only the rows whose time lies between the beginning of one day and the end of another."""
    if first is not None:
        for column in filter(None, (field.column, field.since)):
            where.add(f"{column} >= {{}}::date::timestamp AT TIME ZONE {{}}", first, zone)
    if last is not None:
        where.add(f"{field.column} < ({{}}::date + 1)::timestamp AT TIME ZONE {{}}", last, zone)


def _add_text(where: Where, field: FilterField, operator: str, values: list[Any]) -> None:
    column = field.column
    if field.keyed and operator == "is":
        where.add(f'name_key({column}) COLLATE "C" = (SELECT name_key({{}}))', *values)
        return
    # Most texts are ASCII, and `lower` is several times as fast as a function of ours.
    plain = (
        f"CASE WHEN octet_length({column}) = length({column}) THEN lower({column}) ELSE normalize_text({column}) END"
    )
    condition = "strpos({0}, {1}) > 0" if operator == "contains" else f"{{0}} {'=' if operator == 'is' else '<>'} {{1}}"
    where.add(condition.format(plain, "(SELECT normalize_text({}))"), *values)


def _add_choice(where: Where, field: FilterField, operator: str, values: list[Any]) -> None:
    if operator == "not":
        where.add(f"({field.column} = ANY({{}})) IS NOT TRUE", values)
    elif len(values) == 1:
        # As a plain comparison its index gives the rows in the order of the list.
        where.add(f"{field.column} = {{}}", values[0])
    else:
        where.add(f"{field.column} = ANY({{}})", values)


def _add_range(where: Where, field: FilterField, _: str, values: list[Any]) -> None:
    for sign, value in zip((">=", "<="), values, strict=True):
        if value is not None:
            # As a numeric, a value may be beyond what the column holds.
            mark = "{}::numeric" if isinstance(value, float) else "{}"
            where.add(f"{field.column} {sign} {mark}", Decimal(str(value)) if isinstance(value, float) else value)


def _add_empty(where: Where, field: FilterField, operator: str, _: list[Any]) -> None:
    is_text = field.item is str and field.kind in ("text", "choice")
    is_empty = "= ''" if is_text else "IS NULL"
    is_filled = "<> ''" if is_text else "IS NOT NULL"
    where.conditions.append(f"{field.column} {is_empty if operator == 'empty' else is_filled}")


_ADD = {"between": _add_range, "empty": _add_empty, "filled": _add_empty}


def _list_types(kind: Any) -> Iterator[Any]:
    """The plain types of an annotation."""
    if typing.get_origin(kind) is Annotated:
        yield from _list_types(typing.get_args(kind)[0])
    elif typing.get_origin(kind) in (typing.Union, types.UnionType):
        for arm in typing.get_args(kind):
            yield from _list_types(arm)
    else:
        yield typing.get_origin(kind) or kind
