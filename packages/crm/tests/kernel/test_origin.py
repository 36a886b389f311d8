"""Changes come from our own pages alone."""

from __future__ import annotations

import factories
import httpx
import pytest
from conftest import ORIGIN, SITE, environment, serving

from crm.config import load
from crm.kernel.security.addresses import client_address


async def post(client: httpx.AsyncClient, **headers: str) -> int:
    """The status of an act that needs a session: 303 where the origin is believed, 403 where not."""
    kept = client.headers.pop("origin")
    try:
        return (await client.post("/inbox/1/dismiss", headers=headers)).status_code
    finally:
        client.headers["origin"] = kept


async def test_a_change_from_our_own_page_passes(client: httpx.AsyncClient):
    assert await post(client, origin=ORIGIN) == 303


@pytest.mark.parametrize("origin", [SITE, "https://crm.test", f"{ORIGIN}:81", f"{ORIGIN}.evil.example", "null"])
async def test_a_change_from_anywhere_else_is_refused(client: httpx.AsyncClient, origin: str):
    assert await post(client, origin=origin) == 403


async def test_without_an_origin_only_the_browser_s_own_word_for_same_origin_counts(client: httpx.AsyncClient):
    assert await post(client) == 403
    assert await post(client, **{"sec-fetch-site": "same-site"}) == 403
    assert await post(client, **{"sec-fetch-site": "same-origin"}) == 303


async def test_reading_needs_no_origin(client: httpx.AsyncClient):
    assert (await client.get("/sign-in", headers={"origin": "https://evil.example"})).status_code == 200


async def test_in_production_another_host_name_is_not_our_own_page(database_url: str):
    live = environment(
        database_url, APP_ENV="production", CRM_BASE_URL="https://crm.example", SITE_URL="https://example",
        CORS_ORIGIN="https://example", WEBHOOKS_ALLOW_LOOPBACK="0", TRUSTED_PROXIES="1",
    )  # fmt: skip
    async with serving(load(live)) as client:
        assert await post(client, host="evil.example", origin="http://evil.example") == 403
        assert await post(client, host="evil.example", origin="https://crm.example") == 303


@pytest.mark.parametrize(
    ("forwarded", "trusted", "seen"),
    [
        ("", 0, "192.0.2.9"),
        ("198.51.100.1", 0, "192.0.2.9"),
        ("203.0.113.5, 198.51.100.1", 1, "198.51.100.1"),
        ("203.0.113.5, 198.51.100.1, 192.0.2.1", 2, "198.51.100.1"),
        ("198.51.100.1", 2, "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::/64"),
        ("[2001:db8::1]", 1, "2001:db8::/64"),
        ("::ffff:198.51.100.1", 1, "198.51.100.1"),
        ("198.51.100.1:4711", 1, "198.51.100.1"),
        ("anything", 1, "unknown"),
    ],
)
def test_a_caller_is_known_by_what_our_own_proxies_saw(forwarded: str, trusted: int, seen: str):
    assert client_address("192.0.2.9", forwarded, trusted) == seen


async def test_the_site_may_post_enquiries_and_nothing_else(client: httpx.AsyncClient):
    assert (
        await client.post("/api/leads", json=factories.build_enquiry(), headers={"origin": SITE})
    ).status_code == 201
    answer = await client.get("/api/v1/health", headers={"origin": SITE})
    assert "access-control-allow-origin" not in answer.headers
