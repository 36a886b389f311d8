"""Runs `ops deploy …` and prints the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from ops.cli import CliOutput, Column, UnreachableError, format_duration, require_network, run_command
from ops.deploy.context import NO_TOKEN, DeployContext, Options, open_context
from ops.deploy.deployments import CI, Deployment, sanitize
from ops.deploy.host_status import HostStatus, compare
from ops.deploy.progress import Progress, format_minutes, render_phase
from ops.deploy.verdict import Outcome, ReleaseState, Verdict
from ops.deploy.watch import Watch

GOAL_S = 300
UNKNOWN = 4
CURRENT, UNHEALTHY, BEHIND = 0, 1, 3


def watch(options: Options, commit: str, timeout_s: float) -> int:
    """Returns 0 live, 1 failed, 2 out of time, 3 the old version still serves, 4 it cannot be found out."""

    def work(context: DeployContext, output: CliOutput) -> int:
        commits = context.targets.commits
        full = commits.resolve(commit)
        progress = Progress(output, options.clock)
        if context.railway is None:
            progress.note(f"Railway is not followed, only GitHub and the hosts: {NO_TOKEN}")
        progress.note(f"Watching {full[:7]} {commits.describe(full)[0]}".strip())
        watching = Watch(context, full, timeout_s, progress)
        verdict, state = watching.run()
        lines = [sanitize(line) for line in watching.explain(verdict, state)]
        document = _describe(verdict, state, progress, lines)
        output.result(_render(document, state, progress), document)
        return int(verdict.outcome)

    return _run(options, work)


def show_status(options: Options) -> int:
    """Returns 0 all hosts are current, 1 one is unhealthy, 3 one is behind, 4 it cannot be found out."""

    def work(context: DeployContext, output: CliOutput) -> int:
        with output.status("Asking the hosts, GitHub and Railway"):
            document = _read_status(context)
        output.result(_render_status(output, document), document)
        return int(document["status"])

    return _run(options, work)


def _run(options: Options, work: Callable[[DeployContext, CliOutput], int]) -> int:
    output = CliOutput(as_json=options.as_json)

    def with_context() -> int:
        with open_context(options) as context:
            return work(context, output)

    return run_command(output, with_context, error_status=UNKNOWN)


def _describe(verdict: Verdict, state: ReleaseState, progress: Progress, lines: Sequence[str]) -> dict[str, Any]:
    live_s: float | None = None
    if verdict.outcome is Outcome.LIVE:
        # What was live before the watch began became so with the last phase.
        ends = [phase.ended_s for phase in progress.phases if phase.ended_s is not None and phase.where != CI]
        live_s = state.good_since - progress.push if state.good_since else max(ends, default=None)
    return {
        "commit": state.commit,
        "outcome": verdict.outcome.name.lower(),
        "status": int(verdict.outcome),
        "where": verdict.where,
        "what": verdict.what,
        "fix": verdict.fix,
        "lines": lines,
        "live_s": live_s,
        "goal_s": GOAL_S,
        "within_goal": None if live_s is None else live_s <= GOAL_S,
        "phases": msgspec.to_builtins(progress.phases),
        "hosts": [
            {"host": each.host.name, "url": each.host.url, "commit": each.commit, "state": each.state}
            for each in state.hosts
        ],
    }


def _render(document: dict[str, Any], state: ReleaseState, progress: Progress) -> RenderableType:
    live, live_s = document["outcome"] == "live", document["live_s"]
    pace = ""
    if live_s is not None:
        side = "within" if document["within_goal"] else "over"
        left, goal = format_minutes(abs(GOAL_S - live_s)), format_minutes(GOAL_S)
        pace = f", {format_minutes(live_s)} after the push ({left} {side} the goal of {goal})"
    return Group(
        *map(render_phase, progress.phases),
        *(Text(f"  {each.host.name} {each.text}") for each in state.hosts),
        Text.assemble(("✓ ", "bold green") if live else ("✗ ", "bold red"), f"{document['what']}{pace}"),
        *(Text(f"  │ {line}", style="red") for line in document["lines"]),
        *([Text(f"→ {document['fix']}", style="bold")] if document["fix"] else []),
    )


def _read_status(context: DeployContext) -> dict[str, Any]:
    """Returns the document. Its `status` is 0 when all hosts are current, 1 for an unhealthy one, 3 for one behind.

    Each host is compared with the newest commit that one of them serves.
    """
    now, hosts = context.options.clock.now(), context.fetch_statuses()
    if all(host.state == "unreachable" for host in hosts):
        require_network(context.options.controls)
    notes = [] if context.railway else [f"Deployments on Railway are not shown: {NO_TOKEN}"]
    deployments: list[Deployment] = []
    for platform in context.platforms:
        try:
            deployments += platform.list_deployments()
        except UnreachableError as error:
            notes.append(str(error))
    state = CURRENT if _agree(context, hosts) else BEHIND
    return {
        "status": UNHEALTHY if any(host.problem for host in hosts) else state,
        "hosts": [_describe_host(context, host, now) for host in hosts],
        "in_progress": [
            msgspec.to_builtins(each) | {"for_s": round(now - each.started)}
            for each in deployments
            if each.state in ("running", "approval")
        ],
        "notes": notes,
    }


def _render_status(output: CliOutput, document: dict[str, Any]) -> RenderableType:
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
        *map(Text, lines or ([] if document["notes"] else ["No deployment is in progress."])),
        *(Text(note, "yellow") for note in document["notes"]),
    )


def _agree(context: DeployContext, hosts: Sequence[HostStatus]) -> bool:
    serving = [host for host in hosts if host.state == "serving"]
    return not serving or any(
        all(compare(host, context.targets, newest.commit).state in ("current", "unchanged") for host in serving)
        for newest in serving
    )


def _describe_host(context: DeployContext, host: HostStatus, now: float) -> dict[str, Any]:
    subject, committed = context.targets.commits.describe(host.commit)
    return {
        "host": host.host.name, "url": host.host.url, "commit": host.commit, "subject": subject,
        "age_s": None if committed is None else round(now - committed), "problem": host.problem,
    }  # fmt: skip
