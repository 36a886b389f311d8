"""Phone numbers: the international form where the number tells its country, otherwise as they are typed."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

from crm.values.characters import remove_format_characters
from crm.values.placeholders import is_placeholder

_ERROR = "Enter a phone number, such as +49 30 1234567."
# A number and nothing else, perhaps with an extension. Other words, such as “after 5 pm”, must not be lost.
_NUMBER = re.compile(
    r"(\+|00)[\d\s()./\u2010-\u2015-]{4,}((ext|extension|durchwahl|x|#)[.:\s]*\d{1,7})?", re.IGNORECASE
)
_DIALED = re.compile(r"\+?\d[\d\s()./\u2010-\u2015-]*|\+?[\s(]+\d[\d\s()./\u2010-\u2015-]*")


def normalize_phone(text: str) -> str:
    """The number in `text`: `+49 (0)30 123-4567` is `+49 30 1234567`. Raises `ValueError` for text without a number.

    A placeholder such as `-` is no number. Whatever else was typed stays.
    """
    plain = tidy_phone(text)
    number = _parse(plain)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number else plain


def tidy_phone(text: str) -> str:
    """The number as it was typed, without invisible characters. Cheap; raises as `normalize_phone`."""
    plain = _clean(text)
    if is_placeholder(plain):
        return ""
    if not any(letter.isdigit() for letter in plain):
        raise ValueError(_ERROR)
    return plain


def to_dialed(phone: str) -> str:
    """The number as a telephone dials it: `+49301234567`, with `;ext=12` for an extension; empty without one."""
    plain = _clean(phone)
    if number := _parse(plain):
        extension = f";ext={number.extension}" if number.extension else ""
        return phonenumbers.format_number(number, PhoneNumberFormat.E164) + extension
    found = _DIALED.search(plain)
    return re.sub(r"[^\d+]", "", found[0]) if found else ""


def _clean(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", remove_format_characters(text.replace("\u00a0", " ")))
    plain = " ".join(text.split())
    return remove_format_characters(plain[4:] if plain[:4].lower() == "tel:" else plain)


def _parse(plain: str) -> PhoneNumber | None:
    if not _NUMBER.fullmatch(plain):
        return None
    try:
        number = phonenumbers.parse("+" + plain[2:] if plain.startswith("00") else plain, None)
    except phonenumbers.NumberParseException:
        return None
    is_whole = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if is_whole else None
