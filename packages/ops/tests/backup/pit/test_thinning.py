"""What may go: never what a moment within the days needs, never the newest or the last proven base or their WAL."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest
from backup.keeping import run
from backup.pit.past import base, clock, receive, seen

from ops.backup import signed
from ops.backup.catalog import PROOFS
from ops.backup.pit import bases, restoring, segments, thinning, windows
from ops.backup.pit.papers import PointProof


@pytest.fixture
def aged(ring, story, tmp_path):
    """The story's store with a second full base, and a transaction after it."""
    place = story.copied(tmp_path / "aged")
    taken = base(ring, place, story.url, incremental=False)
    run(story.url, "INSERT INTO leads (name) VALUES ('much later')")
    receive(ring, place, story.url)
    story.heard(place)
    return place, taken


def dated(survey, name, by):
    """The survey as it would be had one base been taken so much earlier."""
    found = []
    for each in survey.found:
        moved = each.base
        if each.name != name:
            moved = msgspec.structs.replace(moved, taken_at=moved.taken_at - by, ended_at=moved.ended_at - by)
        found.append(each._replace(base=moved))
    whole = bases.whole(found)
    reaches = tuple(reach for wal in survey.wal.values() for reach in windows.reaches(whole, wal))
    return survey._replace(found=tuple(found), reaches=reaches, windows=tuple(windows.windows(reaches)))


def test_within_the_days_nothing_goes(ring, aged, story):
    survey = seen(ring, aged[0])
    planned = thinning.plan(survey, 14, clock(story.url))
    assert planned.gone == ()
    # What was archived before the first base leads nowhere.
    first = segments.number(survey.reaches[0].run[0], story.full.segment_size)
    assert all(segments.number(each.path[-24:], story.full.segment_size) < first for each in planned.wal)


def test_when_the_days_are_over_a_chain_goes_whole_with_its_wal(ring, aged, story):
    place, taken = aged
    # The newest window reaches the horizon by itself; the old chain is twenty days behind.
    survey = dated(seen(ring, place), taken.name, timedelta(days=20))
    far = survey._replace(
        windows=tuple(w._replace(until=w.until + timedelta(days=15)) for w in survey.windows),
        reaches=tuple(r._replace(until=r.until + timedelta(days=15)) for r in survey.reaches),
    )
    planned = thinning.plan(far, 14, clock(story.url))
    assert {each.name for each in planned.gone} == {story.full.name, story.incremental.name}
    run_kept = {name for reach in far.reaches if reach.base.name == taken.name for name in reach.run}
    assert not run_kept & {each.path.rpartition("/")[2] for each in planned.wal}
    assert planned.wal


def test_the_last_proven_base_stays_with_what_it_stands_on_and_its_wal(ring, aged, story):
    place, taken = aged
    way = restoring.way(seen(ring, place), story.good_at)
    paper = PointProof(
        base=way.reach.base.name, sha256=way.reach.base.archive.sha256, timeline=1, to=None, reached=None,
        at=story.good_at, recovery=1.0, phases={}, segments=1, tables=1, rows=1, tools=story.full.tools,
    )  # fmt: skip
    folder = bases.folder(story.full.system, way.reach.base.name)
    place.create(f"{folder}/{PROOFS}/one.json", signed.seal(paper, ring.settings.signer))
    survey = dated(seen(ring, place), taken.name, timedelta(days=20))
    planned = thinning.plan(survey, 1, clock(story.url))
    assert planned.gone == ()
    assert not {each.path.rpartition("/")[2] for each in planned.wal} & set(way.reach.run)


def test_pruning_shows_its_plan_and_deletes_nothing_without_a_yes(ops, story, ring, tmp_path):
    place = story.copied(tmp_path / "copy")
    before = place.objects()
    told = ops("prune", "--json", BACKUP_STORE=str(tmp_path / "copy"))
    plan = json.loads(told.stdout)["point_in_time"]
    assert (set(plan["keep"]), plan["delete"]) == ({story.full.name, story.incremental.name}, [])
    assert (told.returncode, place.objects()) == (1, before)


def test_what_is_left_after_pruning_reaches_as_far_as_before(ops, story, ring, tmp_path):
    place = story.copied(tmp_path / "copy")
    before = seen(ring, place).windows
    told = ops("prune", "--yes", "--json", BACKUP_STORE=str(tmp_path / "copy"))
    assert told.returncode == 0
    gone = json.loads(told.stdout)["point_in_time"]["delete_wal"]
    assert gone
    after = seen(ring, place, read=True)
    assert (after.windows, after.holes) == (before, ())
