"""Checks of DNS: what the world is told of the house's names, against what `site.toml` and its hosts ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ops.dns.propagation import Finding
from ops.verify.checks import Broken, Check, Door, Group, Lane, Skipped, alone
from ops.verify.resolving import Seen, View
from ops.verify.target import Target

PROOFS = ("_railway-verify.", "_github-pages-challenge-")
ELSEWHERE = ("A", "AAAA", "ALIAS", "CNAME", "CAA")
"""Types that checks of their own tell of."""

PASTE = "At the DNS provider:"
APPLY = "Or let `ops dns apply` do it."
TOLD_BY_OTHERS = "Write what they tell into [dns] of site.toml, or give RAILWAY_TOKEN; then `ops dns apply`."


class Names:
    """The zone is asked for once, and each check tells of its share."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self.target = target
        self.view = View(target, environ)

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
        await self.view.open()
        return f"{self.view.zone}, by {', '.join(server.label for server in self.view.servers)}"

    async def all_answer(self) -> str:
        silent = [each for each in (await self._seen()).findings if each.what == "unanswered"]
        if silent:
            fix = f"Visitors meet each of them in turn: compare them with what `whois {self.view.zone}` names."
            raise Broken(" ".join(each.why for each in silent), fix)
        return f"all {len(self.view.servers)}"

    async def addresses(self) -> str:
        await self._tell("missing", "differs", "awaited", kinds=("A", "AAAA", "ALIAS"))
        return f"{self._count('A')} for IPv4, {self._count('AAAA')} for IPv6"

    async def aliases(self) -> str:
        seen = await self._seen()
        for name, alias in seen.aliases.items():
            if fault := self.view.malformed(alias):
                meant = alias.removesuffix(f".{self.view.zone}")
                right = "the host that Railway names" if "*" in alias else f"{meant}. (with its dot)"
                raise Broken(f"{name} leads to {alias}: {fault}", f"{PASTE} change CNAME {name} to {right}.")
        await self._tell("missing", "differs", "awaited", kinds=("CNAME",))
        return ", ".join(f"{name} to {alias}" for name, alias in seen.aliases.items())

    async def ownership(self) -> str:
        _raise([each for each in (await self._seen()).findings if each.type == "TXT" and _proves(each.name)])
        return ", ".join(f"{proof}…" for proof in PROOFS)

    async def authorities(self) -> str:
        await self._tell("missing", "differs", "awaited", kinds=("CAA",))
        return ", ".join(self.target.facts.dns.authorities)

    async def mail(self) -> str:
        """Whatever else `site.toml` names: SPF, DKIM, DMARC, where answers go."""
        found = [each for each in (await self._seen()).findings if _is_mail(each.name, each.type)]
        _raise([each for each in found if each.what in ("missing", "differs", "twice", "awaited")])
        return ", ".join(f"{each.name} {each.type}" for each in self.view.records if _is_mail(each.name, each.type))

    async def wildcard(self) -> str:
        await self._tell("wildcard")
        return "names that nobody made are unknown"

    async def dangling(self) -> str:
        seen = await self._seen()
        told = {each.name: each.why for each in seen.findings if each.what == "dangling"}
        for name in seen.gone:
            told.setdefault(name, f"{seen.aliases[name]} does not exist; whoever makes it answers for {name}.")
        if told:
            raise Broken(" ".join(told.values()), "Make the host where it should be, or take the alias out at once.")
        return f"{len(seen.aliases)} aliases lead to hosts"

    async def _tell(self, *what: str, kinds: Sequence[str] = ()) -> None:
        found = (await self._seen()).findings
        _raise([each for each in found if each.what in what and (not kinds or each.type in kinds)])

    async def _seen(self) -> Seen:
        self._skip()
        return await self.view.seen()

    def _count(self, kind: str) -> int:
        return sum(len(each.values) for each in self.view.records if (each.name, each.type) == (self.view.zone, kind))

    def _skip(self) -> None:
        if self.target.local:
            raise Skipped("the house of a laptop has no names")


def _raise(found: Sequence[Finding]) -> None:
    """With the lines to paste, or with who must be asked for them."""
    if found:
        said = "; ".join(f"{each.name} {each.type}: {each.why}" for each in found)
        lines = [line for each in found for line in each.paste]
        raise Broken(said, f"{PASTE} {'; '.join(lines)}. {APPLY}" if lines else TOLD_BY_OTHERS)


def _is_mail(name: str, kind: str) -> bool:
    return kind not in ELSEWHERE and not _proves(name)


def _proves(name: str) -> bool:
    return name.startswith(PROOFS)
