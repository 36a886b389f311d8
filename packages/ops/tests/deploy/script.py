"""What happens when, in seconds since the push: the stand-ins answer by it and by a set clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from deploy.clock import START

T = TypeVar("T")
When = Sequence[tuple[float, T]]


def moment(passed: float) -> str:
    return datetime.fromtimestamp(START + passed, UTC).isoformat().replace("+00:00", "Z")


def latest(when: When[T], passed: float) -> tuple[float, T] | None:
    """The last of what has happened by then, with its time."""
    return next((each for each in reversed(when) if each[0] <= passed), None)


@dataclass
class Run:
    """A run of a workflow; each state is its status, and its conclusion where it has one."""

    id: int
    workflow: str
    commit: str
    states: When[tuple[str, str | None]]
    event: str = "push"
    title: str = "a commit"
    jobs: list[dict[str, Any]] = field(default_factory=list)

    def told(self, passed: float) -> dict[str, Any] | None:
        state = latest(self.states, passed)
        if state is None:
            return None
        began = self.states[0][0]
        return {
            "id": self.id, "path": f".github/workflows/{self.workflow}", "display_title": self.title,
            "head_sha": self.commit, "event": self.event, "status": state[1][0], "conclusion": state[1][1],
            "html_url": f"https://github.com/o/r/actions/runs/{self.id}", "created_at": moment(began),
            "run_started_at": moment(began), "updated_at": moment(state[0]), "actor": {"login": "ada"}, "name": "more",
        }  # fmt: skip


@dataclass
class Phase:
    step: str
    began: float
    ended: float | None = None
    error: str | None = None

    def told(self, passed: float) -> dict[str, Any] | None:
        if self.began > passed:
            return None
        over = self.ended is not None and self.ended <= passed
        payload = {"error": self.error, "reason": None, "skipped": None} if self.error and over else None
        done = moment(self.ended) if over and self.ended is not None and not self.error else None
        return {"step": self.step, "createdAt": moment(self.began), "completedAt": done, "payload": payload}


@dataclass
class Deployment:
    id: str
    commit: str
    states: list[tuple[float, str]]
    phases: list[Phase] = field(default_factory=list)
    service: str = "s-crm"
    can_rollback: bool = False
    subject: str = "a commit"
    build_log: list[tuple[str, str]] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)

    def told(self, passed: float) -> dict[str, Any] | None:
        state = latest(self.states, passed)
        if state is None:
            return None
        return {
            "id": self.id, "status": state[1], "createdAt": moment(self.states[0][0]),
            "statusUpdatedAt": moment(state[0]),
            "canRollback": self.can_rollback, "serviceId": self.service, "creator": {"name": "Ada"},
            "meta": {"commitHash": self.commit, "commitMessage": f"{self.subject}\n\nWhy.", "branch": "main"},
        }  # fmt: skip
