"""What comes at the service from outside without meaning well, and how it is answered."""

from __future__ import annotations

import httpx
import pytest
from conftest import environment, serving

from crm.config import load


async def test_programs_get_errors_as_problem_details(client: httpx.AsyncClient):
    answer = await client.get("/api/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["title"]) == (404, "Not Found")
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_people_get_errors_as_a_page(client: httpx.AsyncClient):
    answer = await client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing at this URL." in answer.text


async def test_a_method_an_address_does_not_take_is_refused_with_those_it_takes(client: httpx.AsyncClient):
    answer = await client.get("/api/leads")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/%00", "/inbox/%00", "/api/v1/leads/%00", "/inbox/-1", "/inbox/1e3", "/inbox/0", f"/inbox/{'9' * 400}",
        "/inbox?tab=%00", f"/inbox?{'a&' * 200}", "/inbox?cursor=%ff", "/%2e%2e/%2e%2e/etc/passwd", "/static//..//x",
    ],
)  # fmt: skip
async def test_a_strange_address_is_the_caller_s_error_and_never_ours(signed_in: httpx.AsyncClient, path: str):
    assert 400 <= (await signed_in.get(path)).status_code < 500


async def test_a_page_form_that_is_too_large_is_refused(signed_in: httpx.AsyncClient):
    answer = await signed_in.post("/sign-in", data={"email": "x" * 300_000})
    assert answer.status_code == 413


async def test_without_a_database_people_and_programs_are_asked_to_come_back(capfd: pytest.CaptureFixture[str]):
    async with serving(load(environment("postgresql://nobody:a-password@127.0.0.1:1/none"))) as client:
        client.cookies.set("session", "whatever")
        page = await client.get("/inbox")
        answer = await client.get("/api/v1/me", headers={"authorization": "Bearer oct_" + "x" * 43})
    for response in (page, answer):
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"
        assert "a-password" not in response.text
    assert "a-password" not in "".join(capfd.readouterr())
