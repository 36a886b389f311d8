"""What is wrong with a value that a form refuses, as a sentence for people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from crm.values.formats import plural

_MESSAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"of length >= 1(?!\d)"), "This field is required."),
    (re.compile(r"of length >= (\d+)"), "Use at least {0} characters."),
    (re.compile(r">= (-?\d+(?:\.\d*[1-9])?)"), "Must be {0} or more."),
    (re.compile(r"> (-?\d+(?:\.\d*[1-9])?)"), "Must be more than {0}."),
    (re.compile(r"<= (-?\d+(?:\.\d*[1-9])?)"), "Must be {0} or less."),
    (re.compile(r"< (-?\d+(?:\.\d*[1-9])?)"), "Must be less than {0}."),
    (re.compile(r"matching regex|Invalid enum value"), "This value is not valid."),
    (re.compile(r"[Nn]umber out of range"), "This number is too large."),
    (re.compile(r"datetime"), "Enter a date and time such as 2026-11-22T14:30:00Z."),
    (re.compile(r"RFC3339|date"), "Enter a date such as 2026-11-22."),
    (re.compile(r"Expected `(?:bool)"), "Enter true or false."),
    (re.compile(r"Expected `int|[Ii]nvalid integer"), "Enter a whole number."),
    (re.compile(r"Expected `(?:decimal|float)|[Ii]nvalid (?:decimal|number)"), "Enter a number."),
    (re.compile(r"Expected `str(?: \| null)?`"), "Enter text."),
    (re.compile(r"Expected `array"), "Enter a list."),
    (re.compile(r"Expected `object"), "Enter an object."),
)


def describe_error(message: str, value: Any = None, *, required: bool = False, format_hint: str = "") -> str:
    """The error message of msgspec as a sentence for people.

    `format_hint` is what to enter if a pattern or a choice fails. `value` tells by how much it is too long.
    """
    if format_hint and ("matching regex" in message or "Invalid enum value" in message):
        return format_hint
    if match := re.search(r"of length <= (\d+)", message):
        return describe_length(value, int(match[1]))
    for pattern, text in _MESSAGES:
        if match := pattern.search(message):
            is_emptied = text == "This field is required." and not required
            return "This field cannot be empty." if is_emptied else text.format(*match.groups())
    return "This value is not valid."


def describe_length(value: Any, limit: int) -> str:
    """What is wrong with a text that is longer than `limit`, or with a list that is."""
    over = len(value) - limit if isinstance(value, str | list) else 0
    if over <= 0:
        return f"Use at most {limit:,} characters."
    words = plural(over, "character") if isinstance(value, str) else plural(over, "entry", "entries")
    return f"This is {words} too long. Use at most {limit:,}."


def describe_choices(choices: Iterable[Any]) -> str:
    """What to enter if none of the choices was given."""
    return f"Choose one of: {', '.join(str(choice) for choice in choices if choice)}."
