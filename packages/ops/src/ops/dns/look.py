"""Whether the world sees the records: every server is asked for every one, and for names that should not be."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

from ops.dns import servers
from ops.dns.faults import Unanswered
from ops.dns.records import POINTING, Awaited, Record, target
from ops.dns.risks import Exists
from ops.dns.servers import Server

What = Literal["missing", "differs", "twice", "awaited", "wildcard", "dangling", "unanswered"]


class Finding(NamedTuple):
    """What does not hold. `add` and `remove` are exact values; those of TXT are plain text, as a form takes them."""

    what: What
    name: str
    type: str
    ttl: int
    add: tuple[str, ...]
    remove: tuple[str, ...]
    why: str
    servers: tuple[str, ...] = ()


def findings(
    zone: str,
    records: Sequence[Record],
    asked: Sequence[Server],
    *,
    awaited: Sequence[Awaited] = (),
    exists: Exists = lambda _: None,
) -> list[Finding]:
    """Everything that is otherwise than `records` say, with the servers that say so; empty when all is well."""
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        told = pool.map(lambda server: list(_at(server, zone, records, awaited)), asked)
        found: dict[Finding, list[str]] = {}
        for server, each in zip(asked, told, strict=True):
            for finding in each:
                found.setdefault(finding, []).append(server.label)
    alike = [finding._replace(servers=tuple(labels)) for finding, labels in found.items()]
    silent = sum(finding.what == "unanswered" for finding in alike) == len(asked)
    # Where nobody answers, waiting once more tells nothing.
    return sorted(
        [*alike, *([] if silent else _dangling(zone, records, exists))],
        key=lambda finding: finding.name.split(".")[::-1],
    )


def _at(server: Server, zone: str, records: Sequence[Record], awaited: Sequence[Awaited]) -> Iterator[Finding]:
    try:
        for record in records:
            yield from _record(server, record)
        for each in awaited:
            answer = servers.ask(server, each.name, "A" if each.type == "ALIAS" else each.type)
            if not answer.values:
                why = f"It is not there, and nobody has told its value. Ask {each.source}."
                yield Finding("awaited", each.name, each.type, 0, (), (), why)
        yield from _wildcard(server, zone)
    except Unanswered as silence:
        yield Finding("unanswered", zone, "", 0, (), (), str(silence))


def _record(server: Server, record: Record) -> Iterator[Finding]:
    if record.type == "ALIAS":
        if not any(servers.ask(server, record.name, kind).values for kind in ("A", "AAAA")):
            yield _finding("missing", record, record.values, (), "It leads nowhere.")
        return
    answer = servers.ask(server, record.name, record.type)
    wanted, seen = set(record.values), set(answer.values)
    missing, others = sorted(wanted - seen), sorted(seen - wanted)
    if record.type == "TXT":
        single = [value for value in others if value.startswith("v=spf1") and any(_spf(each) for each in wanted)]
        if single and not missing:
            yield _finding("twice", record, (), single, "Two policies at one name count as none.")
            return
        others = single
    if answer.alias and not seen:
        why = f"There is an alias of {answer.alias} in its place, which must go first."
        yield _finding("differs", record, missing, (), why)
    elif missing and not seen:
        yield _finding("missing", record, missing, (), "It is not there.")
    elif missing or others:
        yield _finding("differs", record, missing, others, "It is there with other values.")


def _wildcard(server: Server, zone: str) -> Iterator[Finding]:
    """Asked by a name that nobody can have made."""
    name = f"nobody-{secrets.token_hex(8)}.{zone}"
    for kind in ("A", "AAAA", "MX", "TXT"):
        answer = servers.ask(server, name, kind)
        if told := answer.values or ((answer.alias,) if answer.alias else ()):
            why = "Names that do not exist are answered, and can be taken over."
            yield Finding("wildcard", f"*.{zone}", "CNAME" if answer.alias else kind, 0, (), told, why)
            return


def _dangling(zone: str, records: Sequence[Record], exists: Exists) -> Iterator[Finding]:
    for record in records:
        hosts = {target(value) for value in record.values} if record.type in POINTING else set()
        for host in sorted(hosts - {""}):
            if not f".{host}".endswith(f".{zone}") and exists(host) is False:
                why = f"{host} does not exist; whoever makes it answers for {record.name}. Make it, or take this out."
                yield Finding("dangling", record.name, record.type, record.ttl, (), record.values, why)


def _spf(value: str) -> bool:
    return value.startswith("v=spf1")


def _finding(what: What, record: Record, add: Sequence[str], remove: Sequence[str], why: str) -> Finding:
    return Finding(what, record.name, record.type, record.ttl, tuple(add), tuple(remove), why)
