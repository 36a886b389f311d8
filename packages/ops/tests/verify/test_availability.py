from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from lookalike.edge import Answer, Asked
from verify.asking import evidence, red, skipped

from ops.uptime import reading, status, store, targets
from ops.uptime.account import Outcome, Record
from ops.uptime.spans import DAY_MS
from ops.verify import target
from ops.verify.availability import Availability
from ops.verify.client import Client

MINUTE = 60_000
NOW = 1_793_491_200_000  # 2026-11-01T00:00:00Z
STATUS = "/status/status.json"


def watched(folder: Path, facts, down_minutes: int = 0, silent_minutes: int = 0) -> Path:
    """Two days of a watch that looks every minute; the API is down at the beginning of the second."""
    with contextlib.closing(store.create(folder)) as opened:
        for each in targets.production(facts):
            records = []
            for at in range(NOW - 2 * DAY_MS, NOW - silent_minutes * MINUTE, MINUTE):
                down = each.key == "api" and 0 <= at - (NOW - DAY_MS) < down_minutes * MINUTE
                records.append(Record(at, Outcome.DOWN if down else Outcome.UP, MINUTE, 80))
            opened.keep(each.key, records)
    return folder


def published(folder: Path, facts):
    """The status page as uptime.yml publishes it beside the site."""
    with contextlib.closing(store.existing(folder)) as opened:
        told = status.document(reading.status(opened, folder, targets.production(facts), facts, NOW))

    def alter(asked: Asked, answer: Answer) -> Answer:
        return Answer(200, [], b"").saying(told) if asked.path == STATUS else answer

    return alter


def of(client, folder: Path | None = None):
    return Availability(client, folder, lambda: NOW).checks()


@pytest.fixture(params=["the folder of the watch", "the published page"])
def asked_of(request, lookalike, client, tmp_path):
    """The same account, as it is kept and as it is published."""

    def ask(**seen: int):
        folder = watched(tmp_path, lookalike.facts, **seen)
        if request.param == "the folder of the watch":
            return of(client, folder)
        lookalike.edge.alter = published(folder, lookalike.facts)
        return of(client)

    return ask


async def test_a_house_that_was_there_is_told_with_its_share_and_what_is_known(asked_of):
    told = await evidence(asked_of(down_minutes=20)[0])
    assert told == "api was there 99.306 % of the last 30 days, of which only 7% was watched"


async def test_a_budget_that_is_spent_is_found(asked_of):
    told = (await red(asked_of(down_minutes=44)))["availability"]
    assert told.said == "api was down for 44.0 minutes of 30 days; 43.2 minutes are allowed"
    assert "ops uptime report" in told.hint


async def test_a_watch_that_fell_silent_is_found(asked_of):
    told = (await red(asked_of(silent_minutes=180)))["availability"]
    assert told.said == "The watch has been silent since 2026-10-31 20:59"
    assert "ops uptime run" in told.hint


async def test_a_folder_without_an_account_is_found(client, tmp_path):
    told = (await red(of(client, tmp_path)))["availability"]
    assert "holds no account" in told.said
    assert "Name the folder" in told.hint


async def test_a_status_that_cannot_be_read_is_found(lookalike, client):
    lookalike.edge.alter = lambda asked, answer: (
        Answer(200, [], b"").saying(b"<html>") if asked.path == STATUS else answer
    )
    assert "is no status" in (await red(of(client)))["availability"].said


async def test_where_nobody_watches_nothing_is_asked(client, tmp_path):
    assert "No status is published" in await skipped(of(client)[0])
    laptop = Client(target.named("local", {"DATA_DIR": str(tmp_path)}))
    assert "A laptop is not watched" in await skipped(of(laptop)[0])
    await laptop.close()
