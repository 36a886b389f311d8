"""The zone of the fake production: what `ops dns` makes of it, with invented values where others name them."""

from __future__ import annotations

from collections.abc import Sequence

from ops.dns import zone
from ops.dns.records import Awaited, Record, record, target, zone_form
from shared.site_config import SiteConfig

INVENTED = {"CNAME": "g05ns7{n}.up.railway.app.", "MX": "10 feedback-smtp.eu-west-1.amazonses.com."}
TEXTS = {"_railway-verify": "railway-verify=a1b2c3", "resend._domainkey": "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKB"}


def list_records(site: SiteConfig) -> list[Record]:
    """Returns all that should be there."""
    invented = [_invent(each, number, site) for number, each in enumerate(zone.list_awaited(site))]
    return list(zone.build_records(site, invented))


def format_zone(found: Sequence[Record]) -> str:
    """Returns a zone file with all names in full."""
    return "\n".join(
        f"{each.name}. {each.ttl} {each.type} {zone_form(each.type, value)}" for each in found for value in each.values
    )


def list_foreign_hosts(site: SiteConfig, found: Sequence[Record]) -> dict[str, list[str]]:
    """Returns the hosts outside that our names lead to, by their zones."""
    hosts = {target(value) for each in found if each.type in ("CNAME", "MX") for value in each.values}
    zones: dict[str, list[str]] = {}
    for host in sorted(host for host in hosts if not f".{host}".endswith(f".{site.zone}")):
        label, _, parent = host.partition(".")
        zones.setdefault(parent, []).append(label)
    return zones


def _invent(each: Awaited, number: int, site: SiteConfig) -> Record:
    value = INVENTED.get(each.type, "").format(n=number)
    known = (text for start, text in TEXTS.items() if each.name.startswith(start))
    return record(each.name, each.type, site.dns.ttl_s, [value or next(known, "0123456789abcdef0123456789abcd")])
