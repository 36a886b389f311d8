"""Grandfather, father, son: what is kept, what goes, and what never does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from backup.keeping import NOON, back_up, listed
from hypothesis import given
from hypothesis import strategies as st

from ops.backup import catalog, prune
from ops.backup.faults import Busy
from ops.backup.retention import Keep, Stamp, reasons

START = datetime(2024, 1, 1, 3, tzinfo=UTC)


def daily(count: int, *, proven: int = -1) -> list[Stamp]:
    return [Stamp(f"{n:06d}", START + timedelta(days=n), n == proven) for n in range(count)]


def kept(stamps: list[Stamp], keep: Keep) -> list[str]:
    return [name for name, why in sorted(reasons(stamps, keep).items()) if why]


def test_three_years_of_days_become_days_weeks_months_and_years():
    stamps = daily(1000)
    why = reasons(stamps, Keep())
    count = {tier: sum(tier in each for each in why.values()) for tier in ("daily", "weekly", "monthly", "yearly")}
    assert count == {"daily": 7, "weekly": 5, "monthly": 12, "yearly": 3}
    assert len(kept(stamps, Keep())) == 22
    assert why["000999"] == ["newest", "last", "daily", "weekly", "monthly", "yearly"]


def test_of_each_day_the_newest_is_kept():
    stamps = [Stamp(f"{n:06d}", START + timedelta(hours=n)) for n in range(48)]
    assert kept(stamps, Keep(last=1, daily=2, weekly=0, monthly=0, yearly=0)) == ["000044", "000047"]


def test_the_last_proven_one_is_kept_however_old_it_is():
    stamps = daily(1000, proven=5)
    assert reasons(stamps, Keep(1, 0, 0, 0, 0))["000005"] == ["last proven"]
    assert kept(stamps, Keep(1, 0, 0, 0, 0)) == ["000005", "000999"]


def test_days_without_a_backup_use_up_no_place():
    stamps = [*daily(3), Stamp("000900", START + timedelta(days=900))]
    assert kept(stamps, Keep(1, 4, 0, 0, 0)) == ["000000", "000001", "000002", "000900"]


moments = st.integers(0, 100 * 365 * 24).map(lambda hours: START + timedelta(hours=hours))


@given(st.lists(st.tuples(moments, st.booleans()), min_size=1, max_size=60), st.integers(1, 5), st.integers(0, 5))
def test_whatever_the_clocks_said_the_newest_and_the_last_proven_stay(told, last, each):
    stamps = [Stamp(f"{n:06d}", at, proven) for n, (at, proven) in enumerate(told)]
    found = kept(stamps, Keep(last, each, each, each, each))
    assert stamps[-1].name in found
    assert all(stamp.name in found for stamp in [stamp for stamp in stamps if stamp.proven][-1:])
    assert len(found) <= last + 4 * each + 2


@given(st.lists(moments, min_size=1, max_size=60), st.integers(1, 5), st.integers(0, 5))
def test_pruning_twice_is_pruning_once(told, last, each):
    stamps = [Stamp(f"{n:06d}", at) for n, at in enumerate(told)]
    keep = Keep(last, each, each, each, each)
    once = kept(stamps, keep)
    assert kept([stamp for stamp in stamps if stamp.name in once], keep) == once


def test_the_plan_is_shown_and_nothing_goes_without_a_yes(ops, ring, folder, pumps):
    like = back_up(ring, folder, pumps)
    for number in range(2, 30):
        listed(ring, folder, like, number, NOON + timedelta(days=number))
    keep = ("--last", "1", "--daily", "2", "--weekly", "0", "--monthly", "0", "--yearly", "0")
    told = ops("prune", *keep)
    assert told.returncode == 1
    assert told.stdout.count("delete  ") == 27
    assert len(list(folder.objects())) == 2 * 28 + 3
    planned = json.loads(ops("prune", *keep, "--yes", "--json").stdout)
    assert (len(planned["delete"]), sorted(planned["keep"])) == (27, names(folder))
    again = ops("prune", *keep)
    assert (again.returncode, "Nothing to delete." in again.stderr) == (0, True)


def names(folder) -> list[str]:
    return sorted({each.path.partition("/")[0] for each in folder.objects()})


def test_a_store_that_changed_since_the_plan_is_left_alone(ring, folder, pumps):
    like = back_up(ring, folder, pumps)
    doomed = listed(ring, folder, like, 2, NOON)
    listed(ring, folder, like, 3, NOON)
    keep, trusted = Keep(1, 0, 0, 0, 0), ring.settings.trusted
    planned = prune.plan(catalog.read(folder, trusted), keep, NOON)
    assert doomed in [each.name for each in planned.gone]
    catalog.discard(folder, "000003-20260301T120000Z")  # so the doomed one is the newest now
    with pytest.raises(Busy, match="Nothing was deleted"):
        prune.carry_out(folder, trusted, planned, keep, NOON)
    assert doomed in names(folder)


def test_what_is_not_ours_is_left_alone(ring, folder, pumps):
    folder.create("readme.txt", b"theirs")
    folder.create("000009-later/archive.dump.zst.age", b"theirs")
    back_up(ring, folder, pumps)
    assert [each.number for each in catalog.read(folder, ring.settings.trusted)] == [1]
