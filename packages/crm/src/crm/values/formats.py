"""How amounts, dates and counts are shown, on pages and in messages alike. Patterns are those of CLDR."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from markupsafe import Markup, escape

from crm.values.dates import in_zone, read_reported

LOCALE = "en"


@lru_cache(maxsize=4096)
def format_money(amount: Decimal | float, currency: str) -> str:
    """An amount with its currency, without decimals if it is whole: `EUR 12,500`."""
    exact = Decimal(str(amount))
    pattern = "¤¤ #,##0" if exact == exact.to_integral_value() else "¤¤ #,##0.00"
    return format_currency(exact, currency, pattern, locale=LOCALE, currency_digits=False)


def format_totals(totals: Iterable[tuple[str, Decimal]]) -> str:
    """Amounts of several currencies side by side: `EUR 12,500 · USD 1,000`. They are never added."""
    return " · ".join(format_money(amount, currency) for currency, amount in totals if amount)


def format_date_exactly(value: date) -> str:
    """A date with its year: `22 Nov 2026`."""
    return format_date(value, "d MMM y", locale=LOCALE)


def format_weekday(value: date) -> str:
    """A date of the near future: `Mon 30 Nov`."""
    return format_date(value, "EEE d MMM", locale=LOCALE)


def format_time(moment: datetime) -> str:
    """The time of day of a moment, in the zone it has."""
    return format_datetime(moment, "HH:mm", locale=LOCALE)


def format_stamp(moment: datetime, zone: str) -> str:
    """The full date and time: `Sun 22 Nov 2026, 14:05 EET`."""
    local = in_zone(moment, zone)
    return f"{format_datetime(local, 'EEE d MMM y, HH:mm', locale=LOCALE)} {local.tzname()}"


def format_day(value: date, today: date) -> str:
    """`yesterday`, `today`, `tomorrow`, `3 Nov` or `3 Nov 2025`."""
    relative = {1: "yesterday", 0: "today", -1: "tomorrow"}.get((today - value).days)
    return relative or (
        format_date(value, "d MMM", locale=LOCALE) if value.year == today.year else format_date_exactly(value)
    )


def stamp(moment: datetime | None, zone: str = "UTC") -> str:
    """The full date and time, for a title or a record."""
    return format_stamp(moment, zone) if moment else ""


def when(moment: datetime | str | None, zone: str, now: datetime) -> Markup:
    """A moment as `today 14:05`, `yesterday 09:10`, `3 Nov` or `3 Nov 2025`, with the full stamp as its title.

    A browser reports moments as text. Text that is none is shown as it is.
    """
    if isinstance(moment, str):
        moment = read_reported(moment) or moment
    if not isinstance(moment, datetime):
        return escape(moment or "")
    local, today = in_zone(moment, zone), in_zone(now, zone).date()
    text = format_day(local.date(), today)
    if abs((today - local.date()).days) <= 1:
        text += f" {format_time(local)}"
    return _time(moment.isoformat(timespec="seconds"), format_stamp(moment, zone), text)


@lru_cache(maxsize=4096)
def day(value: date | None, today: date) -> Markup:
    """A date as people write it. `today` is the date in the reader's time zone."""
    if value is None:
        return Markup("")
    title = format_date(value, "EEE d MMM y", locale=LOCALE)
    return _time(value.isoformat(), title, format_day(value, today))


def join_words(words: Sequence[str]) -> str:
    """`name`, `name and phone`, `name, phone and notes`."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def plural(number: int, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def initials(name: str) -> Markup:
    """The first letters of the first and the last word of a name."""
    parts = [part for part in name.split() if part[0].isalnum()]
    return escape("".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper() or "?")


def _time(machine: str, title: str, text: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, title, text)
