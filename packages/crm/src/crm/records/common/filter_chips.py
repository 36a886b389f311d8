"""The filters of a list on its page: a chip for each that is on, and what a form changes in the URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec

from crm.kernel.http.request import Request
from crm.records.common.filters import FilterField, Pairs, list_active
from crm.records.common.list_state import read_base
from crm.values.formats import format_date_exactly

Choices = Mapping[str, Pairs]
_EMPTY = ("empty", "filled")


class ActiveFilter(msgspec.Struct, frozen=True):
    """A filter that is on. It is turned off by removing `names` from the URL, and edited if it has a field."""

    names: tuple[str, ...]
    label: str
    field: FilterField | None = None
    operator: str = ""
    values: tuple[str, ...] = ()


def list_chips(fields: Iterable[FilterField], query: Any, choices: Choices) -> list[ActiveFilter]:
    """The filters of these fields that are on. `choices` are those that depend on what is stored, by field."""
    return [
        ActiveFilter(
            field.list_names(operator), _describe(field, operator, values, choices.get(field.name, field.choices)),
            field, operator, tuple("" if value is None else _format_control(value) for value in values),
        )
        for field in fields
        for operator, values in list_active(field, query)
    ]  # fmt: skip


def list_labels(fields: Iterable[FilterField]) -> dict[str, str]:
    """What messages call each parameter."""
    return {
        name: field.label for field in fields for operator in field.operators for name in field.list_names(operator)
    }


def read_change(request: Request, fields: Iterable[FilterField]) -> str | None:
    """The query of the list after the form of a filter; None if the request comes from no such form."""
    sent = dict(request.asked)
    if "set" not in sent:
        return None
    pairs = read_base(request)
    field = next((each for each in fields if each.name == sent["set"]), None)
    operator = sent.get("op", "")
    if field is not None and operator in field.operators:
        was = sent.get("was", "")
        gone = {*field.list_names(operator), *(field.list_names(was) if was in field.operators else ())}
        pairs = [(name, value) for name, value in pairs if name not in gone]
        pairs += _list_pairs(field, operator, request.asked)
    return urlencode([(name, value) for name, value in pairs if value])


def _list_pairs(field: FilterField, operator: str, sent: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    names = field.list_names(operator)
    if operator in _EMPTY:
        return [(names[0], str(field.asks_true(operator)).lower())]
    if operator == "between":
        given = {name: value.strip() for name, value in sent}
        return [(name, given.get(end, "")) for name, end in zip(names, ("from", "to"), strict=True)]
    return [(names[0], value.strip()) for name, value in sent if name == "value"]


def _describe(field: FilterField, operator: str, values: list[Any], choices: Pairs) -> str:
    label = field.label
    if operator in _EMPTY:
        return f"{label} {field.operators[operator]}"
    if operator == "between":
        return f"{label} {_describe_range(*values)}"
    if field.kind in ("choice", "tags"):
        words = dict(choices)
        joined = " or ".join(str(words.get(value, "deleted")) for value in values)
        return f"{label}: {'not ' if operator == 'not' else ''}{joined}"
    return f"{label} {field.operators[operator]} “{values[0]}”"


def _describe_range(low: Any, high: Any) -> str:
    first, last = (_format_end(each) if each is not None else "" for each in (low, high))
    if first and last:
        return first if first == last else f"{first} – {last}"
    return f"from {first}" if first else f"up to {last}"


def _format_end(value: date | float) -> str:
    return format_date_exactly(value) if isinstance(value, date) else f"{value:,.2f}".removesuffix(".00")


def _format_control(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
