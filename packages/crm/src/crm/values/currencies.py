"""Currencies by their ISO 4217 codes."""

from __future__ import annotations

from functools import cache

from babel.core import get_global

from crm.values.characters import remove_format_characters

_SYMBOLS = {"€": "EUR", "£": "GBP", "US$": "USD"}
"""The signs that stand for one currency only."""


def normalize_currency(text: str) -> str:
    """The code in `text`: `usd` is `USD`. Raises `ValueError` for anything but a currency."""
    plain = remove_format_characters(text).strip().upper()
    code = _SYMBOLS.get(plain, plain)
    if code and code not in _codes():
        raise ValueError("Enter the three letters of a currency, such as EUR or USD.")
    return code


@cache
def _codes() -> frozenset[str]:
    return frozenset(get_global("all_currencies"))
