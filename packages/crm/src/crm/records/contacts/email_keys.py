"""Tells whether two e-mail addresses are one mailbox."""

from __future__ import annotations

import contextlib
import unicodedata

from crm.values import normalize_email

_GMAIL = ("gmail.com", "googlemail.com")


def key_of(email: str) -> str | None:
    """What two spellings of one mailbox share; None for no address.

    Case never tells people apart in practice, nor does a tag after `+`: `Ada+work@acme.io` and `ada@acme.io` reach
    the same desk. Gmail also ignores dots and answers under two names; elsewhere a dot is part of the name.
    """
    # An address that was stored before a rule was added is compared as it is.
    with contextlib.suppress(ValueError):
        email = normalize_email(email)
    address = unicodedata.normalize("NFKC", email).strip().lower()
    local, at, domain = address.rpartition("@")
    if not at:
        return None
    plain = local.partition("+")[0] or local
    if domain in _GMAIL:
        plain, domain = plain.replace(".", "") or plain, _GMAIL[0]
    return f"{plain}@{domain}"
