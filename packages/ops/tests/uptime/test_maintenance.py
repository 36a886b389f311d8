"""Announced maintenance is read strictly, and a broken file is told of without ending the watch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ops.uptime import maintenance
from ops.uptime.diary import Plan
from ops.uptime.maintenance import BadMaintenance
from ops.uptime.spans import HOUR_MS

GOOD = """
[[window]]
begins = 2026-11-25T01:00:00Z
ends = 2026-11-25T02:00:00Z
targets = ["api"]
what = "A newer database"

[[window]]
begins = 2026-11-25T02:30:00+01:00
ends = 2026-11-25T04:00:00+01:00
what = "All of the house"
"""


def test_windows_that_overlap_are_one_and_concern_whom_they_name(tmp_path: Path):
    file = tmp_path / "maintenance.toml"
    file.write_text(GOOD)
    planned = maintenance.read(file, ["api", "site"])
    assert [span.length for span in maintenance.of_target(planned, "api")] == [2 * HOUR_MS]
    assert [span.length for span in maintenance.of_target(planned, "site")] == [HOUR_MS * 3 // 2]


def test_no_file_is_no_maintenance(tmp_path: Path):
    assert maintenance.read(tmp_path / "none.toml", ["api"]) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD.replace("Z", ""), "window 1 names no time zone"),
        (GOOD.replace("ends = 2026-11-25T02:00:00Z", "ends = 2026-11-24T02:00:00Z"), "window 1 ends before it begins"),
        (GOOD.replace('"api"', '"apo"'), "window 1 names 'apo'. Targets are: api, site."),
        (GOOD.replace("what", "why"), "unknown field"),
        ("[[window", "maintenance.toml"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, why: str):
    file = tmp_path / "maintenance.toml"
    file.write_text(text)
    with pytest.raises(BadMaintenance, match=why) as caught:
        maintenance.read(file, ["api", "site"])
    assert str(file) in str(caught.value)


def test_a_running_prober_reads_the_file_anew_and_keeps_the_former_plan_when_it_is_broken(tmp_path: Path):
    file, said = tmp_path / "maintenance.toml", list[str]()
    plan = Plan(file, ["api"], said.append)
    assert plan.read() == ()
    file.write_text(GOOD)
    assert len(plan.read()) == 2
    file.write_text("[[window")
    os.utime(file, (1, 1))
    assert len(plan.read()) == len(plan.read()) == 2
    assert len(said) == 1
    file.unlink()
    assert plan.read() == ()
