"""What an address says of itself."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        ("/api/v1/leads", "GET, HEAD, OPTIONS, POST"),
        ("/api/v1/leads/1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/sign-out", "OPTIONS, POST"),
    ],
)
async def test_an_address_names_every_method_it_takes(client: httpx.AsyncClient, path: str, takes: str):
    answer = await client.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, takes, b"")


async def test_a_method_that_is_not_taken_is_refused_with_those_that_are(client: httpx.AsyncClient):
    answer = await client.put("/api/v1/leads/1")
    assert answer.status_code == 405
    assert {*answer.headers["allow"].replace(" ", "").split(",")} == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}
