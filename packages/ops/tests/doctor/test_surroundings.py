"""Clock, mail, storage, webhooks, jobs and the machine: each is broken, finding, and reported with what mends it."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import msgspec
import pytest
from doctor.conftest import FakeService, ServiceEnv, find_only, list_problems, run_check

from crm import timetable
from ops.backup import keys
from ops.doctor import clock, jobs, machine, mail, sign_in, storage, webhooks
from ops.doctor.command import examine
from ops.doctor.findings import Group, Severity

Sql = Callable[..., None]


# Clock


@pytest.mark.parametrize(
    ("off", "found"), [(0, []), (10, ["weak"]), (-10, ["weak"]), (3600, ["wrong"]), (-3600, ["wrong"])]
)
def test_a_clock_is_compared_with_the_database(service_env: ServiceEnv, off: float, found: list[str]):
    finding = run_check(
        clock.check, service_env.context(CRM_BASE_URL="https://127.0.0.1:1"), now=lambda: time.time() + off
    )
    assert [each.severity.value for each in finding if each.severity is not Severity.FINE] == found


def test_a_clock_is_compared_with_the_running_service(service_env: ServiceEnv, service: FakeService):
    context = service_env.context(APP_ENV="development", CRM_BASE_URL=service.url)
    assert list_problems(run_check(clock.check, context)) == []
    service.date = formatdate(time.time() + 500, usegmt=True)
    finding = find_only(run_check(clock.check, context))
    assert finding.severity is Severity.WRONG
    assert "behind the service's" in finding.what


# Mail


@contextmanager
def mail_server(*extensions: str) -> Iterator[tuple[str, list[bytes]]]:
    """Its address, and every line it is sent."""
    said: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            said.append(line.strip())
            finding = ["here", *extensions] if line[:4].upper() == b"EHLO" else ["bye"]
            lines = [f"250{' ' if each is finding[-1] else '-'}{each}\r\n" for each in finding]
            writer.write("".join(lines).encode() if finding[0] == "here" else b"221 bye\r\n")
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


def test_a_mail_server_is_greeted_and_sent_nothing(service_env: ServiceEnv):
    with mail_server("SIZE 1000") as (address, said):
        context = service_env.context(RESEND_API_KEY=None, SMTP_URL=f"smtp://ada:quiet-strokes@{address}")
        assert list_problems(run_check(mail.check, context)) == []
    assert [line[:4].upper() for line in said] == [b"EHLO", b"QUIT"]


def test_a_mail_server_that_is_not_there_is_reported(service_env: ServiceEnv):
    finding = find_only(
        run_check(mail.check, service_env.context(RESEND_API_KEY=None, SMTP_URL="smtp://ada:quiet-strokes@127.0.0.1:1"))
    )
    assert (finding.severity, finding.fix) == (Severity.WRONG, "nc -vz 127.0.0.1 1")


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
def test_a_key_or_sender_that_will_not_do_is_reported(service_env: ServiceEnv, changed: dict[str, str], found: object):
    assert list_problems(run_check(mail.check, service_env.context(**changed))) == found


# Sign-in


def test_an_openid_provider_is_asked_who_it_is(service_env: ServiceEnv, service: FakeService):
    given = {"OIDC_CLIENT_ID": "crm", "OIDC_CLIENT_SECRET": "of the tests"}

    def check_provider(**published: object) -> list[tuple[str, str]]:
        service.published = published
        context = service_env.context(APP_ENV="development", OIDC_ISSUER=service.url, **given)
        return list_problems(run_check(sign_in.check, context))

    assert check_provider(issuer=service.url, code_challenge_methods_supported=["S256"]) == []
    assert check_provider(issuer=service.url) == [("weak", "The")]
    assert check_provider(issuer="https://evil.example", code_challenge_methods_supported=["S256"]) == [
        ("wrong", "The")
    ]
    service.published = {}
    assert check_provider() == [("wrong", f"{service.url}/.well-known/openid-configuration")]


def test_a_provider_that_is_away_and_variables_without_one_are_named(service_env: ServiceEnv):
    given = {"OIDC_CLIENT_ID": "crm", "OIDC_CLIENT_SECRET": "of the tests"}
    away = service_env.context(APP_ENV="development", OIDC_ISSUER="http://127.0.0.1:1", **given)
    assert "does not answer" in find_only(run_check(sign_in.check, away)).what
    assert list_problems(run_check(sign_in.check, service_env.context(**given))) == [
        ("weak", "OIDC_CLIENT_ID"), ("weak", "OIDC_CLIENT_SECRET"),
    ]  # fmt: skip
    assert list_problems(run_check(sign_in.check, service_env.context())) == []


# Storage


@pytest.fixture
def backing_up(tmp_path: Path) -> dict[str, str]:
    place = tmp_path / "store"
    place.mkdir()
    recipients = ",".join(str(keys.Identity.generate().to_public()) for _ in range(2))
    signing = keys.generate_signing_key()[0]
    return {"BACKUP_STORE": str(place), "BACKUP_RECIPIENTS": recipients, "BACKUP_SIGNING_KEY": signing}


def test_a_store_is_written_read_and_left_as_it_was(
    service_env: ServiceEnv, backing_up: dict[str, str], tmp_path: Path
):
    archive = tmp_path / "store/000001-20260301T030000Z/archive.dump.zst.age"
    archive.parent.mkdir()
    archive.write_bytes(b"x")
    assert list_problems(run_check(storage.check, service_env.context(**backing_up))) == []
    later = datetime.now(UTC) + timedelta(days=5)
    finding = find_only(run_check(storage.check, service_env.context(**backing_up), now=lambda: later))
    assert (finding.what, finding.fix) == ("The newest backup is 5 days old", "ops backup create")
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == [archive]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"BACKUP_STORE": "/nowhere/at/all"}, "which is not a folder"),
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
    service_env: ServiceEnv,
    backing_up: dict[str, str],
    changed: dict[str, str],
    found: str,
):
    given = {**backing_up, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", **changed}
    finding = [each for each in run_check(storage.check, service_env.context(**given)) if each.severity == "wrong"]
    assert found in finding[0].what
    assert finding[0].fix


def test_one_key_alone_is_too_few(service_env: ServiceEnv, backing_up: dict[str, str]):
    one = backing_up["BACKUP_RECIPIENTS"].partition(",")[0]
    assert ("weak", "Only") in list_problems(
        run_check(storage.check, service_env.context(**{**backing_up, "BACKUP_RECIPIENTS": one}))
    )


# Webhooks


def test_the_one_way_out_is_tried_by_its_own_rules(service_env: ServiceEnv, service: FakeService):
    laptop = {"APP_ENV": "development", "WEBHOOKS_ALLOW_LOOPBACK": "1"}
    assert list_problems(run_check(webhooks.check, service_env.context(f"{service.url}/", **laptop))) == []
    finding = find_only(run_check(webhooks.check, service_env.context(f"{service.url}/")))
    assert finding.severity is Severity.WRONG
    assert "not a public address" in finding.what
    finding = find_only(run_check(webhooks.check, service_env.context("http://127.0.0.1:1/", **laptop)))
    assert finding.fix == "curl --head http://127.0.0.1:1/"


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


def test_jobs_that_keep_their_times_are_fine(service_env: ServiceEnv, sql: Sql):
    register(sql)
    sign_of_life(sql, "now()")
    assert list_problems(run_check(jobs.check, service_env.context())) == []


def test_late_jobs_and_silent_workers_are_read_from_the_database(service_env: ServiceEnv, sql: Sql):
    register(sql, tidy_jobs="now() - interval '1 day'")
    sign_of_life(sql, "now() - interval '1 h'")
    assert list_problems(run_check(jobs.check, service_env.context())) == [("wrong", "tidy_jobs"), ("wrong", "No")]


def test_the_running_service_is_asked_where_there_is_a_key(service_env: ServiceEnv, service: FakeService):
    service.status = {
        "jobs": [{"name": "purge_submissions", "late": True, "last_error": "OSError: full"},
                 {"name": "tidy_jobs", "late": False, "last_error": ""}],
        "queue": {"waiting": 3, "failed": 2, "oldest_seconds": 900.0},
    }  # fmt: skip
    finding = run_check(
        jobs.check, service_env.context(APP_ENV="development", CRM_API_URL=service.url, CRM_API_KEY=service.key)
    )
    assert list_problems(finding) == [("wrong", "purge_submissions"), ("weak", "2"), ("wrong", "A")]
    assert "15 minutes" in finding[2].what


def test_a_key_that_is_refused_falls_back_on_the_database(service_env: ServiceEnv, service: FakeService, sql: Sql):
    register(sql)
    finding = run_check(
        jobs.check, service_env.context(APP_ENV="development", CRM_API_URL=service.url, CRM_API_KEY="oct_another")
    )
    assert list_problems(finding) == [("weak", "No")]


# The machine


def test_this_machine_will_do(service_env: ServiceEnv):
    assert "wrong" not in [
        severity for severity, _ in list_problems(run_check(machine.check, service_env.context(), least_free=1))
    ]


def test_memory_is_compared_with_the_plan(service_env: ServiceEnv, tmp_path: Path):
    for name, text in {
        "memory.current": 480 * 2**20,
        "memory.max": 500 * 2**20,
        "memory.stat": "inactive_file 0",
    }.items():
        (tmp_path / name).write_text(f"{text}\n")
    finding = run_check(machine.check, service_env.context(), cgroup=tmp_path, least_free=1)
    assert [each.what for each in finding if "container" in each.what] == [
        "This container has 500 MB of memory, and the smallest plan has 512",
        "96% of this container's memory is taken",
    ]


def test_an_old_python_and_a_full_disk_are_wrong(service_env: ServiceEnv):
    finding = run_check(machine.check, service_env.context(), python=(3, 10, 4), least_free=2**60)
    assert ("wrong", "Python") in list_problems(finding)
    assert any("MB left" in each.what and each.fix.startswith("du ") for each in finding)


def test_every_fix_is_one_line(service_env: ServiceEnv, tmp_path: Path):
    finding = [
        *run_check(machine.check, service_env.context(), python=(3, 10), least_free=2**60),
        *run_check(mail.check, service_env.context(MAIL_FROM="x")),
    ]
    assert finding
    assert all(each.fix and "\n" not in each.fix for each in finding if each.severity is not Severity.FINE)
    assert msgspec.json.encode(finding)


# Without a network


def test_a_machine_without_network_is_reported_once(service_env: ServiceEnv):
    """Nothing that is outside is blamed for it."""
    elsewhere = {"DATABASE_URL": "postgresql://crm@db.invalid/crm", "SMTP_URL": "smtp://mail.invalid:25"}
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        context = service_env.context("https://site.invalid/", RESEND_API_KEY=None, **elsewhere)
        context = dataclasses.replace(context, network_controls=[closed.getsockname()])
        found = examine(context, [Group.DATABASE, Group.MAIL, Group.WEBHOOKS])
    assert [(each.severity.value, each.what) for each in found] == [("unknown", "This machine has no network")]
