"""Whether the world sees the records: every server is asked for each, and for names that should not exist."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import msgspec

from ops.cli import UnreachableError
from ops.dns.records import POINTING, Awaited, Record, single_tag, target
from ops.dns.safety_checks import HostExists
from ops.dns.servers import Server, query

What = Literal["missing", "differs", "twice", "awaited", "wildcard", "dangling", "unanswered"]


class Finding(msgspec.Struct, frozen=True):
    """What does not hold. `add` and `remove` are exact values; those of TXT are plain text, as a form takes them."""

    what: What
    name: str
    type: str
    ttl: int
    add: tuple[str, ...]
    remove: tuple[str, ...]
    why: str
    servers: tuple[str, ...] = ()

    @property
    def paste(self) -> list[str]:
        """A line for each value: what to do, type, name, TTL, and the whole value."""
        removals = [f"remove  {self.type}  {self.name}  {value}" for value in self.remove]
        return removals + [f"add  {self.type}  {self.name}  {self.ttl}  {value}" for value in self.add]


def check_propagation(
    zone: str,
    records: Sequence[Record],
    servers: Sequence[Server],
    *,
    awaited: Sequence[Awaited] = (),
    exists: HostExists = lambda _: None,
) -> list[Finding]:
    """Returns everything that differs from `records`, with the servers that say so."""
    with ThreadPoolExecutor(max_workers=max(1, len(servers))) as pool:
        results = pool.map(lambda server: list(_check_server(server, zone, records, awaited)), servers)
        found: dict[Finding, list[str]] = {}
        for server, findings in zip(servers, results, strict=True):
            for finding in findings:
                found.setdefault(finding, []).append(server.label)
    merged = [msgspec.structs.replace(finding, servers=tuple(labels)) for finding, labels in found.items()]
    # Where nobody answers, asking for hosts is no use either.
    if sum(finding.what == "unanswered" for finding in merged) != len(servers):
        merged += _check_hosts(zone, records, exists)
    return sorted(merged, key=lambda finding: finding.name.split(".")[::-1])


def _check_server(
    server: Server, zone: str, records: Sequence[Record], awaited: Sequence[Awaited]
) -> Iterator[Finding]:
    try:
        for record in records:
            yield from _check_record(server, record)
        for each in awaited:
            if not query(server, each.name, "A" if each.type == "ALIAS" else each.type).values:
                why = f"It is not there, and nobody has given its value. Ask {each.source}."
                yield Finding("awaited", each.name, each.type, 0, (), (), why)
        yield from _check_wildcard(server, zone)
    except UnreachableError as error:
        yield Finding("unanswered", zone, "", 0, (), (), str(error))


def _check_record(server: Server, record: Record) -> Iterator[Finding]:
    def report(what: What, add: Sequence[str], remove: Sequence[str], why: str) -> Iterator[Finding]:
        yield Finding(what, record.name, record.type, record.ttl, tuple(add), tuple(remove), why)

    if record.type == "ALIAS":
        if not any(query(server, record.name, kind).values for kind in ("A", "AAAA")):
            yield from report("missing", record.values, (), "It leads nowhere.")
        return
    answer = query(server, record.name, record.type)
    desired, seen = set(record.values), set(answer.values)
    missing, others = sorted(desired - seen), sorted(seen - desired)
    if record.type == "TXT":
        # The texts of others may stand beside ours, but not a second policy.
        policies = {"v=spf1", "v=dmarc1"} & set(map(single_tag, desired))
        others = [value for value in others if single_tag(value) in policies]
    if answer.alias and not seen:
        why = f"There is an alias of {answer.alias} in its place, which must go first."
        yield from report("differs", missing, (), why)
    elif missing and not seen:
        yield from report("missing", missing, (), "It is not there.")
    elif missing or (others and record.type != "TXT"):
        yield from report("differs", missing, others, "It is there with other values.")
    elif others:
        yield from report("twice", (), others, "Two policies at one name count as none.")


def _check_wildcard(server: Server, zone: str) -> Iterator[Finding]:
    """Asks for a name that nobody can have created."""
    name = f"nobody-{secrets.token_hex(8)}.{zone}"
    for kind in ("A", "AAAA", "MX", "TXT"):
        answer = query(server, name, kind)
        if values := answer.values or ((answer.alias,) if answer.alias else ()):
            why = "Names that do not exist are answered, and can be taken over."
            yield Finding("wildcard", f"*.{zone}", "CNAME" if answer.alias else kind, 0, (), values, why)
            return


def _check_hosts(zone: str, records: Sequence[Record], exists: HostExists) -> Iterator[Finding]:
    for record in records:
        hosts = {target(value) for value in record.values} if record.type in POINTING else set()
        for host in sorted(hosts - {""}):
            if not f".{host}".endswith(f".{zone}") and exists(host) is False:
                why = f"{host} does not exist; whoever makes it answers for {record.name}. Make it, or remove this."
                yield Finding("dangling", record.name, record.type, record.ttl, (), record.values, why)
