"""Deployments on Railway: what there are, how far one has come, what it logged, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from ops.deploy.plain import plain
from ops.railway.api import Api, Place
from ops.railway.faults import Trouble, Unanswered

LISTED = 40
UNDER_WAY = frozenset({"INITIALIZING", "QUEUED", "WAITING", "BUILDING", "DEPLOYING"})
SERVING = frozenset({"SUCCESS", "SLEEPING"})
BAD = frozenset({"FAILED", "CRASHED"})
REPLACED = frozenset({"REMOVED", "REMOVING"})
FIELDS = "id status createdAt statusUpdatedAt canRollback serviceId meta creator { name }"
LIST = (
    "deployments(input: {projectId: $project, environmentId: $environment}, first: $first)"
    f" {{ edges {{ node {{ {FIELDS} }} }} }}"
)
PHASE = "step createdAt completedAt payload { error reason skipped }"
EVENTS = f"deploymentEvents(id: %s, last: 50) {{ edges {{ node {{ {PHASE} }} }} }}"
GIVEN = "$project: String!, $environment: String!, $first: Int!"
ALONE = f"query({GIVEN}) {{ {LIST} }}"
WITH_EVENTS = f"query({GIVEN}, $id: String!) {{ {LIST} {EVENTS % '$id'} }}"
LINE = "message severity"
LOGS = {
    kind: f"query($id: String!, $limit: Int) {{ logs: {kind}Logs(deploymentId: $id, limit: $limit) {{ {LINE} }} }}"
    for kind in ("build", "deployment")
}
ROLL_BACK = "mutation($id: String!) { deploymentRollback(id: $id) }"
PLATFORM = "query { platformStatus { isStable incident { status message } } }"


class Creator(msgspec.Struct, frozen=True):
    name: str | None = None


class Deployment(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    status: str
    created_at: datetime
    status_updated_at: datetime | None = None
    can_rollback: bool = False
    service_id: str | None = None
    meta: dict[str, Any] | None = None
    creator: Creator | None = None

    @property
    def commit(self) -> str:
        return self._told("commitHash")

    @property
    def subject(self) -> str:
        return plain(self._told("commitMessage").partition("\n")[0])

    @property
    def who(self) -> str:
        return plain((self.creator and self.creator.name) or self._told("commitAuthor"), 40)

    @property
    def began(self) -> float:
        return self.created_at.timestamp()

    @property
    def since(self) -> float:
        """When it took its present status."""
        return (self.status_updated_at or self.created_at).timestamp()

    @property
    def under_way(self) -> bool:
        return self.status in UNDER_WAY

    def _told(self, key: str) -> str:
        told = (self.meta or {}).get(key)
        return told if isinstance(told, str) else ""


class Payload(msgspec.Struct, frozen=True):
    error: str | None = None
    reason: str | None = None
    skipped: bool | None = None


class Event(msgspec.Struct, frozen=True, rename="camel"):
    """One phase of a deployment, such as BUILD_IMAGE."""

    step: str
    created_at: datetime
    completed_at: datetime | None = None
    payload: Payload | None = None

    @property
    def error(self) -> str:
        return (self.payload and (self.payload.error or self.payload.reason)) or ""


class LogLine(msgspec.Struct, frozen=True):
    message: str
    severity: str | None = None


class Found(msgspec.Struct, frozen=True):
    """Deployments of the environment, newest first, and the phases of the one that is followed."""

    deployments: tuple[Deployment, ...]
    events: tuple[Event, ...] = ()

    def of(self, service: str) -> tuple[Deployment, ...]:
        return tuple(found for found in self.deployments if found.service_id == service)


class Service(NamedTuple):
    """The one that serves the public hosts, in the project that the token belongs to."""

    place: Place
    id: str
    name: str
    names: Mapping[str, str]

    def page(self, deployment: Deployment) -> str:
        """Where people look at a deployment."""
        here = f"https://railway.com/project/{self.place.project}/service/{deployment.service_id or self.id}"
        return f"{here}?environmentId={self.place.environment}&id={deployment.id}"


def service(api: Api, name: str) -> Service:
    """Find the service called `name`. Raises `Trouble` when the environment has none."""
    place = api.place()
    project, names = api.names(place.project)
    for ident, known in names.items():
        if known == name:
            return Service(place, ident, name, names)
    raise Trouble(f"The project {project} has no service {name}. `ops railway plan` says what else differs.")


def found(api: Api, place: Place, follow: str | None = None) -> Found:
    """The last deployments, and the phases of `follow`, in one question. Raises `Unanswered`."""
    given = {"project": place.project, "environment": place.environment, "first": LISTED}
    told = api.ask(WITH_EVENTS, **given, id=follow) if follow else api.ask(ALONE, **given)
    newest_first = sorted(_nodes(told["deployments"], Deployment), key=lambda node: node.created_at, reverse=True)
    events = _nodes(told["deploymentEvents"], Event) if follow else []
    return Found(tuple(newest_first), tuple(sorted(events, key=lambda event: event.created_at)))


def events(api: Api, idents: Sequence[str]) -> list[list[Event]]:
    """The phases of several deployments, in one question."""
    if not idents:
        return []
    names = [f"d{number}" for number in range(len(idents))]
    given = ", ".join(f"${name}: String!" for name in names)
    asked = " ".join(f"{name}: {EVENTS % f'${name}'}" for name in names)
    told = api.ask(f"query({given}) {{ {asked} }}", **dict(zip(names, idents, strict=True)))
    return [_nodes(told[name], Event) for name in names]


def log(api: Api, deployment: Deployment, kind: Literal["build", "deployment"], limit: int = 200) -> list[LogLine]:
    """The last lines of what the build, or the service itself, wrote."""
    told: list[LogLine] = _convert(api.ask(LOGS[kind], id=deployment.id, limit=limit)["logs"], list[LogLine])
    return told


def roll_back(api: Api, deployment: Deployment) -> None:
    """Bring `deployment` back, its image and its variables. Raises `Unanswered` when Railway will not."""
    if not api.ask(ROLL_BACK, id=deployment.id)["deploymentRollback"]:
        raise Unanswered(f"Railway did not roll back to {deployment.commit[:7]}.")


def incident(api: Api) -> str:
    """What Railway says of its own trouble; empty when there is none."""
    told = api.ask(PLATFORM)["platformStatus"]
    if told["isStable"] or not told["incident"]:
        return ""
    return f"Railway reports an incident of its own: {told['incident']['message']} ({told['incident']['status']})"


def _nodes(connection: Any, kind: type[Any]) -> list[Any]:
    return [_convert(edge["node"], kind) for edge in connection["edges"]]


def _convert(told: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as fault:
        raise Unanswered(f"Railway's API answered something else than it should: {fault}") from None
