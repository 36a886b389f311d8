"""A time of the past is reached, or it is said why not. The database in use is never touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from backup.http_sink import run_http_sink
from pitr.origin import STANZA, answers, run_server

from crm.workspace.operations.forms import NewRestoreTest
from ops.cli import OpsError, UsageError
from ops.pitr import command
from ops.pitr.recovery import count_rows, plan_recovery, recover
from shared import embedded_postgres
from shared.embedded_postgres import locks
from shared.embedded_postgres.settings import PORT

WAIT_S = 60


def test_the_moment_before_the_harm_has_every_row_as_it_was(past, run):
    into = past.origin.folder / "before"
    status, document = run(command.run_restore, STANZA, past.harm, into, yes=True, as_json=True)
    assert status == 0
    assert document["folder"] == str(into)
    assert datetime.fromisoformat(document["reached"]) < datetime.fromisoformat(past.harm)
    with run_server(into, past.origin.folder / "scratch"):
        assert past.origin.read(past.origin.folder / "scratch") == past.rows
        with past.origin.connect(host=past.origin.folder / "scratch") as copy:
            assert copy.execute("SHOW archive_mode").fetchone() == ("off",)
    assert past.origin.read() != past.rows


def test_a_copy_that_takes_the_place_of_the_old_one_goes_on_archiving(past, run, archive_copy, monkeypatch):
    into, sockets = past.origin.folder / "replacement", past.origin.folder / "scratch"
    assert run(command.run_restore, STANZA, past.harm, into, yes=True, as_json=True)[0] == 0
    monkeypatch.setenv("PGBACKREST_PG1_PATH", str(into))
    with run_server(into, sockets, "--archive_mode=on"):
        with past.origin.connect(host=sockets) as copy:
            copy.execute("INSERT INTO leads VALUES (901, 'Eve')")
        past.origin.archive_wal(sockets)
    status, document = run(command.run_drill, os.environ, STANZA, "latest", as_json=True)
    assert (status, document.get("rows")) == (0, 901), document
    next(archive_copy.rglob("00000002.history*")).unlink()
    status, document = run(command.run_drill, os.environ, STANZA, "latest", as_json=True)
    assert (status, "does not reach the newest WAL file, 00000002" in document["error"]) == (1, True)


def test_the_end_of_the_archive_has_the_last_transaction(past):
    with recover(plan_recovery(STANZA, "latest")) as (address, reached):
        assert datetime.fromisoformat(past.harm) < reached < datetime.fromisoformat(past.end)
        assert past.origin.read(Path(address.partition("=")[2])) == past.origin.read()
    assert past.scratch == []


def test_a_drill_reads_every_row_and_reports_to_the_crm(past, run):
    with run_http_sink(201) as crm:
        environ = {**os.environ, "CRM_API_KEY": "a-key", "CRM_API_URL": crm.url}
        status, document = run(command.run_drill, environ, STANZA, past.harm, as_json=True)
    assert (status, document["proven"], document["rows"], document["tables"]) == (0, True, 900, 1)
    report = msgspec.json.decode(crm.bodies[0], type=NewRestoreTest)
    assert crm.paths == ["/api/v1/operations/restores"]
    assert (report.proven, report.rows, report.taken_at) == (True, 900, datetime.fromisoformat(past.harm))
    assert past.scratch == []


def test_a_time_after_the_last_transaction_is_not_called_proven(past, run):
    with run_http_sink(201) as crm:
        environ = {**os.environ, "CRM_API_KEY": "a-key", "CRM_API_URL": crm.url}
        status, said = run(command.run_drill, environ, STANZA, past.end, as_json=False)
    assert status == 1
    assert "Recovery does not reach" in said
    assert "Proven" not in said
    report = msgspec.json.decode(crm.bodies[0], type=NewRestoreTest)
    assert not report.proven
    assert "recovery ended before configured recovery target was reached" in report.findings
    assert past.scratch == []


def test_a_missing_wal_file_is_named_and_nothing_is_proven(past, run, archive_copy):
    next(archive_copy.rglob(f"{past.harm_wal}-*")).unlink()
    status, said = run(command.run_drill, os.environ, STANZA, "latest", as_json=False)
    assert status == 1
    assert f"1 WAL file missing, from {past.harm_wal} on" in said
    status, document = run(command.run_drill, os.environ, STANZA, past.harm, as_json=True)
    assert (status, "Recovery does not reach" in document["error"]) == (1, True)
    status, document = run(command.run_drill, os.environ, STANZA, past.growth, as_json=True)
    assert (status, document["rows"]) == (0, 500)


def test_a_damaged_wal_file_is_not_taken_for_the_end_of_the_archive(past, run, archive_copy):
    damaged = next(archive_copy.rglob(f"{past.harm_wal}-*"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    status, said = run(command.run_drill, os.environ, STANZA, "latest", as_json=False)
    assert status == 1
    assert "Recovery does not reach the newest WAL file" in said


def test_a_killed_drill_leaves_no_file_and_no_process(past):
    drill = subprocess.Popen([sys.executable, "-m", "ops", "pitr", "drill"], stderr=subprocess.DEVNULL)

    def replays() -> bool:
        return any("redo starts" in log.read_text() for log in past.origin.folder.glob("scratch/*/server.lock"))

    assert locks.wait_for(replays, WAIT_S)
    [scratch] = past.scratch
    drill.send_signal(signal.SIGKILL)
    drill.wait()
    assert locks.wait_for(lambda: past.scratch == [], WAIT_S)
    assert not answers(scratch)


def test_a_version_that_is_not_installed_is_named(past, monkeypatch):
    plan = plan_recovery(STANZA, "latest")
    other = plan._replace(archive=msgspec.structs.replace(plan.archive, postgresql="3.1"))
    monkeypatch.setenv("PATH", "/usr/sbin")
    with pytest.raises(UsageError, match=r"PostgreSQL 3\.1 is not installed"), recover(other):
        raise AssertionError


def test_a_copy_without_rows_proves_nothing():
    with embedded_postgres.scratch() as empty, pytest.raises(OpsError, match="has no row"):
        count_rows(f"host={empty.place.sockets} port={PORT}", "postgres")
