"""The client of Railway's API, against a schema of its own on loopback."""

from __future__ import annotations

import httpx
import pytest
from railway.fake_railway_api import TOKEN, FakeRailwayApi

from ops.cli import RateLimitedError, TokenError, UnreachableError, read_rate_limits
from ops.railway import api as client

NOW = 1_800_000_000.0


def test_a_token_leads_to_its_environment_and_the_services_there(api: FakeRailwayApi):
    api.names = {"s-1": "crm", "s-2": "backup"}
    with client.RailwayApi(TOKEN, api.address) as railway:
        assert railway.place() == ("p-1", "e-1")
        assert railway.names("p-1") == ("octatech", {"s-1": "crm", "s-2": "backup"})


@pytest.mark.parametrize(
    ("token", "status", "error", "message"),
    [
        ("wrong", 200, TokenError, "refuses the token"),
        (TOKEN, 429, RateLimitedError, "Ask again in 3600 s"),
        (TOKEN, 503, UnreachableError, "answers with an error: 503"),
    ],
)
def test_each_refusal_has_its_error(api: FakeRailwayApi, token: str, status: int, error: type[Exception], message: str):
    api.status = status
    with client.RailwayApi(token, api.address) as railway, pytest.raises(error, match=message):
        railway.place()


def test_a_busy_server_error_is_a_rate_limit(api: FakeRailwayApi):
    api.status, api.headers = 503, {"Retry-After": "30"}
    with client.RailwayApi(TOKEN, api.address) as railway, pytest.raises(RateLimitedError) as raised:
        railway.place()
    assert raised.value.limits.silence_s(NOW) == 30


def test_an_error_of_the_schema_has_its_reason(api: FakeRailwayApi):
    with (
        client.RailwayApi(TOKEN, api.address) as railway,
        pytest.raises(UnreachableError, match="answers with an error: "),
    ):
        railway.ask("query { nothing }")


def test_an_api_that_does_not_answer_is_unreachable():
    with (
        client.RailwayApi(TOKEN, "http://127.0.0.1:9/") as railway,
        pytest.raises(UnreachableError, match="cannot be reached"),
    ):
        railway.place()


@pytest.mark.parametrize("text", ["90", "1800000090", "2027-01-15T08:01:30Z"])
def test_a_moment_is_understood_however_it_is_written(text: str):
    assert read_rate_limits(httpx.Headers({"Retry-After": text})).silence_s(NOW) == 90


def test_an_empty_window_is_waited_for():
    found = read_rate_limits(httpx.Headers({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000300"}))
    assert found.silence_s(NOW) == 300


def test_a_window_with_requests_left_needs_no_wait():
    found = read_rate_limits(httpx.Headers({"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "1800000300"}))
    assert (found.silence_s(NOW), found.remaining, found.window_s(NOW)) == (None, 7, 300)


@pytest.mark.parametrize(("text", "wait"), [("", None), ("soon", None), ("-5", None), ("1700000000", 0)])
def test_the_past_and_the_unreadable_need_no_wait(text: str, wait: float | None):
    assert read_rate_limits(httpx.Headers({"Retry-After": text})).silence_s(NOW) == wait
