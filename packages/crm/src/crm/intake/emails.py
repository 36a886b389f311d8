"""Is this an e-mail address? Asked of its form alone, politely, without the network."""

from __future__ import annotations

import re

LONGEST_LOCAL = 64
LONGEST_DOMAIN = 253
# What RFC 5321 and RFC 6531 let stand before the @ unquoted: dot-separated runs of these and of any script's letters.
_RUN = r"[a-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_RUN}(\.{_RUN})*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def fault_of(address: str) -> str:
    """What is wrong with `address`, in words for the person who typed it; empty when it may be one."""
    local, at, domain = address.rpartition("@")
    reasons = (
        (not at or not local or not domain, "This is not an e-mail address yet. It reads like name@example.com."),
        ("@" in local, "There is more than one @ in this address. Write one address only."),
        (any(map(str.isspace, address)), "There is a space in this address. Take it out."),
        (not _is_local(local), "The part before the @ cannot be right. Please check it."),
        ("." not in domain, "The part after the @ lacks its ending, such as .com."),
        (not _is_domain(domain), "The part after the @ cannot be right. Please check it."),
    )
    return next((said for wrong, said in reasons if wrong), "")


def domain_of(address: str) -> str:
    """What stands after the @, in small letters; empty when there is none."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def _is_local(local: str) -> bool:
    return len(local) <= LONGEST_LOCAL and _LOCAL.fullmatch(local) is not None


def _is_domain(domain: str) -> bool:
    try:
        # Internationalized names are looked at in the form they have in the DNS (RFC 5890).
        wire = domain.lower() if domain.isascii() else domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return False
    labels = wire.split(".")
    return len(wire) <= LONGEST_DOMAIN and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
