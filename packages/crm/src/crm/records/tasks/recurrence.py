"""When a task comes again: rules of RFC 5545, whole days only.

A stored rule names its day, so that moving one task of a series does not move the series. In a month without a 31st,
a task of the 31st comes on the last day; a plain RRULE would leave that month out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from dateutil.rrule import rrulestr

from crm.values import is_in_range
from crm.values.formats import join_words

PRESETS: tuple[tuple[str, str], ...] = (
    ("FREQ=DAILY", "Every day"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday"),
    ("FREQ=WEEKLY", "Every week"),
    ("FREQ=WEEKLY;INTERVAL=2", "Every 2 weeks"),
    ("FREQ=MONTHLY", "Every month"),
    ("FREQ=MONTHLY;INTERVAL=3", "Every 3 months"),
    ("FREQ=YEARLY", "Every year"),
)
"""What the forms offer. The day comes from the date of the task."""
DAYS = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday",
    "SU": "Sunday",
}  # fmt: skip
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_ONE_DAY = "MO|TU|WE|TH|FR|SA|SU"
_MONTH_DAY = r"-?(?:[1-9]|[12]\d|3[01])"
_ALWAYS = {"INTERVAL": r"[1-9]\d{0,2}", "UNTIL": r"\d{8}(?:T\d{6}Z?)?", "WKST": _ONE_DAY}
_PARTS: Mapping[str, Mapping[str, str]] = {
    "DAILY": _ALWAYS,
    "WEEKLY": _ALWAYS | {"BYDAY": f"(?:{_ONE_DAY})(?:,(?:{_ONE_DAY}))*"},
    "MONTHLY": _ALWAYS | {
        "BYDAY": rf"(?:-?[1-5])?(?:{_ONE_DAY})(?:,(?:-?[1-5])?(?:{_ONE_DAY}))*",
        "BYMONTHDAY": f"{_MONTH_DAY}(?:,{_MONTH_DAY})*", "BYSETPOS": "-?1",
    },
    "YEARLY": _ALWAYS | {
        "BYMONTH": r"(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2]))*", "BYMONTHDAY": f"{_MONTH_DAY}(?:,{_MONTH_DAY})*",
        "BYSETPOS": "-?1",
    },
}  # fmt: skip
"""The parts that a rule of each frequency may have, and their values. With these, a next day is always found soon."""
_ERROR = "Give an RRULE of RFC 5545 with whole days, such as FREQ=WEEKLY;BYDAY=MO or FREQ=MONTHLY."


def normalize_rule(text: str, start: date) -> str:
    """The rule as it is stored, with the day of `start` where it names none. Raises `ValueError`."""
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        if name in parts:
            raise ValueError(f"This rule names {name} twice. {_ERROR}")
        parts[name] = value
    frequency = parts.pop("FREQ", "")
    if frequency not in _PARTS:
        raise ValueError(_ERROR)
    if "COUNT" in parts:
        raise ValueError("COUNT is not supported. End the series on a day instead, such as UNTIL=20271231.")
    for name, value in parts.items():
        if name not in _PARTS[frequency] or not re.fullmatch(_PARTS[frequency][name], value):
            raise ValueError(f"{name}={value} is not supported with FREQ={frequency}. {_ERROR}"[:300])
    if "BYDAY" in parts and "BYMONTHDAY" in parts:
        raise ValueError("Give BYDAY or BYMONTHDAY, not both.")
    if "UNTIL" in parts:
        parts["UNTIL"] = parts["UNTIL"][:8]
    _name_day(frequency, parts, start)
    rule = ";".join(f"{name}={value}" for name, value in {"FREQ": frequency, **parts}.items())
    find_next(rule, start, start)
    return rule


def find_next(rule: str, start: date, after: date) -> date | None:
    """The first day of a series from `start` on that is later than `after`; None after the last.

    Raises `ValueError` for a rule that nobody can read.
    """
    found = rrulestr(rule, dtstart=_midnight(start)).after(_midnight(after))
    return found.date() if found is not None and is_in_range(found) else None


def describe_rule(rule: str) -> str:
    """The stored rule in words, such as `Every 2 weeks on Monday`."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    interval = int(parts.get("INTERVAL", "1"))
    unit = _UNITS[parts["FREQ"]]
    text = f"Every {unit}" if interval == 1 else f"Every {interval} {unit}s"
    if parts.get("BYDAY") == "MO,TU,WE,TH,FR" and interval == 1:
        text = "Every weekday"
    elif "BYDAY" in parts:
        text += f" on {join_words([_describe_day(day) for day in parts['BYDAY'].split(',')])}"
    if "BYMONTHDAY" in parts:
        days = parts["BYMONTHDAY"].split(",")
        if parts.get("BYSETPOS") == "-1":
            text += " on the last day" if days[-1] == "31" else f" on day {days[-1]} or the last"
        else:
            text += " on the last day" if days == ["-1"] else f" on day {join_words(days)}"
    if "BYMONTH" in parts:
        text += f" of {join_words([_MONTHS[int(month) - 1] for month in parts['BYMONTH'].split(',')])}"
    if "UNTIL" in parts:
        text += f" until {date.fromisoformat(parts['UNTIL'])}"
    return text


def _name_day(frequency: str, parts: dict[str, str], start: date) -> None:
    if frequency == "WEEKLY":
        parts.setdefault("BYDAY", [*DAYS][start.weekday()])
    elif frequency in ("MONTHLY", "YEARLY") and not {"BYDAY", "BYMONTHDAY", "BYMONTH"} & {*parts}:
        short = 29 if frequency == "MONTHLY" else 32
        if frequency == "YEARLY":
            parts["BYMONTH"] = str(start.month)
            short = 29 if start.month == 2 else short
        if start.day < short:
            parts["BYMONTHDAY"] = str(start.day)
        else:
            parts |= {"BYMONTHDAY": ",".join(str(day) for day in range(28, start.day + 1)), "BYSETPOS": "-1"}


def _describe_day(day: str) -> str:
    number, name = day[:-2], DAYS[day[-2:]]
    if not number:
        return name
    return f"the last {name}" if number == "-1" else f"the {number}. {name}"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 rules are about days, which have no time zone
