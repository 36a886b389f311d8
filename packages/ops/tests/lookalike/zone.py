"""The zone of the look-alike: what `ops dns` would make of it, with made-up values where others tell them."""

from __future__ import annotations

from collections.abc import Sequence

from house.site import Site
from ops.dns import zone
from ops.dns.records import Awaited, Record, record, target, zone_form

MADE_UP = {"CNAME": "g05ns7{n}.up.railway.app.", "MX": "10 feedback-smtp.eu-west-1.amazonses.com."}
TEXTS = {"_railway-verify": "railway-verify=a1b2c3", "resend._domainkey": "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKB"}


def records(site: Site) -> list[Record]:
    """All that should be there."""
    told = [_made_up(each, number, site) for number, each in enumerate(zone.list_awaited(site))]
    return list(zone.build_records(site, told))


def text(found: Sequence[Record]) -> str:
    """As knot reads it: all names in full."""
    return "\n".join(
        f"{each.name}. {each.ttl} {each.type} {zone_form(each.type, value)}" for each in found for value in each.values
    )


def elsewhere(site: Site, found: Sequence[Record]) -> dict[str, list[str]]:
    """The hosts outside that our names lead to, by the zone that they are in."""
    hosts = {target(value) for each in found if each.type in ("CNAME", "MX") for value in each.values}
    zones: dict[str, list[str]] = {}
    for host in sorted(host for host in hosts if not f".{host}".endswith(f".{site.zone}")):
        label, _, parent = host.partition(".")
        zones.setdefault(parent, []).append(label)
    return zones


def _made_up(each: Awaited, number: int, site: Site) -> Record:
    value = MADE_UP.get(each.type, "").format(n=number)
    known = (told for start, told in TEXTS.items() if each.name.startswith(start))
    return record(each.name, each.type, site.dns.ttl_s, [value or next(known, "0123456789abcdef0123456789abcd")])
