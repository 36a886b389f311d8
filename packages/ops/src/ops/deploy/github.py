"""Runs of GitHub Actions, from GitHub's REST API. A private repository and job logs need a token."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath
from ssl import SSLContext
from typing import Any, TypeVar

import httpx
import msgspec

from ops.deploy.deployments import CI, Deployment, State
from ops.railway import limits
from ops.railway.faults import Busy, Refused, Unanswered

API_URL = "https://api.github.com"
TIMEOUT_S = 20
WORKFLOWS = {"ci.yml": (CI, ""), "deploy-web.yml": ("Pages", "site"), "deploy-blog.yml": ("Blog's Pages", "blog")}
STATES: dict[str, State] = {
    "success": "done", "skipped": "done", "neutral": "done",
    "cancelled": "canceled", "action_required": "approval", "waiting": "approval",
}  # fmt: skip
ERROR = "##[error]"
LOG_LINES = 15
TIMESTAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ")

T = TypeVar("T")


class Run(msgspec.Struct, frozen=True):
    id: int
    path: str
    head_sha: str
    event: str
    status: str
    html_url: str
    created_at: datetime
    updated_at: datetime
    conclusion: str | None = None


class Runs(msgspec.Struct, frozen=True):
    workflow_runs: tuple[Run, ...]


class Jobs(msgspec.Struct, frozen=True):
    jobs: tuple[dict[str, Any], ...]


class GitHub:
    """The Actions of one repository, on the branch that is released."""

    def __init__(self, repository: str, branch: str, token: str, url: str, tls: SSLContext) -> None:
        headers = {"accept": "application/vnd.github+json", "user-agent": "ops-deploy"}
        self.has_token = bool(token)
        if token:
            headers["authorization"] = f"Bearer {token}"
        self.client = httpx.Client(headers=headers, timeout=TIMEOUT_S, verify=tls)
        self._repository, self._branch, self._root = repository, branch, f"{url}/repos/{repository}"
        self._etag = ""
        self._deployments: list[Deployment] = []

    def list_deployments(self) -> list[Deployment]:
        """Returns the last runs that test or publish. GitHub sends nothing when they have not changed."""
        query = {"branch": self._branch, "per_page": 30, "exclude_pull_requests": "true"}
        response = self._get("/actions/runs", params=query, headers={"if-none-match": self._etag} if self._etag else {})
        if response.status_code != 304:
            runs = _decode(response, Runs).workflow_runs
            self._etag = response.headers.get("etag", "")
            self._deployments = [
                _convert(run) for run in runs if run.event != "pull_request" and _file(run) in WORKFLOWS
            ]
        return self._deployments

    def explain(self, deployment: Deployment) -> list[str]:
        """Returns the failed steps of each job; with a token, the log of the first one up to its last error."""
        response = self._get(f"/actions/runs/{deployment.id}/jobs", params={"filter": "latest", "per_page": 100})
        lines: list[str] = []
        for job in _decode(response, Jobs).jobs:
            if STATES.get(job.get("conclusion") or "success", "failed") == "failed":
                failed = [step["name"] for step in job.get("steps", ()) if step.get("conclusion") == "failure"]
                log = [] if lines or not self.has_token else self._read_log(job["id"])
                lines += [f"{job['name']}: {', '.join(failed) or job['conclusion']}", *log]
        return lines

    def _read_log(self, job: int) -> list[str]:
        # The log is on another host, and the client does not send the token there.
        log = self._get(f"/actions/jobs/{job}/logs", follow_redirects=True).text.splitlines()
        lines = [TIMESTAMP.sub("", line) for line in log]
        # After the last error, a job only cleans up.
        ends = [number for number, line in enumerate(lines, 1) if line.startswith(ERROR)]
        return [f"  {line}" for line in lines[: ends[-1] if ends else None][-LOG_LINES:]]

    def _get(self, path: str, **options: Any) -> httpx.Response:
        try:
            response = self.client.get(self._root + path, **options)
        except httpx.HTTPError as error:
            raise Unanswered(f"GitHub's API cannot be reached ({type(error).__name__}).") from None
        status, known = response.status_code, limits.read(response.headers)
        if status == 429 or (status == 403 and known.remaining == 0) or (status >= 400 and known.retry_after):
            hint = "" if self.has_token else " With GITHUB_TOKEN, it allows more."
            raise Busy(f"GitHub's rate limit is reached; it is asked later.{hint}", known)
        if status in (401, 403):
            raise Refused("GitHub refuses GITHUB_TOKEN. It must be able to read Actions of this repository.")
        if status == 404:
            raise Refused(f"GitHub shows no {self._repository}. A private repository needs GITHUB_TOKEN.")
        if status >= 400:
            raise Unanswered(f"GitHub's API answered {status}.")
        return response


def _file(run: Run) -> str:
    return PurePosixPath(run.path.partition("@")[0]).name


def _convert(run: Run) -> Deployment:
    where, part = WORKFLOWS[_file(run)]
    status = run.conclusion or run.status
    state = STATES.get(status, "failed" if run.status == "completed" else "running")
    started, since = run.created_at.timestamp(), run.updated_at.timestamp()
    return Deployment(str(run.id), where, part, run.head_sha, status, state, started, since, run.html_url)


def _decode(response: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError as error:
        raise Unanswered(f"GitHub's API answered something unexpected: {error}") from None
