"""The account outlives the probes it was made from, restarts, and a clock that jumps."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.uptime import account, ledger, windows
from ops.uptime import store as stores
from ops.uptime.account import Outcome, Record
from ops.uptime.ledger import Ledger
from ops.uptime.maintenance import Planned
from ops.uptime.spans import DAY_MS, HOUR_MS, Span
from ops.uptime.store import Store


def announced(begin: int, end: int, *targets: str) -> Planned:
    return Planned(windows.moment(begin), windows.moment(end), "Work", targets)


def month(simulation: Any, days: int = 3) -> list[Record]:
    """Some days with an outage over midnight and another at noon."""
    start = simulation.start
    over_midnight = (start + DAY_MS - 60_000, start + DAY_MS + 90_000)
    at_noon = (start + 2 * DAY_MS + 12 * HOUR_MS, start + 2 * DAY_MS + 13 * HOUR_MS)
    return simulation.records(start, start + days * DAY_MS, [over_midnight, at_noon])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 3 * DAY_MS), st.integers(0, 3 * DAY_MS))
def test_days_that_were_accounted_before_change_no_window(simulation: Any, days_of: Any, one: int, other: int):
    kept, records = days_of
    begin, end = sorted((simulation.start + one, simulation.start + other))
    planned = [announced(simulation.start + DAY_MS - HOUR_MS, simulation.start + DAY_MS + HOUR_MS)]
    found = Ledger(kept, planned, simulation.start + 3 * DAY_MS).account("api", Span(begin, end))
    assert found == account.of(records, [planned[0].span], begin, end)
    assert found.window == end - begin


@pytest.fixture(scope="module")
def days_of(simulation: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    kept, records = stores.create(tmp_path_factory.mktemp("days")), month(simulation)
    kept.keep("api", records)
    yield kept, records
    kept.close()


def test_forgetting_probes_leaves_the_account_as_it_was(store: Store, simulation: Any):
    store.keep("api", month(simulation))
    # A day's worth of single probes stands for the weeks that follow.
    later = [Record(simulation.start + day * DAY_MS, Outcome.UP, 45_000) for day in range(3, 60)]
    store.keep("api", later)
    now, whole = simulation.start + 60 * DAY_MS, Span(simulation.start, simulation.start + 60 * DAY_MS)
    before = Ledger(store, (), now).account("api", whole)
    for _ in range(2):
        Ledger(store, (), now).forget_old(["api"])
        assert Ledger(store, (), now).account("api", whole) == before
    first = store.db.execute("SELECT min(at) FROM probes").fetchone()[0]
    assert first == simulation.start + (60 - ledger.KEPT_DAYS - 1) * DAY_MS
    assert before.down == 150_000 + HOUR_MS


def test_a_late_verdict_for_a_forgotten_day_changes_nothing(store: Store, simulation: Any):
    store.keep("api", [Record(simulation.start + day * DAY_MS, Outcome.UP, 45_000) for day in range(60)])
    books = Ledger(store, (), simulation.start + 60 * DAY_MS)
    books.forget_old(["api"])
    before = books.day("api", windows.day_of(simulation.start))
    store.keep("api", [Record(simulation.start + HOUR_MS, Outcome.DOWN, 45_000)])
    assert books.day("api", windows.day_of(simulation.start)) == before


def test_a_clock_that_jumps_a_year_ahead_and_back_loses_nothing(store: Store, simulation: Any):
    records, now = month(simulation), simulation.start + 3 * DAY_MS
    store.keep("api", records)
    store.keep("api", [Record(now + 365 * DAY_MS, Outcome.UP, 45_000)])
    Ledger(store, (), now + 365 * DAY_MS + 1).forget_old(["api"])
    again = [Record(now, Outcome.DOWN, 45_000)]
    store.keep("api", again)
    found = Ledger(store, (), now + 60_000).account("api", Span(simulation.start, now + 60_000))
    assert found == account.of([*records, *again], [], simulation.start, now + 60_000)
    assert store.newest_of_all(now + 60_000) == now


def test_a_clock_set_back_has_the_day_accounted_again(store: Store, simulation: Any):
    store.keep("api", month(simulation))
    books = Ledger(store, (), simulation.start + 3 * DAY_MS)
    day = windows.day_of(simulation.start)
    assert books.day("api", day).down == 60_000
    store.keep("api", [Record(simulation.start + 7, Outcome.DOWN, 45_000)])
    assert books.day("api", day).down == 60_000 + 15_000 - 7


def test_of_two_verdicts_about_one_moment_the_worse_stands(store: Store, simulation: Any):
    for outcome in (Outcome.UP, Outcome.DOWN, Outcome.UP, Outcome.UNKNOWN):
        store.keep("api", [Record(simulation.start, outcome, 45_000)])
    assert [record.outcome for record in store.records("api", 0, simulation.start + 1)] == [Outcome.DOWN]


def test_maintenance_announced_afterwards_is_taken_into_account(store: Store, simulation: Any):
    store.keep("api", month(simulation))
    now, day = simulation.start + 3 * DAY_MS, windows.day_of(simulation.start) + 2
    assert Ledger(store, (), now).day("api", day).down == HOUR_MS
    noon = simulation.start + 2 * DAY_MS + 12 * HOUR_MS
    found = Ledger(store, [announced(noon, noon + HOUR_MS, "api")], now).day("api", day)
    assert (found.down, found.maintenance) == (0, HOUR_MS)
    assert Ledger(store, [announced(noon, noon + HOUR_MS, "crm")], now).day("api", day).down == HOUR_MS


def test_a_restart_loses_only_the_time_in_which_nobody_probed(tmp_path: Any, simulation: Any):
    start = simulation.start
    for begin, end in ((0, HOUR_MS), (HOUR_MS + 120_000, 2 * HOUR_MS)):
        opened = stores.create(tmp_path)
        opened.keep("api", simulation.records(start + begin, start + end))
        opened.close()
    opened = stores.existing(tmp_path)
    found = Ledger(opened, (), start + 2 * HOUR_MS).account("api", Span(start, start + 2 * HOUR_MS))
    opened.close()
    # The last verdict before the gap is believed for three intervals.
    assert (found.unknown, found.down) == (120_000 - 45_000 + 15_000, 0)


def test_months_follow_the_calendar_through_leap_years_and_summer_time():
    names = windows.months(windows.milliseconds(datetime(2028, 3, 31, 23, 59, tzinfo=UTC)), 14)
    days = {window.name: window.span.length / DAY_MS for window in names}
    assert (days["2028-02"], days["2027-02"], days["2028-03"], days["2027-10"]) == (29, 28, 31, 31)
    assert all(one.span.begin == other.span.end for one, other in itertools.pairwise(names))


@pytest.mark.parametrize("text", ["", "30", "0d", "2026-13", "last month"])
def test_a_window_that_is_none_is_told_how_to_write_one(text: str):
    with pytest.raises(windows.BadWindow, match="30d, 90d, or a month"):
        windows.read(text, 0)


def test_a_file_that_is_no_store_is_refused_in_one_line(tmp_path: Any):
    (tmp_path / stores.FILE_NAME).write_bytes(b"not a database" * 100)
    with pytest.raises(stores.BadStore, match="Move it aside"):
        stores.create(tmp_path)
