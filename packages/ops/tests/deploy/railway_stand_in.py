"""Deployments on the stand-in for Railway's API, which the tests of `ops railway` share."""

from __future__ import annotations

from typing import Any

from deploy.clock import SetClock
from deploy.script import Deployment, moment
from railway.api import Api

CRM, BACKUP = "octatech-crm", "octatech-backup"


class Railway(Api):
    def __init__(self, clock: SetClock) -> None:
        super().__init__()
        self.names = {"s-db": "Postgres", "s-crm": CRM, "s-backup": BACKUP}
        self.deployments: list[Deployment] = []
        self.rolled_back: list[str] = []
        self.refuses = (0.0, 0.0)
        self.incident: dict[str, str] | None = None
        self.doors: list[float] = []
        self._clock = clock

    def door(self) -> int:
        self.doors.append(self._clock.passed)
        return 429 if self.refuses[0] <= self._clock.passed < self.refuses[1] else self.status

    def root(self) -> dict[str, Any]:
        return super().root() | {
            "deployments": self._deployments,
            "deploymentEvents": lambda _, **asked: self._events(asked["id"]),
            "buildLogs": lambda _, **asked: self._log(self._of(asked["deploymentId"]).build_log, asked["limit"]),
            "deploymentLogs": lambda _, **asked: self._log(self._of(asked["deploymentId"]).log, asked["limit"]),
            "platformStatus": {"isStable": self.incident is None, "incident": self.incident},
            "deploymentRollback": lambda _, **asked: self._roll_back(asked["id"]),
        }

    def _deployments(self, _: Any, **asked: Any) -> dict[str, Any]:
        assert asked["input"] == {"projectId": "p-1", "environmentId": "e-1"}
        told = [each.told(self._clock.passed) for each in self.deployments]
        return {"edges": [{"node": node} for node in told if node][: asked["first"]]}

    def _events(self, ident: str) -> dict[str, Any]:
        told = [phase.told(self._clock.passed) for phase in self._of(ident).phases]
        return {"edges": [{"node": node} for node in told if node]}

    def _log(self, lines: list[tuple[str, str]], limit: int) -> list[dict[str, str]]:
        return [{"severity": severity, "message": line, "timestamp": moment(0)} for severity, line in lines[-limit:]]

    def _of(self, ident: str) -> Deployment:
        return next(each for each in self.deployments if each.id == ident)

    def _roll_back(self, ident: str) -> bool:
        """As Railway does: a new deployment of the old commit, and the one that served is removed."""
        assert self._of(ident).can_rollback
        self.rolled_back.append(ident)
        now = self._clock.passed
        for each in self.deployments:
            if each.states[-1][1] == "SUCCESS" and each.states[-1][0] <= now:
                each.states.append((now + 30, "REMOVED"))
        states = [(now + 1, "DEPLOYING"), (now + 30, "SUCCESS")]
        self.deployments.append(Deployment(f"back-{ident}", self._of(ident).commit, states))
        return True
