"""Reads the annotations of a form: the name, type and rules of each of its fields."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec

from crm.values import NormalForm
from crm.values.messages import describe_choices

_SEVERAL = frozenset({list, tuple, set, frozenset})


class Planned(msgspec.Struct, frozen=True):
    """One field of a form. `said` is its name in JSON and HTML, `convert` gives a text its normal form."""

    name: str
    said: str
    kind: Any
    convert: Callable[[str], str] | None
    required: bool
    several: bool
    keeps_empty: bool
    moment: bool
    format_hint: str


@cache
def plan(form: type[msgspec.Struct]) -> tuple[Planned, ...]:
    """The fields of a form. The result is cached, because reading annotations is slow."""
    return tuple(
        Planned(
            name=field.name,
            said=field.encode_name,
            kind=field.type,
            convert=normal_form.convert if normal_form else None,
            required=field.required,
            several=not _SEVERAL.isdisjoint(arms),
            # Text and lists can be emptied on purpose. An empty number or date was not given.
            keeps_empty=(str in arms or not _SEVERAL.isdisjoint(arms))
            and (normal_form is None or normal_form.keeps_empty),
            moment=datetime in arms or date in arms,
            format_hint=_read_format_hint(field.type),
        )
        for field in msgspec.structs.fields(form)
        for arms, normal_form in ((_arms(field.type), _find_normal_form(field.type)),)
    )


def _read_format_hint(kind: Any) -> str:
    """What to enter if a pattern or a choice fails, from the choices or the `examples` of the field; else empty."""
    if typing.get_origin(kind) is typing.Literal:
        return describe_choices(typing.get_args(kind))
    for part in typing.get_args(kind):
        if isinstance(part, msgspec.Meta) and "enum" in (part.extra_json_schema or {}):
            return describe_choices((part.extra_json_schema or {})["enum"])
        if isinstance(part, msgspec.Meta) and part.examples:
            return f"Enter a value such as {part.examples[0]}."
        if hint := _read_format_hint(part):
            return hint
    return ""


def _find_normal_form(kind: Any) -> NormalForm | None:
    parts = typing.get_args(kind)
    found = (part if isinstance(part, NormalForm) else _find_normal_form(part) for part in parts)
    return next(filter(None, found), None)


def _arms(kind: Any) -> tuple[Any, ...]:
    """The plain types of an annotation, without `Annotated` and unions."""
    if typing.get_origin(kind) is typing.Annotated:
        return _arms(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return tuple(arm for part in typing.get_args(kind) for arm in _arms(part))
    return (typing.get_origin(kind) or kind,)
