"""After a restore PostgreSQL lives on a new timeline. Both pasts stay within reach."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import NamedTuple

import psycopg
import pytest
from backup.keeping import look, run
from backup.pit.past import SETTINGS, back_to, base, clock, receive, seen

from house import postgres
from ops.backup import store
from ops.backup.manifest import Contents
from ops.backup.store import Store


class Lives(NamedTuple):
    """A store into which a restored database archives as well; what was in that database, and when."""

    store: Store
    then: datetime
    found: Contents
    url: str


@pytest.fixture(scope="module")
def lives(ring, story, before_harm, open_place):
    place = story.copied(open_place / "lives")
    with postgres.embedded(before_harm.arrived.folder.parents[1], SETTINGS) as cluster:
        url = cluster.dsn()
        receive(ring, place, url)
        run(url, "INSERT INTO leads (name) VALUES ('in the new life')")
        then, found = clock(url), look(url)
        run(url, "INSERT INTO leads (name) VALUES ('later')")
        receive(ring, place, url)
        yield Lives(place, then, found, url)


def test_a_restored_database_takes_changes_and_archives_nowhere(before_harm, lives):
    assert (before_harm.arrived.folder / "postgresql.conf.before").exists()
    with psycopg.connect(lives.url) as connection:
        assert connection.execute("SHOW archive_mode").fetchone() == ("off",)
        assert connection.execute("SELECT count(*) FROM leads WHERE name = 'in the new life'").fetchone() == (1,)


def copied(lives, into):
    """A store of one's own, to be changed."""
    shutil.copytree(lives.store.address, into)
    return store.opened(str(into), {})


def test_both_lives_can_be_gone_back_to(ring, story, lives, open_folder):
    survey = seen(ring, lives.store, read=True)
    assert survey.holes == ()
    assert {window.timeline for window in survey.windows} == {1, 2}
    way, _, found = back_to(ring, lives.store, lives.then, open_folder / "second")
    assert (way.reach.timeline, found) == (2, lives.found)
    way, _, found = back_to(ring, lives.store, story.harmed_at, open_folder / "first")
    assert (way.reach.timeline, found) == (1, story.harmed)
    assert [table.rows for table in found.tables] == [0]


def test_the_first_base_on_a_new_timeline_is_full(ring, lives, tmp_path):
    taken = base(ring, copied(lives, tmp_path / "copy"), lives.url)
    assert (taken.parent, taken.timeline) == (None, 2)


def test_a_timeline_without_its_history_is_a_hole(ring, story, lives, tmp_path):
    place = copied(lives, tmp_path / "copy")
    place.delete(f"pit/{story.full.system}/wal/00000002/00000002.history")
    survey = seen(ring, place)
    assert [hole.first for hole in survey.holes] == ["00000002.history"]
    assert {window.timeline for window in survey.windows} == {1}
