"""Runs `ops deploy …` as a program: asks, tells, and ends with a status that says how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Group
from rich.text import Text

from house.site import BadSite
from ops.deploy import evidence, history, rollback, status, undo
from ops.deploy.clock import Clock, SystemClock
from ops.deploy.delivery import Outcome
from ops.deploy.opening import NO_TOKEN, opened
from ops.deploy.rollback import Impossible
from ops.deploy.screen import Screen
from ops.deploy.screen import span as minutes
from ops.deploy.standing import Wanted
from ops.deploy.watch import Ended, Span, Watch
from ops.railway.faults import Trouble

GOAL_S = 300
CANNOT = 4
EXPECTED = (Trouble, BadSite)


def watch(
    environ: Mapping[str, str], commit: str, *, timeout_s: float, rollback_on_fail: bool = False,
    given: Sequence[str] = (), as_json: bool = False, clock: Clock | None = None, root: Path | None = None,
) -> int:  # fmt: skip
    """0 live, 1 failed, 2 out of time, 3 the old version still serves, 4 it cannot be told."""
    clock = clock or SystemClock()
    screen = Screen(clock, as_json=as_json)
    try:
        with opened(environ, clock, given, railway=rollback_on_fail, root=root) as house:
            sha = house.commits.full(commit)
            if not house.asked.railway:
                screen.note(f"Railway is not followed, only GitHub and the hosts: {NO_TOKEN}")
            span = Span(clock, timeout_s)
            screen.note(f"Watching {sha[:7]} {house.commits.subject(sha)}".strip())
            ended = Watch(Wanted(sha, house.commits, house.watched), house.asked, span, screen).until_told()
            lines = evidence.gather(
                ended.verdict, ended.delivery, ended.events, house.asked.github, house.asked.railway
            )
            back: dict[str, Any] | None = None
            if rollback_on_fail and ended.verdict.outcome is Outcome.FAILED:
                back = undo.take_back(house, ended, span, screen)
            _tell(screen, sha, ended, lines, back)
            return int(ended.verdict.outcome)
    except EXPECTED as trouble:
        screen.trouble(str(trouble))
        return CANNOT


def roll_back(
    environ: Mapping[str, str], ident: str | None, *, timeout_s: float, yes: bool = False,
    given: Sequence[str] = (), as_json: bool = False, clock: Clock | None = None, root: Path | None = None,
) -> int:  # fmt: skip
    """As `watch`, of the release that is brought back; 4 when there is no way back, or nobody said yes."""
    clock = clock or SystemClock()
    screen = Screen(clock, as_json=as_json)
    try:
        with opened(environ, clock, given, railway=True, root=root) as house:
            plan = undo.planned(house, ident)
            for line in rollback.told(plan):
                screen.err.print(Text(line))
            if not (yes or screen.asked("Do it?")):
                raise Impossible("Nothing was done. Say yes at a terminal, or give --yes.")
            ended = undo.carry_out(house, plan, Span(clock, timeout_s), screen)
            lines = evidence.gather(ended.verdict, ended.delivery, ended.events, None, house.asked.railway)
            _tell(screen, plan.then.commit, ended, lines, None)
            return int(ended.verdict.outcome)
    except EXPECTED as trouble:
        screen.trouble(str(trouble))
        return CANNOT


def tell_status(
    environ: Mapping[str, str], *, given: Sequence[str] = (), as_json: bool = False, clock: Clock | None = None,
    root: Path | None = None,
) -> int:  # fmt: skip
    """0 every host serves one commit, 1 a host is not well, 3 hosts differ, 4 it cannot be told."""
    clock = clock or SystemClock()
    screen = Screen(clock, as_json=as_json)
    try:
        with opened(environ, clock, given, root=root) as house:
            code, table, document = status.look(house, clock.now())
            screen.result(table, document)
            return code
    except EXPECTED as trouble:
        screen.trouble(str(trouble))
        return CANNOT


def tell_history(environ: Mapping[str, str], count: int, *, as_json: bool = False, root: Path | None = None) -> int:
    """0, or 4 when it cannot be told."""
    clock = SystemClock()
    screen = Screen(clock, as_json=as_json)
    try:
        with opened(environ, clock, root=root) as house:
            found, notes = history.read(house, count)
            screen.result(history.table(found, notes), {"deliveries": found, "notes": notes})
            return 0
    except EXPECTED as trouble:
        screen.trouble(str(trouble))
        return CANNOT


def _tell(screen: Screen, commit: str, ended: Ended, lines: list[str], back: dict[str, Any] | None) -> None:
    verdict, live_s = ended.verdict, ended.live_s
    good = verdict.outcome is Outcome.LIVE
    pace = "" if not good or live_s is None else f", {minutes(live_s)} after the push ({_against_goal(live_s)})"
    head = Text.assemble(("✓ " if good else "✗ ", "bold green" if good else "bold red"), f"{verdict.what}{pace}")
    hosts = [Text(f"  {seen.host.name} {seen.words}") for seen in ended.delivery.hosts]
    why = [Text(f"  │ {line}", style="red") for line in lines]
    todo = [Text(f"→ {verdict.fix}", style="bold")] if verdict.fix else []
    undone = [Text(f"→ {back['what']}", style="bold")] if back else []
    document = {
        "commit": commit,
        "outcome": verdict.outcome.name.lower(),
        "status": int(verdict.outcome),
        "where": verdict.where,
        "what": verdict.what,
        "fix": verdict.fix,
        "lines": lines,
        "live_s": live_s if good else None,
        "goal_s": GOAL_S,
        "within_goal": live_s <= GOAL_S if good and live_s is not None else None,
        "phases": msgspec.to_builtins(ended.timeline),
        "hosts": [
            {"host": seen.host.name, "url": seen.host.url, "commit": seen.look.commit, "stand": seen.stand}
            for seen in ended.delivery.hosts
        ],
        "rollback": back,
    }
    screen.result(Group(screen.lines(ended.timeline), *hosts, head, *why, *todo, *undone), document)


def _against_goal(live_s: float) -> str:
    left = GOAL_S - live_s
    return (
        f"{minutes(left)} within the goal of {minutes(GOAL_S)}"
        if left >= 0
        else f"{minutes(-left)} over the goal of {minutes(GOAL_S)}"
    )
