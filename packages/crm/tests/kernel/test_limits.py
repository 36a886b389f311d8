"""Rates of programs."""

from __future__ import annotations

import pytest

from crm.kernel.errors import RateLimitedError
from crm.kernel.http.rate_limits import MOST_CALLERS, LocalCounter, counter, take


async def test_each_caller_has_a_count_of_its_own():
    source = LocalCounter()
    assert [await source.count("a", 1), await source.count("a", 1), await source.count("b", 1)] == [1, 2, 1]


async def test_a_new_window_begins_at_one():
    source = LocalCounter()
    await source.count("a", 1)
    assert await source.count("a", 2) == 1


async def test_invented_callers_cannot_fill_the_memory():
    source = LocalCounter()
    for number in range(MOST_CALLERS + 100):
        await source.count(f"caller {number}", 1)
    assert len(source._used) == MOST_CALLERS
    # Whoever was there before the crowd is still counted.
    assert await source.count("caller 0", 1) == 2


async def test_beyond_the_limit_the_caller_learns_when_to_come_back():
    source = LocalCounter()
    with pytest.raises(RateLimitedError) as raised:
        for _ in range(8):  # A new minute may begin once, so this is more than one limit.
            await take(source, "a", 3)
    assert 1 <= int(raised.value.headers["retry-after"]) <= 60
    assert raised.value.headers["ratelimit-remaining"] == "0"


async def test_the_standing_tells_what_is_left():
    source = LocalCounter()
    first, second = await take(source, "a", 1000), await take(source, "a", 1000)
    assert first.limit == second.limit == 1000
    assert (first.remaining, second.remaining) in {(999, 998), (999, 999)}
    assert 1 <= second.reset <= 60


def test_without_redis_each_process_counts_for_itself():
    assert isinstance(counter(""), LocalCounter)


async def test_nobody_is_refused_because_redis_is_away():
    away = counter("redis://127.0.0.1:1/0")
    assert [await away.count("key:1", 7) for _ in range(3)] == [1, 1, 1]
