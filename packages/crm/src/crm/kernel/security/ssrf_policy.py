"""Which addresses the service may call on somebody's request: public ones, on ports that web servers use.

Ports below 1024 other than 80 and 443 belong to mail, files and remote shells, where a forged request can do harm.

The networks are those of the IANA special-purpose registries (RFC 6890 and its updates), because `is_global` of Python
differs between its patch releases, and the metadata services of cloud hosts in public networks.
"""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import httpx
import msgspec

Address = IPv4Address | IPv6Address

MAX_URL = 2000
_LOW_PORTS = (80, 443)
_INSIDE = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa")
"""Names of private networks. A name without a dot is one too."""

_CLOSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # the host of a virtual machine at Azure: answers with its secrets
    )
)  # fmt: skip
_OPEN_V6 = IPv6Network("2000::/3")
"""All public IPv6 addresses; the rest is private, local, mapped or unassigned."""
_CLOSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments; Teredo (2001::/32) hides an IPv4 address in here
        "2001:db8::/32",
        "2002::/16",  # 6to4: the next 32 bits are an IPv4 address; withdrawn by RFC 7526
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def may_be_called(raw: str, *, loopback: bool) -> bool:
    """Whether the numeric address `raw` is public. `loopback` also allows 127/8 and ::1. Raises `ValueError`."""
    address: Address = ipaddress.ip_address(raw.partition("%")[0])
    if isinstance(address, IPv6Address):
        # An IPv4 address, mapped (RFC 4291) or behind the well-known NAT64 prefix (RFC 6052).
        mapped = IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else address.ipv4_mapped
        address = mapped or address
    if address.is_loopback:
        return loopback
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in block for block in _CLOSED_V6)


class ForbiddenUrlError(Exception):
    """The URL may not be called. The message is a sentence for the person who typed it."""


class Target(msgspec.Struct, frozen=True):
    """A parsed URL, its host in ASCII without a final dot, and its port."""

    url: httpx.URL
    host: str
    port: int


def target(url: str, *, loopback: bool) -> Target:
    """Parses `url` and checks all that needs no name resolution. Raises `ForbiddenUrlError`."""
    parsed = _parse(url)
    if parsed.scheme not in ("http", "https"):
        raise ForbiddenUrlError("Only addresses that begin with https:// or http:// are called.")
    if parsed.userinfo:
        raise ForbiddenUrlError("Leave the user name and password out of the address.")
    host = parsed.raw_host.decode().rstrip(".").lower()
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    if not host:
        raise ForbiddenUrlError("This is no web address. Write it as https://example.com/path.")
    if port not in _LOW_PORTS and not 1024 <= port <= 65535:
        raise ForbiddenUrlError(f"Port {port} is not called. Use 80, 443 or one from 1024 to 65535.")
    number = _number(host)
    if number is not None:
        judge(number, host, loopback=loopback)
    elif _inside(host) and not (loopback and host.split(".")[-1] == "localhost"):
        raise ForbiddenUrlError(_forbidden(host))
    return Target(parsed, host, port)


def judge(address: str, host: str, *, loopback: bool) -> None:
    """Raise `ForbiddenUrlError` unless the `address` of `host` may be called."""
    if not may_be_called(address, loopback=loopback):
        raise ForbiddenUrlError(_forbidden(host))


def _forbidden(host: str) -> str:
    return f"{host} is not a public address. Only receivers on the public internet are called."


def _parse(url: str) -> httpx.URL:
    try:
        if len(url) <= MAX_URL and url.isprintable() and " " not in url:
            return httpx.URL(url)
    except httpx.InvalidURL:
        pass
    raise ForbiddenUrlError("This is no web address. Write it as https://example.com/path.")


def _inside(host: str) -> bool:
    return "." not in host or any(host == name or host.endswith(f".{name}") for name in _INSIDE)


def _number(host: str) -> str | None:
    """The numeric address in `host`, in any form the C library reads: 0x7f.1, 0177.1, 2130706433."""
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    with suppress(OSError):
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host.partition("%")[0]))
    return None
