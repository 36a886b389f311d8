"""What a password must be: long, and not the first thing anyone would try (NIST SP 800-63B, section 5.1.1.2)."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from crm.config import MIN_PASSWORD

MAX_PASSWORD = 200

# The shorter ones that lead every leaked list already fail by their length.
COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines())


def normal(password: str) -> str:
    """A password as it is hashed: one form of each letter whatever the keyboard, no white space around it."""
    return unicodedata.normalize("NFKC", password).strip()


def faults_of(password: str, *, email: str = "", name: str = "") -> str:
    """What is wrong with a normal `password` for this person; empty when nothing is."""
    folded = password.casefold()
    own = {part for part in (email.casefold(), email.casefold().partition("@")[0], name.casefold()) if part}
    if len(password) < MIN_PASSWORD:
        return f"At least {MIN_PASSWORD} characters. A few words in a row are easy to keep in mind."
    if len(password) > MAX_PASSWORD:
        return f"At most {MAX_PASSWORD} characters."
    if folded in own or len(set(password)) < 4:
        return "That is too easy to guess. Choose something that is not your name, your address or one repeated key."
    if folded in COMMON:
        return "That is one of the first passwords anyone would try. Choose another."
    return ""
