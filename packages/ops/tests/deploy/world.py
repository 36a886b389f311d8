"""A push and everything that follows it: a repository, both APIs, the hosts, and a set clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from deploy.clock import SetClock
from deploy.railway_stand_in import Railway
from deploy.script import Deployment, Phase, Run
from deploy.web_stand_in import Web
from railway.api import TOKEN

from ops.deploy import command

CI_S, PAGES_S, RAILWAY_S = 120, 160, 210


class Repository(NamedTuple):
    """`old` serves; `new` changes the CRM and `words` only a document, each on top of the one before."""

    root: Path
    old: str
    new: str
    words: str


class World:
    def __init__(
        self, repository: Repository, railway: Railway, web: Web, clock: SetClock, said: pytest.CaptureFixture[str]
    ) -> None:
        self.repository, self.railway, self.web, self.clock = repository, railway, web, clock
        self._said = said
        self.told = ""
        self.environ = {
            "RAILWAY_TOKEN": TOKEN,
            "RAILWAY_API_URL": railway.address,
            "GITHUB_API_URL": f"{web.address}/github",
        }
        self.old, self.new = repository.old, repository.new
        was = [(-9000.0, "DEPLOYING"), (-8900.0, "SUCCESS"), (RAILWAY_S + 0.0, "REMOVED")]
        self.before = Deployment("dep-before", self.old, was, can_rollback=True, subject="The one before")
        railway.deployments.append(self.before)
        self.serve(self.old, api=RAILWAY_S, site=PAGES_S)

    def push(self, commit: str = "") -> Deployment:
        """Everything goes well: CI, Pages, and Railway's phases."""
        commit = commit or self.new
        checked = [(0, ("queued", None)), (4, ("in_progress", None)), (CI_S, ("completed", "success"))]
        self.web.runs += [
            Run(1, "ci.yml", commit, checked),
            self.published(2, "deploy-web.yml", commit, CI_S + 2, PAGES_S - 3),
            self.published(3, "deploy-blog.yml", commit, CI_S + 2, CI_S + 3, "skipped"),
        ]  # fmt: skip
        made = Deployment(
            "dep-new", commit,
            [(3, "WAITING"), (CI_S, "BUILDING"), (RAILWAY_S - 40, "DEPLOYING"), (RAILWAY_S, "SUCCESS")],
            [
                Phase("SNAPSHOT_CODE", CI_S, CI_S + 3), Phase("BUILD_IMAGE", CI_S + 3, RAILWAY_S - 50),
                Phase("PUBLISH_IMAGE", RAILWAY_S - 50, RAILWAY_S - 40), Phase("HEALTHCHECK", RAILWAY_S - 30, RAILWAY_S),
                Phase("DRAIN_INSTANCES", RAILWAY_S, RAILWAY_S + 20),
            ],
            can_rollback=True,
        )  # fmt: skip
        self.railway.deployments.append(made)
        return made

    @staticmethod
    def published(number: int, file: str, commit: str, began: float, ended: float, how: str = "success") -> Run:
        states = [(began, ("in_progress", None)), (ended, ("completed", how))]
        return Run(number, file, commit, states, "workflow_dispatch", f"Deploy the public site at {commit}")

    def serve(self, before: str, *, api: float | None, site: float | None, after: str = "") -> None:
        """The hosts turn from `before` to `after` at these seconds, or never."""
        after = after or self.new
        turn = lambda at: [(-9000.0, before), *([(at, after)] if at is not None else [])]  # noqa: E731
        self.web.serves = {"site": turn(site), "blog": turn(site), "api": turn(api), "crm": turn(api)}

    def watch(self, commit: str = "", timeout: float = 900, **how: Any) -> tuple[int, dict[str, Any]]:
        status = command.watch(
            self.environ, commit or self.new, timeout_s=timeout, given=self.hosts, as_json=True, clock=self.clock,
            root=self.repository.root, **how,
        )  # fmt: skip
        return status, self._document()

    def roll_back(self, ident: str | None = None, *, yes: bool = True) -> tuple[int, dict[str, Any]]:
        status = command.roll_back(
            self.environ, ident, timeout_s=300, yes=yes, given=self.hosts, as_json=True, clock=self.clock,
            root=self.repository.root,
        )  # fmt: skip
        return status, self._document()

    def status(self) -> tuple[int, dict[str, Any]]:
        status = command.tell_status(
            self.environ, given=self.hosts, as_json=True, clock=self.clock, root=self.repository.root
        )
        return status, self._document()

    def history(self, count: int = 10) -> tuple[int, dict[str, Any]]:
        status = command.tell_history(self.environ, count, as_json=True, root=self.repository.root)
        return status, self._document()

    @property
    def hosts(self) -> list[str]:
        return [f"{name}={self.web.address}/{name}" for name in ("site", "blog", "api", "crm")]

    def _document(self) -> dict[str, Any]:
        out, self.told = self._said.readouterr()
        found: dict[str, Any] = json.loads(out)
        return found
