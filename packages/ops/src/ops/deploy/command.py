"""Runs `ops deploy …` and prints the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from ops.cli import CliOutput, run_command
from ops.deploy.context import NO_TOKEN, DeployContext, Options, open_context
from ops.deploy.deployments import CI, sanitize
from ops.deploy.progress import Progress, format_minutes, render_phase
from ops.deploy.status import read_status, render_status
from ops.deploy.verdict import Outcome, ReleaseState, Verdict
from ops.deploy.watch import Watch

GOAL_S = 300
UNKNOWN = 4


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
            document = read_status(context)
        output.result(render_status(output, document), document)
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
