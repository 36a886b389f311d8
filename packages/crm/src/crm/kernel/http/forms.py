"""Reading what people and programs send: one struct per form, every fault named at once.

A form is a frozen msgspec struct whose annotations are the rules. The same struct reads JSON from a program and
a posted form from a page, and gives the OpenAPI document its schema.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET

from crm.kernel.errors import Fault, Faulty, Malformed, Unsupported
from crm.kernel.http.request import Request

T = TypeVar("T", bound=msgspec.Struct)

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 200
MAX_DEPTH = 20


class Draft(msgspec.Struct, Generic[T]):
    """A posted form on its way: what was typed, what is wrong with it, and the form once nothing is."""

    values: dict[str, Any]
    faults: dict[str, str]
    form: T | None

    def blame(self, field: str, message: str) -> None:
        """Add a fault that only the business could find."""
        self.faults.setdefault(field, message)


async def read(request: Request, form: type[T]) -> T:
    """The JSON body as `form`.

    Raises `Unsupported` for another content type, `Malformed` for a body that is not JSON, `Faulty` with every
    faulty field.
    """
    values = await json_object(request)
    return parse(values, form)


async def draft(request: Request, form: type[T]) -> Draft[T]:
    """The posted page form as a draft; faults are kept in it, so that the page can show them beside the fields.

    Raises `Unsupported` and `Malformed` as `read` does.
    """
    pairs = await posted(request)
    values = gather(pairs, form)
    try:
        return Draft(values, {}, parse(values, form, typed=False))
    except Faulty as trouble:
        return Draft(values, {fault.field: fault.message for fault in trouble.faults}, None)


def asked(request: Request, form: type[T], *, strict: bool = False) -> T:
    """The query string as `form`; where `strict`, unknown names are faults, and so is nothing in place of a number, a
    date or a choice: a program that means to filter must not be given everything. Raises `Faulty`.
    """
    pairs = request.asked
    if strict:
        fields = {field.said: field for field in plan(form)}
        unknown = sorted({name for name, _ in pairs} - {*fields})
        faults = [Fault(name[:60], "There is no such parameter.") for name in unknown]
        empty = {name for name, value in pairs if value == "" and name in fields and not fields[name].keeps_empty}
        faults += [Fault(name, "This is empty. Give a value or leave it out.") for name in sorted(empty)]
        if faults:
            raise Faulty(faults)
    return parse(gather(pairs, form), form, typed=False)


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises `Unsupported` or `Malformed`."""
    if content_type(request) != JSON_TYPE:
        raise Unsupported(f"Send the body as {JSON_TYPE}.")
    body = await request.body()
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise Malformed(f"The body is not JSON: {str(fault)[:120]}") from fault
    # Looked for only where so many could be, since looking costs.
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _too_deep(values):
        raise Malformed(f"The body nests deeper than {MAX_DEPTH} levels. Send a flatter one.")
    if not isinstance(values, dict):
        raise Malformed("The body is JSON, but not an object. Send { … } with a name for each value.")
    if _has_surrogate(body) and _broken_text(values):
        raise Malformed("The body holds text that is not Unicode. Send UTF-8 without lone surrogates.")
    return values


async def posted(request: Request) -> list[tuple[str, str]]:
    """The body as the pairs of a posted form. Raises `Unsupported` or `Malformed`."""
    if content_type(request) != FORM_TYPE:
        raise Unsupported(f"Send the form as {FORM_TYPE}.")
    try:
        return parse_qsl(
            (await request.body()).decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except (UnicodeDecodeError, ValueError) as fault:
        raise Malformed("The form cannot be read: it is not UTF-8, or has too many fields.") from fault


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def gather(pairs: Iterable[tuple[str, str]], form: type[msgspec.Struct]) -> dict[str, Any]:
    """Pairs as a mapping for `form`: a list where the field takes several, the last value elsewhere."""
    several = {field.said for field in plan(form) if field.several}
    values: dict[str, Any] = {name: [] for name, _ in pairs if name in several}
    for name, value in pairs:
        if name in several:
            values[name].extend(part for part in value.split(",") if part)
        else:
            values[name] = value
    return values


def parse(values: dict[str, Any], form: type[T], *, typed: bool = True) -> T:
    """`values` as `form`. `typed` JSON must match the types and may not hold unknown names; a page's text is
    converted, an empty text means not given, and names it does not know (buttons, hints) are left alone.

    Raises `Faulty` with a fault for each field.
    """
    faults: list[Fault] = []
    kept: dict[str, Any] = {}
    fields = plan(form)
    if typed:
        known = {field.said for field in fields}
        faults += [Fault(str(name)[:60], "There is no such field.") for name in values if name not in known]
    for field in fields:
        name = field.said
        value = _tidy(values.get(name, UNSET))
        if value is UNSET or (not typed and value == "" and not field.keeps_empty):
            if field.required:
                faults.append(Fault(name, "This is needed."))
            continue
        if (nul := _with_nul(value)) is not None:
            faults.append(Fault(name, f"Remove the NUL character{nul}."))
            continue
        try:
            # A bare number is no date, though it could be taken for seconds since 1970.
            kept[field.name] = msgspec.convert(value, field.kind, strict=typed or field.moment)
        except msgspec.ValidationError as fault:
            faults.append(Fault(name, words(str(fault), required=field.required)))
        except (ValueError, OverflowError):
            faults.append(Fault(name, "That is no value this field can hold."))
    if faults:
        raise Faulty(faults)
    return form(**kept)


class Planned(msgspec.Struct, frozen=True):
    """One field of a form, its annotation looked through once: `said` is its name outside."""

    name: str
    said: str
    kind: Any
    required: bool
    several: bool
    keeps_empty: bool
    moment: bool


@cache
def plan(form: type[msgspec.Struct]) -> tuple[Planned, ...]:
    """The fields of a form. Working annotations out costs a hundred times what reading a value does."""
    return tuple(
        Planned(
            name=field.name,
            said=field.encode_name,
            kind=field.type,
            required=field.required,
            several=_takes_several(field.type),
            keeps_empty=_keeps_empty(field.type),
            moment=any(arm in (datetime, date) for arm in _arms(field.type)),
        )
        for field in msgspec.structs.fields(form)
    )


_MESSAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"of length >= 1(?!\d)"), "This is needed."),
    (re.compile(r"of length >= (\d+)"), "At least {0} characters."),
    (re.compile(r"of length <= (\d+)"), "At most {0} characters."),
    (re.compile(r">= (-?[\d.]+)"), "At least {0}."),
    (re.compile(r"> (-?[\d.]+)"), "More than {0}."),
    (re.compile(r"<= (-?[\d.]+)"), "At most {0}."),
    (re.compile(r"< (-?[\d.]+)"), "Less than {0}."),
    (re.compile(r"Invalid enum value"), "Choose one of the values offered."),
    (re.compile(r"matching regex"), "That does not have the right form."),
    (re.compile(r"RFC3339|date"), "Write the date as 2026-11-22."),
    (re.compile(r"Expected `(?:bool)"), "Give true or false."),
    (re.compile(r"Expected `(?:int|decimal|float)|[Ii]nvalid (?:decimal|number|integer)"), "Give a number."),
    (re.compile(r"Expected `str(?: \| null)?`"), "Give text."),
    (re.compile(r"Expected `array"), "Give a list."),
    (re.compile(r"Expected `object"), "Give an object."),
)


def words(message: str, *, required: bool = False) -> str:
    """msgspec's message in our words."""
    for shape, said in _MESSAGES:
        if found := shape.search(message):
            emptied = said == "This is needed." and not required
            return "This cannot be empty." if emptied else said.format(*found.groups())
    return "That is no value this field can hold."


def _tidy(value: Any) -> Any:
    """Text without the white space around it and with one kind of line end."""
    if isinstance(value, str):
        return value.strip().replace("\r\n", "\n")
    if isinstance(value, list):
        return [_tidy(part) for part in value]
    return value


def _with_nul(value: Any, depth: int = 0) -> str | None:
    """Where a NUL hides: PostgreSQL stores none, in text or in JSON. None when there is none."""
    if isinstance(value, str):
        return "" if "\x00" in value else None
    if depth > MAX_DEPTH:
        return " or send a flatter value"
    parts: Iterable[Any] = ()
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        parts = value
    for part in parts:
        if (found := _with_nul(part, depth + 1)) is not None:
            return found or " inside it"
    return None


def _too_deep(value: Any, depth: int = 0) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list) and (depth >= MAX_DEPTH or any(_too_deep(part, depth + 1) for part in value))


def _has_surrogate(body: bytes) -> bool:
    return b"\\ud" in body or b"\\uD" in body


def _broken_text(value: Any, depth: int = 0) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= letter <= "\udfff" for letter in value)
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, dict):
        return any(_broken_text(part, depth + 1) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_broken_text(part, depth + 1) for part in value)


def _arms(kind: Any) -> tuple[Any, ...]:
    """The plain types behind an annotation: `Annotated` and unions are looked through."""
    if typing.get_origin(kind) is typing.Annotated:
        return _arms(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return tuple(arm for part in typing.get_args(kind) for arm in _arms(part))
    return (typing.get_origin(kind) or kind,)


def _takes_several(kind: Any) -> bool:
    return any(arm in (list, tuple, set, frozenset) for arm in _arms(kind))


def _keeps_empty(kind: Any) -> bool:
    """Text may be emptied on purpose; a number or a date left empty is one not given."""
    return str in _arms(kind) or _takes_several(kind)
