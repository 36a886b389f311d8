"""Clock, mail, storage, webhooks, jobs and the machine: each is broken, told, and told with what mends it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import pytest
from doctor.conftest import Patient, Service, bad, only

from crm import timetable
from ops.backup import keys
from ops.doctor import clock, jobs, machine, mail, storage, webhooks
from ops.doctor.findings import Severity

Sql = Callable[..., None]


# Clock


@pytest.mark.parametrize(
    ("off", "found"), [(0, []), (10, ["weak"]), (-10, ["weak"]), (3600, ["wrong"]), (-3600, ["wrong"])]
)
def test_a_clock_is_held_against_the_database(patient: Patient, off: float, found: list[str]):
    told = clock.findings(patient.case(CRM_BASE_URL="https://127.0.0.1:1"), now=lambda: time.time() + off)
    assert [each.severity.value for each in told if each.severity is not Severity.FINE] == found


def test_a_clock_is_held_against_the_running_service(patient: Patient, service: Service):
    looked_at = patient.case(APP_ENV="development", CRM_BASE_URL=service.url)
    assert bad(clock.findings(looked_at)) == []
    service.date = formatdate(time.time() + 500, usegmt=True)
    told = only(clock.findings(looked_at))
    assert told.severity is Severity.WRONG
    assert "behind the service's" in told.what


# Mail


@contextmanager
def mail_server(*extensions: str) -> Iterator[tuple[str, list[bytes]]]:
    """Its address, and every line it is sent."""
    said: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            said.append(line.strip())
            told = ["here", *extensions] if line[:4].upper() == b"EHLO" else ["bye"]
            lines = [f"250{' ' if each is told[-1] else '-'}{each}\r\n" for each in told]
            writer.write("".join(lines).encode() if told[0] == "here" else b"221 bye\r\n")
        writer.close()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(talk, "127.0.0.1", 0), loop).result()
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", said
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_mail_server_is_greeted_and_sent_nothing(patient: Patient):
    with mail_server("SIZE 1000") as (address, said):
        looked_at = patient.case(RESEND_API_KEY=None, SMTP_URL=f"smtp://ada:quiet-strokes@{address}")
        assert bad(mail.findings(looked_at)) == []
    assert [line[:4].upper() for line in said] == [b"EHLO", b"QUIT"]


def test_a_mail_server_that_is_not_there_is_told(patient: Patient):
    told = only(mail.findings(patient.case(RESEND_API_KEY=None, SMTP_URL="smtp://ada:quiet-strokes@127.0.0.1:1")))
    assert (told.severity, told.fix) == (Severity.WRONG, "nc -vz 127.0.0.1 1")


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"RESEND_API_KEY": "something else"}, [("wrong", "RESEND_API_KEY")]),
        ({"RESEND_API_KEY": None}, [("weak", "No")]),
        ({"RESEND_API_KEY": None, "APP_ENV": "development"}, []),
        ({"MAIL_FROM": "Ada"}, [("wrong", "MAIL_FROM")]),
        ({"MAIL_FROM": "Ada <ada@elsewhere.example>"}, [("weak", "MAIL_FROM")]),
        ({"MAIL_FROM": "Ada <ada@mail.octatech.xyz>"}, []),
    ],
)
def test_a_key_or_sender_that_will_not_do_is_told(patient: Patient, changed: dict[str, str], found: object):
    assert bad(mail.findings(patient.case(**changed))) == found


# Storage


@pytest.fixture
def backing_up(tmp_path: Path) -> dict[str, str]:
    place = tmp_path / "store"
    place.mkdir()
    recipients = ",".join(keys.new_identity()[1] for _ in range(2))
    signing = keys.new_signing_key()[0]
    return {"BACKUP_STORE": str(place), "BACKUP_RECIPIENTS": recipients, "BACKUP_SIGNING_KEY": signing}


def test_a_store_is_written_read_and_left_as_it_was(patient: Patient, backing_up: dict[str, str], tmp_path: Path):
    archive = tmp_path / "store/000001-20260301T030000Z/archive.dump.zst.age"
    archive.parent.mkdir()
    archive.write_bytes(b"x")
    assert bad(storage.findings(patient.case(**backing_up))) == []
    later = datetime.now(UTC) + timedelta(days=5)
    told = only(storage.findings(patient.case(**backing_up), now=lambda: later))
    assert (told.what, told.fix) == ("The newest backup is 5 days old", "ops backup create")
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == [archive]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"BACKUP_STORE": "/nowhere/at/all"}, "which is no folder"),
        ({"BACKUP_STORE": None}, "BACKUP_STORE is not"),
        ({"BACKUP_SIGNING_KEY": None}, "BACKUP_SIGNING_KEY is missing"),
        ({"BACKUP_RECIPIENTS": "age1nobody"}, "BACKUP_RECIPIENTS is wrong"),
        (
            {"BACKUP_STORE": "s3://backups/crm", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "x"},
            "127.0.0.1",
        ),
    ],
)
def test_a_store_or_key_that_will_not_do_is_wrong(
    patient: Patient, backing_up: dict[str, str], monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], found: str
):
    for name, value in {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", **changed}.items():
        if name.startswith("AWS"):
            monkeypatch.setenv(name, value)
    told = [each for each in storage.findings(patient.case(**{**backing_up, **changed})) if each.severity == "wrong"]
    assert found in told[0].what
    assert told[0].fix


def test_one_key_alone_is_too_few(patient: Patient, backing_up: dict[str, str]):
    one = backing_up["BACKUP_RECIPIENTS"].partition(",")[0]
    assert ("weak", "Only") in bad(storage.findings(patient.case(**{**backing_up, "BACKUP_RECIPIENTS": one})))


# Webhooks


def test_the_one_way_out_is_tried_by_its_own_rules(patient: Patient, service: Service):
    laptop = {"APP_ENV": "development", "WEBHOOKS_ALLOW_LOOPBACK": "1"}
    assert bad(webhooks.findings(patient.case(**laptop), f"{service.url}/")) == []
    told = only(webhooks.findings(patient.case(), f"{service.url}/"))
    assert told.severity is Severity.WRONG
    assert "not a public address" in told.what
    assert (
        only(webhooks.findings(patient.case(**laptop), "http://127.0.0.1:1/")).fix == "curl --head http://127.0.0.1:1/"
    )


# Jobs


def register(sql: Sql, **times: str) -> None:
    """Puts every recurring job on the clock, as done a moment ago; `times` says when it was for others."""
    for each in timetable.RECURRING:
        at = times.get(each.name, "now()")
        sql(
            "INSERT INTO job_runs (name, schedule, every, since, succeeded_at) "
            f"VALUES ('{each.name}', '{each.expression}', '{each.every.total_seconds()} s', now(), {at})"
        )


def sign_of_life(sql: Sql, at: str) -> None:
    columns = "process, role, version, started_at, seen_at"
    sql(f"INSERT INTO heartbeats ({columns}) VALUES ('w', 'worker', '1', now(), {at})")


def test_jobs_that_keep_their_times_are_fine(patient: Patient, sql: Sql):
    register(sql)
    sign_of_life(sql, "now()")
    assert bad(jobs.findings(patient.case())) == []


def test_late_jobs_and_silent_workers_are_read_from_the_database(patient: Patient, sql: Sql):
    register(sql, tidy_jobs="now() - interval '1 day'")
    sign_of_life(sql, "now() - interval '1 h'")
    assert bad(jobs.findings(patient.case())) == [("wrong", "tidy_jobs"), ("wrong", "No")]


def test_the_running_service_is_asked_where_there_is_a_key(patient: Patient, service: Service):
    service.told = {
        "jobs": [{"name": "purge_submissions", "late": True, "last_error": "OSError: full"},
                 {"name": "tidy_jobs", "late": False, "last_error": ""}],
        "queue": {"waiting": 3, "failed": 2, "oldest_seconds": 900.0},
    }  # fmt: skip
    told = jobs.findings(patient.case(APP_ENV="development", CRM_API_URL=service.url, CRM_API_KEY=service.key))
    assert bad(told) == [("wrong", "purge_submissions"), ("weak", "2"), ("wrong", "A")]
    assert "15 minutes" in told[2].what


def test_a_key_that_is_refused_falls_back_on_the_database(patient: Patient, service: Service, sql: Sql):
    register(sql)
    told = jobs.findings(patient.case(APP_ENV="development", CRM_API_URL=service.url, CRM_API_KEY="oct_another"))
    assert bad(told) == [("weak", "No")]


# The machine


def test_this_machine_will_do(patient: Patient):
    assert "wrong" not in [severity for severity, _ in bad(machine.findings(patient.case(), least_free=1))]


def test_memory_is_held_against_the_plan(patient: Patient, tmp_path: Path):
    for name, text in {
        "memory.current": 480 * 2**20,
        "memory.max": 500 * 2**20,
        "memory.stat": "inactive_file 0",
    }.items():
        (tmp_path / name).write_text(f"{text}\n")
    told = machine.findings(patient.case(), cgroup=tmp_path, least_free=1)
    assert [each.what for each in told if "container" in each.what] == [
        "This container has 500 MB of memory, and the smallest plan has 512",
        "96% of this container's memory is taken",
    ]


def test_an_old_python_and_a_full_disk_are_wrong(patient: Patient):
    told = machine.findings(patient.case(), python=(3, 10, 4), least_free=2**60)
    assert ("wrong", "Python") in bad(told)
    assert any("MB left" in each.what and each.fix.startswith("du ") for each in told)


def test_every_fix_is_one_line(patient: Patient, tmp_path: Path):
    told = [
        *machine.findings(patient.case(), python=(3, 10), least_free=2**60),
        *mail.findings(patient.case(MAIL_FROM="x")),
    ]
    assert told
    assert all(each.fix and "\n" not in each.fix for each in told if each.severity is not Severity.FINE)
    assert json.dumps([each._asdict() for each in told])
