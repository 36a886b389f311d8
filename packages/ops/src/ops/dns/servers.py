"""Name servers to ask: those that a person names, those of this machine, or those that answer for the zone."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from ops.dns.faults import Trouble, Unanswered
from ops.dns.records import from_zone_form

PATIENCE_S = 2
PORT = 53


class Server(NamedTuple):
    """`label` is what people call it."""

    label: str
    host: str
    port: int


class Answer(NamedTuple):
    """`values` at the very name; `alias` where the name is another's; `exists` as the server says of the name."""

    values: tuple[str, ...]
    alias: str
    exists: bool


def ask(server: Server, name: str, kind: str) -> Answer:
    """One question. Raises `Unanswered` where the server is silent or does not answer for the name."""
    asked = dns.message.make_query(f"{name}.", kind)
    try:
        told, _ = dns.query.udp_with_fallback(asked, server.host, PATIENCE_S, server.port)
    except (dns.exception.DNSException, OSError) as fault:
        raise Unanswered(f"{server.label} is silent ({type(fault).__name__}).") from None
    if told.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise Unanswered(f"{server.label} answers {dns.rcode.to_text(told.rcode())} for {name}.")
    own = dns.name.from_text(f"{name}.")
    values, alias = set(), ""
    for found in told.answer:
        if found.name == own and found.rdtype == dns.rdatatype.from_text(kind):
            values |= {from_zone_form(kind, item.to_text()) for item in found}
        elif found.name == own and found.rdtype == dns.rdatatype.CNAME:
            alias = found[0].to_text().lower()
    return Answer(tuple(sorted(values)), alias, told.rcode() == dns.rcode.NOERROR)


def named(addresses: Sequence[str]) -> list[Server]:
    """From `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`. Raises `Trouble`."""
    found = []
    for told in addresses:
        host, colon, port = told.rpartition(":")
        if not colon or (":" in host and not host.endswith("]")):
            host, port = told, str(PORT)
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise Trouble(f"{told} is no name server. Write HOST:PORT, such as 1.1.1.1:53.")
        found.append(Server(told, _address(host.strip("[]"), told), int(port)))
    return found


def of_machine() -> list[Server]:
    """The resolvers that this machine uses. Raises `Unanswered` where it has none."""
    try:
        return [Server(str(host), str(host), PORT) for host in dns.resolver.Resolver().nameservers]
    except dns.exception.DNSException:
        raise Unanswered("This machine has no resolver. Name one with --resolver HOST:PORT.") from None


def of_zone(zone: str, resolvers: Sequence[Server] | None = None, port: int = PORT) -> list[Server]:
    """All that answer for the zone, found through `resolvers` or those of this machine. Raises `Unanswered`."""
    for resolver in resolvers or of_machine():
        try:
            names = [value.rstrip(".") for value in ask(resolver, zone, "NS").values]
            found = [
                Server(name, address, port)
                for name in names
                for address in (ask(resolver, name, "A").values or ask(resolver, name, "AAAA").values)[:1]
            ]
        except Unanswered:
            continue
        if found:
            return found
    raise Unanswered(f"No resolver of this machine knows who answers for {zone}. Name one with --resolver HOST:PORT.")


class Lookup:
    """Whether hosts exist, as the first of `servers` that answers says. Silence is waited for once."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = list(servers)
        self._known: dict[str, bool | None] = {}

    def exists(self, host: str) -> bool | None:
        """None where nobody can tell."""
        if host not in self._known:
            self._known[host] = self._asked(host)
        return self._known[host]

    def _asked(self, host: str) -> bool | None:
        for server in list(self._servers):
            try:
                return ask(server, host, "A").exists
            except Unanswered as fault:
                if "silent" in str(fault):
                    self._servers.remove(server)
        return None


def _address(host: str, told: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None)[0][4][0])
    except OSError:
        raise Trouble(f"The name server {told} cannot be found. Write HOST:PORT, such as 1.1.1.1:53.") from None
