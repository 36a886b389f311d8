"""What happens when, in seconds since the push: the fakes answer by it and by a manual clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from deploy.manual_clock import START

T = TypeVar("T")
Timeline = Sequence[tuple[float, T]]


def format_time(elapsed: float) -> str:
    return datetime.fromtimestamp(START + elapsed, UTC).isoformat().replace("+00:00", "Z")


def find_latest(timeline: Timeline[T], elapsed: float) -> tuple[float, T] | None:
    """Returns the last entry that has happened by then, with its time."""
    return next((each for each in reversed(timeline) if each[0] <= elapsed), None)


@dataclass
class Run:
    """A run of a workflow; each state is its status, and its conclusion where it has one."""

    id: int
    workflow: str
    commit: str
    states: Timeline[tuple[str, str | None]]
    event: str = "push"
    jobs: list[dict[str, Any]] = field(default_factory=list)

    def describe(self, elapsed: float) -> dict[str, Any] | None:
        state = find_latest(self.states, elapsed)
        if state is None:
            return None
        return {
            "id": self.id, "path": f".github/workflows/{self.workflow}", "head_sha": self.commit, "event": self.event,
            "status": state[1][0], "conclusion": state[1][1], "name": "more",
            "html_url": f"https://github.com/o/r/actions/runs/{self.id}",
            "created_at": format_time(self.states[0][0]), "updated_at": format_time(state[0]),
        }  # fmt: skip


@dataclass
class Phase:
    step: str
    started: float
    ended: float | None = None
    error: str | None = None

    def describe(self, elapsed: float) -> dict[str, Any] | None:
        if self.started > elapsed:
            return None
        over = self.ended is not None and self.ended <= elapsed
        payload = {"error": self.error, "reason": None, "skipped": None} if self.error and over else None
        done = format_time(self.ended) if over and self.ended is not None and not self.error else None
        return {"step": self.step, "createdAt": format_time(self.started), "completedAt": done, "payload": payload}


@dataclass
class Deployment:
    id: str
    commit: str
    states: list[tuple[float, str]]
    phases: list[Phase] = field(default_factory=list)
    service: str = "s-crm"
    build_log: list[tuple[str, str]] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)

    def describe(self, elapsed: float) -> dict[str, Any] | None:
        state = find_latest(self.states, elapsed)
        if state is None:
            return None
        return {
            "id": self.id, "status": state[1], "createdAt": format_time(self.states[0][0]),
            "statusUpdatedAt": format_time(state[0]), "serviceId": self.service,
            "meta": {"commitHash": self.commit, "branch": "main"},
        }  # fmt: skip
