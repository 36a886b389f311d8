"""The rules for passwords: long, and not easy to guess (NIST SP 800-63B, section 5.1.1.2)."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from crm.config import MIN_PASSWORD

MAX_PASSWORD = 200

# Only long ones, because shorter ones fail by their length.
COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines())


def normalize(password: str) -> str:
    """The form in which a password is hashed: Unicode NFKC, without surrounding white space."""
    return unicodedata.normalize("NFKC", password).strip()


def find_error(password: str, *, email: str = "", name: str = "") -> str:
    """What is wrong with a normalized `password` for this user; empty if it is accepted."""
    folded = password.casefold()
    own = {part for part in (email.casefold(), email.casefold().partition("@")[0], name.casefold()) if part}
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters. A few words in a row are easy to remember."
    if len(password) > MAX_PASSWORD:
        return f"Use at most {MAX_PASSWORD} characters."
    if folded in own or len(set(password)) < 4:
        return "Too easy to guess. Do not use your name, your e-mail or a few repeated characters."
    if folded in COMMON:
        return "This is a very common password. Choose another."
    return ""
