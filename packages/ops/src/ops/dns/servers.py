"""Name servers to ask: those that a person names, those of this machine, or those that answer for the zone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from ops.cli import UnreachableError, UsageError
from ops.dns.records import from_zone_form

TIMEOUT_S = 2
PORT = 53


class Server(NamedTuple):
    """`label` is how people name it."""

    label: str
    host: str
    port: int


class Answer(NamedTuple):
    """`values` at the very name; `alias` where the name is a CNAME; `exists` as the server says of the name."""

    values: tuple[str, ...]
    alias: str
    exists: bool


class SilentError(UnreachableError):
    """A server does not answer at all."""


def query(server: Server, name: str, kind: str) -> Answer:
    """Raises `UnreachableError` where the server is silent or does not answer for the name."""
    question = dns.message.make_query(f"{name}.", kind)
    try:
        response, _ = dns.query.udp_with_fallback(question, server.host, TIMEOUT_S, server.port)
    except (dns.exception.DNSException, OSError) as error:
        raise SilentError(f"{server.label} is silent ({type(error).__name__}).") from None
    if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise UnreachableError(f"{server.label} answers {dns.rcode.to_text(response.rcode())} for {name}.")
    values, alias = set(), ""
    for rrset in response.answer:
        if rrset.name == dns.name.from_text(f"{name}."):
            if rrset.rdtype == dns.rdatatype.from_text(kind):
                values |= {from_zone_form(kind, item.to_text()) for item in rrset}
            elif rrset.rdtype == dns.rdatatype.CNAME:
                alias = rrset[0].to_text().lower()
    return Answer(tuple(sorted(values)), alias, response.rcode() == dns.rcode.NOERROR)


def parse_servers(addresses: Sequence[str]) -> list[Server]:
    """Parses `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`. Raises `UsageError`."""
    found = []
    for text in addresses:
        host, colon, port = text.rpartition(":")
        if not colon or (":" in host and not host.endswith("]")):
            host, port = text, str(PORT)
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise UsageError(f"{text} is no name server. Write HOST:PORT, such as 1.1.1.1:53.")
        try:
            address = str(socket.getaddrinfo(host.strip("[]"), None)[0][4][0])
        except OSError:
            raise UsageError(f"The name server {text} cannot be found. Write HOST:PORT, such as 1.1.1.1:53.") from None
        found.append(Server(text, address, int(port)))
    return found


def find_resolvers() -> list[Server]:
    """Returns the resolvers of this machine. Raises `UnreachableError` where it has none."""
    try:
        return [Server(str(host), str(host), PORT) for host in dns.resolver.Resolver().nameservers]
    except dns.exception.DNSException:
        raise UnreachableError("This machine has no resolver. Name one with --resolver HOST:PORT.") from None


def find_zone_servers(zone: str, resolvers: Sequence[Server] | None = None, port: int = PORT) -> list[Server]:
    """Returns all servers of the zone, found through `resolvers` or those of this machine.

    Raises `UnreachableError`.
    """
    for resolver in resolvers or find_resolvers():
        try:
            names = [value.rstrip(".") for value in query(resolver, zone, "NS").values]
            found = [
                Server(name, address, port)
                for name in names
                for address in (query(resolver, name, "A").values or query(resolver, name, "AAAA").values)[:1]
            ]
        except UnreachableError:
            continue
        if found:
            return found
    raise UnreachableError(f"No resolver knows the servers of {zone}. Name one with --resolver HOST:PORT.")


def make_lookup(servers: Sequence[Server]) -> Callable[[str], bool | None]:
    """Returns what says whether a host exists, or None where nobody answers. A silent server is waited for once."""
    remaining = list(servers)

    @cache
    def exists(host: str) -> bool | None:
        for server in list(remaining):
            try:
                return query(server, host, "A").exists
            except SilentError:
                remaining.remove(server)
            except UnreachableError:
                continue
        return None

    return exists
