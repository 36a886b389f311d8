"""The rules for passwords: long, and hard to guess (NIST SP 800-63B, section 3.1.1.2)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from crm.config import MIN_PASSWORD, WEAK_PASSWORDS
from shared import site_config

MAX_PASSWORD = 200
MIN_SCORE = 4
"""Of zxcvbn: more than 10,000,000,000 guesses are needed."""
MIN_OWN_LETTERS = 4
"""Letters that are left of a password without the names of the user and the organization."""
_SCORED = 72
"""Characters that are scored, because scoring takes long for more."""

# Long ones that zxcvbn takes for strong. `WEAK_PASSWORDS` are the examples of our own documents.
COMMON = WEAK_PASSWORDS | set(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines())


def normalize(password: str) -> str:
    """The form in which a password is hashed: Unicode NFKC, without surrounding white space."""
    return unicodedata.normalize("NFKC", password).strip()


def find_error(password: str, *, email: str = "", name: str = "") -> str:
    """What is wrong with a normalized `password` for this user; empty if it is accepted.

    The strength is estimated by zxcvbn, which knows common passwords, words, names, dates, keyboard patterns and
    substitutions such as `P@ssw0rd`. Call it in a thread, because a long password takes a while.
    """
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters. A few words in a row are easy to remember."
    if len(password) > MAX_PASSWORD:
        return f"Use at most {MAX_PASSWORD} characters."
    return _find_weakness(password, _split_words(email, name))


def _find_weakness(password: str, own: list[str]) -> str:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # noqa: PLC0415 its word lists take 15 MB, and few processes need them

    folded = password.casefold()
    words = [*own, *_organization_words()]
    rest = folded
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != folded and sum(letter.isalpha() for letter in rest) < MIN_OWN_LETTERS:
        return "Too easy to guess. Do not build it from your name, your e-mail or the name of the organization."
    if folded in COMMON:
        return "This is a very common password. Choose another."
    result = zxcvbn(password[:_SCORED], user_inputs=words)
    if result["score"] < MIN_SCORE:
        warning = result["feedback"]["warning"] or "It follows a common pattern."
        return f"Too easy to guess. {warning} Use a few words that do not belong together."
    return ""


@cache
def _organization_words() -> list[str]:
    """The words of the organization's name, tagline and domain."""
    site = site_config.load()
    facts = site.organization
    return _split_words(facts.name, facts.legal_name, facts.email, site.domains.site, site.repository.name)


def _split_words(*texts: str) -> list[str]:
    """The words of at least three letters, each text as a whole too."""
    folded = [text.casefold() for text in texts if text]
    words = [word for text in folded for word in re.split(r"[\W_\d]+", text)]
    return list(dict.fromkeys(word for word in (*folded, *words) if len(word) > 2))
