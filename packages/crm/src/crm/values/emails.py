"""E-mail addresses: their syntax and one form for each, without the network."""

from __future__ import annotations

import re
import unicodedata

from crm.values.characters import remove_format_characters
from crm.values.domains import normalize_host

MAX_LENGTH = 254
MAX_LOCAL = 64
_EXAMPLE = "Enter an e-mail address, such as name@example.com."
# The unquoted local part of RFC 5321 and RFC 6531: runs of these characters and of any letters, separated by dots.
_RUN = r"[a-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_RUN}(\.{_RUN})*", re.IGNORECASE)
# `Ada <ada@acme.example>`: the way mail programs copy an address.
_NAMED = re.compile(r"[^<>]*<([^<>]+)>[\s,;.]*")


def normalize_email(text: str) -> str:
    """The address in `text`, with its domain in one form. Raises `ValueError` with a sentence for people.

    `Ada <ada@acme.example>` and `mailto:ada@acme.example` are understood. The part before the @ stays as it is typed.
    """
    plain = remove_format_characters(text).strip()
    if not plain:
        return ""
    if named := _NAMED.fullmatch(plain):
        plain = named[1].strip()
    if plain[:7].lower() == "mailto:":
        plain = plain[7:]
    plain = plain.rstrip(".,;")
    local, at, domain = plain.rpartition("@")
    domain = unicodedata.normalize("NFKC", domain)
    checks = (
        (not at or not local or not domain, _EXAMPLE),
        ("@" in local, "This has more than one @. Enter one e-mail address only."),
        (any(map(str.isspace, plain)), "Remove the space from this address."),
        (len(local) > MAX_LOCAL or not _LOCAL.fullmatch(local), "Please check the part before the @."),
        ("." not in domain.strip(".。"), "The part after the @ needs an ending, such as .com."),
    )
    for is_wrong, message in checks:
        if is_wrong:
            raise ValueError(message)
    return f"{local}@{normalize_host(domain, 'Please check the part after the @.')}"


def find_email_error(text: str) -> str:
    """What is wrong with an address, as a sentence for people; empty if it is valid."""
    try:
        return "" if normalize_email(text) else _EXAMPLE
    except ValueError as error:
        return str(error)


def get_email_domain(email: str) -> str:
    """The part after the @, in lower case; empty without an @."""
    return email.rpartition("@")[2].lower() if "@" in email else ""
