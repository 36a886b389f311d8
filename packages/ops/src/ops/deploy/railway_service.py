"""Deployments on Railway, from its GraphQL API: which there are, why one failed, and what the service logs."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from ops.cli import OpsError
from ops.deploy.deployments import Deployment, State, parse_time, parsing
from ops.railway.api import Place, RailwayApi

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


class LogLine(NamedTuple):
    severity: str
    message: str


class RailwayService:
    """The service called `name`, in the environment of the token. It is looked up with the first request.

    Methods raise `UnreachableError` where Railway does not answer, `OpsError` where it has no such service.
    """

    slowness = 1.0

    def __init__(self, api: RailwayApi, name: str) -> None:
        self.api, self.name = api, name
        self._place: Place | None = None
        self._names: dict[str, str] = {}

    def list_deployments(self) -> list[Deployment]:
        """Returns the last deployments of all services."""
        place = self._find()
        data = self.api.ask(LIST, project=place.project, environment=place.environment)
        with parsing("Railway"):
            return [self._convert(edge["node"], place) for edge in data["deployments"]["edges"]]

    def _find(self) -> Place:
        if self._place is None:
            place = self.api.place()
            project, self._names = self.api.names(place.project)
            if self.name not in self._names.values():
                raise OpsError(f"Project {project} has no service {self.name}. Compare it with .railway/railway.py.")
            self._place = place
        return self._place

    def find_serving(self) -> Deployment | None:
        """Returns the deployment that the service runs now."""
        serving = [each for each in self.list_deployments() if each.part == "service" and each.state == "done"]
        return max(serving, key=lambda each: each.started, default=None)

    def explain(self, deployment: Deployment) -> list[str]:
        """Returns the phases that failed, and the last errors of the log that knows more."""
        with parsing("Railway"):
            events = [edge["node"] for edge in self.api.ask(EVENTS, id=deployment.id)["deploymentEvents"]["edges"]]
            payloads = [(event["step"], event["payload"] or {}) for event in events]
            failed = {
                step: error for step, payload in payloads if (error := payload.get("error") or payload.get("reason"))
            }
            completed = {event["step"] for event in events if event["completedAt"]}
        built = "BUILD_IMAGE" in completed - failed.keys()
        log = self.fetch_log(deployment, "deployment" if built or deployment.status == "CRASHED" else "build")
        errors = [line for line in log if line.severity in ("error", "err", "fatal", "critical")]
        texts = [text for line in (errors or log) for text in line.message.splitlines() if text.strip()]
        return [f"{step}: {error}" for step, error in failed.items()] + [f"  {text}" for text in texts[-LOG_LINES:]]

    def fetch_log(
        self, deployment: Deployment, kind: Literal["build", "deployment"], limit: int = 200
    ) -> list[LogLine]:
        """Returns the last lines that the build, or the service itself, wrote."""
        with parsing("Railway"):
            lines = self.api.ask(LOG % kind, id=deployment.id, limit=limit)["logs"]
            return [LogLine((line["severity"] or "").lower(), line["message"]) for line in lines]

    def explain_incident(self) -> list[str]:
        """Returns what Railway says of an incident of its own, if there is one."""
        platform = self.api.ask(INCIDENT)["platformStatus"]
        if platform["isStable"] or not platform["incident"]:
            return []
        return [f"Railway reports an incident: {platform['incident']['message']} ({platform['incident']['status']})"]

    def _convert(self, node: dict[str, Any], place: Place) -> Deployment:
        service, status = node["serviceId"], node["status"]
        name = self._names.get(service, "another service")
        main = name == self.name
        state = STATES.get(status, "running")
        if status == "CRASHED" and not main:
            state = "done"  # one run of a cron service failed, which says nothing of the release
        where, part = ("Railway", "service") if main else (f"Railway ({name})", "")
        commit = str((node["meta"] or {}).get("commitHash") or "")
        started = parse_time(node["createdAt"])
        since = parse_time(node["statusUpdatedAt"] or node["createdAt"])
        page = f"https://railway.com/project/{place.project}/service/{service}"
        url = f"{page}?environmentId={place.environment}&id={node['id']}"
        return Deployment(node["id"], where, part, commit, status, state, started, since, url)
