"""Which records the zone should have: from the facts of `site.toml`, and from what Railway and Pages ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from house.site import Site
from ops.dns.faults import Unusable
from ops.dns.records import Awaited, Record, record

# GitHub's, from "Managing a custom domain for your GitHub Pages site".
PAGES_A = ("185.199.108.153", "185.199.109.153", "185.199.110.153", "185.199.111.153")
PAGES_AAAA = ("2606:50c0:8000::153", "2606:50c0:8001::153", "2606:50c0:8002::153", "2606:50c0:8003::153")
RAILWAY = "Railway, the service, Settings, Networking; or RAILWAY_TOKEN"


def desired(site: Site, asked: Iterable[Record] = ()) -> Sequence[Record]:
    """Every record that should be there, in the order of their names.

    `asked` is what others ask for now; it counts more than what `site.toml` recorded. Raises `Unusable`.
    """
    found: dict[tuple[str, str], Record] = {}
    for each in (*_pages(site), *_ours(site), *_recorded(site), *asked):
        _below(each.name, site.zone)
        kind = "ALIAS" if each.type == "CNAME" and each.name == site.zone else each.type
        found[each.name, kind] = each._replace(type=kind)
    _without_clash(found)
    return sorted(found.values(), key=lambda each: (each.name.split(".")[::-1], each.type))


def awaited(site: Site, asked: Iterable[Record] = ()) -> Sequence[Awaited]:
    """What is needed and nobody has told yet."""
    known = {(each.name, each.type) for each in desired(site, asked)}
    needed = [
        *_needed(site),
        *(Awaited(_full(site, told.name), told.type.upper(), told.source) for told in site.dns.records),
    ]
    return [each for each in needed if (each.name, each.type) not in known]


def _pages(site: Site) -> Iterator[Record]:
    """`www` and `blog` name GitHub's host and not the site: a certificate is made for no other alias."""
    ttl, told = site.dns.ttl_s, site.domains
    if told.site == site.zone:
        yield record(told.site, "A", ttl, PAGES_A)
        yield record(told.site, "AAAA", ttl, PAGES_AAAA)
    for name in dict.fromkeys((told.site, told.www, told.blog)):
        if name != site.zone:
            yield record(name, "CNAME", ttl, [f"{site.pages.host}."])


def _ours(site: Site) -> Iterator[Record]:
    """Who may issue certificates, and what becomes of mail in our name that is not ours."""
    ttl, email = site.dns.ttl_s, site.organization.email
    if site.dns.authorities:
        names = [f'0 issue "{authority}"' for authority in site.dns.authorities]
        yield record(site.zone, "CAA", ttl, [*names, f'0 iodef "mailto:{email}"'])
    # Reports go only to where the zone itself is; another's zone would have to agree.
    report = f"; rua=mailto:{email}" if email.endswith(f"@{site.zone}") else ""
    yield record(f"_dmarc.{site.zone}", "TXT", ttl, [f"v=DMARC1; p={site.dns.dmarc}{report}"])


def _recorded(site: Site) -> Iterator[Record]:
    sets: dict[tuple[str, str], list[str]] = {}
    for told in site.dns.records:
        sets.setdefault((_full(site, told.name), told.type.upper()), []).extend(told.values)
    for (name, kind), values in sets.items():
        if values:
            yield record(name, kind, site.dns.ttl_s, values)


def _needed(site: Site) -> Iterator[Awaited]:
    for host in dict.fromkeys((site.domains.api, site.domains.crm)):
        yield Awaited(host, "ALIAS" if host == site.zone else "CNAME", RAILWAY)
        yield Awaited(f"_railway-verify.{host}", "TXT", RAILWAY)
    owner = site.pages.owner
    challenge = f"_github-pages-challenge-{owner.lower()}.{site.zone}"
    yield Awaited(challenge, "TXT", f"GitHub, Settings of {owner}, Pages, Add a domain")


def _full(site: Site, name: str) -> str:
    return site.zone if name == "@" else f"{name.lower()}.{site.zone}"


def _below(name: str, zone: str) -> None:
    if name != zone and not name.endswith(f".{zone}"):
        raise Unusable(f"{name} is not in the zone {zone}. Name the zone under [dns] in site.toml, or change the host.")


def _without_clash(found: dict[tuple[str, str], Record]) -> None:
    for name in {name for name, _ in found}:
        kinds = sorted(kind for other, kind in found if other == name)
        alone = "CNAME" in kinds and len(kinds) > 1
        if alone or ("ALIAS" in kinds and {"A", "AAAA"} & set(kinds)):
            raise Unusable(f"{name} cannot be {' and '.join(kinds)} at once. Take one out of [dns] in site.toml.")
