"""Doubles of both uptime APIs on loopback, with their documented fields, pages and refusals."""

from __future__ import annotations

import json
import threading
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-tests-0123456789"
PAGE_SIZE = 3
HTTP_FIELDS = {
    "friendlyName", "type", "url", "interval", "timeout", "httpMethodType", "followRedirections", "tagNames",
    "successHttpResponseCodes", "checkSSLErrors", "sslExpirationReminder", "domainExpirationReminder",
    "assignedAlertContacts", "config", "groupId",
}  # fmt: skip
UPTIMEROBOT_FIELDS = {
    "HTTP": HTTP_FIELDS,
    "KEYWORD": HTTP_FIELDS | {"keywordType", "keywordCaseType", "keywordValue"},
    "HEARTBEAT": {"friendlyName", "type", "interval", "gracePeriod", "assignedAlertContacts", "tagNames"},
}
BETTERSTACK_FIELDS = {
    "monitors": {
        "monitor_type", "url", "pronounceable_name", "check_frequency", "expected_status_codes", "required_keyword",
        "domain_expiration", "ssl_expiration", "follow_redirects", "verify_ssl", "request_timeout", "http_method",
    },
    "heartbeats": {"name", "period", "grace", "paused"},
}  # fmt: skip
Answer = tuple[int, dict[str, str], Any]


class Double:
    """`rows` by id. `refusals` are the answers that the next requests get, before anything is done."""

    variables: dict[str, str]

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.refusals: list[Answer] = []
        self.requests: list[str] = []
        self.measured: dict[str, tuple[float, int, int]] = {}
        self.limit = 100
        self.url = ""
        self._made = 100

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, token: str) -> Answer:
        self.requests.append(f"{method} {path}")
        if self.refusals:
            return self.refusals.pop(0)
        if token != f"Bearer {TOKEN}":
            return 401, {}, {"message": f"Invalid token {token}", "code": "unauthorized"}
        return self.route(method, path.strip("/").split("/"), query, body)

    @abstractmethod
    def route(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Answer: ...

    @abstractmethod
    def names(self) -> list[str]: ...

    def id_of(self, name: str) -> str:
        return list(self.rows)[self.names().index(name)]

    def next_id(self) -> str:
        self._made += 1
        return str(self._made)


class UptimeRobot(Double):
    def __init__(self) -> None:
        super().__init__()
        self.contacts = [{"id": 7, "friendlyName": "Ada", "type": "Email", "status": "Active"}]

    def environ(self) -> dict[str, str]:
        return {"UPTIMEROBOT_API_KEY": TOKEN, "UPTIMEROBOT_API_URL": self.url}

    def names(self) -> list[str]:
        return [row["friendlyName"] for row in self.rows.values()]

    def add(self, **fields: Any) -> str:
        """As a person does it in the dashboard."""
        return self._keep({"type": "HTTP", "url": "https://elsewhere.example/", "interval": 300, **fields})

    def route(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Answer:
        match method, path:
            case "GET", ["user", "alert-contacts"]:
                return 200, {}, self.contacts
            case "GET", ["monitors"]:
                start = int(query.get("cursor", 0))
                page = [row for row in self.rows.values() if row["id"] > start][: PAGE_SIZE + 1]
                more = len(page) > PAGE_SIZE
                # As the API does it: a whole URL, here of a host that must never be asked.
                link = f"https://elsewhere.example/v3/monitors/?cursor={page[-2]['id']}" if more else None
                return 200, {}, {"data": page[:PAGE_SIZE], "nextLink": link}
            case "POST", ["monitors"]:
                if len(self.rows) >= self.limit:
                    return 403, {}, {"message": "Monitor limit exceeded", "code": "monitor_limit_exceeded"}
                if error := self._error(body["type"], body):
                    return 400, {}, {"message": [error], "code": "invalid_parameters"}
                return 201, {}, self.rows[self._keep(body)]
            case "GET", ["monitors", number, "stats", "uptime"]:
                uptime, down, incidents = self.measured.get(self.rows[number]["friendlyName"], (100, 0, 0))
                window = {"from": query["from"], "to": query["to"], "mtbf": None}
                return (
                    200,
                    {},
                    {"uptime": uptime, "total_downtime_seconds": down, "incident_count": incidents, **window},
                )
            case (("PATCH" | "DELETE"), ["monitors", number]) if number in self.rows:
                if method == "DELETE":
                    del self.rows[number]
                    return 200, {}, None
                if error := self._error(self.rows[number]["type"], body):
                    return 400, {}, {"message": [error], "code": "invalid_parameters"}
                self.rows[number] |= body
                return 200, {}, self.rows[number]
        return 404, {}, {"message": "Not found", "code": "not_found"}

    def _error(self, kind: str, body: dict[str, Any]) -> str:
        unknown = set(body) - UPTIMEROBOT_FIELDS[kind]
        if unknown:
            return f"property {sorted(unknown)[0]} should not exist"
        return "interval must not be less than 30" if body.get("interval", 30) < 30 else ""

    def _keep(self, body: dict[str, Any]) -> str:
        number = self.next_id()
        row = {**body, "id": int(number), "status": "UP"}
        row["keywordCaseType"] = 0
        if body["type"] == "HEARTBEAT":
            row["url"] = f"m{number}-secret"
        self.rows[number] = row
        return number


class BetterStack(Double):
    def environ(self) -> dict[str, str]:
        return {"BETTERSTACK_API_TOKEN": TOKEN, "BETTERSTACK_API_URL": self.url}

    def names(self) -> list[str]:
        return [row["attributes"].get("pronounceable_name") or row["attributes"]["name"] for row in self.rows.values()]

    def add(self, **fields: Any) -> str:
        named = {"pronounceable_name": fields.pop("friendlyName", None)}
        return self._keep(
            "monitors", {"url": "https://elsewhere.example/", "monitor_type": "status", **named, **fields}
        )

    def route(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Answer:
        match method, path:
            case "GET", [("monitors" | "heartbeats") as kind]:
                rows = [row for row in self.rows.values() if row["type"] == kind.removesuffix("s")]
                number = int(query.get("page", 1))
                more = len(rows) > number * PAGE_SIZE
                link = f"https://elsewhere.example/api/v2/{kind}?page={number + 1}" if more else None
                page = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
                return 200, {}, {"data": page, "pagination": {"first": "", "last": "", "prev": None, "next": link}}
            case "POST", [("monitors" | "heartbeats") as kind]:
                if len(self.rows) >= self.limit:
                    return 402, {}, {"errors": "Your plan does not allow any more of these."}
                if unknown := set(body) - BETTERSTACK_FIELDS[kind]:
                    return 422, {}, {"errors": {sorted(unknown)[0]: ["is unknown"]}}
                return 201, {}, {"data": self.rows[self._keep(kind, body)]}
            case "GET", ["monitors", number, "sla"]:
                name = self.rows[number]["attributes"]["pronounceable_name"]
                uptime, down, incidents = self.measured.get(name, (100.0, 0, 0))
                figures = {"availability": uptime, "total_downtime": down, "number_of_incidents": incidents}
                longest = {"longest_incident": down, "average_incident": down}
                return 200, {}, {"data": {"id": number, "type": "monitor_sla", "attributes": {**figures, **longest}}}
            case (("PATCH" | "DELETE"), [("monitors" | "heartbeats"), number]) if number in self.rows:
                if method == "DELETE":
                    del self.rows[number]
                    return 204, {}, None
                self.rows[number]["attributes"] |= body
                return 200, {}, {"data": self.rows[number]}
        return 404, {}, {"errors": "Resource with provided ID was not found"}

    def _keep(self, kind: str, body: dict[str, Any]) -> str:
        number = self.next_id()
        extra = {"status": "up", "paused_at": None}
        if kind == "heartbeats":
            extra["url"] = f"https://uptime.betterstack.com/api/v1/heartbeat/secret{number}"
        self.rows[number] = {"id": number, "type": kind.removesuffix("s"), "attributes": {**body, **extra}}
        return number


@contextmanager
def serve(double: Double) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            place = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            query = {name: values[-1] for name, values in parse_qs(place.query).items()}
            token = self.headers.get("Authorization", "")
            status, headers, content = double.answer(self.command, place.path, query, body, token)
            data = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _do  # noqa: N815 the names are http.server's

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
