"""What the world is told of the zone: asked for once, for all the checks of names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ops.cli import OpsError
from ops.cli import OpsError as Trouble
from ops.cli import UnreachableError as Unanswered
from ops.dns import propagation, railway, servers, zone
from ops.dns.propagation import Finding
from ops.dns.records import Awaited, Record
from ops.dns.servers import Server
from ops.verify.checks import Broken
from ops.verify.target import Target


class Seen(NamedTuple):
    """`aliases` are those that the hosts have, whatever they should have; `gone` those that lead to no host."""

    findings: Sequence[Finding]
    aliases: Mapping[str, str]
    gone: Sequence[str]


class View:
    """`servers` are known, and `records` are what should be there, once it is open."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self.target = target
        self.environ = environ
        self.zone = target.facts.zone
        self.servers: Sequence[Server] = ()
        self.records: Sequence[Record] = ()
        self._awaited: Sequence[Awaited] = ()
        self._looking: asyncio.Task[Seen] | None = None

    async def open(self) -> None:
        """Raises `Broken` where nobody answers, or where nobody can say what should be there."""
        await asyncio.to_thread(self._open)

    async def seen(self) -> Seen:
        if self._looking is None:
            self._looking = asyncio.ensure_future(asyncio.to_thread(self._look))
        return await self._looking

    def malformed(self, alias: str) -> str:
        """Why an alias is no name of a host outside; empty where it is one."""
        if "*" in alias:
            return "a star is no host"
        inside = alias.removesuffix(f".{self.zone}")
        return "a final dot is missing in the zone" if inside != alias and "." in inside else ""

    def _open(self) -> None:
        facts = self.target.facts
        try:
            asked = self._asked()
            self.records, self._awaited = zone.build_records(facts, asked), zone.list_awaited(facts, asked)
            told = [each.strip() for each in self.target.resolver.split(",") if each.strip()]
            self.servers = servers.parse_servers(told) or servers.find_zone_servers(self.zone)
        except Unanswered as fault:
            fix = f"Is {self.zone} paid for, and are its name servers those of the provider?"
            raise Broken(str(fault), fix) from fault
        except Trouble as fault:
            raise Broken(str(fault), "Mend [dns] in site.toml, or the resolver in the target's file.") from fault
        if not any(_is_there(server, self.zone) for server in self.servers):
            labels = ", ".join(server.label for server in self.servers)
            raise Broken(f"None of {labels} answers for {self.zone}", "Name another resolver in the target's file.")

    def _asked(self) -> Sequence[Record]:
        """What Railway asks for, where it can be asked."""
        token = self.environ.get("RAILWAY_TOKEN", "").strip()
        try:
            return railway.read_railway_records(token, self.zone, self.target.facts.dns.ttl_s) if token else ()
        except OpsError as fault:
            fix = "Look at RAILWAY_TOKEN; without it only what Railway asks for stays unknown."
            raise Broken(f"Railway does not say what it asks for: {fault}", fix) from fault

    def _look(self) -> Seen:
        exists = servers.make_lookup(self._resolvers())
        found = propagation.check_propagation(
            self.zone, self.records, self.servers, awaited=self._awaited, exists=exists
        )
        told = self.target.facts.domains
        hosts = dict.fromkeys((told.site, told.www, told.blog, told.api, told.crm))
        aliases = {name: alias for name in hosts if (alias := self._alias(name))}
        # An alias that is no name at all is told as such.
        whole = {name: alias for name, alias in aliases.items() if not self.malformed(alias)}
        return Seen(found, aliases, [name for name, alias in whole.items() if exists(alias) is False])

    def _alias(self, name: str) -> str:
        """Where a name leads, as the first server that answers says; empty where it is no alias."""
        for server in self.servers:
            try:
                return next(iter(servers.query(server, name, "CNAME").values), "").rstrip(".")
            except Unanswered:
                continue
        return ""

    def _resolvers(self) -> Sequence[Server]:
        """For hosts outside the zone, which its own servers know nothing of."""
        if self.target.resolver:
            return self.servers
        try:
            return servers.find_resolvers()
        except Unanswered:
            return ()


def _is_there(server: Server, name: str) -> bool:
    try:
        return bool(servers.query(server, name, "SOA").values)
    except Unanswered:
        return False
