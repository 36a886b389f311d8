"""Domain names: one form for each, in lower case and in its own script (RFC 5890, UTS 46)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from crm.values.characters import remove_format_characters

MAX_LENGTH = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ERROR = "Enter a domain, such as acme.com."


def normalize_domain(text: str) -> str:
    """The domain in `text`, which may also be an e-mail address or a URL. Raises `ValueError`."""
    plain = "".join(remove_format_characters(text).split())
    if not plain:
        return ""
    if "://" in plain or plain.startswith("//"):
        plain = (_host_of(plain) or "").removeprefix("www.")
    return normalize_host(plain.rpartition("@")[2].partition("/")[0], _ERROR)


def normalize_host(host: str, message: str = _ERROR) -> str:
    """The one form of a host name. Raises `ValueError` with `message` if it is not a name on the Internet."""
    try:
        ascii_host = to_ascii(host)
        if "." not in ascii_host or not is_valid_ascii(ascii_host):
            raise ValueError(message)
        return to_unicode(ascii_host)
    except UnicodeError as error:
        raise ValueError(message) from error


def to_ascii(host: str) -> str:
    """The host as the DNS knows it, in lower case: `münchen.example` is `xn--mnchen-3ya.example`.

    Raises `UnicodeError` if it can have no such form.
    """
    host = host.strip().rstrip(".。．｡").lower()
    return host if host.isascii() else idna.encode(host, uts46=True).decode()


def to_unicode(ascii_host: str) -> str:
    """The host in its own script. Raises `UnicodeError` for broken Punycode."""
    return idna.decode(ascii_host) if "xn--" in ascii_host else ascii_host


def is_valid_ascii(host: str) -> bool:
    """Whether each part of the name has the length and the letters that the DNS takes."""
    labels = host.split(".")
    return len(host) <= MAX_LENGTH and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


@lru_cache(maxsize=4096)
def registrable_domain(domain: str) -> str:
    """The part of a domain that somebody registered: `acme.co.uk` of `mail.acme.co.uk`.

    Empty for a public suffix such as `co.uk`.
    """
    return _suffixes().privatesuffix(domain.lower()) or ""


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
