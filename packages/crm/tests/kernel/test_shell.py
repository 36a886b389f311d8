"""What every answer carries, whatever it is an answer to."""

from __future__ import annotations

import gzip

import httpx
import pytest
from conftest import environment, serving

from crm.config import load

PATHS = {
    "a page": "/sign-in", "an answer to a program": "/api/v1/live", "nothing there": "/nowhere",
    "nothing there for a program": "/api/nowhere", "no key": "/api/v1/me", "a redirect": "/inbox",
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
async def test_every_answer_carries_the_headers_that_keep_people_safe(client: httpx.AsyncClient, path: str):
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "no-store" in headers["cache-control"]
    assert "server" not in headers
    assert headers["x-request-id"]


@pytest.mark.parametrize("path", [*PATHS.values(), "/api/docs", "/api/v1/openapi.json", "/metrics", "/static/x"])
async def test_every_answer_asks_for_no_device_and_lets_no_window_in(client: httpx.AsyncClient, path: str):
    _check_common(await client.get(path))


async def test_the_page_of_a_form_that_was_refused_carries_the_same_headers(client: httpx.AsyncClient):
    answer = await client.post("/api/leads", data={"name": "Grace"}, headers={"origin": "http://site.test"})
    assert answer.status_code == 422
    _check_common(answer)


def _check_common(answer: httpx.Response) -> None:
    headers = answer.headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


async def test_two_requests_have_two_names_and_a_stranger_s_name_is_not_believed(client: httpx.AsyncClient):
    named = {"x-railway-request-id": "chosen-by-a-stranger"}
    names = {(await client.get("/api/v1/live", headers=named)).headers["x-request-id"] for _ in range(2)}
    assert len(names) == 2
    assert "chosen-by-a-stranger" not in names


async def test_our_own_proxy_may_name_a_request_but_not_write_into_the_log(database_url: str):
    async with serving(load(environment(database_url, TRUSTED_PROXIES="1"))) as client:
        good = await client.get("/api/v1/live", headers={"x-railway-request-id": "abc-12345678"})
        bad = await client.get("/api/v1/live", headers={"x-railway-request-id": 'x"} {"level": "error'})
    assert good.headers["x-request-id"] == "abc-12345678"
    assert "level" not in bad.headers["x-request-id"]


async def test_strict_transport_is_asked_for_over_https_alone(client: httpx.AsyncClient, database_url: str):
    assert "strict-transport-security" not in (await client.get("/api/v1/live")).headers
    async with serving(load(environment(database_url, CRM_BASE_URL="https://crm.example"))) as secure:
        assert "max-age=63072000" in (await secure.get("/api/v1/live")).headers["strict-transport-security"]


async def test_a_large_answer_is_packed_for_those_who_unpack_and_a_small_one_is_not(client: httpx.AsyncClient):
    plain = await client.get("/api/v1/openapi.json", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with client.stream("GET", "/api/v1/openapi.json", headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw) == plain.content
    small = await client.get("/api/v1/live", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers


async def test_head_answers_as_get_does_without_a_body(client: httpx.AsyncClient):
    answer = await client.head("/api/v1/live")
    assert answer.status_code == 200
    assert answer.content == b""


async def test_a_page_says_once_how_its_letters_are_written(client: httpx.AsyncClient):
    assert (await client.get("/sign-in")).headers["content-type"] == "text/html; charset=utf-8"
