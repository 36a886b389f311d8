"""What providers have in common: a small protocol, and HTTP with a token, limits and clear errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx

from ops.cli import Clock, OpsError, UnreachableError, require_network
from ops.uptime.monitors import Monitor
from ops.uptime.plan import Change, Existing

TIMEOUT_S = 30
MAX_WAIT_S = 120
DEFAULT_WAIT_S = 10  # where a provider that asks to wait does not say how long
_REFUSALS = {
    401: "{name} does not accept {variable}. Make a new token there and set it.",
    402: "The plan at {name} does not include this. Change the plan, or [uptime] in site.toml.",
    403: "{name} does not allow this: {variable} is read-only, or the plan does not include it.",
}


class Measurement(NamedTuple):
    """What the provider measured in a window; the availability in percent."""

    availability: float
    downtime_s: int
    incidents: int


class Provider(ABC):
    """An account at an uptime provider. `report_wait` receives a sentence before a wait."""

    name: str
    variable: str
    kinds: tuple[str, ...]

    def __init__(self, url: str, token: str, report_wait: Callable[[str], None], clock: Clock) -> None:
        self._base, self._token, self._report_wait, self._clock = url.rstrip("/"), token, report_wait, clock
        self._http = httpx.Client(headers={"authorization": f"Bearer {token}"}, timeout=TIMEOUT_S)

    @abstractmethod
    def to_creation(self, monitor: Monitor) -> Change:
        """Returns what makes the monitor, in the provider's fields."""

    @abstractmethod
    def read_row(self, kind: str, row: Any) -> Existing:
        """Returns a monitor as the provider lists it."""

    @abstractmethod
    def measure(self, existing: Existing, start: datetime, end: datetime) -> Measurement:
        """Returns what was measured of one monitor. Days count as a whole where the provider knows only days."""

    def apply(self, change: Change) -> None:
        """Carries out one change. What is already deleted counts as deleted."""
        path = f"/{change.kind}/{change.id}".rstrip("/")
        method = {"create": "POST", "update": "PATCH", "delete": "DELETE"}[change.action]
        self.request(method, path, body=change.fields or None)

    def list_existing(self) -> list[Existing]:
        """Returns every monitor of the account, whoever made it."""
        found = []
        for kind in self.kinds:
            links = [""]
            for link in links:
                # Of a link to the next page only the query is used, so that the token goes to no other host.
                with self.expect_documented():
                    page = self.request("GET", f"/{kind}", params=parse_qsl(urlsplit(link).query)).json()
                    found += [self.read_row(kind, row) for row in page["data"]]
                    following = page["pagination"]["next"] if "pagination" in page else page["nextLink"]
                links += [following] if following and following not in links else []
        return found

    @contextmanager
    def expect_documented(self) -> Iterator[None]:
        """Turns an answer of another shape than documented into an error a person can act on."""
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreachableError(f"{self.name} answers otherwise than documented: {error!r}.") from error

    def request(self, method: str, path: str, *, params: Any = None, body: Any = None) -> httpx.Response:
        """Returns a good answer. Waits when asked to, `MAX_WAIT_S` seconds at most. Raises `OpsError`."""
        waited = 0
        while True:
            try:
                response = self._http.request(method, f"{self._base}{path}", params=params, json=body)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                require_network()
                raise UnreachableError(f"{self.name}: no answer at {self._base} ({type(error).__name__}).") from error
            status = response.status_code
            if response.is_success or (method == "DELETE" and status in (404, 410)):
                return response
            if status != httpx.codes.TOO_MANY_REQUESTS:
                sentence = _REFUSALS.get(status, f"{{name}} answers {status} to {method} {path}.")
                words = response.text[:300].replace(self._token, "…") if response.text.startswith("{") else ""
                raise OpsError(f"{sentence.format(name=self.name, variable=self.variable)}\n{words}".strip())
            retry_after = response.headers.get("retry-after", "")
            wait_s = max(int(retry_after), 1) if retry_after.isdecimal() else DEFAULT_WAIT_S
            waited += wait_s
            if waited > MAX_WAIT_S:
                raise OpsError(f"{self.name} takes no more requests now (429). Try again in {wait_s} s.")
            self._report_wait(f"{self.name} limits requests per minute: waiting {wait_s} s.")
            self._clock.sleep(wait_s)
