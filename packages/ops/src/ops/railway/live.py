"""The live environment, asked of Railway's GraphQL API with a project token. Nothing is ever changed here."""

from __future__ import annotations

from typing import Any, NamedTuple

from ops.railway.api import ADDRESS, Api

ENVIRONMENT = "query($id: String!) { environment(id: $id) { name config(decryptVariables: false) } }"
VARIABLES = (
    "query($project: String!, $environment: String!, $service: String!) {"
    " variables(projectId: $project, environmentId: $environment, serviceId: $service, unrendered: true) }"
)


class LiveService(NamedTuple):
    """`config` as Railway keeps it; `readable` holds the unrendered values of variables that are not sealed."""

    config: dict[str, Any]
    readable: dict[str, str]


class Live(NamedTuple):
    project: str
    environment: str
    services: dict[str, LiveService]


def read(token: str, address: str = ADDRESS) -> Live:
    """The environment that the token belongs to. Raises `Unanswered`."""
    with Api(token, address) as api:
        project, environment = api.place()
        found = api.ask(ENVIRONMENT, id=environment)["environment"]
        named, names = api.names(project)
        services = {}
        for ident, config in (found["config"].get("services") or {}).items():
            if config and not config.get("isDeleted"):
                values = api.ask(VARIABLES, project=project, environment=environment, service=ident)["variables"]
                services[names.get(ident, ident)] = LiveService(config, values or {})
    return Live(named, found["name"], services)
