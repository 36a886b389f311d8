"""Railway's GraphQL API, queried with a project token, which belongs to one environment."""

from __future__ import annotations

from ssl import SSLContext
from typing import Any, NamedTuple

import httpx

from ops.cli import RateLimitedError, RateLimits, TokenError, UnreachableError, read_rate_limits

URL = "https://backboard.railway.com/graphql/v2"
WHO = "query { projectToken { projectId environmentId } }"
NAMES = "query($id: String!) { project(id: $id) { name services(first: 1000) { edges { node { id name } } } } }"


class Place(NamedTuple):
    """Identifiers of what a project token belongs to."""

    project: str
    environment: str


class RailwayApi(httpx.Client):
    """A client of the API at `address`. `limits` are the rate limits of the last response.

    `trust` is a TLS context that was loaded before: loading one takes longer than a query.
    """

    def __init__(self, token: str, address: str = URL, trust: SSLContext | None = None) -> None:
        super().__init__(headers={"Project-Access-Token": token}, timeout=20, verify=trust or True)
        self.address = address
        self.limits = RateLimits()

    def place(self) -> Place:
        """Returns what the token belongs to. Raises as `ask` does."""
        token = self.ask(WHO)["projectToken"]
        return Place(token["projectId"], token["environmentId"])

    def names(self, project: str) -> tuple[str, dict[str, str]]:
        """Returns the project's name, and its services' names by identifier. Raises as `ask` does."""
        found = self.ask(NAMES, id=project)["project"]
        return found["name"], {edge["node"]["id"]: edge["node"]["name"] for edge in found["services"]["edges"]}

    def ask(self, query: str, **variables: Any) -> Any:
        """Returns the data of the response. Raises `TokenError`, `RateLimitedError`, or another `UnreachableError`."""
        try:
            response = self.post(self.address, json={"query": query, "variables": variables})
            document = response.json() if response.status_code in (200, 400) else {}
        except (httpx.HTTPError, ValueError) as error:
            kind = type(error).__name__
            raise UnreachableError(f"Railway's API cannot be reached ({kind}). Try again later.") from None
        self.limits = read_rate_limits(response.headers)
        status, errors = response.status_code, document.get("errors")
        reason = errors[0].get("message") or "no reason given" if errors else ""
        if status in (401, 403) or "not authorized" in reason.lower():
            raise TokenError("Railway refuses the token. Make a project token under Project Settings → Tokens.")
        if status == 429 or (status >= 500 and self.limits.retry_after):
            wait = self.limits.retry_after or "3600"
            message = f"Railway's limit of questions an hour is used up. Ask again in {wait} s."
            raise RateLimitedError(message, self.limits)
        if reason or not document:
            raise UnreachableError(f"Railway's API answers with an error: {reason or status}.")
        return document["data"]
