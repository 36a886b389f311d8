"""Going back: to the second before the harm, to the second after it, and no further than the archive goes."""

from __future__ import annotations

import json
import signal
import tempfile
from datetime import timedelta

import msgspec
import psycopg
import pytest
from backup import ear
from backup.keeping import look, run
from backup.pit.past import back_to, clock, receive, seen

from house import postgres
from ops.backup.faults import Missing, Unusable
from ops.backup.pit import deposit, restoring


def test_the_moment_before_the_harm_has_every_row_as_it_was(story, before_harm):
    way, arrived, found = before_harm
    assert found == story.good
    assert [each.name for each in way.chain] == [story.full.name, story.incremental.name]
    assert story.incremental.ended_at < arrived.recovered.reached <= story.good_at


def test_before_the_incremental_the_full_base_alone_is_enough(ring, story, new):
    way, _, found = back_to(ring, story.store, story.incremental.taken_at - timedelta(microseconds=1), new)
    assert [each.name for each in way.chain] == [story.full.name]
    assert {table.name: table.rows for table in found.tables} == {"public.leads": 1000, "public.notes": 3000}


def test_what_was_committed_at_the_very_moment_is_in_it_and_a_microsecond_before_it_is_not(ring, story, open_folder):
    with psycopg.connect(story.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE moments (at int)")
        connection.execute("INSERT INTO moments VALUES (1)")
        moment = connection.execute("SELECT timestamp FROM pg_last_committed_xact()").fetchone()[0]
        connection.execute("DROP TABLE moments")
    receive(ring, story.store, story.url)
    for to, rows in ((moment, 1), (moment - timedelta(microseconds=1), 0)):
        _, _, found = back_to(ring, story.store, to, open_folder / str(rows))
        assert {table.name: table.rows for table in found.tables}["public.moments"] == rows


def test_the_last_second_that_is_promised_can_be_reached_and_has_all_that_was_ever_committed(ring, story, new):
    until = max(window.until for window in seen(ring, story.store).windows)
    survey = seen(ring, story.store)
    assert restoring.way(survey, None).reach == restoring.way(survey, until).reach
    _, arrived, found = back_to(ring, story.store, until, new)
    assert arrived.recovered.reached == until
    assert {table.name: table for table in found.tables}["public.leads"] == look_now(story)


def look_now(story):
    return {table.name: table for table in look(story.url).tables}["public.leads"]


# Refusals


def test_a_moment_before_the_first_base_is_refused_with_the_moments_that_can_be_reached(ops, story, new):
    told = ops("restore", "--to", (story.full.taken_at - timedelta(days=1)).isoformat(), "--into", str(new))
    assert (told.returncode, told.stdout) == (1, "")
    first, second = told.stderr.splitlines()
    assert "cannot be reached" in first
    assert "You can go back to any second between" in second
    assert not new.exists()


def test_a_moment_to_come_is_refused_with_the_moments_that_can_be_reached(ring, story):
    with pytest.raises(Missing, match=r"cannot be reached\.\nYou can go back to any second between"):
        restoring.way(seen(ring, story.store), clock(story.url) + timedelta(hours=1))


@pytest.mark.parametrize(("text", "why"), [("yesterday", "is no time"), ("2026-03-01T12:00:00", "names no zone")])
def test_a_moment_that_could_mean_two_things_is_refused(text, why):
    with pytest.raises(Unusable, match=why):
        restoring.moment(text)


def test_a_folder_that_is_not_empty_is_refused(ops, story, tmp_path):
    (tmp_path / "letter").touch()
    told = ops("restore", "--to", story.good_at.isoformat(), "--into", str(tmp_path))
    assert (told.returncode, told.stdout) == (1, "")
    assert "is not empty" in told.stderr
    assert (tmp_path / "letter").exists()


# Looking, and proving


def test_a_look_is_paused_at_the_moment_and_takes_no_changes(ops, story, new):
    process = ops.start("restore", "--to", story.good_at.isoformat(), "--into", str(new), "--look", "--json")
    told = ""
    for line in process.stdout:
        told += line
        if line == "}\n":
            break
    document = json.loads(told)
    assert look(document["url"]) == story.good
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        run(document["url"], "DELETE FROM leads")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, "Stopped." in err) == (0, True)
    assert not postgres.embedded(new).running


def test_a_drill_proves_a_moment_and_the_crm_hears_of_it(ring, story, ops, open_folder, monkeypatch):
    place = story.copied(open_folder / "store")
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    with ear.listening(201) as crm:
        told = ops("drill", "--to", story.good_at.isoformat(), "--json", **to(crm, place))
    document = json.loads(told.stdout)
    assert (told.returncode, document["rows"]) == (0, story.good.rows)
    [proof] = [proof for each in seen(ring, place).found for proof in each.proofs]
    assert (proof.base, proof.to) == (story.incremental.name, story.good_at)
    [heard] = [msgspec.json.decode(each.body) for each in crm.heard]
    assert crm.paths == ["/api/v1/operations/restores"]
    assert heard["name"] == f"{story.incremental.name} to {story.good_at:%Y-%m-%dT%H:%M:%SZ}"
    assert (heard["proven"], heard["rows"], heard["findings"]) == (True, story.good.rows, [])
    assert [each.name for each in open_folder.iterdir()] == ["store"]


def test_a_drill_that_proves_nothing_is_told_with_what_was_wrong(ring, story, ops, tmp_path):
    place = story.copied(tmp_path / "copy")
    way = restoring.way(seen(ring, place), story.good_at)
    file = tmp_path / "copy" / deposit.place(story.full.system, way.reach.run[0])
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with ear.listening(201) as crm:
        told = ops("drill", "--to", story.good_at.isoformat(), **to(crm, place))
    assert told.returncode == 4
    [heard] = [msgspec.json.decode(each.body) for each in crm.heard]
    assert (heard["proven"], heard["rows"]) == (False, 0)
    assert "checksum" in heard["findings"][0]


def to(crm, place):
    """A drill of that store tells that CRM."""
    return {"BACKUP_STORE": place.address, "CRM_API_URL": crm.url, "CRM_API_KEY": "oct_x"}
