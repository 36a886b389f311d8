"""Railway's GraphQL API, asked with a project token, which belongs to one environment."""

from __future__ import annotations

from ssl import SSLContext
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from ops.railway import limits
from ops.railway.faults import Busy, Refused, Unanswered
from ops.railway.limits import Limits

ADDRESS = "https://backboard.railway.com/graphql/v2"
PATIENCE_S = 20
WHO = "query { projectToken { projectId environmentId } }"
NAMES = "query($id: String!) { project(id: $id) { name services(first: 1000) { edges { node { id name } } } } }"


class Place(NamedTuple):
    """Identifiers of what a project token belongs to."""

    project: str
    environment: str


class Api:
    """Questions to the API at `address`. `limits` is what its last answer said of them.

    `trust` is whom to trust, when it was read before: reading it takes longer than a question.
    """

    def __init__(self, token: str, address: str = ADDRESS, trust: SSLContext | None = None) -> None:
        self._client = httpx.Client(
            headers={"Project-Access-Token": token}, timeout=PATIENCE_S, verify=True if trust is None else trust
        )
        self._address = address
        self.limits = Limits()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def place(self) -> Place:
        """Where the token belongs. Raises as `ask` does."""
        whose = self.ask(WHO)["projectToken"]
        return Place(whose["projectId"], whose["environmentId"])

    def names(self, project: str) -> tuple[str, dict[str, str]]:
        """The project's name, and its services' names by their identifiers. Raises as `ask` does."""
        told = self.ask(NAMES, id=project)["project"]
        return told["name"], {edge["node"]["id"]: edge["node"]["name"] for edge in told["services"]["edges"]}

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of the answer. Raises `Unanswered`: `Refused` for the token, `Busy` for too many questions."""
        try:
            answer = self._client.post(self._address, json={"query": query, "variables": variables})
        except httpx.HTTPError as fault:
            raise Unanswered(f"Railway's API cannot be reached ({type(fault).__name__}). Try again later.") from None
        self.limits = limits.read(answer.headers)
        if answer.status_code in (401, 403):
            raise Refused("Railway refuses the token. Make a project token under Project Settings → Tokens.")
        if answer.status_code == 429:
            wait = self.limits.retry_after or "3600"
            raise Busy(f"Railway's limit of questions an hour is used up. Ask again in {wait} s.", self.limits)
        if answer.status_code >= 500 and self.limits.retry_after:
            raise Busy(f"Railway's API asks for {self.limits.retry_after} s of silence.", self.limits)
        try:
            told = answer.json()
        except ValueError:
            raise Unanswered(f"Railway's API answered {answer.status_code} without JSON. Try again later.") from None
        if faults := told.get("errors"):
            why = faults[0].get("message", "no reason given")
            if "not authorized" in why.lower():
                raise Refused(f"Railway does not let the token do this: {why}. Is it of the right environment?")
            raise Unanswered(f"Railway's API refuses: {why}")
        return told["data"]
