"""Checks of DNS: what the world is told of the house's names, against what `site.toml` and its hosts ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ops.dns import look, railway, report, servers, zone
from ops.dns.faults import Trouble, Unanswered
from ops.dns.look import Finding
from ops.dns.records import Record
from ops.dns.servers import Server
from ops.railway import faults as railway_faults
from ops.verify.checks import Broken, Check, Door, Group, Lane, Skipped, alone
from ops.verify.target import Target

PROOFS = ("_railway-verify.", "_github-pages-challenge-")
PASTE = "At the DNS provider:"
APPLY = "Or let `ops dns apply` do it."
ELSEWHERE = "Write what they tell into [dns] of site.toml, or give RAILWAY_TOKEN; then `ops dns apply`."


class Seen(NamedTuple):
    """`aliases` are those that the hosts have, whatever they should have; `gone` those that lead to no host."""

    findings: Sequence[Finding]
    aliases: Mapping[str, str]
    gone: Sequence[str]


class Names:
    """The zone is asked for once, and each check tells of its share."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self.target = target
        self.environ = environ
        self.zone = target.facts.zone
        self._looking: asyncio.Task[Seen] | None = None
        self._servers: list[Server] = []

    def at_home(self) -> Check:
        return Check("names", "Somebody answers for the zone", self.answers)

    def lanes(self) -> list[Lane]:
        checks = [
            Check("name servers", "Every server of the zone answers", self.all_answer),
            Check("addresses", "The site's own name leads to GitHub Pages, over IPv4 and IPv6", self.addresses),
            Check("aliases", "www, blog, api and crm lead to the hosts that serve them", self.aliases),
            Check("ownership", "GitHub and Railway are shown whose names these are", self.ownership),
            Check("authorities", "Only the authorities of site.toml may certify", self.authorities),
            Check("mail records", "Mail in our name can be told from forged mail", self.mail),
            Check("wildcard", "What has no name is not answered for", self.wildcard),
            Check("dangling aliases", "No name leads to a host that anybody may take", self.dangling),
        ]
        return alone(Group.DNS, checks, (Door.NAMES,))

    async def answers(self) -> str:
        self._skip()
        try:
            self._servers = await asyncio.to_thread(self._find)
            for server in self._servers:
                if await asyncio.to_thread(_is_there, server, self.zone):
                    return f"{self.zone}, by {', '.join(each.label for each in self._servers)}"
        except Trouble as fault:
            raise Broken(
                str(fault), f"Is {self.zone} paid for, and are its name servers those of the provider?"
            ) from fault
        labels = ", ".join(server.label for server in self._servers)
        raise Broken(f"None of {labels} answers for {self.zone}", "Name another in the target's file: resolver.")

    async def all_answer(self) -> str:
        silent = [each for each in (await self._seen()).findings if each.what == "unanswered"]
        if silent:
            said = " ".join(each.why for each in silent)
            raise Broken(said, f"Visitors meet each of them in turn. Compare them with what `whois {self.zone}` names.")
        return f"{len(self._servers)} of {len(self._servers)}"

    async def addresses(self) -> str:
        await self._tell("missing", "differs", "awaited", kinds=("A", "AAAA", "ALIAS"))
        return f"{self._count('A')} for IPv4, {self._count('AAAA')} for IPv6"

    async def aliases(self) -> str:
        seen = await self._seen()
        for name, alias in seen.aliases.items():
            if fault := self._faulty(alias):
                fix = f"{PASTE} change CNAME {name} to {self._meant(alias)}. (with its dot)."
                raise Broken(f"{name} leads to {alias}: {fault}", fix)
        await self._tell("missing", "differs", "awaited", kinds=("CNAME",))
        return ", ".join(f"{name} to {alias}" for name, alias in seen.aliases.items())

    def _faulty(self, alias: str) -> str:
        """Why it is no name of a host outside; empty where it is one."""
        if "*" in alias:
            return "a star is no host"
        inside = alias.removesuffix(f".{self.zone}")
        return "a final dot is missing in the zone" if inside != alias and "." in inside else ""

    def _meant(self, alias: str) -> str:
        return "the host that Railway names" if "*" in alias else alias.removesuffix(f".{self.zone}")

    async def ownership(self) -> str:
        found = [each for each in (await self._seen()).findings if each.type == "TXT" and _proves(each)]
        self._raise(found)
        return ", ".join(f"{proof}…" for proof in PROOFS)

    async def authorities(self) -> str:
        await self._tell("missing", "differs", "awaited", kinds=("CAA",))
        return ", ".join(self.target.facts.dns.authorities)

    async def mail(self) -> str:
        """Whatever else `site.toml` names: SPF, DKIM, DMARC, where answers go."""
        others = ("A", "AAAA", "ALIAS", "CNAME", "CAA")
        kinds = ("missing", "differs", "twice", "awaited")
        seen = await self._seen()
        self._raise(
            [each for each in seen.findings if each.what in kinds and each.type not in others and not _proves(each)]
        )
        return f"DMARC {self.target.facts.dns.dmarc}, SPF, DKIM"

    async def wildcard(self) -> str:
        await self._tell("wildcard")
        return "names that nobody made are unknown"

    async def dangling(self) -> str:
        seen = await self._seen()
        found = [each for each in seen.findings if each.what == "dangling"]
        named = {each.name for each in found}
        said = [each.why for each in found]
        said += [
            f"{seen.aliases[name]} does not exist; whoever makes it answers for {name}"
            for name in seen.gone
            if name not in named
        ]
        if said:
            raise Broken("; ".join(said), "Make the host where it should be, or take the alias out at once.")
        return f"{len(seen.aliases)} aliases lead to hosts"

    async def _tell(self, *what: str, kinds: Sequence[str] = ()) -> None:
        found = (await self._seen()).findings
        self._raise([each for each in found if each.what in what and (not kinds or each.type in kinds)])

    def _raise(self, found: Sequence[Finding]) -> None:
        if not found:
            return
        said = "; ".join(f"{each.name} {each.type}: {each.why}".replace(" :", ":") for each in found)
        lines = [line for each in found for line in report.to_paste(each)]
        fix = f"{PASTE} {'; '.join(lines)}. {APPLY}" if lines else ELSEWHERE
        raise Broken(said, fix)

    async def _seen(self) -> Seen:
        self._skip()
        if self._looking is None:
            self._looking = asyncio.ensure_future(asyncio.to_thread(self._look))
        return await self._looking

    def _look(self) -> Seen:
        facts, asked = self.target.facts, self._asked()
        records, awaited = zone.desired(facts, asked), zone.awaited(facts, asked)
        lookup = servers.Lookup(self._resolvers())
        found = look.findings(self.zone, records, self._servers, awaited=awaited, exists=lookup.exists)
        told = facts.domains
        hosts = dict.fromkeys((told.site, told.www, told.blog, told.api, told.crm))
        aliases = {name: alias for name in hosts if (alias := self._alias(name))}
        # An alias that is no name at all is told as such.
        whole = {name: alias for name, alias in aliases.items() if not self._faulty(alias)}
        return Seen(found, aliases, [name for name, alias in whole.items() if lookup.exists(alias) is False])

    def _alias(self, name: str) -> str:
        """Where a name leads, as the first server that answers says; empty where it is no alias."""
        for server in self._servers:
            try:
                return next(iter(servers.ask(server, name, "CNAME").values), "").rstrip(".")
            except Unanswered:
                continue
        return ""

    def _asked(self) -> Sequence[Record]:
        """What Railway asks for, where it can be asked."""
        token = self.environ.get("RAILWAY_TOKEN", "").strip()
        try:
            return railway.records(token, self.zone, self.target.facts.dns.ttl_s) if token else ()
        except railway_faults.Trouble as fault:
            raise Broken(f"Railway does not say what it asks for: {fault}", "Look at RAILWAY_TOKEN.") from fault

    def _find(self) -> list[Server]:
        told = [each.strip() for each in self.target.resolver.split(",") if each.strip()]
        return servers.named(told) or servers.of_zone(self.zone)

    def _resolvers(self) -> list[Server]:
        return self._servers if self.target.resolver else servers.of_machine()

    def _count(self, kind: str) -> int:
        records = zone.desired(self.target.facts)
        return sum(len(each.values) for each in records if each.type == kind and each.name == self.zone)

    def _skip(self) -> None:
        if self.target.local:
            raise Skipped("the house of a laptop has no names")


def _is_there(server: Server, name: str) -> bool:
    try:
        return bool(servers.ask(server, name, "SOA").values)
    except Unanswered:
        return False


def _proves(finding: Finding) -> bool:
    return finding.name.startswith(PROOFS)
