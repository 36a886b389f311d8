"""What no well-meaning program sends. Each gets a clear 4xx, and the service goes on."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fuzz_target import FuzzTarget

from crm import routes
from crm.kernel.http.routing import Route

TAKING = [route for route in routes.table() if route.body and route.surface != "page"]
ASKING = [route for route in routes.table() if route.query and route.surface != "page" and "{" not in route.path]
BY_ID = [route for route in routes.table() if "{id:id}" in route.path and route.surface == "api"]
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
LIVE = "GET /api/v1/live"
SEND = "POST /api/leads HTTP/1.1\r\nhost: a\r\n"
MB = 1024 * 1024
REQUIRED = {"move": {"status": "contacted"}, "merge": {"into": 1}}
"""What a body must have, by the end of the address. Others may be empty."""
HUGE = 2**63
"""One more than any record's number can be."""


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def at(route: Route, number: object = 1) -> str:
    return route.path.replace("{id:id}", str(number)).replace("{delivery:id}", str(number))


def is_problem(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """The problem the answer tells: one of these statuses, in the shape of RFC 9457, in words."""
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:300]}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return problem


def texts(schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """Names of the properties that take text."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [name for name, about in schema["properties"].items() if '"string"' in json.dumps(about)]


@pytest.mark.parametrize("route", TAKING, ids=name)
async def test_a_nul_is_refused_in_every_text(program: httpx.AsyncClient, route: Route):
    document = (await program.get("/api/v1/openapi.json")).json()
    path = route.path.replace(":id", "")
    operation = document["paths"][path][route.method.lower()]
    fields = texts(operation["requestBody"]["content"]["application/json"]["schema"], document)
    # These bodies hold ids or choices alone.
    assert fields or route.path.endswith(("/attach", "/merge", "/undo"))
    for field in fields:
        answer = await program.request(route.method, at(route), json={field: "a\x00b"}, headers={"if-match": "*"})
        problem = is_problem(answer, 422)
        if field in ("website", "form_version", "page", "commit", "started_at", "sent_at", "first_touch", "last_touch"):
            continue  # the page adds these to an enquiry, which is never refused for them
        assert field in [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize("route", ASKING, ids=name)
async def test_a_nul_and_an_endless_list_are_refused_in_a_question(program: httpx.AsyncClient, route: Route):
    is_problem(await program.get(f"{at(route)}?cursor=%00"), 400)
    is_problem(await program.get(f"{at(route)}?{'&'.join(['limit=1'] * 500)}"), 400)
    is_problem(await program.get(f"{at(route)}?cursor={'x' * 20_000}"), 422)
    is_problem(await program.get(f"{at(route)}?limit={'9' * 4000}"), 422)
    is_problem(await program.get(f"{at(route)}?cursor=%ff%fe"), 422)


@pytest.mark.parametrize("route", BY_ID, ids=name)
@pytest.mark.parametrize("number", [0, 987654321, HUGE - 1, HUGE, int("9" * 40)])
async def test_a_record_that_is_not_there_is_not_found(program: httpx.AsyncClient, route: Route, number: int):
    body = REQUIRED.get(route.path.rpartition("/")[2], {})
    answer = await program.request(route.method, at(route, number), json=body, headers={"if-match": "*"})
    is_problem(answer, 404)


@pytest.mark.parametrize("number", ["-1", "1.5", "1e3", "0x1", "%00", "%2e%2e", "１", "a"])
async def test_what_is_no_number_is_no_address(program: httpx.AsyncClient, number: str):
    is_problem(await program.get(f"/api/v1/leads/{number}"), 404)


@pytest.mark.parametrize("route", TAKING, ids=name)
@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        pytest.param(JSON, b"name=Grace&email=grace%40navy.example", 400, id="a form"),
        pytest.param(JSON, b'{"name": "Grace"', 400, id="cut off"),
        pytest.param(JSON, b'"Grace"', 400, id="no object"),
        pytest.param(JSON, b"", 400, id="empty"),
        pytest.param(JSON, b"\xff\xfe{}", 400, id="no UTF-8"),
        pytest.param(JSON, b'{"name": "\xc3\x28"}', 400, id="a broken letter"),
        pytest.param(JSON, b'{"name": "\\ud800"}', 400, id="a lone surrogate"),
        pytest.param(JSON, b"[" * 30_000 + b"]" * 30_000, 400, id="deep"),
        pytest.param(JSON, b'{"name": ' + b"[" * 900 + b"]" * 900 + b"}", 400, id="rather deep"),
        pytest.param(f"{JSON}; charset=utf-16", '{"name": "Grace"}'.encode("utf-16"), 400, id="UTF-16"),
        pytest.param("text/plain", b'{"name": "Grace"}', 415, id="text"),
        pytest.param("application/xml", b"<name>Grace</name>", 415, id="XML"),
        pytest.param("multipart/form-data; boundary=x", b"--x--", 415, id="multipart"),
        pytest.param("", b'{"name": "Grace"}', 415, id="no type"),
        pytest.param("\xe4/\xf6".encode("latin-1"), b"{}", 415, id="a strange type"),
    ],
)
async def test_a_lying_or_broken_body_is_refused(
    program: httpx.AsyncClient, route: Route, kind: str | bytes, body: bytes, status: int
):
    headers = {"if-match": "*", "content-type": kind}
    is_problem(await program.request(route.method, at(route), content=body, headers=headers), status)


@pytest.mark.parametrize(
    "value", ["1e999", "-1e999", "123456789012345678901234567890", "NaN", "1e-400", "true", '"12"', "[1]", "null"]
)
async def test_a_number_that_is_none_is_refused_in_words(program: httpx.AsyncClient, value: str):
    body = f'{{"name": "Grace", "value": {value}}}'
    headers = {"content-type": "application/json"}
    answer = await program.post("/api/v1/leads", content=body, headers=headers)
    if value == "1e-400":  # nothing, as near as a number can tell
        assert answer.status_code == 201
        assert answer.json()["value"] == 0
    else:
        is_problem(answer, 400 if value == "NaN" else 422, 400)


@pytest.mark.parametrize("path", ["/api/leads", "/api/v1/leads", "/sign-in"])
@pytest.mark.parametrize("has_length", [True, False], ids=["with its length", "in pieces"])
async def test_a_hundred_megabytes_are_refused_and_never_held(target: FuzzTarget, path: str, has_length: bool):
    before = target.reset_peak_memory()
    kind = FORM if path == "/sign-in" else "application/json"
    length = f"content-length: {100 * MB}" if has_length else "transfer-encoding: chunked"
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\norigin: {target.url}\r\nauthorization: Bearer {target.key}\r\n"
        f"content-type: {kind}\r\n{length}\r\n\r\n"
    )
    piece = b"x" * MB
    answer = await target.send_bytes(head.encode(), piece if has_length else b"100000\r\n" + piece + b"\r\n", times=100)
    assert answer.status == 413
    if path.startswith("/api/"):
        assert json.loads(answer.body)["status"] == 413
    assert target.read_peak_memory() < before + 20


@pytest.mark.parametrize(
    ("head", "statuses"),
    [
        pytest.param(f"{LIVE} HTTP/1.1\r\nhost: a\r\nx-strange: {{long}}", (400,), id="a giant header"),
        pytest.param(f"{LIVE}?{{long}} HTTP/1.1\r\nhost: a", (400,), id="a giant question"),
        pytest.param(f"{LIVE} HTTP/1.1\r\nhost: a\r\nbad header", (400,), id="no header"),
        pytest.param(f"{LIVE} HTTP/9.9\r\nhost: a", (400, 505), id="a far version"),
        pytest.param("FETCH /api/v1/live HTTP/1.1\r\nhost: a", (400, 405), id="a made-up method"),
        pytest.param(f"{SEND}content-length: nine", (400,), id="no length"),
        pytest.param(f"{SEND}content-length: 1\r\ntransfer-encoding: chunked", (400,), id="two lengths"),
        pytest.param("\x00\x01\x02", (400,), id="noise"),
    ],
)
async def test_what_is_hardly_http_is_refused(target: FuzzTarget, head: str, statuses: tuple[int, ...]):
    answer = await target.send_bytes(f"{head}\r\n\r\n".replace("{long}", "x" * 200_000).encode("latin-1"))
    assert answer.status in statuses, answer


async def test_an_endless_header_is_refused_and_never_held(target: FuzzTarget):
    before = target.reset_peak_memory()
    answer = await target.send_bytes(b"GET /api/v1/live HTTP/1.1\r\nhost: a\r\nx-endless: ", b"x" * MB, times=100)
    assert answer.status in (0, 400)
    assert target.read_peak_memory() < before + 20


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer " + "x" * 8000}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Basic b2N0OmE="}, 401),
        ({"authorization": b"Bearer oct_\xff\x00"[:-1]}, 401),
        ({"if-match": "W/"}, 400),
        ({"if-match": '"' + "9" * 400 + '"'}, 400),
        ({"if-match": "\xb2".encode("latin-1")}, 400),
        ({"accept": "*" * 5000, "accept-encoding": ",,;q=;", "if-match": ""}, 428),
        ({"x-forwarded-for": "'; DROP TABLE leads; --", "user-agent": b"\xfe\xff", "if-match": "*"}, 404),
        ({"cookie": "=;;=" * 500, "if-match": "*"}, 404),
    ],
    ids=range(10),
)
async def test_strange_headers_are_no_more_than_refused(
    program: httpx.AsyncClient, headers: dict[str, str | bytes], status: int
):
    is_problem(await program.request("DELETE", "/api/v1/leads/987654321", headers=headers), status)


@pytest.mark.parametrize("path", ["/leads", "/inbox?tab=failed", "/sign-in?next=//evil.example"])
async def test_pages_bear_it_too(target: FuzzTarget, path: str):
    async with httpx.AsyncClient(base_url=target.url, headers={"origin": target.url}) as client:
        for cookie in ("\xff" * 9, "a" * 5000, "%00", ""):
            answer = await client.get(path, headers={"cookie": f"session={cookie}".encode("latin-1")})
            assert answer.status_code in (200, 303)
        for body in (b"\xff", b"email=%00&password=%00", b"&" * 900, b"email=" + b"x" * 90_000):
            answer = await client.post("/sign-in", content=body, headers={"content-type": FORM})
            assert answer.status_code in (400, 413, 422), answer.status_code
            assert answer.headers["content-type"].startswith("text/html")


async def test_after_all_that_it_serves_as_before(program: httpx.AsyncClient):
    assert (await program.get("/api/v1/health")).status_code == 200
    assert (await program.get("/api/v1/leads")).status_code == 200
