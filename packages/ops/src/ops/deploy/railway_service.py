"""Deployments on Railway, from its GraphQL API: which there are, why one failed, and what the service logs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from ops.deploy.deployments import Deployment, State
from ops.railway.api import Api, Place
from ops.railway.faults import Trouble, Unanswered

STATES: dict[str, State] = {
    "SUCCESS": "done", "SLEEPING": "done", "FAILED": "failed", "CRASHED": "failed", "SKIPPED": "skipped",
    "REMOVED": "replaced", "REMOVING": "replaced", "NEEDS_APPROVAL": "approval",
}  # fmt: skip
LIST = """query($project: String!, $environment: String!) {
  deployments(input: {projectId: $project, environmentId: $environment}, first: 40) {
    edges { node { id status createdAt statusUpdatedAt serviceId meta } }
  }
}"""
EVENTS = """query($id: String!) {
  deploymentEvents(id: $id, last: 50) { edges { node { step completedAt payload { error reason } } } }
}"""
LOG = "query($id: String!, $limit: Int) { logs: %sLogs(deploymentId: $id, limit: $limit) { message severity } }"
INCIDENT = "query { platformStatus { isStable incident { status message } } }"
LOG_LINES = 15


class Node(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    status: str
    created_at: datetime
    status_updated_at: datetime | None = None
    service_id: str | None = None
    meta: dict[str, Any] | None = None


class LogLine(msgspec.Struct, frozen=True):
    message: str
    severity: str | None = None


class RailwayService:
    """The service called `name`, in the environment of the token. It is looked up with the first request.

    Methods raise `Unanswered` where Railway does not answer, `Trouble` where it has no such service.
    """

    def __init__(self, api: Api, name: str) -> None:
        self.api, self.name = api, name
        self._place: Place | None = None
        self._names: dict[str, str] = {}

    def list_deployments(self) -> list[Deployment]:
        """Returns the last deployments of all services."""
        place = self._find()
        data = self.api.ask(LIST, project=place.project, environment=place.environment)
        nodes = [_decode(edge["node"], Node) for edge in data["deployments"]["edges"]]
        return [self._convert(node, place) for node in nodes]

    def _find(self) -> Place:
        if self._place is None:
            place = self.api.place()
            project, self._names = self.api.names(place.project)
            if self.name not in self._names.values():
                raise Trouble(f"The project {project} has no service {self.name}. Compare it with .railway/railway.py.")
            self._place = place
        return self._place

    def find_serving(self) -> Deployment | None:
        """Returns the deployment that the service runs now."""
        serving = [each for each in self.list_deployments() if each.part == "service" and each.state == "done"]
        return max(serving, key=lambda each: each.started, default=None)

    def explain(self, deployment: Deployment) -> list[str]:
        """Returns the phases that failed, and the last errors of the log that knows more."""
        edges = self.api.ask(EVENTS, id=deployment.id)["deploymentEvents"]["edges"]
        failed = {edge["node"]["step"]: _read_error(edge["node"]) for edge in edges if _read_error(edge["node"])}
        completed = {edge["node"]["step"] for edge in edges if edge["node"]["completedAt"]}
        built = "BUILD_IMAGE" in completed - failed.keys()
        log = self.fetch_log(deployment, "deployment" if built or deployment.status == "CRASHED" else "build")
        errors = [line for line in log if (line.severity or "").lower() in ("error", "err", "fatal", "critical")]
        texts = [text for line in (errors or log) for text in line.message.splitlines() if text.strip()]
        return [f"{step}: {error}" for step, error in failed.items()] + [f"  {text}" for text in texts[-LOG_LINES:]]

    def fetch_log(
        self, deployment: Deployment, kind: Literal["build", "deployment"], limit: int = 200
    ) -> list[LogLine]:
        """Returns the last lines that the build, or the service itself, wrote."""
        lines: list[LogLine] = _decode(self.api.ask(LOG % kind, id=deployment.id, limit=limit)["logs"], list[LogLine])
        return lines

    def explain_incident(self) -> list[str]:
        """Returns what Railway says of an incident of its own, if there is one."""
        platform = self.api.ask(INCIDENT)["platformStatus"]
        if platform["isStable"] or not platform["incident"]:
            return []
        return [f"Railway reports an incident: {platform['incident']['message']} ({platform['incident']['status']})"]

    def _convert(self, node: Node, place: Place) -> Deployment:
        name = self._names.get(node.service_id or "", "another service")
        main = name == self.name
        state = STATES.get(node.status, "running")
        if node.status == "CRASHED" and not main:
            state = "done"  # one run of a cron service failed, which says nothing of the release
        page = f"https://railway.com/project/{place.project}/service/{node.service_id}"
        url = f"{page}?environmentId={place.environment}&id={node.id}"
        where, part = ("Railway", "service") if main else (f"Railway ({name})", "")
        commit = str((node.meta or {}).get("commitHash") or "")
        started, since = node.created_at.timestamp(), (node.status_updated_at or node.created_at).timestamp()
        return Deployment(node.id, where, part, commit, node.status, state, started, since, url)


def _read_error(event: dict[str, Any]) -> str:
    payload = event["payload"] or {}
    return payload.get("error") or payload.get("reason") or ""


def _decode(data: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Unanswered(f"Railway's API answered something unexpected: {error}") from None
