"""Somebody is told once that it burns, once that it grows grave, once that it is over, and is never flooded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.uptime import alerts
from ops.uptime import store as stores
from ops.uptime.account import Outcome
from ops.uptime.alerts import Episode, Signs, Tell
from ops.uptime.budget import Severity
from ops.uptime.ledger import Ledger
from ops.uptime.outbox import Outbox
from ops.uptime.spans import DAY_MS, HOUR_MS, MINUTE_MS, Span
from ops.uptime.store import Store
from ops.uptime.watchman import Watchman

EVERY = 15_000


class Night:
    """A watch over one target: each verdict is kept and looked at, as the prober does."""

    def __init__(self, store: Store, simulation: Any, planned: tuple[Span, ...] = ()) -> None:
        self.store, self.simulation, self.planned = store, simulation, planned
        self.at = simulation.start
        self.told: list[tuple[int, Tell]] = []
        self.begin_anew()

    def begin_anew(self) -> None:
        outbox = Outbox(self.store, ["json://localhost/secret"])
        self.watchman = Watchman(self.store, outbox, self.simulation.share, "https://example.org/status/")

    def passes(self, milliseconds: int, outcome: Outcome = Outcome.UP) -> None:
        end = self.at + milliseconds
        while self.at < end:
            seen = self.simulation.verdict(self.at, outcome)
            self.store.keep("api", [seen.record(45_000)], seen.reason or None)
            ledger = Ledger(self.store, (), self.at)
            told = self.watchman.note(self.simulation.target, seen, self.planned, ledger)
            self.told += [(self.at - self.simulation.start, told)] if told else []
            self.at += EVERY

    def messages(self) -> list[tuple[str, str]]:
        return self.store.db.execute("SELECT title, body FROM messages ORDER BY id").fetchall()


@pytest.fixture
def night(store: Store, simulation: Any) -> Night:
    return Night(store, simulation)


def test_an_outage_is_told_within_a_minute_and_its_end_once(night: Night):
    night.passes(HOUR_MS)
    night.passes(10 * MINUTE_MS, Outcome.DOWN)
    night.passes(3 * HOUR_MS)
    assert [tell for _, tell in night.told] == [Tell.BURNING, Tell.OVER]
    assert night.told[0][0] - HOUR_MS <= MINUTE_MS
    assert night.told[1][0] - HOUR_MS - 10 * MINUTE_MS <= alerts.QUIET_MS
    (down, why), (up, after) = night.messages()
    assert (down, up) == ("API is down", "API is up again")
    assert "API answers 503." in why
    assert "First seen 1 Nov 2026, 01:00:00 UTC." in why
    assert "Since 1 Nov 2026, 01:10:00 UTC. It was down for 10 min." in after
    assert "Error budget left: 33 min 12 s of 43 min 12 s" in after


def test_three_failed_probes_wake_nobody(night: Night):
    night.passes(HOUR_MS)
    night.passes(3 * EVERY, Outcome.DOWN)
    night.passes(HOUR_MS)
    assert night.told == []


def test_an_outage_that_was_told_is_not_told_again_by_the_slower_rules(night: Night):
    night.passes(20 * MINUTE_MS, Outcome.DOWN)
    night.passes(8 * HOUR_MS)
    night.passes(2 * EVERY, Outcome.DOWN)
    night.passes(HOUR_MS)
    assert [tell for _, tell in night.told] == [Tell.BURNING, Tell.OVER]


def test_a_slow_burn_is_one_ticket_and_ends_with_six_quiet_hours(night: Night):
    for _ in range(30):
        night.at += 2 * HOUR_MS
        night.passes(EVERY, Outcome.DOWN)
        night.passes(EVERY)
    assert [tell for _, tell in night.told] == [Tell.BURNING]
    assert night.messages()[0][0] == "API fails too often"
    night.at += 6 * HOUR_MS
    night.passes(EVERY)
    assert [tell for _, tell in night.told] == [Tell.BURNING, Tell.OVER]
    assert night.messages()[1][0] == "API is steady again"


def test_an_outage_amid_a_slow_burn_is_told_as_graver(night: Night):
    for _ in range(20):
        night.at += 2 * HOUR_MS
        night.passes(EVERY, Outcome.DOWN)
        night.passes(EVERY)
    night.passes(5 * MINUTE_MS, Outcome.DOWN)
    night.passes(20 * MINUTE_MS)
    assert [tell for _, tell in night.told] == [Tell.BURNING, Tell.GRAVER, Tell.OVER]
    assert [title for title, _ in night.messages()] == ["API fails too often", "API is down", "API is up again"]


def test_a_target_that_comes_and_goes_is_one_episode_growing_quieter(night: Night):
    for _ in range(24):
        night.passes(2 * MINUTE_MS, Outcome.DOWN)
        night.passes(8 * MINUTE_MS)
    assert len(night.told) <= 8
    night.passes(6 * HOUR_MS)
    assert night.told[-1][1] is Tell.OVER


def test_a_restart_in_the_middle_tells_nothing_twice(night: Night):
    night.passes(5 * MINUTE_MS, Outcome.DOWN)
    night.begin_anew()
    night.passes(5 * MINUTE_MS, Outcome.DOWN)
    night.begin_anew()
    night.passes(HOUR_MS)
    assert [tell for _, tell in night.told] == [Tell.BURNING, Tell.OVER]


def test_no_recovery_is_told_while_nothing_is_known(night: Night):
    night.passes(5 * MINUTE_MS, Outcome.DOWN)
    night.passes(HOUR_MS, Outcome.UNKNOWN)
    assert [tell for _, tell in night.told] == [Tell.BURNING]
    night.passes(EVERY)
    assert night.told[-1][1] is Tell.OVER
    assert "It was down for 5 min." in night.messages()[-1][1]


def test_maintenance_that_was_announced_alarms_nobody(store: Store, simulation: Any):
    night = Night(store, simulation, (Span(simulation.start, simulation.start + HOUR_MS),))
    night.passes(HOUR_MS, Outcome.DOWN)
    assert night.told == []
    night.passes(2 * MINUTE_MS, Outcome.DOWN)
    assert [tell for _, tell in night.told] == [Tell.BURNING]


def test_a_certificate_near_its_end_is_told_twice_and_a_new_one_is_another(night: Night, simulation: Any):
    start, told = simulation.start, []
    for days_in in (0, 7, 7, 8, 18, 18, 19):
        seen = simulation.verdict(start + days_in * DAY_MS, Outcome.UP, certificate_ends=start + 20 * DAY_MS)
        told.append(night.watchman.note_certificate(simulation.target, seen))
    assert told == [False, True, False, False, True, False, False]
    renewed = simulation.verdict(start + 20 * DAY_MS, Outcome.UP, certificate_ends=start + 30 * DAY_MS)
    assert night.watchman.note_certificate(simulation.target, renewed)
    assert next(title for title, _ in night.messages()) == "API: the certificate ends in 13 days"


sights = st.tuples(st.sampled_from(Severity), st.booleans(), st.booleans())


# Hundreds of sights take a busy machine a while to invent.
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(sights, min_size=100, max_size=400))
def test_whatever_happens_a_day_holds_few_messages_and_each_end_follows_a_beginning(seen):
    episode, last_bad, new, told = Episode(), 0, 0, []
    for number, (severity, bad, _) in enumerate(seen):
        now = (number + 1) * 90_000
        last_bad, new = (now, new + 1) if bad else (last_bad, new)
        signs = Signs(now, severity, not bad, last_bad, last_bad, new)
        before = episode
        episode, tell = alerts.step(episode, signs)
        if tell:
            told.append(tell)
            new = 0 if tell is Tell.OVER else new
        assert episode.open or tell is not None or not before.open
    ends = [tell for tell in told if tell is not Tell.GRAVER]
    assert ends == [Tell.BURNING, Tell.OVER] * (len(ends) // 2) + [Tell.BURNING] * (len(ends) % 2)
    # 10 hours at most were seen: the waits of 5, 10, 20, 40 and 80 minutes leave room for no more.
    assert len(ends) <= 2 * (4 + 10 * HOUR_MS // alerts.MOST_QUIET_MS)


def test_the_episode_is_kept_where_the_verdicts_are(night: Night, tmp_path: Path):
    night.passes(5 * MINUTE_MS, Outcome.DOWN)
    night.store.close()
    again = stores.existing(tmp_path / "uptime")
    found = Watchman(again, Outbox(again, []), night.simulation.share, "").episode("api")
    again.close()
    assert (found.severity, found.began) == (Severity.PAGE, night.simulation.start)
