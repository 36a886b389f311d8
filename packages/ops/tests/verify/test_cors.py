from __future__ import annotations

import pytest
from lookalike.edge import Answer, Asked
from verify.asking import evidence, red, where

from ops.verify.cors import Cors, strangers

SITE = "https://octatech.xyz"


def reflecting(believed):
    """A service that lets in whatever origin `believed` says yes to."""

    def alter(asked: Asked, answer: Answer) -> Answer:
        origin = asked.headers.get("origin", "")
        if asked.path == "/api/leads" and believed(origin):
            return answer.having("access-control-allow-origin", origin)
        return answer

    return alter


async def test_the_site_may_post_and_nobody_else(client):
    assert await red(Cors(client).checks()) == {}
    assert "8 origins" in await evidence(Cors(client).checks()[1])


def test_strangers_are_never_the_site_itself():
    for site in (SITE, "http://localhost:8080", "https://a.b.example:8443"):
        assert site not in strangers(site)
        assert len(set(strangers(site))) == len(strangers(site)) >= 7


@pytest.mark.parametrize(
    "believed",
    [
        bool,
        lambda origin: origin == "null" or origin == SITE,
        lambda origin: origin.startswith(SITE),
        lambda origin: origin.endswith("octatech.xyz"),
        lambda origin: origin.endswith(".octatech.xyz") or origin == SITE,
        lambda origin: origin.partition("://")[2] == "octatech.xyz",
        lambda origin: origin.removesuffix(":8443") == SITE,
        lambda origin: len(origin) == len(SITE) and origin.endswith("xyz") and origin.startswith("https://octatech"),
    ],
    ids=["any", "null", "prefix", "suffix", "subdomain", "scheme", "port", "dot"],
)
async def test_a_careless_comparison_is_found(lookalike, client, believed):
    lookalike.edge.alter = reflecting(believed)
    told = await red(Cors(client).checks())
    assert list(told) == ["CORS refused"]
    assert told["CORS refused"].hint == f"Set CORS_ORIGIN of the service to {SITE} and nothing else."


async def test_credentials_for_strangers_are_found(lookalike, client):
    lookalike.edge.alter = lambda asked, answer: (
        answer.having("access-control-allow-credentials", "true")
        if asked.headers.get("origin") == "null" and asked.method == "POST"
        else answer
    )
    assert list(await red(Cors(client).checks())) == ["CORS refused"]


@pytest.mark.parametrize(
    ("method", "change", "said"),
    [
        ("OPTIONS", lambda answer: answer.without("access-control-allow-origin"), f"{SITE} is refused (204)"),
        ("OPTIONS", lambda answer: answer.having("access-control-allow-headers", "content-type"), "idempotency-key"),
        ("OPTIONS", lambda answer: answer.having("access-control-allow-methods", "GET"), "allows no post"),
        ("POST", lambda answer: answer.without("access-control-allow-origin"), "cannot be read by the page"),
        ("POST", lambda answer: answer.without("vary"), "does not vary by origin"),
    ],
)
async def test_a_site_that_cannot_send_or_read_is_found(lookalike, client, method, change, said):
    lookalike.edge.alter = where("/api/leads", change, method)
    told = await red(Cors(client).checks())
    assert list(told) == ["CORS allowed"]
    assert said in told["CORS allowed"].said
    assert told["CORS allowed"].hint


async def test_records_that_pages_may_read_are_found(lookalike, client):
    lookalike.edge.alter = where("/api/v1/leads", lambda answer: answer.having("access-control-allow-origin", "*"))
    told = await red(Cors(client).checks())
    assert list(told) == ["CORS elsewhere"]
    assert "Only the form" in told["CORS elsewhere"].hint
