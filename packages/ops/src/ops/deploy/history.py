"""The last deliveries of the site and of the service: commit, outcome, duration, who."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.deploy import deployments
from ops.deploy.commits import SHA, Commits
from ops.deploy.deployments import REPLACED, SERVING, Deployment, Event
from ops.deploy.github import BLOG, SITE, Run
from ops.deploy.opening import NO_TOKEN, Opened
from ops.deploy.screen import span
from ops.railway.faults import Unanswered

PLACES = {SITE: "site", BLOG: "blog"}
OUTCOMES = {
    "SUCCESS": "live",
    "SLEEPING": "live, asleep",
    "REMOVED": "replaced",
    "REMOVING": "replaced",
    "success": "published",
}


class Delivered(msgspec.Struct, frozen=True):
    """One delivery. `id` is what `ops deploy rollback` takes; `back` says whether it can."""

    at: datetime
    where: str
    commit: str
    subject: str
    outcome: str
    took_s: float | None = None
    who: str = ""
    id: str = ""
    back: bool = False


def read(opened: Opened, count: int) -> tuple[list[Delivered], list[str]]:
    """The last `count` deliveries, newest first, and what could not be asked."""
    notes: list[str] = []
    found = _published(opened, notes)
    if opened.asked.railway and opened.asked.service:
        told = deployments.found(opened.asked.railway, opened.asked.service.place)
        known = told.of(opened.asked.service.id)[:count]
        lasting = deployments.events(opened.asked.railway, [each.id for each in known])
        found += [_deployed(each, events, "service") for each, events in zip(known, lasting, strict=True)]
    else:
        notes.append(f"Only the site is shown: {NO_TOKEN}")
    return sorted(found, key=lambda each: each.at, reverse=True)[:count], notes


def table(found: Sequence[Delivered], notes: Sequence[str]) -> RenderableType:
    shown = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for name in ("when (UTC)", "where", "commit", "outcome", "took", "who", "id", "subject"):
        shown.add_column(name)
    for each in found:
        took = "" if each.took_s is None else span(each.took_s)
        good = each.outcome.split(",")[0] in ("live", "replaced", "published")
        outcome = Text(each.outcome + (" ↩" if each.back else ""), style="" if good else "red")
        when = f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M}"
        shown.add_row(
            when, each.where, each.commit[:7], outcome, took, Text(each.who), each.id[:8], Text(each.subject[:60])
        )
    return Group(
        shown,
        Text("↩ `ops deploy rollback ID` can bring it back.", style="dim"),
        *(Text(note, "yellow") for note in notes),
    )


def _published(opened: Opened, notes: list[str]) -> list[Delivered]:
    try:
        runs = opened.asked.github.runs() if opened.asked.github else ()
    except Unanswered as fault:
        notes.append(str(fault))
        return []
    return [_run(run, opened.commits) for run in runs if run.workflow in PLACES and run.conclusion != "skipped"]


def _run(run: Run, commits: Commits) -> Delivered:
    named = SHA.search(run.display_title)
    commit = named[0] if named else run.head_sha
    outcome = (run.conclusion or "unknown") if run.done else run.status
    took = run.updated_at.timestamp() - run.began if run.done else None
    who = run.actor.login if run.actor else ""
    where = PLACES[run.workflow]
    return Delivered(
        run.created_at, where, commit, commits.subject(commit), OUTCOMES.get(outcome, outcome), took, who, str(run.id)
    )


def _deployed(each: Deployment, events: Sequence[Event], where: str) -> Delivered:
    ends = [event.completed_at for event in events if event.completed_at and event.step != "DRAIN_INSTANCES"]
    took = (max(ends) - each.created_at).total_seconds() if ends else None
    outcome = OUTCOMES.get(each.status, each.status.lower().replace("_", " "))
    back = each.can_rollback and each.status in REPLACED and each.status not in SERVING
    return Delivered(each.created_at, where, each.commit, each.subject, outcome, took, each.who, each.id, back)
