"""Each way in which names go wrong fails exactly one check, with what to paste."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest
from fake_production import zone
from verify.running_checks import find_failed, find_only_failure, get_evidence, run_group

from ops.dns.records import Record
from ops.dns.servers import Server
from ops.verify.checks import CheckFailedError, Group, State
from ops.verify.context import VerifyContext
from ops.verify.dns import find_servers
from ops.verify.target import load_target


class Change(NamedTuple):
    """A change of the zone: some records are removed, and these lines added."""

    removes: Callable[[Record], bool]
    adds: str = ""


def remove(name: str, kind: str, adds: str = "") -> Change:
    return Change(lambda each: (each.name, each.type) == (name, kind), adds)


def add(adds: str) -> Change:
    return Change(lambda each: False, adds)


SITE, API = "octatech.xyz", "api.octatech.xyz"
FOUR_A = "\n".join(f"@ A 185.199.{n}.153" for n in (108, 109, 110, 111))

BREAKAGES = {
    "one address of four is missing": (remove(SITE, "A", FOUR_A[:-19]), "addresses", "add  A  octatech.xyz"),
    "an address that is nobody's": (add("@ A 192.0.2.9"), "addresses", "remove  A  octatech.xyz  192.0.2.9"),
    "a wrong AAAA": (add("@ AAAA 2001:db8::1"), "addresses", "remove  AAAA  octatech.xyz  2001:db8::1"),
    "no IPv6": (remove(SITE, "AAAA"), "addresses", "2606:50c0:8003::153"),
    "www leads to the apex": (remove(f"www.{SITE}", "CNAME", "www CNAME @"), "aliases", "galer7.github.io."),
    "no blog": (remove(f"blog.{SITE}", "CNAME"), "aliases", "add  CNAME  blog.octatech.xyz  300  galer7.github.io."),
    "no api": (remove(API, "CNAME"), "aliases", "RAILWAY_TOKEN"),
    "no final dot": (
        remove(API, "CNAME", "api CNAME g05ns70.up.railway.app"),
        "aliases",
        "change CNAME api.octatech.xyz to g05ns70.up.railway.app. (with its dot)",
    ),
    "an alias of a star": (remove(API, "CNAME", "api CNAME *.up.railway.app."), "aliases", "that Railway names"),
    "Railway does not know us": (remove(f"_railway-verify.{API}", "TXT"), "ownership", "RAILWAY_TOKEN"),
    "GitHub does not know us": (
        remove(f"_github-pages-challenge-galer7.{SITE}", "TXT"),
        "ownership",
        "[dns] of site.toml",
    ),
    "anybody may certify": (remove(SITE, "CAA"), "authorities", 'add  CAA  octatech.xyz  300  0 issue "lets'),
    "somebody else certifies": (add('@ CAA 0 issue "ca.example"'), "authorities", 'remove  CAA  octatech.xyz'),
    "two policies for senders": (
        add('send TXT "v=spf1 -all"'),
        "mail records",
        "remove  TXT  send.octatech.xyz  v=spf1 -all",
    ),
    "no DMARC": (remove(f"_dmarc.{SITE}", "TXT"), "mail records", "v=DMARC1"),
    "no DKIM": (remove(f"resend._domainkey.{SITE}", "TXT"), "mail records", "site.toml"),
    "a wildcard": (add("* A 192.0.2.66"), "wildcard", "remove  A  *.octatech.xyz  192.0.2.66"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "name", "hint"), BREAKAGES.values(), ids=BREAKAGES)
async def test_exactly_the_check_that_watches_it_fails_and_says_what_to_paste(fake_production, change, name, hint):
    right = zone.list_records(fake_production.facts)
    fake_production.load_zone([each for each in right if not change.removes(each)], change.adds)
    failed = await find_only_failure(fake_production, Group.DNS)
    assert failed.name == name
    assert hint in failed.hint


async def test_an_alias_of_a_host_that_anybody_may_take_fails(fake_production):
    fake_production.knot.load("up.railway.app", "somebody-else A 192.0.2.1")
    try:
        failed = await find_only_failure(fake_production, Group.DNS)
    finally:
        fake_production.load_zone()
    assert failed.name == "dangling aliases"
    assert "up.railway.app does not exist; whoever makes it answers for api.octatech.xyz" in failed.detail


def change_target(fake_production, **fields) -> VerifyContext:
    return VerifyContext(msgspec.structs.replace(fake_production.target, **fields), {})


async def test_where_no_server_answers_for_the_zone_one_line_says_so(fake_production, knot):
    results = await run_group(change_target(fake_production, resolver=knot.resolver), Group.DNS)
    assert results.pop("names").state is State.FAILED
    assert {result.state for result in results.values()} == {State.BLOCKED}


async def test_one_server_of_several_that_does_not_answer_is_named(fake_production, knot):
    context = change_target(fake_production, resolver=f"{fake_production.knot.resolver}, {knot.resolver}")
    results = await run_group(context, Group.DNS)
    [failed] = [result for result in results.values() if result.state is not State.PASSED]
    assert failed.name == "name servers"
    assert knot.resolver in failed.detail


async def test_a_wrong_resolver_is_named(fake_production):
    context = change_target(fake_production, resolver="127.0.0.1:dns")
    failed = (await find_failed(context, "names"))["names"]
    assert "127.0.0.1:dns is no name server" in failed.detail
    assert "the target's file" in failed.hint


async def test_a_host_outside_the_zone_is_named(fake_production):
    facts = fake_production.facts
    domains = msgspec.structs.replace(facts.domains, www="www.example.org")
    context = change_target(fake_production, facts=msgspec.structs.replace(facts, domains=domains))
    failed = (await find_failed(context, "names"))["names"]
    assert "www.example.org is not in the zone octatech.xyz" in failed.detail
    assert "[dns] in site.toml" in failed.hint


async def test_a_laptop_has_no_names(tmp_path):
    context = VerifyContext(load_target("local", {"DATA_DIR": str(tmp_path)}), {})
    results = await run_group(context, Group.DNS)
    assert {result.state for result in results.values()} == {State.SKIPPED}
    assert {result.detail for result in results.values()} == {"A laptop has no domain names."}


async def test_the_records_are_the_evidence(context):
    assert await get_evidence(context, "authorities") == "octatech.xyz CAA"


def test_a_broken_resolver_is_distinguished_from_a_zone_that_is_gone(knot):
    silent = Server("silent", "255.255.255.255", 53)  # sending there fails at once
    with pytest.raises(CheckFailedError, match=r"No resolver of this machine works \(silent\)") as error:
        find_servers("octatech.xyz", [silent])
    assert "paid for" not in error.value.hint
    resolver = Server(knot.resolver, knot.host, knot.port)
    with pytest.raises(CheckFailedError, match="No resolver of this machine works"):
        find_servers("octatech.xyz", [resolver])
    knot.load("xyz")
    with pytest.raises(CheckFailedError, match=r"does not know who answers for octatech\.xyz") as error:
        find_servers("octatech.xyz", [resolver])
    assert "paid for" in error.value.hint
