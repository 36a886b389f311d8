"""What every DNS command starts with: the site, its records, the provider and the servers to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from octodns.zone import Zone

from ops.cli import UnreachableError, require_network
from ops.cli.network import CONTROLS
from ops.dns import servers, zone
from ops.dns.plan import DnsPlan, make_plan
from ops.dns.provider import open_provider, to_octo
from ops.dns.railway import read_railway_records
from ops.dns.records import Awaited, Record
from ops.dns.safety_checks import HostExists
from ops.railway.api import URL
from shared import site_config
from shared.site_config import SiteConfig


class DnsContext:
    """`load` reads the records, which every command does first."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        api: str | None = None,
        railway_api: str | None = None,
        resolvers: Sequence[str] = (),
        facts: SiteConfig | None = None,
        network_controls: Sequence[tuple[str, int]] = CONTROLS,
    ) -> None:
        self.records: Sequence[Record] = ()
        self.awaited: Sequence[Awaited] = ()
        self.environ, self.api, self.railway_api, self.resolvers = environ, api, railway_api, resolvers
        self.site = facts or site_config.load()
        self.network_controls = network_controls

    def require_network(self) -> None:
        """Raises `NoNetworkError` where what does not answer is outside, and this machine has no network."""
        is_local = self.environ.get("DNS_SERVER", "").startswith(("127.", "localhost:", "[::1]"))
        if not (is_local or self.api or self.railway_api or self.resolvers):
            require_network(self.network_controls)

    def load(self) -> None:
        """Checks the records as well, so that every command refuses the same ones. Raises `OpsError`."""
        asked: Sequence[Record] = ()
        if token := self.environ.get("RAILWAY_TOKEN", "").strip():
            asked = read_railway_records(token, self.site.zone, self.site.dns.ttl_s, self.railway_api or URL)
        self.records = zone.build_records(self.site, asked)
        self.awaited = zone.list_awaited(self.site, asked)
        for record in self.records:
            to_octo(Zone(f"{self.site.zone}.", []), record)

    def make_plan(self, *, prune: bool) -> tuple[DnsPlan, Callable[[], None]]:
        # octoDNS remembers what a provider read, so each plan opens it anew.
        provider = open_provider(self.site.dns.provider, self.environ, self.site.zone, self.api)
        spared = {each.name for each in self.awaited}
        return make_plan(provider, self.site.zone, self.records, self.make_lookup(), prune=prune, spared=spared)

    def make_lookup(self) -> HostExists:
        try:
            return servers.make_lookup(servers.parse_servers(self.resolvers) or servers.find_resolvers())
        except UnreachableError:
            return lambda _: None
