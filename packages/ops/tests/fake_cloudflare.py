"""A double of the part of Cloudflare's API that keeps records, on loopback. It refuses what Cloudflare refuses."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "cloudflare-token-of-the-tests"
ZONE_ID = "023e105f4ecef8ad9ca31a8372d0c353"


class FakeCloudflare:
    """`records` by their ids. `failures` holds statuses that the next requests get, before anything is done."""

    def __init__(self) -> None:
        self.zones = {"octatech.xyz": ZONE_ID}
        self.records: dict[str, dict[str, Any]] = {}
        self.failures: list[int] = []
        self.requests: list[str] = []
        self.address = ""
        self._made = 0

    def add(self, kind: str, name: str, content: str, **more: Any) -> None:
        """As a person does it in the dashboard."""
        self._keep({"type": kind, "name": name, "content": content, "ttl": 300, "proxied": False, **more})

    def values(self, name: str, kind: str) -> list[str]:
        return sorted(
            each.get("content") or " ".join(str(part) for part in each["data"].values())
            for each in self.records.values()
            if (each["name"], each["type"]) == (name, kind)
        )

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any, token: str) -> tuple[int, Any]:
        self.requests.append(f"{method} {path}")
        if self.failures:
            return self.failures.pop(0), _build_error(10000, "of the tests")
        if token != f"Bearer {TOKEN}":
            return 403, _build_error(9109, "Invalid access token")
        if path == "/zones":
            return 200, _build_page([{"id": ident, "name": name} for name, ident in self.zones.items()], query)
        if path == f"/zones/{ZONE_ID}/dns_records":
            return self._create(body) if method == "POST" else (200, _build_page(list(self.records.values()), query))
        ident = re.fullmatch(rf"/zones/{ZONE_ID}/dns_records/(\w+)", path)
        if ident is None or ident[1] not in self.records:
            return 404, _build_error(7003, f"Could not route to {path}")
        old = self.records.pop(ident[1])
        if method == "PUT" and (refused := self._find_refusal(body)):
            self.records[ident[1]] = old
            return 400, _build_error(*refused)
        if method == "PUT":
            self._keep(body, ident[1])
        return 200, {"success": True, "result": {"id": ident[1]}}

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        if refused := self._find_refusal(body):
            return 400, _build_error(*refused)
        return 200, {"success": True, "result": self._keep(body)}

    def _find_refusal(self, body: dict[str, Any]) -> tuple[int, str] | None:
        beside = {each["type"] for each in self.records.values() if each["name"] == body["name"]}
        if body["name"] in self.zones:
            # At the top an alias is flattened, so only addresses are in its way.
            beside &= {"A", "AAAA", "CNAME"} if body["type"] in ("A", "AAAA", "CNAME") else set()
        if (body["type"] == "CNAME" and beside) or "CNAME" in beside:
            return 81053, "An A, AAAA, or CNAME record with that host already exists."
        if any(
            (each["name"], each["type"], each.get("content"), each.get("data"))
            == (body["name"], body["type"], _strip_final_dot(body), body.get("data"))
            for each in self.records.values()
        ):
            return 81058, "An identical record already exists."
        if not (body["ttl"] == 1 or 60 <= body["ttl"] <= 86400):
            return 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic."
        return None

    def _keep(self, body: dict[str, Any], ident: str = "") -> dict[str, Any]:
        self._made += 1
        kept = {**body, "id": ident or f"{self._made:032x}", "zone_id": ZONE_ID}
        if "content" in body:
            kept["content"] = _strip_final_dot(body)
        self.records[kept["id"]] = kept
        return kept


@contextmanager
def run_fake_cloudflare(api: FakeCloudflare) -> Iterator[FakeCloudflare]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            place = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = self.headers.get("Authorization", "")
            status, document = api.answer(self.command, place.path, parse_qs(place.query), body, token)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 the names are http.server's

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _strip_final_dot(body: dict[str, Any]) -> str | None:
    """Cloudflare keeps hosts without their final dot."""
    content = body.get("content")
    return content.rstrip(".") if content and body["type"] in ("CNAME", "MX", "NS") else content


def _build_page(rows: list[Any], query: dict[str, list[str]]) -> dict[str, Any]:
    page, size = int(query.get("page", ["1"])[0]), int(query.get("per_page", ["100"])[0])
    some = rows[(page - 1) * size : page * size]
    return {"success": True, "result": some, "result_info": {"page": page, "per_page": size, "count": len(some)}}


def _build_error(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"code": code, "message": message}], "result": None}
