"""Each way in which names go wrong is told by exactly one check, with what to paste."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest
from lookalike import zone
from verify.walking import asked, the_broken_one

from ops.dns.records import Record
from ops.verify.checks import Broken, Group, State
from ops.verify.names import Names


class Change(NamedTuple):
    """What becomes of the zone: some records go, and these lines come."""

    goes: Callable[[Record], bool]
    comes: str = ""


def gone(name: str, kind: str, comes: str = "") -> Change:
    return Change(lambda each: (each.name, each.type) == (name, kind), comes)


def added(comes: str) -> Change:
    return Change(lambda each: False, comes)


SITE, API = "octatech.xyz", "api.octatech.xyz"
FOUR_A = "\n".join(f"@ A 185.199.{n}.153" for n in (108, 109, 110, 111))

BREAKAGES = {
    "one address of four is missing": (gone(SITE, "A", FOUR_A[:-19]), "addresses", "add  A  octatech.xyz"),
    "an address that is nobody's": (added("@ A 192.0.2.9"), "addresses", "remove  A  octatech.xyz  192.0.2.9"),
    "a wrong AAAA": (added("@ AAAA 2001:db8::1"), "addresses", "remove  AAAA  octatech.xyz  2001:db8::1"),
    "no IPv6": (gone(SITE, "AAAA"), "addresses", "2606:50c0:8003::153"),
    "www leads to the apex": (gone(f"www.{SITE}", "CNAME", "www CNAME @"), "aliases", "galer7.github.io."),
    "no blog": (gone(f"blog.{SITE}", "CNAME"), "aliases", "add  CNAME  blog.octatech.xyz  300  galer7.github.io."),
    "no api": (gone(API, "CNAME"), "aliases", "RAILWAY_TOKEN"),
    "no final dot": (
        gone(API, "CNAME", "api CNAME g05ns70.up.railway.app"),
        "aliases",
        "change CNAME api.octatech.xyz to g05ns70.up.railway.app. (with its dot)",
    ),
    "an alias of a star": (gone(API, "CNAME", "api CNAME *.up.railway.app."), "aliases", "that Railway names"),
    "Railway does not know us": (gone(f"_railway-verify.{API}", "TXT"), "ownership", "RAILWAY_TOKEN"),
    "GitHub does not know us": (
        gone(f"_github-pages-challenge-galer7.{SITE}", "TXT"),
        "ownership",
        "[dns] of site.toml",
    ),
    "anybody may certify": (gone(SITE, "CAA"), "authorities", 'add  CAA  octatech.xyz  300  0 issue "letsencrypt.org"'),
    "somebody else certifies": (added('@ CAA 0 issue "ca.example"'), "authorities", 'remove  CAA  octatech.xyz'),
    "two policies for senders": (
        added('send TXT "v=spf1 -all"'),
        "mail records",
        "remove  TXT  send.octatech.xyz  v=spf1 -all",
    ),
    "no DMARC": (gone(f"_dmarc.{SITE}", "TXT"), "mail records", "v=DMARC1"),
    "no DKIM": (gone(f"resend._domainkey.{SITE}", "TXT"), "mail records", "site.toml"),
    "a wildcard": (added("* A 192.0.2.66"), "wildcard", "remove  A  *.octatech.xyz  192.0.2.66"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "name", "fix"), BREAKAGES.values(), ids=BREAKAGES)
async def test_exactly_the_check_that_watches_it_is_red_and_says_what_to_paste(lookalike, change, name, fix):
    right = zone.records(lookalike.facts)
    lookalike.named([each for each in right if not change.goes(each)], change.comes)
    broken = await the_broken_one(lookalike, Group.DNS)
    assert broken.name == name
    assert fix in broken.hint


async def test_an_alias_of_a_host_that_anybody_may_take_is_red(lookalike):
    lookalike.knot.load("up.railway.app", "somebody-else A 192.0.2.1")
    try:
        broken = await the_broken_one(lookalike, Group.DNS)
    finally:
        lookalike.named()
    assert broken.name == "dangling aliases"
    assert "up.railway.app does not exist; whoever makes it answers for api.octatech.xyz" in broken.detail


async def test_where_nobody_answers_for_the_zone_one_line_says_so(lookalike, knot):
    elsewhere = msgspec.structs.replace(lookalike.target, resolver=knot.resolver)
    lookalike = type("Moved", (), {"target": elsewhere})
    found = await asked(lookalike, Group.DNS)
    assert found.pop("names").state is State.BROKEN
    assert {result.state for result in found.values()} == {State.NOT_REACHED}


async def test_one_server_of_several_that_does_not_answer_is_named(lookalike, knot):
    both = msgspec.structs.replace(lookalike.target, resolver=f"{lookalike.knot.resolver}, {knot.resolver}")
    lookalike = type("Moved", (), {"target": both})
    broken = await the_broken_one(lookalike, Group.DNS)
    assert broken.name == "name servers"
    assert knot.resolver in broken.detail


async def test_a_resolver_that_is_none_is_told_by_the_door(lookalike):
    house = msgspec.structs.replace(lookalike.target, resolver="127.0.0.1:dns")
    with pytest.raises(Broken, match=r"127\.0\.0\.1:dns is no name server") as broken:
        await Names(house, {}).answers()
    assert "the target's file" in broken.value.hint


async def test_a_host_outside_the_zone_is_told_by_the_door(lookalike):
    facts = lookalike.facts
    domains = msgspec.structs.replace(facts.domains, www="www.example.org")
    house = msgspec.structs.replace(lookalike.target, facts=msgspec.structs.replace(facts, domains=domains))
    with pytest.raises(Broken, match=r"www\.example\.org is not in the zone octatech\.xyz") as broken:
        await Names(house, {}).answers()
    assert "[dns] in site.toml" in broken.value.hint


async def test_a_laptop_has_no_names(lookalike):
    at_home = msgspec.structs.replace(lookalike.target, local=True)
    found = await asked(type("Laptop", (), {"target": at_home}), Group.DNS)
    assert {result.state for result in found.values()} == {State.SKIPPED}
    assert len(found) == len(Names(at_home, {}).lanes()) + 1
