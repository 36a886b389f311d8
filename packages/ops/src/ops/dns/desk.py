"""What every command on names begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from octodns.provider.base import BaseProvider

from house import site
from house.site import Site
from ops.dns import plan, provider, railway, servers, zone
from ops.dns.faults import Unanswered
from ops.dns.plan import Plan
from ops.dns.records import Awaited, Record
from ops.railway.api import ADDRESS


class Desk:
    """The facts, what is asked for, and where to ask. Raises `Trouble`, that of Railway too, and `BadSite`."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        api: str | None = None,
        railway_api: str | None = None,
        resolvers: Sequence[str] = (),
        facts: Site | None = None,
    ) -> None:
        self.environ, self.api, self.resolvers = environ, api, resolvers
        self.site = facts or site.load()
        token = environ.get("RAILWAY_TOKEN", "").strip()
        asked: Sequence[Record] = ()
        if token:
            place = railway_api or ADDRESS
            asked = railway.records(token, self.site.zone, self.site.dns.ttl_s, place)
        self.records: Sequence[Record] = zone.desired(self.site, asked)
        self.awaited: Sequence[Awaited] = zone.awaited(self.site, asked)

    def provider(self) -> BaseProvider:
        """Anew for each plan: octoDNS remembers what it read."""
        return provider.named(self.site.dns.provider, self.environ, self.site.zone, self.api)

    def plan(self, through: BaseProvider, *, prune: bool) -> Plan:
        spared = {each.name for each in self.awaited}
        return plan.made(through, self.site.zone, self.records, self.lookup().exists, prune=prune, spared=spared)

    def lookup(self) -> servers.Lookup:
        try:
            return servers.Lookup(servers.named(self.resolvers) or servers.of_machine())
        except Unanswered:
            return servers.Lookup([])
