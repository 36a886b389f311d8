"""Every millisecond of a window is accounted for, once."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ops.uptime import account, spans
from ops.uptime.account import Account, Outcome, Record
from ops.uptime.spans import Span

DAY = 86_400_000

records_ = st.dictionaries(
    st.integers(0, 60),
    st.tuples(st.sampled_from(Outcome), st.integers(0, 25), st.integers(0, 9), st.booleans()),
    max_size=12,
).map(lambda found: [Record(at, *rest) for at, rest in sorted(found.items())])
spans_ = st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)).map(lambda two: Span(*two)), max_size=4)


def moment_by_moment(records: list[Record], planned: list[Span], begin: int, end: int) -> dict[str, int]:
    """The same account, told by asking about each millisecond alone."""
    told = {"up": 0, "down": 0, "unknown": 0, "maintenance": 0}
    for at in range(begin, end):
        before = [record for record in records if record.at <= at]
        if any(span.begin <= at < span.end for span in planned):
            told["maintenance"] += 1
        elif before and at < before[-1].at + before[-1].hold_ms:
            told[before[-1].outcome.name.lower()] += 1
        else:
            told["unknown"] += 1
    return told


@given(records_, spans_, st.integers(0, 60), st.integers(0, 60))
def test_an_account_agrees_with_asking_about_each_millisecond(records, planned, one, other):
    begin, end = sorted((one, other))
    found = account.of(records, planned, begin, end)
    expected = moment_by_moment(records, planned, begin, end)
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.up + found.down + found.unknown + found.maintenance == found.window == end - begin


@given(records_, spans_, st.lists(st.integers(0, 60), min_size=2, max_size=5).map(sorted))
def test_the_accounts_of_the_parts_are_that_of_the_whole(records, planned, cuts):
    parts = [account.of(records, planned, *pair) for pair in itertools.pairwise(cuts)]
    assert sum(parts, Account()) == account.of(records, planned, cuts[0], cuts[-1])


@given(spans_)
def test_maintenance_that_overlaps_counts_once(planned):
    merged = spans.merged(planned)
    assert spans.covered(merged, -10, 80) == sum(
        any(span.begin <= at < span.end for span in planned) for at in range(-10, 80)
    )
    assert all(one.end < other.begin for one, other in itertools.pairwise(merged))


@given(st.dictionaries(st.integers(1, 50), st.integers(1, 4), min_size=1), st.integers(1, 100))
def test_percentiles_are_those_of_the_sorted_list(counts, percent):
    answers = sorted(took for took, count in counts.items() for _ in range(count))
    found = Account(latencies=counts).percentile(percent)
    assert found == answers[-(-len(answers) * percent // 100) - 1]


def test_a_month_with_known_outages_is_accounted_to_the_millisecond(simulation: Any):
    start = simulation.start
    outages = [(start + 60_000, start + 105_000), (start + 3 * DAY, start + 3 * DAY + 1_800_000)]
    records = simulation.records(start, start + 30 * DAY, outages)
    found = account.of(records, [], start, start + 30 * DAY)
    assert (found.down, found.unknown) == (45_000 + 1_800_000, 0)
    assert found.up == 30 * DAY - found.down
    assert (found.good + found.bad, found.bad) == (30 * DAY // 15_000, 3 + 120)


def test_a_verdict_is_not_believed_for_longer_than_it_holds(simulation: Any):
    start = simulation.start
    found = account.of(simulation.records(start, start + 1)[:1], [], start, start + 600_000)
    assert (found.up, found.unknown) == (simulation.hold, 600_000 - simulation.hold)


def test_a_verdict_of_unknown_ends_the_one_before_it(simulation: Any):
    start = simulation.start
    seen = [Record(start, Outcome.UP, 45_000), Record(start + 15_000, Outcome.UNKNOWN, 45_000)]
    found = account.of(seen, [], start, start + 60_000)
    assert (found.up, found.unknown, found.unsure) == (15_000, 45_000, 1)


def test_what_failed_in_an_announced_maintenance_is_not_down(simulation: Any):
    start = simulation.start
    records = simulation.records(start, start + 3_600_000, [(start, start + 900_000)])
    found = account.of(records, [Span(start, start + 600_000)], start, start + 3_600_000)
    assert (found.maintenance, found.down, found.bad) == (600_000, 300_000, 20)


def test_a_window_without_verdicts_has_no_availability():
    found = account.of([], [], 0, 1000)
    assert (found.by_time, found.by_probes, found.percentile(50)) == (None, None, None)
    assert found.coverage == 0
