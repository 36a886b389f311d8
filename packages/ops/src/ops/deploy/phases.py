"""The way of a commit as a list of phases, each with its seconds since the push."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from ops.deploy.delivery import Delivery
from ops.deploy.deployments import BAD, Deployment, Event

State = Literal["running", "done", "failed", "skipped"]
TITLES = {"ci": "CI", "site": "Pages", "blog": "Blog's Pages"}


class Phase(msgspec.Struct, frozen=True):
    """`began_s` and `ended_s` are seconds since the push; what has not ended has no end."""

    where: str
    name: str
    state: State
    began_s: float
    ended_s: float | None = None

    def lasted_s(self, now_s: float) -> float:
        return (now_s if self.ended_s is None else self.ended_s) - self.began_s


def pushed_at(given: Delivery, otherwise: float) -> float:
    """When CI or Railway first heard of the commit, in seconds since 1970."""
    ci = given.run("ci")
    known = [ci.began] if ci else [given.web.began] if given.web else []
    return min([*known, otherwise])


def timeline(given: Delivery, events: Sequence[Event], seen_at: Mapping[str, float], zero: float) -> list[Phase]:
    """Every phase known, in the order in which they began. `seen_at` is when a host was first seen to be good."""
    found = [*_runs(given, zero), *_web(given.web, events, zero)]
    found += [Phase(name, "serves it", "done", at - zero, at - zero) for name, at in seen_at.items()]
    return sorted(found, key=lambda phase: phase.began_s)


def _runs(given: Delivery, zero: float) -> Iterable[Phase]:
    for name, run in given.runs:
        if run:
            state: State = "running" if not run.done else "done" if run.fine else "failed"
            state = "skipped" if run.conclusion == "skipped" else state
            ended = run.updated_at.timestamp() - zero if run.done else None
            yield Phase(TITLES.get(name, name), run.workflow, state, run.began - zero, ended)


def _web(web: Deployment | None, events: Sequence[Event], zero: float) -> Iterable[Phase]:
    if web is None:
        return
    first = events[0].created_at.timestamp() if events else None
    if not web.under_way and first is None:
        state: State = "failed" if web.status in BAD else "skipped" if web.status == "SKIPPED" else "done"
        yield Phase("Railway", web.status, state, web.began - zero, web.since - zero)
        return
    # Before the first phase it waits: for CI, or for a place to build.
    queue = "wait" if first is not None else web.status
    yield Phase(
        "Railway",
        queue,
        "running" if first is None else "done",
        web.began - zero,
        None if first is None else first - zero,
    )
    for event in events:
        yield _event(web, event, zero)


def _event(web: Deployment, event: Event, zero: float) -> Phase:
    began = event.created_at.timestamp() - zero
    if event.error:
        return Phase(
            "Railway", event.step, "failed", began, (event.completed_at or event.created_at).timestamp() - zero
        )
    if event.payload and event.payload.skipped:
        return Phase("Railway", event.step, "skipped", began, began)
    if event.completed_at:
        return Phase("Railway", event.step, "done", began, event.completed_at.timestamp() - zero)
    if web.status in BAD:
        return Phase("Railway", event.step, "failed", began, web.since - zero)
    return Phase("Railway", event.step, "running", began)
