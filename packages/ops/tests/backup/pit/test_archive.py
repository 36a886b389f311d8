"""The archive of WAL: idempotent, atomic, never overwritten; what is missing is known before it is needed."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event

import pytest
from backup.keeping import make_ring, run
from backup.pit.past import receive, seen

from ops.backup import keys
from ops.backup.faults import Damaged, Missing, Taken, Trouble, Unreachable, Unusable
from ops.backup.pit import deposit, origin, pushing, receiving, restoring, slots
from ops.backup.screen import Screen


@pytest.fixture
def segment(origin, story) -> Path:
    """The newest file of WAL that PostgreSQL has finished, in its own folder."""
    newest = seen_names(story)[-1]
    return origin.place.cluster / "pg_wal" / newest


def seen_names(story):
    return sorted(each.path.rpartition("/")[2] for each in story.store.objects("pit") if "/wal/" in each.path)


def kept(server):
    return server.asked("SELECT restart_lsn::text FROM pg_replication_slots WHERE slot_name = %s", slots.KEEPING)


# Pushing


def test_a_file_that_is_pushed_comes_back_byte_for_byte(ring, folder, segment):
    paper = pushing.push(ring.settings, folder, segment, segment.name)
    again, raw = deposit.get(folder, paper.system, paper.name, ring.settings.trusted, ring.settings.identities)
    assert raw == segment.read_bytes()
    assert again == paper
    [stored] = folder.objects()
    assert segment.read_bytes()[:64] not in folder.read(stored.path)


def test_the_same_file_again_is_well_and_changes_nothing(ring, folder, segment):
    first = pushing.push(ring.settings, folder, segment, segment.name)
    before = folder.read(first.archive.object)
    assert pushing.push(ring.settings, folder, segment, segment.name) == first
    assert folder.read(first.archive.object) == before


def test_other_content_of_the_same_name_is_refused_and_nothing_is_overwritten(ring, folder, segment):
    paper = pushing.push(ring.settings, folder, segment, segment.name)
    before = folder.read(paper.archive.object)
    system = segment.parent.parent
    forged = system.parent / "forged"
    (forged / "pg_wal").mkdir(parents=True)
    (forged / "global").mkdir()
    (forged / "PG_VERSION").write_text("18\n")
    (forged / "global" / "pg_control").write_bytes((system / "global" / "pg_control").read_bytes())
    raw = bytearray(segment.read_bytes())
    raw[-1] ^= 1
    (forged / "pg_wal" / segment.name).write_bytes(raw)
    with pytest.raises(Taken, match=r"is in .* already with other content"):
        pushing.push(ring.settings, folder, forged / "pg_wal" / segment.name, segment.name)
    assert folder.read(paper.archive.object) == before


def test_a_file_under_a_wrong_name_is_refused(ring, folder, segment):
    wrong = f"{segment.name[:-1]}{'1' if segment.name[-1] != '1' else '2'}"
    with pytest.raises(Damaged, match="is not the file of WAL it is named for"):
        pushing.push(ring.settings, folder, segment, wrong)
    with pytest.raises(Unusable, match="is no file of WAL"):
        pushing.push(ring.settings, folder, segment, "postgresql.conf")
    assert folder.objects() == []


def test_the_command_for_archive_command_says_by_its_status_whether_it_went_well(ops, segment, tmp_path):
    ops.given["BACKUP_STORE"] = str(tmp_path / "store")
    assert ops.run("wal", "push", str(segment), segment.name) == (0, "", "")
    gone = ops("wal", "push", str(segment), segment.name, BACKUP_STORE=str(tmp_path / "nowhere"))
    assert (gone.returncode, gone.stdout) == (2, "")
    assert "is no folder" in gone.stderr


def test_a_store_that_keeps_less_than_it_was_given_is_found_out_and_tried_again(ring, cloud, bucket, segment):
    class Forgetful(dict):
        def __setitem__(self, key, value):
            super().__setitem__(key, value[:-1])

    bucket.objects = Forgetful()
    with pytest.raises(Damaged, match="does not read as it was written"):
        pushing.push(ring.settings, cloud, segment, segment.name)
    bucket.objects = {}
    assert pushing.push(ring.settings, cloud, segment, segment.name).name == segment.name


# Receiving


def test_an_outage_of_the_store_makes_the_server_keep_its_wal_until_it_is_over(ring, cloud, bucket, story):
    receiver = receiving.Receiver(ring.settings, cloud, story.url, Screen(), lambda _: None, Event())
    run(story.url, "CREATE TABLE outage AS SELECT i FROM generate_series(1, 30000) AS i", "DROP TABLE outage")
    with origin.held(story.url, origin.BASE_LOCK, "") as server:
        before = kept(server)
        bucket.left = 0
        with pytest.raises(Unreachable):
            receiving.once(receiver)
        assert kept(server) == before
        assert bucket.objects == {}
        bucket.left = None
        receiving.once(receiver)
        assert kept(server) > before
    stored = sorted(key.rpartition("/")[2] for key in bucket.objects)
    story.heard(cloud)
    assert len(stored) >= 2
    assert seen(ring, story.store).holes == ()


def test_two_receivers_of_one_server_are_one_and_a_clear_line(ring, story, ops):
    with origin.held(story.url, origin.RECEIVER_LOCK, ""):
        told = ops("wal", "receive", "--once")
    assert (told.returncode, told.stdout) == (3, "")
    assert "Another `ops backup wal receive` is at work" in told.stderr


def test_a_receiver_stores_file_by_file_until_it_is_stopped(ring, story, ops):
    process = ops.start("wal", "receive")
    run(story.url, "CREATE TABLE seen (i int)", "SELECT pg_switch_wal()", "DROP TABLE seen", "SELECT pg_switch_wal()")
    lines = [process.stdout.readline() for _ in range(2)]
    assert [line.startswith("Stored 00000001") for line in lines] == [True, True]
    process.terminate()
    _, err = process.communicate()
    assert (process.returncode, "The server keeps what is not stored yet." in err) == (0, True)
    receive(ring, story.store, story.url)
    assert seen(ring, story.store).holes == ()


# Checking


def test_an_archive_without_holes_names_the_seconds_that_can_be_reached(ops, story):
    told = ops("wal", "check", "--read", "--json")
    document = json.loads(told.stdout)
    assert (told.returncode, document["holes"]) == (0, [])
    [window] = document["windows"]
    assert window["bases"] == [story.full.name, story.incremental.name]
    assert window["since"] < story.good_at.isoformat().replace("+00:00", "Z") < window["until"]
    assert "You can go back to any second between" in ops("list").stdout


def test_a_missing_file_is_a_hole_and_the_seconds_beyond_it_are_not_promised(ring, story, tmp_path, ops):
    place = story.copied(tmp_path / "broken")
    lost = restoring.way(seen(ring, place), story.harmed_at).reach.run[0]
    place.delete(deposit.place(story.full.system, lost))
    told = ops("wal", "check", "--json", BACKUP_STORE=str(tmp_path / "broken"))
    document = json.loads(told.stdout)
    assert told.returncode == 1
    assert [(hole["first"], hole["files"], hole["why"]) for hole in document["holes"]] == [(lost, 1, "missing")]
    assert all(window["until"] < story.good_at.isoformat().replace("+00:00", "Z") for window in document["windows"])
    with pytest.raises(Missing, match="cannot be reached"):
        restoring.way(seen(ring, place), story.good_at)


def test_a_flipped_byte_is_found_by_reading_and_stops_a_restore_before_it_begins(ring, story, tmp_path, new, ops):
    place = story.copied(tmp_path / "broken")
    way = restoring.way(seen(ring, place), story.good_at)
    file = tmp_path / "broken" / deposit.place(story.full.system, way.reach.run[0])
    raw = bytearray(file.read_bytes())
    raw[-10] ^= 1
    file.write_bytes(raw)
    told = ops("restore", "--to", story.good_at.isoformat(), "--into", str(new), BACKUP_STORE=str(tmp_path / "broken"))
    assert (told.returncode, told.stdout) == (4, "")
    assert "its checksum is not what was written. Nothing was restored." in told.stderr
    assert [each.name for each in new.rglob("*") if each.is_file()] == []
    [hole] = seen(ring, place, read=True).holes
    assert (hole.first, "checksum" in hole.why) == (file.name, True)


def test_a_file_that_was_cut_short_is_known_without_reading_all_of_it(ring, story, tmp_path):
    place = story.copied(tmp_path / "broken")
    newest = seen(ring, place).reaches[-1].run[-1]
    file = tmp_path / "broken" / deposit.place(story.full.system, newest)
    file.write_bytes(file.read_bytes()[:-1])
    assert [hole.first for hole in seen(ring, place).holes] == [newest]


def test_what_a_stranger_has_signed_counts_for_nothing(ring, story, tmp_path, segment):
    place = story.copied(tmp_path / "broken")
    path = deposit.place(story.full.system, segment.name)
    place.delete(path)
    pushing.push(make_ring().settings, place, segment, segment.name)
    [hole] = seen(ring, place, read=True).holes
    assert (hole.first, "not to be trusted" in hole.why) == (segment.name, True)


def test_a_wrong_key_is_told_before_anything_is_made(ring, story, new):
    survey = seen(ring, story.store)
    way = restoring.way(survey, story.good_at)
    stranger = ring.settings._replace(identities=keys.identities(keys.new_identity()[0]))
    with (
        pytest.raises(Trouble, match="cannot be opened with this key"),
        restoring.carried_out(stranger, story.store, survey, way, folder=new, screen=Screen(), look=False),
    ):
        pass
    assert not new.exists()
