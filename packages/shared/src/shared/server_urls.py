"""Addresses of servers that may hold a password: whether they can be read, said without repeating any of them.

Drivers that cannot read one quote the part they stumble over, and that part may be the password: one that holds `/`,
`@`, `:`, `#` or `?` as it is ends early, and what follows is taken for a host or a port.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

_HOST = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[\w.-]*)(:(?P<port>\d{1,5}))?")
QUOTE = "Write / @ : # ? % within a user's name or password as %2F %40 %3A %23 %3F %25."


def error(address: str, schemes: Collection[str]) -> str:
    """What is wrong with `address`, as the rest of a sentence that begins with its name; empty where nothing is.

    Several hosts may be named, with commas between, as PostgreSQL's own programs take them.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"cannot be read. {QUOTE}"
    if parts.scheme not in schemes or not address.startswith(f"{parts.scheme}://"):
        return f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}."
    user, _, hosts = parts.netloc.rpartition("@")
    readable = all(_fits(host) for host in hosts.split(","))
    if not readable or "@" in user or "@" in parts.path or parts.fragment:
        return f"cannot be read. {QUOTE}"
    return ""


def _fits(host: str) -> bool:
    found = _HOST.fullmatch(host)
    return found is not None and int(found["port"] or 0) <= 65535
