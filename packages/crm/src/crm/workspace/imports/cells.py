"""What is written in a cell, as a form takes it: numbers and dates as people and spreadsheets write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from crm.workspace.imports.models import DateOrder

_NUMBER = re.compile(r"(?:[€$£]|[A-Z]{3})?([-+]?)(\d[\d.,]*)(?:[€$£]|[A-Z]{3})?")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DATE = re.compile(r"(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})")
_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_NUMBER_ERROR = "Enter a number such as 1250.50."
_MOMENT_ERROR = "Enter a date, and perhaps a time, such as 2026-11-22 14:30."
_DATE_ERROR = "Enter a date such as 2026-11-22."
_CENTURY = 100


def normalize_number(text: str) -> str:
    """The number in `text`: `€ 1.250,50`, `1'250.5` and `1,250.50 EUR` are `1250.5`. Raises `ValueError`.

    One separator with three digits behind it separates thousands, because an amount has at most two decimals.
    """
    match = _NUMBER.fullmatch(re.sub(r"[\s'\u2019\u202f\u00a0]", "", text).upper())
    if match is None:
        raise ValueError(_NUMBER_ERROR)
    sign, digits = match[1], match[2]
    if "." in digits and "," in digits:
        point = max(digits.rfind("."), digits.rfind(","))
        whole, decimals = digits[:point], digits[point + 1 :]
    elif _THOUSANDS.fullmatch(digits) and not digits.startswith("0"):
        whole, decimals = digits, ""
    else:
        whole, _, decimals = digits.replace(",", ".").partition(".")
    if not decimals.isdecimal() and decimals:
        raise ValueError(_NUMBER_ERROR)
    if not whole.isdecimal() and not _THOUSANDS.fullmatch(whole):
        raise ValueError(_NUMBER_ERROR)
    decimals = decimals.rstrip("0")
    return sign + re.sub(r"\D", "", whole) + (f".{decimals}" if decimals else "")


def normalize_date(text: str, order: DateOrder) -> str:
    """The date in `text`, in ISO 8601; `order` says what comes first in `03/04/2026`. Raises `ValueError`.

    A time behind it is left out. With points the day comes first, with the year first the month is second.
    """
    return _parse_date(text.replace("T", " ").split(" ")[0], order).isoformat()


def parse_moment(text: str, order: DateOrder, zone: str) -> datetime:
    """The moment in `text`: ISO 8601, or a date and perhaps a time in the time zone `zone`. Raises `ValueError`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day, _, clock = text.partition(" ")
        if clock and not _TIME.fullmatch(clock):
            raise ValueError(_MOMENT_ERROR) from None
        hour, minute, second = (*(int(part) for part in clock.split(":") if part), 0, 0, 0)[:3]
        try:
            moment = datetime.combine(_parse_date(day, order), time(hour, minute, second))
        except ValueError:
            raise ValueError(_MOMENT_ERROR) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _parse_date(text: str, order: DateOrder) -> date:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(_DATE_ERROR)
    first, separator, second, third = match[1], match[2], match[3], match[4]
    if len(first) > 2:  # a year
        parts = (first, second, third)
    elif separator == "/" and order == "month":
        parts = (third, first, second)
    else:
        parts = (third, second, first)
    year, month, day = map(int, parts)
    try:
        return date(year + 2000 if year < _CENTURY else year, month, day)
    except ValueError:
        hint = {"day": "the day", "month": "the month"}[order]
        raise ValueError(
            f"There is no such date with {hint} first. Write it as 2026-11-22, or choose another order of dates."
            if separator == "/"
            else _DATE_ERROR
        ) from None
