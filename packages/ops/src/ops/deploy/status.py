"""What is live where, and what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.deploy import deployments, hosts, rollback
from ops.deploy.commits import Commits
from ops.deploy.deployments import Deployment
from ops.deploy.github import Run
from ops.deploy.hosts import Look
from ops.deploy.opening import Opened
from ops.deploy.screen import span
from ops.deploy.standing import Wanted
from ops.railway.faults import Unanswered

EVERYWHERE, UNWELL, APART = 0, 1, 3
SAME = ("current", "unchanged")


def look(opened: Opened, now: float) -> tuple[int, RenderableType, dict[str, Any]]:
    """The status (0: one commit everywhere, 1: a host is not well, 3: hosts differ), the table, the document."""
    looks = [hosts.look(opened.asked.client, host) for host in opened.asked.hosts]
    notes: list[str] = []
    runs, found = _under_way(opened, notes)
    status = UNWELL if any(each.fault for each in looks) else APART if not _agree(opened, looks) else EVERYWHERE
    rows = [_row(each, opened.commits, now) for each in looks]
    moving = [_moving_run(run, now) for run in runs] + [_moving(each, now) for each in found]
    document = {"status": status, "hosts": rows, "under_way": moving, "notes": notes}
    return status, _table(rows, moving, notes), document


def _agree(opened: Opened, looks: Sequence[Look]) -> bool:
    """Whether every host serves what the newest of them does, or a service that is equal."""
    told = {each.commit for each in looks if each.commit}
    return any(
        all(Wanted(commit, opened.commits, opened.watched).seen(each).stand in SAME for each in looks if each.commit)
        for commit in told
    )


def _under_way(opened: Opened, notes: list[str]) -> tuple[list[Run], list[Deployment]]:
    runs: list[Run] = []
    found: list[Deployment] = []
    try:
        runs = [run for run in (opened.asked.github.runs() if opened.asked.github else ()) if not run.done]
    except Unanswered as fault:
        notes.append(str(fault))
    if opened.asked.railway and opened.asked.service:
        told = deployments.found(opened.asked.railway, opened.asked.service.place)
        found = [each for each in told.deployments if each.under_way or each.status == "NEEDS_APPROVAL"]
        if rollback.serving(told, opened.asked.service.id) is None:
            notes.append(f"Railway runs no release of {opened.asked.service.name}.")
    else:
        notes.append("RAILWAY_TOKEN is missing: what Railway does is not shown.")
    return runs, found


def _row(look: Look, commits: Commits, now: float) -> dict[str, Any]:
    made = commits.made_at(look.commit)
    age = None if made is None else round(now - made)
    return {
        "host": look.host.name, "url": look.host.url, "commit": look.commit, "subject": commits.subject(look.commit),
        "age_s": age, "fault": look.fault,
    }  # fmt: skip


def _moving_run(run: Run, now: float) -> dict[str, Any]:
    return {
        "where": run.workflow, "status": run.status, "commit": run.head_sha, "for_s": round(now - run.began),
        "url": run.html_url,
    }  # fmt: skip


def _moving(each: Deployment, now: float) -> dict[str, Any]:
    return {"where": "Railway", "status": each.status, "commit": each.commit, "for_s": round(now - each.began)}


def _table(rows: Sequence[dict[str, Any]], moving: Sequence[dict[str, Any]], notes: Sequence[str]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for name in ("host", "commit", "age", "subject"):
        table.add_column(name)
    for row in rows:
        commit = Text(row["commit"][:7] or "not told", style="red" if row["fault"] else "green")
        age = "" if row["age_s"] is None else span(row["age_s"])
        table.add_row(
            row["host"], commit, age, Text(row["fault"] or row["subject"], style="red" if row["fault"] else "")
        )
    lines = [
        Text(f"… {each['where']} {each['status']} {each['commit'][:7]} for {span(each['for_s'])}") for each in moving
    ]
    if not lines and not notes:
        lines = [Text("Nothing is under way.", style="dim")]
    return Group(table, *lines, *(Text(note, "yellow") for note in notes))
