"""Reads and validates JSON bodies, posted forms and query strings, and names every invalid field at once.

A form is a frozen msgspec struct whose annotations are the rules. The same struct gives OpenAPI its schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET

from crm.kernel.errors import BadRequestError, ConflictError, FieldError, UnsupportedMediaTypeError, ValidationError
from crm.kernel.http.form_fields import plan
from crm.kernel.http.request import Request
from crm.values import FIRST_YEAR, LAST_YEAR, has_visible_character, is_in_range
from crm.values.messages import describe_error

T = TypeVar("T", bound=msgspec.Struct)

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 200
MAX_DEPTH = 20


class Draft(msgspec.Struct, Generic[T]):
    """A posted form: what was typed, what is wrong with it, and the form if nothing is."""

    values: dict[str, Any]
    errors: dict[str, str] = {}
    form: T | None = None
    is_conflict: bool = False

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it."""
        return 409 if self.is_conflict else 422 if self.errors else 200

    def require_form(self) -> T:
        """The form. Raises `ValidationError` with everything that is wrong."""
        if self.form is None or self.errors:
            raise ValidationError([FieldError(name, message) for name, message in self.errors.items()])
        return self.form

    def add_error(self, field: str, message: str) -> None:
        """Add an error that only an action could find."""
        self.errors.setdefault(field, message)

    def add_conflict(self, field: str, message: str) -> None:
        """Add an error that comes from what others have changed."""
        self.add_error(field, message)
        self.is_conflict = True

    def collect_errors(self, conflict: str = "") -> ErrorCollector:
        """Turn a `ValidationError` of the block into errors, and a `ConflictError` into one of the field `conflict`."""
        return ErrorCollector(self, conflict)


class ErrorCollector(msgspec.Struct, frozen=True):
    """The block of `Draft.collect_errors`. It is a class, so that type checkers know that it stops errors."""

    draft: Draft[Any]
    conflict: str

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, ValidationError):
            for each in error.errors:
                self.draft.add_error(each.field, each.message)
        elif isinstance(error, ConflictError) and self.conflict:
            self.draft.add_conflict(self.conflict, error.detail)
        else:
            return False
        return True


async def read(request: Request, form: type[T]) -> T:
    """The JSON body as `form`.

    Raises `UnsupportedMediaTypeError`, `BadRequestError`, or `ValidationError` with every invalid field.
    """
    return parse(await json_object(request), form)


async def draft(request: Request, form: type[T], pairs: list[tuple[str, str]] | None = None) -> Draft[T]:
    """The posted form with its errors, which the page shows beside the fields. `pairs` are those of a form with files.

    Raises `UnsupportedMediaTypeError` or `BadRequestError`.
    """
    posted = Draft[T](gather(await read_form(request) if pairs is None else pairs, form))
    with posted.collect_errors():
        posted.form = parse(posted.values, form, typed=False)
    return posted


def parse_query(request: Request, form: type[T], *, strict: bool = False) -> T:
    """The query string as `form`. Raises `ValidationError`.

    `strict` refuses unknown names and empty values: a program that filters must not receive everything by mistake.
    """
    pairs = request.asked
    if strict:
        fields = {field.said: field for field in plan(form)}
        unknown = sorted({name for name, _ in pairs} - {*fields})
        errors = [FieldError(name[:60], "Unknown parameter.") for name in unknown]
        empty = {
            name
            for name, value in pairs
            if _tidy(value) == "" and name in fields and (fields[name].several or not fields[name].keeps_empty)
        }
        errors += [FieldError(name, "This is empty. Give it a value or leave it out.") for name in sorted(empty)]
        if errors:
            raise ValidationError(errors)
    return parse(gather(pairs, form), form, typed=False)


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises `UnsupportedMediaTypeError` or `BadRequestError`."""
    if content_type(request) != JSON_TYPE:
        raise UnsupportedMediaTypeError(f"Send the body as {JSON_TYPE}.")
    body = await request.body()
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequestError(f"The body is not JSON: {str(error)[:120]}") from error
    if not isinstance(values, dict):
        raise BadRequestError("The body is JSON, but not an object. Send { … } with a name for each value.")
    # Looking at every text takes time, so only bodies that could be too deep or broken are searched.
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH or b"\\ud" in body.lower():
        try:
            "".join(_texts(values)).encode()
        except RecursionError as error:
            raise BadRequestError(f"The body nests deeper than {MAX_DEPTH} levels. Send a flatter one.") from error
        except UnicodeEncodeError as error:
            raise BadRequestError(
                "The body holds text that is not Unicode. Send UTF-8 without lone surrogates."
            ) from error
    return values


async def read_form(request: Request) -> list[tuple[str, str]]:
    """The body as the pairs of a posted form. Raises `UnsupportedMediaTypeError` or `BadRequestError`."""
    if content_type(request) != FORM_TYPE:
        raise UnsupportedMediaTypeError(f"Send the form as {FORM_TYPE}.")
    try:
        text = (await request.body()).decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise BadRequestError("The form cannot be read: it is not UTF-8, or has too many fields.") from error


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def gather(pairs: Iterable[tuple[str, str]], form: type[msgspec.Struct]) -> dict[str, Any]:
    """Pairs as a mapping for `form`: a list if the field takes several values, otherwise the last value."""
    several = {field.said for field in plan(form) if field.several}
    values: dict[str, Any] = {name: [] for name, _ in pairs if name in several}
    for name, value in pairs:
        if name in several:
            values[name].extend(part for part in value.split(",") if part)
        else:
            values[name] = value
    return values


def parse(values: dict[str, Any], form: type[T], *, typed: bool = True) -> T:
    """`values` as `form`. Raises `ValidationError` with every invalid field.

    `typed` values (JSON) must have the right types and no unknown names. Text from a page is converted; empty text
    means that the field was not given, and unknown names are ignored.
    """
    errors: list[FieldError] = []
    kept: dict[str, Any] = {}
    fields = plan(form)
    if typed:
        known = {field.said for field in fields}
        errors += [FieldError(str(name)[:60], "Unknown field.") for name in values if name not in known]
    for field in fields:
        name = field.said
        value = _tidy(values.get(name, UNSET))
        if value is UNSET or (not typed and value == "" and not field.keeps_empty):
            if field.required:
                errors.append(FieldError(name, "This field is required."))
            continue
        if nul := _find_nul(value):
            errors.append(FieldError(name, nul))
            continue
        try:
            if field.convert is not None and isinstance(value, str):
                value = field.convert(value)
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
            continue
        try:
            # A bare number is no date, though it could be taken for seconds since 1970.
            kept[field.name] = msgspec.convert(value, field.kind, strict=typed or field.moment)
            if field.moment and isinstance(kept[field.name], date) and not is_in_range(kept[field.name]):
                errors.append(FieldError(name, f"Enter a date between {FIRST_YEAR} and {LAST_YEAR}."))
        except msgspec.ValidationError as error:
            message = describe_error(str(error), value, required=field.required, format_hint=field.format_hint)
            errors.append(FieldError(name, message))
        except (ValueError, OverflowError):
            errors.append(FieldError(name, "This value is not valid."))
    if errors:
        raise ValidationError(errors)
    return form(**kept)


def _tidy(value: Any) -> Any:
    """Text without surrounding white space, and with LF line ends; empty if it shows nothing."""
    if isinstance(value, str):
        text = value.strip().replace("\r\n", "\n")
        return text if has_visible_character(text) or "\x00" in text else ""
    if isinstance(value, list):
        return [_tidy(part) for part in value]
    return value


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text inside `value`, names included. Raises `RecursionError` beyond `MAX_DEPTH` levels."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        if depth >= MAX_DEPTH:
            raise RecursionError
        for part in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from _texts(part, depth + 1)


def _find_nul(value: Any) -> str:
    """What is wrong if `value` holds a NUL, which PostgreSQL stores neither in text nor in JSON."""
    if isinstance(value, str):
        return "Remove the NUL character." if "\x00" in value else ""
    try:
        return "Remove the NUL character." if any("\x00" in text for text in _texts(value)) else ""
    except RecursionError:
        return "This value is nested too deeply."
