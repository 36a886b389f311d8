"""The records that the zone should have: from `site.toml`, and from what Railway and Pages ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ops.dns.records import Awaited, Record, RecordError, record
from shared.site_config import SiteConfig

# GitHub's, from "Managing a custom domain for your GitHub Pages site".
PAGES_A = ("185.199.108.153", "185.199.109.153", "185.199.110.153", "185.199.111.153")
PAGES_AAAA = ("2606:50c0:8000::153", "2606:50c0:8001::153", "2606:50c0:8002::153", "2606:50c0:8003::153")
RAILWAY = "Railway, the service, Settings, Networking; or RAILWAY_TOKEN"


def build_records(site: SiteConfig, asked: Iterable[Record] = ()) -> Sequence[Record]:
    """Returns every record that the zone should have, sorted by name.

    `asked` is what others ask for now; it overrides what `site.toml` recorded. Raises `RecordError`.
    """
    found: dict[tuple[str, str], Record] = {}
    for each in (*_build_pages(site), *_build_policies(site), *_read_recorded(site), *asked):
        if not f".{each.name}".endswith(f".{site.zone}"):
            raise RecordError(f"{each.name} is not in the zone {site.zone}. Change the host, or the zone under [dns].")
        kind = "ALIAS" if each.type == "CNAME" and each.name == site.zone else each.type
        found[each.name, kind] = msgspec.structs.replace(each, type=kind)
    for name in {name for name, _ in found}:
        kinds = sorted(kind for other, kind in found if other == name)
        if ("CNAME" in kinds and len(kinds) > 1) or ("ALIAS" in kinds and {"A", "AAAA"} & set(kinds)):
            raise RecordError(f"{name} cannot be {' and '.join(kinds)} at once. Remove one from [dns] in site.toml.")
    return sorted(found.values(), key=lambda each: (each.name.split(".")[::-1], each.type))


def list_awaited(site: SiteConfig, asked: Iterable[Record] = ()) -> Sequence[Awaited]:
    """Returns what is needed and nobody has given yet."""
    known = {(each.name, each.type) for each in build_records(site, asked)}
    recorded = [Awaited(_make_full_name(site, each.name), each.type.upper(), each.source) for each in site.dns.records]
    return [each for each in (*_list_needed(site), *recorded) if (each.name, each.type) not in known]


def _build_pages(site: SiteConfig) -> Iterator[Record]:
    """`www` and `blog` name GitHub's host and not the site, because it issues no certificate for another alias."""
    ttl, domains = site.dns.ttl_s, site.domains
    if domains.site == site.zone:
        yield record(domains.site, "A", ttl, PAGES_A)
        yield record(domains.site, "AAAA", ttl, PAGES_AAAA)
    for name in dict.fromkeys((domains.site, domains.www, domains.blog)):
        if name != site.zone:
            yield record(name, "CNAME", ttl, [f"{site.pages.host}."])


def _build_policies(site: SiteConfig) -> Iterator[Record]:
    """Yields who may issue certificates, and what receivers do with forged mail in our name."""
    ttl, email = site.dns.ttl_s, site.organization.email
    if site.dns.authorities:
        issuers = [f'0 issue "{authority}"' for authority in site.dns.authorities]
        yield record(site.zone, "CAA", ttl, [*issuers, f'0 iodef "mailto:{email}"'])
    # Another zone would have to agree to receive reports.
    report = f"; rua=mailto:{email}" if email.endswith(f"@{site.zone}") else ""
    yield record(f"_dmarc.{site.zone}", "TXT", ttl, [f"v=DMARC1; p={site.dns.dmarc}{report}"])


def _read_recorded(site: SiteConfig) -> Iterator[Record]:
    sets: dict[tuple[str, str], list[str]] = {}
    for each in site.dns.records:
        sets.setdefault((_make_full_name(site, each.name), each.type.upper()), []).extend(each.values)
    for (name, kind), values in sets.items():
        if values:
            yield record(name, kind, site.dns.ttl_s, values)


def _list_needed(site: SiteConfig) -> Iterator[Awaited]:
    for host in dict.fromkeys((site.domains.api, site.domains.crm)):
        yield Awaited(host, "ALIAS" if host == site.zone else "CNAME", RAILWAY)
        yield Awaited(f"_railway-verify.{host}", "TXT", RAILWAY)
    owner = site.pages.owner
    challenge = f"_github-pages-challenge-{owner.lower()}.{site.zone}"
    yield Awaited(challenge, "TXT", f"GitHub, Settings of {owner}, Pages, Add a domain")


def _make_full_name(site: SiteConfig, name: str) -> str:
    """Returns a name of `site.toml` with the zone. Raises `RecordError` where it holds the zone already."""
    full = name.lower().rstrip(".")
    if f".{full}".endswith(f".{site.zone}"):
        short = full.removesuffix(site.zone).rstrip(".") or "@"
        raise RecordError(f"{name}: names under [dns] are relative to {site.zone}. Write {short!r}.")
    return site.zone if name == "@" else f"{name.lower()}.{site.zone}"
