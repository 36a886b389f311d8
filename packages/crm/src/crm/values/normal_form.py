"""The annotation that gives a field of a form its normal form, and the types of common fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec

from crm.values.characters import clean_line
from crm.values.currencies import normalize_currency
from crm.values.emails import normalize_email
from crm.values.phones import normalize_phone


class NormalForm(msgspec.Struct, frozen=True):
    """`convert` returns the normal form of a text, or raises `ValueError` with a sentence that says what to enter.

    Text can be emptied on purpose, unless `keeps_empty` is false: then an empty value was not given.
    """

    convert: Callable[[str], str]
    keeps_empty: bool = True


Line = Annotated[str, NormalForm(clean_line)]
"""Text on one line, such as a name."""
Email = Annotated[str, NormalForm(normalize_email)]
Phone = Annotated[str, NormalForm(normalize_phone)]
Currency = Annotated[str, NormalForm(normalize_currency)]
