"""After a restore PostgreSQL lives on a new timeline. Both pasts stay within reach."""

from __future__ import annotations

import pytest
from backup.keeping import look, run
from backup.pit.past import SETTINGS, base, clock, receive, seen

from house import postgres
from ops.backup.faults import Damaged
from ops.backup.pit import deposit, origin, pushing, restoring
from ops.backup.screen import Screen


@pytest.fixture
def lived_on(ring, story, new, tmp_path):
    """A store into which the restored database archives as well; what was in that database, and when."""
    place = story.copied(tmp_path / "store")
    survey = seen(ring, place)
    way = restoring.way(survey, story.good_at)
    with restoring.carried_out(ring.settings, place, survey, way, folder=new, screen=Screen(), look=False):
        pass
    with postgres.embedded(new, SETTINGS) as cluster:
        url = cluster.dsn()
        receive(ring, place, url)
        run(url, "INSERT INTO leads (name) VALUES ('in the new life')")
        then, found = clock(url), look(url)
        run(url, "INSERT INTO leads (name) VALUES ('later')")
        receive(ring, place, url)
        yield place, then, found, url


def back_to(ring, place, to, folder):
    survey = seen(ring, place)
    way = restoring.way(survey, to)
    with restoring.carried_out(
        ring.settings, place, survey, way, folder=folder, screen=Screen(), look=False
    ) as arrived:
        return way, look(arrived.recovered.url)


def test_both_lives_can_be_gone_back_to(ring, story, lived_on, open_folder):
    place, then, lived, _ = lived_on
    survey = seen(ring, place, read=True)
    assert survey.holes == ()
    assert {window.timeline for window in survey.windows} == {1, 2}
    way, found = back_to(ring, place, then, open_folder / "second")
    assert (way.reach.timeline, found) == (2, lived)
    way, found = back_to(ring, place, story.harmed_at, open_folder / "first")
    assert (way.reach.timeline, found) == (1, story.harmed)


def test_the_first_base_on_a_new_timeline_is_full(ring, lived_on):
    place, _, _, url = lived_on
    taken = base(ring, place, url)
    assert (taken.parent, taken.timeline) == (None, 2)


def test_a_timeline_without_its_history_is_a_hole(ring, story, lived_on):
    place = lived_on[0]
    place.delete(f"pit/{story.full.system}/wal/00000002/00000002.history")
    survey = seen(ring, place)
    assert [hole.first for hole in survey.holes] == ["00000002.history"]
    assert {window.timeline for window in survey.windows} == {1}


def test_a_file_of_another_system_is_refused(ring, story, folder, cluster):
    run(cluster.dsn("postgres"), "CREATE TABLE other (i int)", "SELECT pg_switch_wal()")
    other = min((cluster.place.cluster / "pg_wal").glob("0000000100*"))
    paper = pushing.push(ring.settings, folder, other, other.name)
    assert paper.system != story.full.system
    with pytest.raises(Damaged, match="of another system"):
        deposit.put(ring.settings, folder, other, name=other.name, system=story.full.system, suite=origin.suite(18))
