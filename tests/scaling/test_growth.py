"""The model behind docs/scaling.md, held against what is known of queues."""

from __future__ import annotations

import random
import statistics
from typing import Any

import benchmark_loader
import pytest

growth: Any = benchmark_loader.load_benchmark("growth")

PLAIN = {"x": growth.Kind(web_s=0.010, database_s=0.0, rest=(0.0,))}


def stream(rate: float, seconds: float, seed: int = 1) -> list[Any]:
    return growth.generate_poisson("x", rate, seconds, random.Random(seed))


@pytest.mark.parametrize("busy", [0.3, 0.5, 0.8])
def test_waiting_for_one_process_is_as_long_as_pollaczek_and_khinchine_say(busy: float):
    seen = growth.simulate(stream(busy / 0.010, 1000), PLAIN, webs=1, processors=1, seed=1)
    assert statistics.mean(seen.waits) == pytest.approx(busy * 0.010 / (2 * (1 - busy)), rel=0.1)
    assert seen.web == pytest.approx(busy, rel=0.03)


def test_whoever_comes_alone_waits_for_nobody_and_takes_what_was_measured():
    kind = {"x": growth.Kind(0.002, 0.003, (0.004,))}
    seen = growth.simulate([growth.Arrival(at, "x") for at in (0.0, 1.0, 2.0)], kind, webs=1, processors=1, seed=1)
    assert seen.waits == [0, 0, 0]
    assert seen.takes == pytest.approx([0.009] * 3)


def test_a_second_web_process_halves_its_utilization_and_shortens_the_waiting():
    one, two = (growth.simulate(stream(80, 200), PLAIN, webs=webs, processors=1, seed=1) for webs in (1, 2))
    assert two.web == pytest.approx(one.web / 2, rel=0.02)
    assert growth.compute_percentile(two.waits, 0.95) < growth.compute_percentile(one.waits, 0.95) / 2


def test_the_database_is_waited_for_as_well():
    kind = {"x": growth.Kind(0.0, 0.010, (0.0,))}
    one, two = (growth.simulate(stream(80, 200), kind, webs=1, processors=number, seed=1) for number in (1, 2))
    assert (one.web, one.database) == (0, pytest.approx(0.8, rel=0.05))
    assert statistics.mean(two.waits) < statistics.mean(one.waits) / 5


def test_the_same_seed_gives_the_same_hour_and_another_another():
    load = growth.Load().times(10)
    assert growth.generate_hour(load, 1) == growth.generate_hour(load, 1) != growth.generate_hour(load, 2)


def test_ten_consultancies_ask_ten_times_as_much_but_are_watched_once():
    one, ten = growth.Load().rates(busiest=True), growth.Load().times(10).rates(busiest=True)
    assert {name: ten[name] / one[name] for name in one} == {
        name: pytest.approx(1 if name == "health" else 10) for name in one
    }
    arrivals = growth.generate_hour(growth.Load().times(10), 1)
    assert len(arrivals) == pytest.approx(sum(ten.values()) * 3600, rel=0.05)


def test_what_is_forgotten_after_a_month_does_not_fill_a_year():
    assert growth.Bytes(stays=100, passes=1000, days=30).after_a_year(365) == pytest.approx(36_500 + 30_000)


def test_a_percentile_is_a_value_that_was_seen():
    values = [float(number) for number in range(1, 101)]
    assert [growth.compute_percentile(values, share) for share in (0.5, 0.95, 1)] == [50, 95, 100]
    assert growth.compute_percentile([], 0.95) == 0
