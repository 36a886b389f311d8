"""Which commit each host serves, and which deployments are in progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ops.cli import CliOutput, Column, format_duration, require_network
from ops.deploy.context import NO_TOKEN, DeployContext
from ops.deploy.deployments import Deployment
from ops.deploy.host_status import HostStatus, compare
from ops.railway.faults import Unanswered

CURRENT, UNHEALTHY, BEHIND = 0, 1, 3


def read_status(context: DeployContext) -> dict[str, Any]:
    """Returns the document. Its `status` is 0 when all hosts are current, 1 for an unhealthy one, 3 for one behind.

    Each host is compared with the newest commit that one of them serves.
    """
    now, hosts = context.options.clock.now(), context.fetch_statuses()
    if all(host.state == "unreachable" for host in hosts):
        require_network(context.options.controls)
    notes: list[str] = []
    deployments: list[Deployment] = []
    try:
        deployments += context.github.list_deployments()
    except Unanswered as error:
        notes.append(str(error))
    if context.railway:
        deployments += context.railway.list_deployments()
    else:
        notes.append(f"Deployments on Railway are not shown: {NO_TOKEN}")
    unhealthy = any(host.problem for host in hosts)
    return {
        "status": UNHEALTHY if unhealthy else CURRENT if _agree(context, hosts) else BEHIND,
        "hosts": [_describe(context, host, now) for host in hosts],
        "in_progress": [
            {
                "where": each.where,
                "status": each.status,
                "commit": each.commit,
                "for_s": round(now - each.started),
                "url": each.url,
            }
            for each in deployments
            if each.state in ("running", "approval")
        ],
        "notes": notes,
    }


def render_status(output: CliOutput, document: dict[str, Any]) -> RenderableType:
    rows = []
    for row in document["hosts"]:
        commit = Text(row["problem"] or row["commit"][:7] or "not named", "red" if row["problem"] else "green")
        age = "" if row["age_s"] is None else format_duration(row["age_s"])
        rows.append([row["host"], commit, age, row["subject"]])
    lines = [
        f"… {each['where']} {each['status']} {each['commit'][:7]} for {format_duration(each['for_s'])}"
        for each in document["in_progress"]
    ]
    table = output.table([Column("Host"), Column("Commit"), Column("Age", 1), Column("Subject", 2)], rows)
    return Group(
        table,
        *map(Text, lines or ["No deployment is in progress."]),
        *(Text(note, "yellow") for note in document["notes"]),
    )


def _agree(context: DeployContext, hosts: Sequence[HostStatus]) -> bool:
    serving = [host for host in hosts if host.state == "serving"]
    current = [[compare(host, context.targets, newest.commit).state for host in serving] for newest in serving]
    return not serving or any(set(states) <= {"current", "unchanged"} for states in current)


def _describe(context: DeployContext, host: HostStatus, now: float) -> dict[str, Any]:
    subject, committed = context.targets.commits.describe(host.commit)
    return {
        "host": host.host.name, "url": host.host.url, "commit": host.commit, "subject": subject,
        "age_s": None if committed is None else round(now - committed), "problem": host.problem,
    }  # fmt: skip
