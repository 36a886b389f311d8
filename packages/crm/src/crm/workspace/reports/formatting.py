"""How reports show durations, shares and changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from babel.dates import format_date

from crm.values.formats import LOCALE
from crm.workspace.reports.models import Amount


def format_hours(hours: float | None) -> str:
    """`25 min`, `3.5 h` or `2.1 days`; a dash without any."""
    if hours is None:
        return "–"
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.1f} h".replace(".0", "") if hours < 48 else format_days(hours / 24)


def format_days(days: float | None) -> str:
    """`5 h`, `1 day` or `2.5 days`; a dash without any."""
    if days is None:
        return "–"
    if days < 1:
        return format_hours(days * 24)
    text = f"{days:.1f}".removesuffix(".0")
    return f"{text} {'day' if text == '1' else 'days'}"


def format_share(share: float | None) -> str:
    """`45%`; a dash without any."""
    return "–" if share is None else f"{share * 100:.0f}%"


def format_change(now: float | None, before: float | None) -> str:
    """How a number has changed: `+12%`, `−5%`, `no change`; a dash where there is nothing to compare with."""
    if not now and not before:
        return "no change"
    if now is None or not before:
        return "–"
    change = round((now - before) / before * 100)
    return "no change" if change == 0 else f"{'+' if change > 0 else '−'}{abs(change):,}%"


def format_month(day: date) -> str:
    """The month of a day: `December 2026`."""
    return format_date(day, "MMMM y", locale=LOCALE)


def list_totals(amounts: Iterable[Amount]) -> list[tuple[str, Decimal]]:
    """Amounts as the template filter `totals` takes them."""
    return [(amount.currency, amount.value) for amount in amounts]
