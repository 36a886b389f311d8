"""Checks the syntax of e-mail addresses, without the network."""

from __future__ import annotations

import re

MAX_LOCAL = 64
MAX_DOMAIN = 253
# The unquoted local part of RFC 5321 and RFC 6531: runs of these characters and of any letters, separated by dots.
_RUN = r"[a-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_RUN}(\.{_RUN})*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def find_error(email: str) -> str:
    """What is wrong with `email`, as a sentence for the visitor; empty if it is valid."""
    local, at, domain = email.rpartition("@")
    checks = (
        (not at or not local or not domain, "Enter an e-mail address, such as name@example.com."),
        ("@" in local, "This has more than one @. Enter one e-mail address only."),
        (any(map(str.isspace, email)), "Remove the space from this address."),
        (not _is_local(local), "Please check the part before the @."),
        ("." not in domain, "The part after the @ needs an ending, such as .com."),
        (not _is_domain(domain), "Please check the part after the @."),
    )
    return next((message for is_wrong, message in checks if is_wrong), "")


def get_domain(email: str) -> str:
    """The part after the @, in lower case; empty without an @."""
    return email.rpartition("@")[2].lower() if "@" in email else ""


def _is_local(local: str) -> bool:
    return len(local) <= MAX_LOCAL and _LOCAL.fullmatch(local) is not None


def _is_domain(domain: str) -> bool:
    try:
        # Internationalized domains are checked in their DNS form (RFC 5890).
        ascii_domain = domain.lower() if domain.isascii() else domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return False
    labels = ascii_domain.split(".")
    return len(ascii_domain) <= MAX_DOMAIN and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
