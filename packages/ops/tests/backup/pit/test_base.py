"""Base backups: incremental where that can be, whole in the store or not there at all."""

from __future__ import annotations

import signal

import pytest
from backup.keeping import run
from backup.pit.past import base, receive, seen

from house.postgres import locks
from ops.backup.faults import Trouble, Unreachable
from ops.backup.pit import bases, origin, taking

WAIT_S = 30


def test_the_first_is_full_and_the_next_holds_only_what_has_changed(story):
    assert (story.full.parent, story.incremental.parent) == (None, story.full.name)
    assert story.incremental.archive.raw_size < story.full.archive.raw_size / 3


def test_nothing_of_the_data_can_be_read_in_the_store(story):
    for each in story.store.objects("pit"):
        raw = story.store.read(each.path)
        assert b"leads" not in raw
        assert b"the last good one" not in raw


def test_a_full_one_can_be_asked_for(ring, story, tmp_path):
    assert base(ring, story.copied(tmp_path / "store"), story.url, incremental=False).parent is None


def test_an_incremental_one_that_cannot_be_had_is_refused_with_the_reason(ring, story, folder):
    with pytest.raises(Trouble, match="No incremental backup can be taken: there is none to stand on"):
        base(ring, folder, story.url, incremental=True)
    assert folder.objects() == []


def test_changes_that_were_not_written_down_make_it_full(ring, story, tmp_path):
    place = story.copied(tmp_path / "store")
    run(story.url, "ALTER SYSTEM SET summarize_wal = off", "SELECT pg_reload_conf()")
    try:
        with origin.held(story.url, origin.BASE_LOCK, "") as server:
            off = server._replace(settings={**server.settings, "summarize_wal": "off"})
            chosen = taking.choice(off, bases.read(place, ring.settings.trusted), incremental=None)
    finally:
        run(story.url, "ALTER SYSTEM RESET summarize_wal", "SELECT pg_reload_conf()")
    assert (chosen.parent, "summarize_wal is off" in chosen.why) == (None, True)


def test_an_incremental_one_counts_for_nothing_without_what_it_stands_on(ring, story, tmp_path):
    place = story.copied(tmp_path / "store")
    bases.discard(place, bases.folder(story.full.system, story.full.name))
    survey = seen(ring, place)
    assert (survey.reaches, bases.whole(survey.found)) == ((), [])


def test_two_at_once_are_one_and_a_clear_line(ops, story):
    before = story.store.objects()
    with origin.held(story.url, origin.BASE_LOCK, ""):
        told = ops("base")
    assert (told.returncode, told.stdout) == (3, "")
    assert "Another base backup of this server is being taken" in told.stderr
    assert story.store.objects() == before


def test_a_store_that_goes_down_in_the_middle_leaves_nothing_that_looks_finished(ring, story, cloud, bucket):
    bucket.left = 1024 * 1024
    with pytest.raises(Unreachable):
        base(ring, cloud, story.url)
    bucket.left = None
    assert [each.finished for each in bases.read(cloud, ring.settings.trusted)] in ([], [False])
    assert base(ring, cloud, story.url).parent is None


def test_one_that_was_killed_is_unfinished_and_stands_in_nobodys_way(ring, story, ops, cloud, bucket):
    bucket.open.clear()
    process = ops.start("base", **bucket.environment, TMPDIR=str(ops.folder))
    assert bucket.waiting.wait(WAIT_S)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    bucket.open.set()
    [killed] = bases.read(cloud, ring.settings.trusted)
    assert (killed.finished, killed.fault) == (False, "it was never finished.")

    def free() -> bool:
        """The server lets go of the lock when it notices the end."""
        try:
            with origin.held(story.url, origin.BASE_LOCK, ""):
                return True
        except Trouble:
            return False

    assert locks.until(free, WAIT_S)
    assert base(ring, cloud, story.url).name[:6] == "000002"


def test_a_role_that_may_replicate_and_nothing_more_is_enough(ring, story, tmp_path):
    place = story.copied(tmp_path / "store")
    run(story.url, "CREATE ROLE archivist LOGIN REPLICATION", "GRANT EXECUTE ON FUNCTION pg_switch_wal TO archivist")
    as_archivist = story.url.replace("postgres@", "archivist@")
    try:
        taken = base(ring, place, as_archivist)
        receive(ring, place, as_archivist)
    finally:
        run(story.url, "REVOKE EXECUTE ON FUNCTION pg_switch_wal FROM archivist", "DROP ROLE archivist")
        story.heard(place)
    assert (taken.parent, taken.role) == (story.incremental.name, "postgres")
