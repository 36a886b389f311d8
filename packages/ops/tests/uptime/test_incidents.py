"""Incidents open and close by themselves, and what people wrote into their files stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops.uptime import incidents, spans, windows
from ops.uptime.account import Outcome
from ops.uptime.incidents import Incidents
from ops.uptime.ledger import Ledger
from ops.uptime.spans import MINUTE_MS, Span
from ops.uptime.store import Store


class Log:
    """Verdicts, minute by minute after the start, kept and noted."""

    def __init__(self, store: Store, folder: Path, simulation: Any) -> None:
        self.store, self.folder, self.simulation = store, folder, simulation
        self.incidents = Incidents(store, folder)
        self.planned: list[Span] = []

    def note(self, minute: float, outcome: Outcome) -> None:
        seen = self.simulation.verdict(self.simulation.start + round(minute * MINUTE_MS), outcome)
        self.store.keep("api", [seen.record(10 * MINUTE_MS)])
        self.incidents.note("api", seen, self.planned, Ledger(self.store, (), seen.at))

    def files(self) -> list[Path]:
        folder = self.folder / incidents.FOLDER
        return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def log(store: Store, tmp_path: Path, simulation: Any) -> Log:
    return Log(store, tmp_path, simulation)


def test_an_incident_is_a_file_with_its_times_and_its_duration(log: Log):
    log.note(5.25, Outcome.DOWN)
    assert "ended" not in log.files()[0].read_text()
    log.note(9.5, Outcome.UP)
    (file,) = log.files()
    assert file.name == "2026-11-01T000515Z-api.md"
    assert file.read_text().split("---\n")[1].splitlines() == [
        "target: api",
        "began: 2026-11-01T00:05:15.000Z",
        "ended: 2026-11-01T00:09:30.000Z",
        "down: 4 min 15 s",
        "down_ms: 255000",
        "reason: answers 503",
    ]


@pytest.mark.parametrize(
    "written", ["\nA disk was full.\n\nIt is larger now.\n", "A disk was full.\r\n\r\nIt is larger now."]
)
def test_notes_written_by_hand_stay_and_are_read(log: Log, written: str):
    log.note(0, Outcome.DOWN)
    (file,) = log.files()
    file.write_bytes(file.read_bytes() + written.encode() + b"\xff\n---\nnot a head\n")
    log.note(3, Outcome.UP)
    assert file.read_bytes().endswith(written.encode() + b"\xff\n---\nnot a head\n")
    assert "down: 3 min" in file.read_text(errors="replace")
    (incident,) = log.incidents.between(0, 2**62)
    notes = log.incidents.notes(incident)
    assert notes[0] == "A disk was full."
    assert notes[1].startswith("It is larger now.")
    assert not any("What you write below" in note for note in notes)


def test_a_file_that_somebody_deleted_or_broke_stops_nothing(log: Log):
    log.note(0, Outcome.DOWN)
    log.files()[0].unlink()
    log.note(1, Outcome.UP)
    assert "down: 1 min" in log.files()[0].read_text()
    log.note(30, Outcome.DOWN)
    log.files()[1].write_text("All of it is mine now.")
    log.note(32, Outcome.UP)
    assert log.files()[1].read_text().endswith("All of it is mine now.")
    assert "down: 2 min" in log.files()[1].read_text()


def test_a_target_that_fails_again_at_once_has_one_incident(log: Log):
    for minute, outcome in enumerate([Outcome.DOWN, Outcome.UP, Outcome.DOWN, Outcome.UP] * 2):
        log.note(minute, outcome)
    (file,) = log.files()
    # Four minutes down, three up in between.
    assert "down_ms: 240000" in file.read_text()
    log.note(7 + 11, Outcome.DOWN)
    assert len(log.files()) == 2


def test_an_incident_stays_open_while_nothing_is_known_and_over_a_restart(log: Log):
    log.note(0, Outcome.DOWN)
    log.note(1, Outcome.UNKNOWN)
    log.incidents = Incidents(log.store, log.folder)
    log.note(5, Outcome.DOWN)
    log.note(6, Outcome.UP)
    (file,) = log.files()
    assert "down_ms: 120000" in file.read_text()


def test_announced_maintenance_opens_no_incident(log: Log, simulation: Any):
    log.planned = spans.merged([Span(simulation.start, simulation.start + 5 * MINUTE_MS)])
    log.note(1, Outcome.DOWN)
    assert log.files() == []
    log.note(6, Outcome.DOWN)
    assert len(log.files()) == 1


def test_a_clock_set_back_gives_no_incident_of_negative_length(log: Log):
    log.note(10, Outcome.DOWN)
    log.note(2, Outcome.UP)
    (incident,) = log.incidents.between(0, 2**62)
    assert incident.ended == incident.began
    log.note(30, Outcome.DOWN)
    log.note(31, Outcome.UP)
    log.note(10, Outcome.UP)
    assert len(log.files()) == 2


def test_incidents_are_found_by_the_window_they_touch(log: Log, simulation: Any):
    log.note(10, Outcome.DOWN)
    log.note(20, Outcome.UP)
    log.note(60, Outcome.DOWN)
    at = lambda minute: simulation.start + minute * MINUTE_MS  # noqa: E731
    assert [windows.stamp(each.began)[11:16] for each in log.incidents.between(at(15), at(90))] == ["01:00", "00:10"]
    assert log.incidents.between(at(21), at(59)) == []
