"""Deployments on the fake of Railway's API that the tests of `ops railway` share."""

from __future__ import annotations

from typing import Any

from deploy.manual_clock import ManualClock
from deploy.release_timeline import Deployment, format_time
from railway.fake_railway_api import FakeRailwayApi


class FakeRailway(FakeRailwayApi):
    """`refuses` is the span of seconds in which it answers 429."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.names = {"s-db": "Postgres", "s-crm": "octatech-crm", "s-backup": "octatech-backup"}
        self.deployments: list[Deployment] = []
        self.refuses = (0.0, 0.0)
        self.incident: dict[str, str] | None = None
        self.requests: list[float] = []
        self._clock = clock

    def next_status(self) -> int:
        self.requests.append(self._clock.elapsed)
        return 429 if self.refuses[0] <= self._clock.elapsed < self.refuses[1] else self.status

    def build_root(self) -> dict[str, Any]:
        return super().build_root() | {
            "deployments": self._list,
            "deploymentEvents": lambda _, **arguments: self._edges(self._find(arguments["id"]).phases),
            "buildLogs": lambda _, **arguments: self._log(
                self._find(arguments["deploymentId"]).build_log, arguments["limit"]
            ),
            "deploymentLogs": lambda _, **arguments: self._log(
                self._find(arguments["deploymentId"]).log, arguments["limit"]
            ),
            "platformStatus": {"isStable": self.incident is None, "incident": self.incident},
        }

    def _list(self, _: Any, **arguments: Any) -> dict[str, Any]:
        assert arguments["input"] == {"projectId": "p-1", "environmentId": "e-1"}
        return self._edges(self.deployments)

    def _edges(self, items: list[Any]) -> dict[str, Any]:
        described = [item.describe(self._clock.elapsed) for item in items]
        return {"edges": [{"node": node} for node in described if node]}

    def _log(self, lines: list[tuple[str, str]], limit: int) -> list[dict[str, str]]:
        return [{"severity": kind, "message": line, "timestamp": format_time(0)} for kind, line in lines[-limit:]]

    def _find(self, deployment: str) -> Deployment:
        return next(each for each in self.deployments if each.id == deployment)
