"""What an API says of how often it may be asked."""

from __future__ import annotations

import httpx
import pytest

from ops.railway import limits

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    "told", ["90", "1800000090", "1800000090000", "2027-01-15T08:01:30Z", "Fri, 15 Jan 2027 08:01:30 GMT"]
)
def test_a_moment_is_understood_however_it_is_written(told: str):
    assert limits.read(httpx.Headers({"Retry-After": told})).silence_s(NOW) == 90


def test_a_window_without_questions_left_is_waited_for():
    found = limits.read(httpx.Headers({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000300"}))
    assert found.silence_s(NOW) == 300


def test_a_window_with_questions_left_asks_for_no_silence():
    found = limits.read(httpx.Headers({"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "1800000300"}))
    assert (found.silence_s(NOW), found.remaining, found.window_s(NOW)) == (None, 7, 300)


@pytest.mark.parametrize("told", ["", "soon", "-5"])
def test_what_cannot_be_understood_asks_for_nothing(told: str):
    assert limits.read(httpx.Headers({"Retry-After": told})).silence_s(NOW) is None


def test_the_past_is_over():
    assert limits.read(httpx.Headers({"Retry-After": "1700000000"})).silence_s(NOW) == 0
