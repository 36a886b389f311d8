"""A push and everything that follows it: a repository, both APIs, the hosts, and a manual clock."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from deploy.fake_railway import FakeRailway
from deploy.fake_web import FakeWeb
from deploy.manual_clock import ManualClock
from deploy.release_timeline import Deployment, Phase, Run
from railway.fake_railway_api import TOKEN

from ops.deploy import command
from ops.deploy.context import Options
from ops.deploy.targets import Targets

PAGES_S, RAILWAY_S, CI_S = 80, 150, 700


class Repository(NamedTuple):
    """Commits, each on top of the one before: `old` serves, `both` changes site and CRM, `crm` the CRM alone, `docs`
    neither."""

    root: Path
    targets: Targets
    old: str
    both: str
    crm: str
    docs: str


class FakeRelease:
    def __init__(
        self,
        repository: Repository,
        railway: FakeRailway,
        web: FakeWeb,
        clock: ManualClock,
        output: pytest.CaptureFixture[str],
    ) -> None:
        self.repository, self.railway, self.web, self.clock = repository, railway, web, clock
        self._output = output
        self.stderr = ""
        self.environ = {
            "RAILWAY_TOKEN": TOKEN,
            "RAILWAY_API_URL": railway.address,
            "GITHUB_API_URL": f"{web.address}/github",
        }
        # Where no network is wanted, nothing listens at the control address.
        with socket.create_server(("127.0.0.1", 0)) as closed:
            self.controls = [closed.getsockname()]
        self.old, self.new = repository.old, repository.both
        states = [(-9000.0, "DEPLOYING"), (-8900.0, "SUCCESS"), (RAILWAY_S + 0.0, "REMOVED")]
        railway.deployments.append(Deployment("dep-before", self.old, states))
        self.serve(self.old, api=RAILWAY_S, site=PAGES_S)

    def push(self, commit: str = "") -> Deployment:
        """Everything goes well: Pages and Railway deploy while CI still runs."""
        commit = commit or self.new
        tested = [(1, ("queued", None)), (4, ("in_progress", None)), (CI_S, ("completed", "success"))]
        published = [(2, ("queued", None)), (6, ("in_progress", None)), (PAGES_S - 3, ("completed", "success"))]
        self.web.runs += [
            Run(1, "ci.yml", commit, tested),
            Run(2, "deploy-web.yml", commit, published),
            Run(3, "deploy-blog.yml", commit, [(2, ("queued", None)), (20, ("completed", "success"))]),
        ]
        deployment = Deployment(
            "dep-new",
            commit,
            [(3, "QUEUED"), (10, "BUILDING"), (RAILWAY_S - 40, "DEPLOYING"), (RAILWAY_S, "SUCCESS")],
            [Phase("BUILD_IMAGE", 10, RAILWAY_S - 40), Phase("HEALTHCHECK", RAILWAY_S - 30, RAILWAY_S)],
        )
        self.railway.deployments.append(deployment)
        return deployment

    def serve(self, before: str, *, api: float | None, site: float | None, after: str = "") -> None:
        """The hosts turn from `before` to `after` at these seconds, or never."""

        def turn(at: float | None) -> list[tuple[float, str]]:
            return [(-9000.0, before), *([(at, after or self.new)] if at is not None else [])]

        self.web.serves = {"site": turn(site), "blog": turn(site), "api": turn(api), "crm": turn(api)}

    def disconnect(self, at: float = 0) -> None:
        """Nothing answers any more: not GitHub, not Railway, no host."""
        self.environ |= {"RAILWAY_API_URL": "http://127.0.0.1:9", "GITHUB_API_URL": "http://127.0.0.1:9"}
        self.web.serves = {name: [(at, "down")] for name in self.web.serves}

    def watch(self, commit: str = "", timeout: float = 900) -> tuple[int, dict[str, Any]]:
        status = command.watch(self.options(as_json=True), commit or self.new, timeout)
        return status, self._read_document()

    def status(self) -> tuple[int, dict[str, Any]]:
        status = command.show_status(self.options(as_json=True))
        return status, self._read_document()

    def options(self, *, as_json: bool = False) -> Options:
        return Options(self.environ, self.host_overrides, as_json, self.clock, self.repository.targets, self.controls)

    @property
    def host_overrides(self) -> list[str]:
        return [f"{name}={self.web.address}/{name}" for name in ("site", "blog", "api", "crm")]

    def _read_document(self) -> dict[str, Any]:
        out, self.stderr = self._output.readouterr()
        document: dict[str, Any] = json.loads(out)
        return document
