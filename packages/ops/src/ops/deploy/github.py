"""Runs of GitHub Actions, asked of GitHub's REST API. A token is needed for a private repository, and for job logs."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from ops.railway import limits
from ops.railway.faults import Busy, Refused, Unanswered
from ops.railway.limits import Limits

ADDRESS = "https://api.github.com"
PATIENCE_S = 20
LISTED = 30
# Anybody may ask 60 times an hour, a job of Actions 1,000 times.
AN_HOUR, AN_HOUR_KNOWN = 45, 300
CI, SITE, BLOG = "ci.yml", "deploy-web.yml", "deploy-blog.yml"
FINE = frozenset({"success", "skipped", "neutral"})
STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ")

T = TypeVar("T")


class Actor(msgspec.Struct, frozen=True):
    login: str


class Run(msgspec.Struct, frozen=True):
    """`display_title` of the workflows that publish names the commit; `head_sha` is where their branch stood."""

    id: int
    path: str
    display_title: str
    head_sha: str
    event: str
    status: str
    html_url: str
    created_at: datetime
    updated_at: datetime
    conclusion: str | None = None
    run_started_at: datetime | None = None
    actor: Actor | None = None

    @property
    def workflow(self) -> str:
        """The name of its file."""
        return PurePosixPath(self.path.partition("@")[0]).name

    @property
    def done(self) -> bool:
        return self.status == "completed"

    @property
    def fine(self) -> bool:
        return self.done and self.conclusion in FINE

    @property
    def began(self) -> float:
        return (self.run_started_at or self.created_at).timestamp()

    def of(self, commit: str) -> bool:
        """Whether this is about `commit`: named in the title, else the one that it ran on."""
        named = re.search(r"\b[0-9a-f]{40}\b", self.display_title) if self.event == "workflow_dispatch" else None
        return (named[0] if named else self.head_sha) == commit


class Step(msgspec.Struct, frozen=True):
    name: str
    conclusion: str | None = None


class Job(msgspec.Struct, frozen=True):
    id: int
    name: str
    status: str
    conclusion: str | None = None
    steps: tuple[Step, ...] = ()

    @property
    def failed(self) -> bool:
        return self.status == "completed" and self.conclusion not in (*FINE, "cancelled")


class _Runs(msgspec.Struct, frozen=True):
    workflow_runs: tuple[Run, ...]


class _Jobs(msgspec.Struct, frozen=True):
    jobs: tuple[Job, ...]


def newest(runs: tuple[Run, ...], workflow: str, commit: str) -> Run | None:
    """The last run of a workflow that is about a commit; pull requests release nothing."""
    found = [run for run in runs if run.workflow == workflow and run.event != "pull_request" and run.of(commit)]
    return max(found, key=lambda run: run.began, default=None)


class GitHub:
    """Questions about `repository` (owner/name). `limits` is what the last answer said of them."""

    def __init__(self, repository: str, branch: str, token: str, address: str, trust: SSLContext) -> None:
        headers = {"accept": "application/vnd.github+json", "user-agent": "ops-deploy"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        self._client = httpx.Client(headers=headers, timeout=PATIENCE_S, verify=trust)
        self._root = f"{address.rstrip('/')}/repos/{repository}"
        self._repository, self._branch = repository, branch
        self.known = bool(token)
        self.an_hour = AN_HOUR_KNOWN if token else AN_HOUR
        self._kept: tuple[str, tuple[Run, ...]] = ("", ())
        self.limits = Limits()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def runs(self) -> tuple[Run, ...]:
        """The last runs on the branch, newest first. Asks for nothing again that has not changed."""
        etag, kept = self._kept
        asked: dict[str, Any] = {"branch": self._branch, "per_page": LISTED, "exclude_pull_requests": "true"}
        answer = self._get("/actions/runs", params=asked, headers={"if-none-match": etag} if etag else {})
        if answer.status_code == 304:
            return kept
        found = _read(answer, _Runs).workflow_runs
        self._kept = (answer.headers.get("etag", ""), found)
        return found

    def jobs(self, run: Run) -> tuple[Job, ...]:
        """The jobs of the last attempt of a run, with their steps."""
        asked = {"filter": "latest", "per_page": 100}
        return _read(self._get(f"/actions/runs/{run.id}/jobs", params=asked), _Jobs).jobs

    def log(self, job: Job) -> list[str]:
        """The log of a job, line by line; empty without a token, since GitHub shows it to nobody then."""
        if not self.known:
            return []
        # The log lies elsewhere. The client does not take the token there.
        answer = self._get(f"/actions/jobs/{job.id}/logs", follow_redirects=True)
        return [STAMP.sub("", line) for line in answer.text.splitlines()]

    def _get(self, path: str, **how: Any) -> httpx.Response:
        try:
            answer = self._client.get(self._root + path, **how)
        except httpx.HTTPError as fault:
            raise Unanswered(f"GitHub's API cannot be reached ({type(fault).__name__}).") from None
        self.limits = limits.read(answer.headers)
        status = answer.status_code
        if (
            status == 429
            or (status >= 400 and self.limits.retry_after)
            or (status == 403 and self.limits.remaining == 0)
        ):
            hint = "" if self.known else " GITHUB_TOKEN gives more of them."
            raise Busy(f"GitHub wants fewer questions; it is asked later.{hint}", self.limits)
        if status in (401, 403):
            raise Refused("GitHub refuses GITHUB_TOKEN. It must be able to read Actions of this repository.")
        if status == 404:
            raise Refused(f"GitHub shows no {self._repository}. A private repository needs GITHUB_TOKEN.")
        if status >= 400:
            raise Unanswered(f"GitHub's API answered {status}.")
        return answer


def _read(answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as fault:
        raise Unanswered(f"GitHub's API answered something else than it should: {fault}") from None
