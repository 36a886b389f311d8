"""The prober checks twice before it calls anything down, tells its own troubles apart, and keeps going."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ops.uptime import chores, controls, prober, verdict
from ops.uptime.account import Outcome
from ops.uptime.chores import Chore
from ops.uptime.controls import Controls
from ops.uptime.diary import Diary
from ops.uptime.ledger import Ledger
from ops.uptime.outbox import Outbox
from ops.uptime.probe import Attempt
from ops.uptime.prober import Pace, Prober
from ops.uptime.spans import HOUR_MS, Span
from ops.uptime.store import Store
from ops.uptime.targets import Target
from ops.uptime.watchman import Watchman

WELL, ILL = Attempt(latency_ms=80), Attempt(fault="answers 503", status=503)


class World:
    """What each try sees, in order; the last stays. Each try takes so many milliseconds."""

    def __init__(self, clock: Any, *seen: Attempt, online: bool = True, takes: int = 0) -> None:
        self.clock, self.seen, self.takes, self.is_online = clock, list(seen), takes, online
        self.tries = self.questions = 0

    async def attempt(self, _: Target) -> Attempt:
        self.tries += 1
        if self.takes:
            await self.clock.rest(self.takes)
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]

    async def online(self) -> bool:
        self.questions += 1
        return self.is_online


def watch(store: Store, folder: Path, world: World, simulation: Any, said: list[str]) -> Prober:
    watchman = Watchman(store, Outbox(store, []), simulation.share, "")
    diary = Diary(store, watchman, folder, ["api"], said.append)
    return Prober(diary, world.attempt, world.online, clock=world.clock, say=said.append, chance=random.Random(1))


@pytest.mark.parametrize(
    ("seen", "online", "outcome", "tries", "questions"),
    [
        ([WELL], True, Outcome.UP, 1, 0),
        ([ILL, WELL], True, Outcome.UP, 2, 0),
        ([ILL], True, Outcome.DOWN, 2, 1),
        ([ILL], False, Outcome.UNKNOWN, 2, 1),
    ],
)
async def test_a_failure_is_checked_again_and_weighed_against_our_own_network(
    clock: Any, simulation: Any, seen: list[Attempt], online: bool, outcome: Outcome, tries: int, questions: int
):
    world = World(clock, *seen, online=online)
    found = await verdict.reach(5, lambda: world.attempt(simulation.target), world.online)
    assert (found.outcome, found.at, world.tries, world.questions) == (outcome, 5, tries, questions)
    assert found.retried is (tries == 2)
    assert found.reason == {Outcome.DOWN: "answers 503", Outcome.UNKNOWN: verdict.OWN_NETWORK}.get(outcome, "")


async def test_targets_are_probed_every_fifteen_seconds_give_or_take(
    store: Store, tmp_path: Path, clock: Any, simulation: Any
):
    world = World(clock, WELL)
    await watch(store, tmp_path, world, simulation, []).run([simulation.target], Pace(15_000, 400))
    records = store.records("api", 0, clock.at + 1)
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(records)]
    assert len(records) == 400
    assert 13_500 <= min(gaps) < 15_000 < max(gaps) <= 16_500
    found = Ledger(store, (), clock.at).account("api", Span(simulation.start, clock.at))
    assert (found.up, found.unknown) == (clock.at - simulation.start, 0)


async def test_a_target_that_hangs_leaves_no_gap_in_the_account(
    store: Store, tmp_path: Path, clock: Any, simulation: Any
):
    world = World(clock, ILL, takes=10_000)
    await watch(store, tmp_path, world, simulation, []).run([simulation.target], Pace(15_000, 20))
    found = Ledger(store, (), clock.at).account("api", Span(simulation.start, clock.at))
    assert (found.down, found.unknown) == (clock.at - simulation.start, 0)


async def test_a_prober_without_network_asks_more_rarely_and_then_goes_on_as_before(
    store: Store, tmp_path: Path, clock: Any, simulation: Any
):
    world, said = World(clock, ILL, online=False), list[str]()
    probing = watch(store, tmp_path, world, simulation, said)
    await probing.run([simulation.target], Pace(15_000, 6))
    assert [round(rest, -4) for rest in clock.rested[1:]] == [30_000, 60_000, 60_000, 60_000, 60_000]
    await clock.rest(15_000)
    world.seen, clock.rested = [WELL], []
    await probing.run([simulation.target], Pace(15_000, 3))
    assert all(rest <= 16_500 for rest in clock.rested)
    found = Ledger(store, (), clock.at).account("api", Span(simulation.start, clock.at))
    assert (found.down, found.bad, found.unsure) == (0, 0, 6)
    assert said == ["API: unknown. The prober itself has no network.", "API: up (80 ms)"]
    assert not (tmp_path / "incidents").exists()


async def test_a_clock_that_jumps_does_not_stop_the_watch(store: Store, tmp_path: Path, clock: Any, simulation: Any):
    probing = watch(store, tmp_path, World(clock, WELL), simulation, [])
    for jump in (0, HOUR_MS, -2 * HOUR_MS):
        clock.jump(jump)
        await probing.run([simulation.target], Pace(15_000, 10))
    begin, end = simulation.start - HOUR_MS, simulation.start + HOUR_MS + 300_000
    found = Ledger(store, (), end).account("api", Span(begin, end))
    assert found.window == found.up + found.unknown == end - begin
    assert found.good == 30


async def test_a_full_disk_is_told_and_survived(store: Store, tmp_path: Path, clock: Any, simulation: Any):
    store.id_of("api")
    said: list[str] = []
    probing = watch(store, tmp_path, World(clock, WELL), simulation, said)
    store.db.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON main.probes BEGIN SELECT raise(ABORT, 'disk is full'); END"
    )
    await probing.run([simulation.target], Pace(15_000, 2))
    assert said == ["API: the verdict could not be kept: disk is full. Is the disk full?"] * 2
    assert probing.kept_at is None
    store.db.execute("DROP TRIGGER full")
    assert await probing.probe(simulation.target, 45_000) is Outcome.UP
    assert probing.kept_at is not None


async def test_one_control_that_takes_a_connection_shows_that_we_are_online(server: Any, clock: Any):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{taken.getsockname()[1]}"
        assert await controls.reached([closed, f"127.0.0.1:{server.port}"])
        assert not await controls.reached([closed, "no-such-host.invalid:443"])
        asked = Controls([closed], clock)
        assert await asyncio.gather(*(asked.online() for _ in range(4))) == [False] * 4
        assert not await asked.online()


async def test_an_answer_of_the_controls_is_not_kept_for_long(server: Any, clock: Any):
    asked = Controls([f"127.0.0.1:{server.port}"], clock)
    assert await asked.online()
    asked._addresses = ["no-such-host.invalid:443"]
    assert await asked.online()
    clock.passed += controls.FRESH_MS
    assert not await asked.online()


async def test_a_chore_that_fails_ends_neither_the_others_nor_the_watch(clock: Any):
    done, said, thrice = list[str](), list[str](), asyncio.Event()

    async def broken() -> list[str]:
        done.append("broken")
        raise sqlite3.OperationalError("disk I/O error")

    async def well() -> list[str]:
        done.append("well")
        if done.count("well") == 3:
            thrice.set()
        return []

    working = asyncio.create_task(
        chores.work([Chore("one", 10_000, broken), Chore("two", 20_000, well)], clock, said.append)
    )
    await thrice.wait()
    working.cancel()
    assert done.count("broken") >= 5
    assert said == ["one: OperationalError: disk I/O error"]


def test_a_verdict_outlasts_a_target_that_hangs_twice():
    pace = Pace(15_000)
    assert pace.hold_ms > 2 * 10_000 + 3_000 + 15_000 * prober.JITTER
