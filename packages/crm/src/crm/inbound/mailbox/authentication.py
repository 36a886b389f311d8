"""What the receiving mail server found out about the sender of a message (RFC 8601).

Anybody can write such a header. Only the topmost one counts, and only if our own server wrote it (MAIL_AUTH_SERVER).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*([a-z0-9-]+)\s*=\s*([a-z]+)", re.IGNORECASE)
_DOMAINS = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "dmarc": ("header.from",)}


def is_verified(headers: Sequence[str], server: str, domain: str) -> bool:
    """Whether the server has checked that the message comes from `domain`: by DMARC, or by DKIM or SPF of the same."""
    results = _read_results(headers, server)
    if not domain or ("dmarc", "fail") in ((method, result) for method, result, _ in results):
        return False
    return any(
        result == "pass" and any(_is_aligned(name, domain) for name in domains or [""])
        for method, result, domains in results
        if method in _DOMAINS
    )


def _read_results(headers: Sequence[str], server: str) -> list[tuple[str, str, list[str]]]:
    """Method, result and the domains it was found for, of the header that `server` wrote at the top."""
    if not server or not headers:
        return []
    text = _COMMENT.sub(" ", " ".join(headers[0].split())).lower()
    name, _, rest = text.partition(";")
    if name.split()[:1] != [server.lower()]:
        return []
    results = []
    for part in rest.split(";"):
        if match := _RESULT.match(part):
            method = match[1]
            properties = dict(each.split("=", 1) for each in part[match.end() :].split() if "=" in each)
            values = (properties.get(key, "").strip('"') for key in _DOMAINS.get(method, ()))
            results.append((method, match[2], [value.rpartition("@")[2] for value in values if value]))
    return results


def _is_aligned(name: str, domain: str) -> bool:
    """Whether a checked domain is that of the sender, or one above or below it (RFC 7489, relaxed)."""
    domain = domain.lower()
    return "." in name and (name == domain or domain.endswith(f".{name}") or name.endswith(f".{domain}"))
