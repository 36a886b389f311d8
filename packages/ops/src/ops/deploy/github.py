"""Runs of GitHub Actions, from GitHub's REST API. A private repository and job logs need a token."""

from __future__ import annotations

import re
from ssl import SSLContext
from typing import Any

import httpx

from ops.cli import RateLimitedError, TokenError, UnreachableError, read_rate_limits
from ops.deploy.deployments import CI, Deployment, State, parse_time, parsing

API_URL = "https://api.github.com"
TIMEOUT_S = 20
WORKFLOWS = {"ci.yml": (CI, ""), "deploy-web.yml": ("Pages", "site"), "deploy-blog.yml": ("Blog's Pages", "blog")}
STATES: dict[str, State] = {
    "success": "done", "skipped": "done", "neutral": "done",
    "cancelled": "canceled", "action_required": "approval", "waiting": "approval",
}  # fmt: skip
# GitHub allows 60 requests an hour without a token.
SLOWER_WITHOUT_TOKEN = 1.7
ERROR = "##[error]"
LOG_LINES = 15
TIMESTAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ")


class GitHub:
    """The Actions of one repository, on the branch that is released. `slowness` stretches the pauses of a watch."""

    def __init__(self, repository: str, branch: str, token: str, url: str, tls: SSLContext) -> None:
        headers = {"accept": "application/vnd.github+json", "user-agent": "ops-deploy"}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        self.has_token = bool(token)
        self.slowness = 1.0 if token else SLOWER_WITHOUT_TOKEN
        self.client = httpx.Client(headers=headers, timeout=TIMEOUT_S, verify=tls)
        self._repository, self._branch, self._root = repository, branch, f"{url}/repos/{repository}"
        self._etag = ""
        self._deployments: list[Deployment] = []

    def list_deployments(self) -> list[Deployment]:
        """Returns the last runs that test or publish. GitHub sends nothing when they have not changed."""
        query = {"branch": self._branch, "per_page": 30, "exclude_pull_requests": "true"}
        response = self._get("/actions/runs", params=query, headers={"if-none-match": self._etag} if self._etag else {})
        if response.status_code != 304:
            self._etag = response.headers.get("etag", "")
            with parsing("GitHub"):
                runs = [run for run in response.json()["workflow_runs"] if run["event"] != "pull_request"]
                self._deployments = [_convert(run) for run in runs if _get_workflow(run) in WORKFLOWS]
        return self._deployments

    def explain(self, deployment: Deployment) -> list[str]:
        """Returns the failed steps of each job; with a token, the log of the first one up to its last error."""
        response = self._get(f"/actions/runs/{deployment.id}/jobs", params={"filter": "latest", "per_page": 100})
        lines: list[str] = []
        with parsing("GitHub"):
            for job in response.json()["jobs"]:
                if STATES.get(job["conclusion"] or "success", "failed") == "failed":
                    failed = [step["name"] for step in job["steps"] if step["conclusion"] == "failure"]
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
            raise UnreachableError(f"GitHub's API cannot be reached ({type(error).__name__}).") from None
        status, known = response.status_code, read_rate_limits(response.headers)
        if status == 429 or (status == 403 and known.remaining == 0) or (status >= 400 and known.retry_after):
            advice = "" if self.has_token else " GITHUB_TOKEN raises it."
            raise RateLimitedError(f"GitHub's rate limit is reached.{advice}", known)
        if status in (401, 403, 404) and self.has_token:
            raise TokenError(f"GitHub refuses GITHUB_TOKEN. It must be able to read Actions of {self._repository}.")
        if status == 404:
            raise UnreachableError(f"GitHub shows no {self._repository}. A private repository needs GITHUB_TOKEN.")
        if status >= 400:
            raise UnreachableError(f"GitHub's API answered {status}.")
        return response


def _get_workflow(run: dict[str, Any]) -> str:
    return str(run["path"]).partition("@")[0].rpartition("/")[2]


def _convert(run: dict[str, Any]) -> Deployment:
    where, part = WORKFLOWS[_get_workflow(run)]
    status = run["conclusion"] or run["status"]
    state = STATES.get(status, "failed" if run["status"] == "completed" else "running")
    started, since = parse_time(run["created_at"]), parse_time(run["updated_at"])
    return Deployment(str(run["id"]), where, part, run["head_sha"], status, state, started, since, run["html_url"])
