"""A page that grows or waits, or an API that is slow, fails exactly one check."""

from __future__ import annotations

import itertools
import secrets

import pytest
from fake_production.edge import Edge, Request, Response
from verify.running_checks import at, find_failed, get_evidence, run

from ops.verify import speed
from ops.verify.checks import State

HEALTH, LIST = "health latency", "list latency"


class EdgeClock:
    """Passes by as much as each answer is said to take."""

    def __init__(self, edge: Edge, usual_ms: float, slow_ms: float = 0, slow: int = 0) -> None:
        self._now, self._left = 0.0, slow
        self._usual_s, self._slow_s = usual_ms / 1000, slow_ms / 1000
        edge.alter = self.alter

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        raise AssertionError

    def alter(self, request: Request, response: Response) -> Response:
        slow = request.path.startswith("/api/v1/leads") and self._left > 0
        self._left -= slow
        self._now += self._slow_s if slow else self._usual_s
        return response


@pytest.mark.parametrize("path", ["/assets/display.woff2", "/favicon.svg"])
async def test_a_page_with_a_heavy_part_fails_and_the_part_is_named(fake_production, context, path):
    heavy = secrets.token_bytes(60 * 1024)  # cannot be packed
    fake_production.edge.alter = at(path, lambda it: it.with_body(it.body + heavy), url="https://octatech.xyz")
    results = await run(context, "page weight", "page load")
    assert results["page weight"].state is State.FAILED
    assert f"The heaviest part is https://octatech.xyz{path}" in results["page weight"].hint
    assert results["page load"].state is State.PASSED


async def test_a_landing_page_that_takes_longer_than_2_s_is_red(context):
    hours = itertools.count(step=3600.0)
    context.clock = type("HourClock", (), {"now": lambda self: next(hours)})()
    failed = (await find_failed(context, "page load"))["page load"]
    assert "3600.0 s to load; 2 s are allowed" in failed.detail
    assert "weight of the page" in failed.hint


async def test_a_missing_file_of_the_landing_page_fails(fake_production, context):
    fake_production.edge.alter = at("/assets/display.woff2", lambda it: it._replace(status=404))
    assert "display.woff2 answers 404" in (await find_failed(context, "page load"))["page load"].detail


async def test_a_hundred_answers_are_reported_with_their_percentiles(fake_production, context):
    context.clock = EdgeClock(fake_production.edge, 12)
    assert await get_evidence(context, HEALTH) == "100 samples: p50 12 ms, p95 12 ms, worst 12 ms"


async def test_five_slow_answers_of_a_hundred_are_forgiven(fake_production, context):
    # The first opens the connection and does not count.
    context.clock = EdgeClock(fake_production.edge, 12, slow_ms=900, slow=6)
    assert "p95 12 ms, worst 900 ms" in await get_evidence(context, LIST)


async def test_a_busy_moment_is_measured_once_more(fake_production, context):
    context.clock = EdgeClock(fake_production.edge, 12, slow_ms=900, slow=101)
    assert "worst 12 ms" in await get_evidence(context, LIST)


async def test_a_list_that_stays_slow_is_found(fake_production, context):
    context.clock = EdgeClock(fake_production.edge, 12, slow_ms=201, slow=1000)
    failed = await find_failed(context, HEALTH, LIST)
    assert list(failed) == [LIST]
    assert failed[LIST].detail == "100 samples: p50 201 ms, p95 201 ms, worst 201 ms"
    assert failed[LIST].hint.startswith("The distance alone takes 12 ms; look for slow statements")


async def test_a_long_distance_is_distinguished_from_a_slow_service(fake_production, context):
    context.clock = EdgeClock(fake_production.edge, 230)
    assert "measure from nearer" in (await find_failed(context, HEALTH))[HEALTH].hint


async def test_real_time_is_measured_by_the_usual_clock(context, monkeypatch):
    monkeypatch.setattr(speed, "LATENCY_MS", 0.0001)
    assert list(await find_failed(context, HEALTH)) == [HEALTH]
