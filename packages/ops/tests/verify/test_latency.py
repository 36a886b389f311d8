from __future__ import annotations

import pytest
from lookalike.edge import Answer, Asked
from verify.asking import evidence, red

from ops.verify.latency import Latency


class SetClock:
    """Passes by as much as each answer is said to take."""

    def __init__(self, edge, usual_ms: float, slow_ms: float = 0, slow: int = 0) -> None:
        self.now = 0.0
        self.left = slow
        self.usual, self.slow = usual_ms / 1000, slow_ms / 1000
        edge.alter = self.alter

    def __call__(self) -> float:
        return self.now

    def alter(self, asked: Asked, answer: Answer) -> Answer:
        slow = asked.path.startswith("/api/v1/leads") and self.left > 0
        self.left -= slow
        self.now += self.slow if slow else self.usual
        return answer


async def test_a_hundred_answers_are_told_with_their_percentiles(lookalike, client, key):
    clock = SetClock(lookalike.edge, 12)
    assert await evidence(Latency(client, key, clock=clock).checks()[0]) == (
        "100 samples: p50 12 ms, p95 12 ms, worst 12 ms"
    )


async def test_five_slow_answers_of_a_hundred_are_forgiven(lookalike, client, key):
    # The first opens the connection and is not counted.
    clock = SetClock(lookalike.edge, 12, slow_ms=900, slow=6)
    assert "p95 12 ms, worst 900 ms" in await evidence(Latency(client, key, clock=clock).checks()[1])


async def test_a_busy_moment_is_measured_once_more(lookalike, client, key):
    clock = SetClock(lookalike.edge, 12, slow_ms=900, slow=101)
    assert "worst 12 ms" in await evidence(Latency(client, key, clock=clock).checks()[1])


async def test_a_list_that_stays_slow_is_found(lookalike, client, key):
    clock = SetClock(lookalike.edge, 12, slow_ms=201, slow=1000)
    told = await red(Latency(client, key, clock=clock).checks())
    assert list(told) == ["list latency"]
    assert told["list latency"].said == "100 samples: p50 201 ms, p95 201 ms, worst 201 ms"
    assert told["list latency"].hint.startswith("The way alone takes 12 ms; look for slow statements")


async def test_a_long_way_is_told_from_a_slow_service(lookalike, client, key):
    clock = SetClock(lookalike.edge, 230)
    told = await red(Latency(client, key, clock=clock).checks())
    assert set(told) == {"health latency", "list latency"}
    assert "measure from nearer" in told["health latency"].hint


@pytest.mark.parametrize("limit", [0.0001])
async def test_real_time_is_measured_where_no_clock_is_set(client, key, limit):
    assert set(await red(Latency(client, key, limit).checks())) == {"health latency", "list latency"}
