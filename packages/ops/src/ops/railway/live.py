"""The live environment, asked of Railway's GraphQL API with a project token. Nothing is ever changed here."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx

from ops.railway.faults import Unanswered

API = "https://backboard.railway.com/graphql/v2"
PATIENCE_S = 20
WHO = "query { projectToken { projectId environmentId } }"
ENVIRONMENT = "query($id: String!) { environment(id: $id) { name config(decryptVariables: false) } }"
NAMES = "query($id: String!) { project(id: $id) { name services(first: 1000) { edges { node { id name } } } } }"
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


class Railway:
    """Questions to the API at `api`, for one project token."""

    def __init__(self, token: str, api: str = API) -> None:
        self._client = httpx.Client(headers={"Project-Access-Token": token}, timeout=PATIENCE_S)
        self._api = api

    def live(self) -> Live:
        """The environment that the token belongs to. Raises `Unanswered`."""
        with self._client:
            whose = self._ask(WHO)["projectToken"]
            project, environment = whose["projectId"], whose["environmentId"]
            found = self._ask(ENVIRONMENT, id=environment)["environment"]
            named = self._ask(NAMES, id=project)["project"]
            names = {edge["node"]["id"]: edge["node"]["name"] for edge in named["services"]["edges"]}
            services = {}
            for ident, config in (found["config"].get("services") or {}).items():
                if config and not config.get("isDeleted"):
                    values = self._ask(VARIABLES, project=project, environment=environment, service=ident)["variables"]
                    services[names.get(ident, ident)] = LiveService(config, values or {})
        return Live(named["name"], found["name"], services)

    def _ask(self, query: str, **variables: str) -> Any:
        try:
            answer = self._client.post(self._api, json={"query": query, "variables": variables})
        except httpx.HTTPError as fault:
            raise Unanswered(f"Railway's API cannot be reached ({type(fault).__name__}). Try again later.") from None
        if answer.status_code in (401, 403):
            raise Unanswered("Railway refuses the token. Make a project token under Project Settings → Tokens.")
        if answer.status_code == 429:
            wait = answer.headers.get("Retry-After", "3600")
            raise Unanswered(f"Railway's limit of questions an hour is used up. Ask again in {wait} s.")
        try:
            told = answer.json()
        except ValueError:
            raise Unanswered(f"Railway's API answered {answer.status_code} without JSON. Try again later.") from None
        if faults := told.get("errors"):
            raise Unanswered(f"Railway's API refuses: {faults[0].get('message', 'no reason given')}")
        return told["data"]
