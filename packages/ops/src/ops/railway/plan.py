"""What differs between `.railway/railway.py` and the live environment, as Railway's tool would plan it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ops.railway.graph import Database, Graph, Literally, Reference, Service, Variable
from ops.railway.live import Live, LiveService

Kind = Literal["create", "change", "delete", "by hand"]
# Railway writes these by itself; a file that says nothing of them does not ask for their end.
PLATFORM = frozenset(
    {
        "build.buildEnvironment",
        "deploy.ipv6EgressEnabled",
        "deploy.region",
        "deploy.runtime",
        "deploy.stackerAssignment",
        "deploy.useLegacyStacker",
        "source.autoUpdates",
        "source.upstreamUrl",
    }
)
# Without these the service does not start, or what it does is worth nothing; the rest may stay away.
NEEDED = frozenset({"SESSION_SECRET", "BACKUP_STORE", "BACKUP_RECIPIENTS", "BACKUP_SIGNING_KEY"})


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """`before` and `after` never hold the value of a variable that is not in the repository."""

    kind: Kind
    where: str
    before: str = ""
    after: str = ""
    destructive: bool = False


def changes(graph: Graph, live: Live) -> list[Change]:
    """Everything that would have to happen; empty when the environment is as the file says."""
    names = {node.address: node.name for node in graph.resources}
    found: list[Change] = []
    for node in graph.resources:
        there = live.services.get(node.name)
        if there is None:
            found.append(Change("create", node.name, after=node.address.partition(".")[0]))
        elif isinstance(node, Service):
            found += _service(node, there, names)
        else:
            found += _database(node, there)
    stated = {node.name for node in graph.resources}
    found += [Change("delete", name, destructive=True) for name in sorted(set(live.services) - stated)]
    return found


def _service(node: Service, there: LiveService, names: dict[str, str]) -> list[Change]:
    if file := there.config.get("configFile"):
        return [Change("by hand", node.name, f"is ruled by {file}", "remove the config file in its settings")]
    wanted = msgspec.to_builtins(node)
    wanted["source"].pop("type")
    found = []
    for part in ("source", "build", "deploy"):
        found += _leaves(f"{node.name}.{part}", part, wanted.get(part) or {}, there.config.get(part) or {})
    return found + _domains(node, there) + _variables(node, there, names)


def _database(node: Database, there: LiveService) -> list[Change]:
    found = []
    image = (there.config.get("source") or {}).get("image", "")
    # Railway keeps the minor version up to date; a major one never changes by itself.
    if not image.startswith(node.image):
        found.append(Change("change", f"{node.name}.image", image or "none", node.image, destructive=True))
    # Railway's tool opens one when it makes a database, and never closes it.
    for port, proxy in ((there.config.get("networking") or {}).get("tcpProxies") or {}).items():
        if proxy is not None:
            told = "remove the TCP proxy under Settings → Networking; services reach the database privately"
            found.append(Change("by hand", f"{node.name}.port {port}", "open to the internet", told))
    return found


def _leaves(where: str, part: str, wanted: dict[str, Any], there: dict[str, Any]) -> list[Change]:
    after, before = _normal(wanted), _normal(there)
    if set(before.get("multiRegionConfig") or {}) and "multiRegionConfig" not in after:
        # A service in one region keeps its number of replicas there.
        regions = list(before.pop("multiRegionConfig").values())
        if len(regions) == 1:
            before["numReplicas"] = regions[0].get("numReplicas", 1)
    keys = [key for key in sorted(set(after) | set(before)) if key in after or f"{part}.{key}" not in PLATFORM]
    return [
        Change("change", f"{where}.{key}", _told(before.get(key)), _told(after.get(key)))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _domains(node: Service, there: LiveService) -> list[Change]:
    live = (there.config.get("networking") or {}).get("customDomains") or {}
    wanted = node.networking.custom_domains or {}
    found = []
    for domain, port in wanted.items():
        if domain not in live:
            # Railway's tool refuses to register a domain.
            told = f"add it under Settings → Networking with port {port.port}, then set the DNS records it shows"
            found.append(Change("by hand", f"{node.name}.domains.{domain}", "not registered", told))
        elif (live[domain] or {}).get("port") != port.port:
            before = _told((live[domain] or {}).get("port"))
            found.append(Change("change", f"{node.name}.domains.{domain}", before, str(port.port)))
    gone = sorted(set(live) - set(wanted))
    return found + [Change("delete", f"{node.name}.domains.{domain}", destructive=True) for domain in gone]


def _variables(node: Service, there: LiveService, names: dict[str, str]) -> list[Change]:
    live = there.config.get("variables") or {}
    present = {name for name, value in live.items() if value is not None} | set(there.readable)
    found = []
    for name, variable in node.variables.items():
        where, after = f"{node.name}.variables.{name}", _value(variable, names)
        if after is None:
            if name in NEEDED and name not in present:
                found.append(Change("by hand", where, "missing", "set it under Variables, and seal it"))
        elif name not in present:
            found.append(Change("create", where, after=after))
        elif there.readable.get(name, after) != after:
            found.append(Change("change", where, "another value", after))
    # What Railway tells a service by itself is never in the file.
    gone = sorted(name for name in present - set(node.variables) if not name.startswith("RAILWAY_"))
    return found + [Change("delete", f"{node.name}.variables.{name}", destructive=True) for name in gone]


def _value(variable: Variable, names: dict[str, str]) -> str | None:
    """As Railway writes it; nothing where the value is Railway's own."""
    if isinstance(variable, Literally):
        return variable.value
    if isinstance(variable, Reference):
        return f"${{{{{names.get(variable.resource, variable.resource)}.{variable.output}}}}}"
    return None


def _normal(part: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing; one command stands for a list of one."""
    told = {
        key: [value] if key == "preDeployCommand" and isinstance(value, str) else value for key, value in part.items()
    }
    return {key: value for key, value in told.items() if value not in (None, "", [], {}, False)}


def _told(value: Any) -> str:
    return "nothing" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
