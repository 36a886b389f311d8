"""Railway's GraphQL API, queried with a project token, which belongs to one environment."""

from __future__ import annotations

from ssl import SSLContext
from typing import Any, NamedTuple

import httpx

from ops.railway import limits
from ops.railway.faults import Busy, Refused, Unanswered
from ops.railway.limits import Limits

ADDRESS = "https://backboard.railway.com/graphql/v2"
WHO = "query { projectToken { projectId environmentId } }"
NAMES = "query($id: String!) { project(id: $id) { name services(first: 1000) { edges { node { id name } } } } }"


class Place(NamedTuple):
    """Identifiers of what a project token belongs to."""

    project: str
    environment: str


class Api(httpx.Client):
    """A client of the API at `address`. `limits` are the rate limits of the last response.

    `trust` is a TLS context that was loaded before: loading one takes longer than a query.
    """

    def __init__(self, token: str, address: str = ADDRESS, trust: SSLContext | None = None) -> None:
        super().__init__(headers={"Project-Access-Token": token}, timeout=20, verify=trust or True)
        self.address = address
        self.limits = Limits()

    def place(self) -> Place:
        """Returns what the token belongs to. Raises as `ask` does."""
        token = self.ask(WHO)["projectToken"]
        return Place(token["projectId"], token["environmentId"])

    def names(self, project: str) -> tuple[str, dict[str, str]]:
        """Returns the project's name, and its services' names by identifier. Raises as `ask` does."""
        found = self.ask(NAMES, id=project)["project"]
        return found["name"], {edge["node"]["id"]: edge["node"]["name"] for edge in found["services"]["edges"]}

    def ask(self, query: str, **variables: Any) -> Any:
        """Returns the data of the response. Raises `Refused`, `Busy`, or another `Unanswered`."""
        try:
            response = self.post(self.address, json={"query": query, "variables": variables})
            document = response.json() if response.status_code in (200, 400) else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Unanswered(f"Railway's API cannot be reached ({type(error).__name__}). Try again later.") from None
        self.limits = limits.read(response.headers)
        status, errors = response.status_code, document.get("errors")
        reason = errors[0].get("message") or "no reason given" if errors else ""
        if status in (401, 403) or "not authorized" in reason.lower():
            raise Refused("Railway refuses the token. Make a project token under Project Settings → Tokens.")
        if status == 429 or (status >= 500 and self.limits.retry_after):
            wait = self.limits.retry_after or "3600"
            raise Busy(f"Railway's limit of questions an hour is used up. Ask again in {wait} s.", self.limits)
        if reason or not document:
            raise Unanswered(f"Railway's API answers with an error: {reason or status}.")
        return document["data"]
