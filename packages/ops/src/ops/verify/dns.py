"""Checks of DNS: what name servers answer, against what `site.toml` and its hosts ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from ops.cli import OpsError, UnreachableError
from ops.dns import railway, servers, zone
from ops.dns.propagation import Finding, check_propagation
from ops.dns.records import Record
from ops.dns.servers import Server
from ops.verify.checks import Check, CheckFailedError, Group, check, require
from ops.verify.context import VerifyContext

ADDRESSES = ("A", "AAAA", "ALIAS")
PROOFS = ("_railway-verify.", "_github-pages-challenge-")
DIFFERENT = ("missing", "differs", "twice", "awaited")
PASTE = "At the DNS provider:"
ASK_OTHERS = "Write what they tell into [dns] of site.toml, or set RAILWAY_TOKEN; then run `ops dns apply`."


class ZoneAnswers(NamedTuple):
    """`aliases` are those that our hosts have now; `gone` are the names whose alias leads to no host."""

    servers: Sequence[Server]
    records: Sequence[Record]
    findings: Sequence[Finding]
    aliases: Mapping[str, str]
    gone: Sequence[str]


@check(Group.DNS, "names", "Name servers answer for the zone", skip_local="A laptop has no domain names.")
async def zone_answers(context: VerifyContext) -> str:
    answers = await context.once(ask_zone)
    return f"{context.target.facts.zone}, by {', '.join(server.label for server in answers.servers)}"


def check_findings(
    name: str, promise: str, covers: Callable[[Finding | Record], bool], kinds: Collection[str] = DIFFERENT
) -> Check:
    """Returns a check that fails on the findings of these kinds about the records that it covers."""

    @check(Group.DNS, name, promise, needs=(zone_answers,))
    async def run(context: VerifyContext) -> str:
        answers = await context.once(ask_zone)
        _require_none([each for each in answers.findings if each.what in kinds and covers(each)])
        return ", ".join(f"{each.name} {each.type}" for each in answers.records if covers(each))

    return run


def _require_none(found: Sequence[Finding]) -> None:
    detail = "; ".join(f"{each.name} {each.type}: {each.why}" for each in found)
    lines = "; ".join(line for each in found for line in each.paste)
    require(not found, detail, f"{PASTE} {lines}. Or run `ops dns apply`." if lines else ASK_OTHERS)


addresses = check_findings(
    "addresses", "The site's own name leads to GitHub Pages, over IPv4 and IPv6", lambda each: each.type in ADDRESSES
)
ownership = check_findings(
    "ownership",
    "GitHub and Railway find the proofs of whose names these are",
    lambda each: each.name.startswith(PROOFS),
)
authorities = check_findings(
    "authorities", "Only the authorities of site.toml may certify", lambda each: each.type == "CAA"
)
mail_records = check_findings(
    "mail records",
    "Mail in our name can be told from forged mail",
    lambda each: each.type not in (*ADDRESSES, "CNAME", "CAA") and not each.name.startswith(PROOFS),
)
wildcard = check_findings(
    "wildcard", "Names that nobody made do not exist", lambda each: each.name.startswith("*"), ["wildcard"]
)


@check(Group.DNS, "name servers", "Every server of the zone answers", needs=(zone_answers,))
async def check_servers(context: VerifyContext) -> str:
    answers = await context.once(ask_zone)
    silent = " ".join(each.why for each in answers.findings if each.what == "unanswered")
    zone_name = context.target.facts.zone
    require(not silent, silent, f"Visitors meet each in turn: compare them with what `whois {zone_name}` names.")
    return f"all {len(answers.servers)}"


@check(Group.DNS, "aliases", "www, blog, api and crm lead to the hosts that serve them", needs=(zone_answers,))
async def check_aliases(context: VerifyContext) -> str:
    answers, zone_name = await context.once(ask_zone), context.target.facts.zone
    for name, alias in answers.aliases.items():
        right = f"{alias.removesuffix(f'.{zone_name}')}. (with its dot)"
        right = "the host that Railway names" if "*" in alias else right
        flaw = _find_flaw(alias, zone_name)
        require(not flaw, f"{name} leads to {alias}: {flaw}", f"{PASTE} change CNAME {name} to {right}.")
    _require_none([each for each in answers.findings if each.what in DIFFERENT and each.type == "CNAME"])
    return ", ".join(f"{name} to {alias}" for name, alias in answers.aliases.items())


@check(Group.DNS, "dangling aliases", "No name leads to a host that anybody may take", needs=(zone_answers,))
async def check_dangling(context: VerifyContext) -> str:
    answers = await context.once(ask_zone)
    gone = "{} does not exist; whoever makes it answers for {}."
    dangling = {name: gone.format(answers.aliases[name], name) for name in answers.gone}
    dangling |= {each.name: each.why for each in answers.findings if each.what == "dangling"}
    require(not dangling, " ".join(dangling.values()), "Create the host, or remove the alias at once.")
    return f"{len(answers.aliases)} aliases lead to hosts"


async def ask_zone(context: VerifyContext) -> ZoneAnswers:
    """Raises `CheckFailedError` where no server answers, or where nobody can say what should be there."""
    return await asyncio.to_thread(_ask_zone, context)


def _ask_zone(context: VerifyContext) -> ZoneAnswers:
    target, facts = context.target, context.target.facts
    token = context.environ.get("RAILWAY_TOKEN", "").strip()
    try:
        asked = railway.read_railway_records(token, facts.zone, facts.dns.ttl_s) if token else ()
        records, awaited = zone.build_records(facts, asked), zone.list_awaited(facts, asked)
        named = servers.parse_servers([each.strip() for each in target.resolver.split(",") if each.strip()])
    except UnreachableError as error:
        hint = "Look at RAILWAY_TOKEN; without it only what Railway asks for stays unknown."
        raise CheckFailedError(f"Railway does not say what it asks for: {error}", hint) from error
    except OpsError as error:
        raise CheckFailedError(str(error), "Fix [dns] in site.toml, or the resolver in the target's file.") from error
    found = named or find_servers(facts.zone)
    labels = ", ".join(server.label for server in found)
    answering = any(_ask(server, facts.zone, "SOA") for server in found)
    require(answering, f"None of {labels} answers for {facts.zone}", "Name another resolver in a target file.")
    # The zone's own servers know nothing of hosts outside the zone.
    exists = servers.make_lookup(named or _list_resolvers())
    findings = check_propagation(facts.zone, records, found, awaited=awaited, exists=exists)
    hosts = facts.domains
    asked_names = (hosts.site, hosts.www, hosts.blog, hosts.api, hosts.crm)
    aliases = {name: alias for name in asked_names if (alias := _find_alias(found, name))}
    whole = [name for name, alias in aliases.items() if not _find_flaw(alias, facts.zone)]
    return ZoneAnswers(found, records, findings, aliases, [name for name in whole if exists(aliases[name]) is False])


def find_servers(zone_name: str, resolvers: Sequence[Server] = ()) -> Sequence[Server]:
    """Returns the servers of a zone. Where none is known, it tells a broken resolver from a zone that is gone."""
    resolvers = resolvers or _list_resolvers()
    with suppress(UnreachableError):
        return servers.find_zone_servers(zone_name, resolvers)
    labels, parent = ", ".join(each.label for each in resolvers), zone_name.partition(".")[2]
    works = any(_ask(each, parent, "NS") for each in resolvers)
    require(works, f"No resolver of this machine works ({labels or 'none'})", "Look at /etc/resolv.conf.")
    hint = f"Is {zone_name} paid for, and are its name servers those of the provider?"
    raise CheckFailedError(f"The resolver {labels} does not know who answers for {zone_name}", hint)


def _list_resolvers() -> Sequence[Server]:
    with suppress(UnreachableError):
        return servers.find_resolvers()
    return ()


def _find_alias(asked: Sequence[Server], name: str) -> str:
    """Returns where a name leads, as the first server that answers says; empty where it is no alias."""
    answers = (values for server in asked if (values := _ask(server, name, "CNAME")) is not None)
    return next(iter(next(answers, ())), "").rstrip(".")


def _ask(server: Server, name: str, kind: str) -> Sequence[str] | None:
    with suppress(UnreachableError):
        return servers.query(server, name, kind).values
    return None


def _find_flaw(alias: str, zone_name: str) -> str:
    """Returns why an alias is not the name of a host outside; empty where it is one."""
    inside = alias.removesuffix(f".{zone_name}")
    forgotten = "a final dot is missing in the zone" if inside != alias and "." in inside else ""
    return "a star is no host" if "*" in alias else forgotten
