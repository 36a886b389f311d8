from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from deploy.fake_railway import FakeRailway
from deploy.manual_clock import ManualClock
from deploy.release_timeline import Deployment
from lookalike.edge import Answer, Asked
from railway.api import TOKEN, serving
from verify.asking import evidence, red, skipped, where

from ops.verify import target
from ops.verify.client import Client
from ops.verify.leaks import Leaks, known

PASSWORD = 'violet/heron+forty"two'
GIVEN = {"SESSION_SECRET": PASSWORD, "DATABASE_URL": f"postgresql://crm:{quote(PASSWORD, safe='')}@db.internal/crm"}
WRITTEN = {
    "as it is": PASSWORD,
    "in an address": quote(PASSWORD, safe=""),
    "in JSON": PASSWORD.replace('"', '\\"'),
    "in base64": base64.b64encode(PASSWORD.encode()).decode(),
}


def answering(part: str):
    return lambda answer: answer.saying(answer.body + part.encode())


async def test_no_answer_holds_a_secret(client):
    [answers, log] = Leaks(client, GIVEN).checks()
    assert "23 answers, 3 values" in await evidence(answers)
    assert "a rehearsal" in await skipped(log)


@pytest.mark.parametrize(
    ("path", "how"),
    list(zip(("/api/v1/no-such-thing", "/sign-in", "/api/v1/health", "/no-such-page"), WRITTEN, strict=True)),
)
async def test_a_secret_in_an_answer_is_found_and_not_repeated(lookalike, client, how, path):
    lookalike.edge.alter = where(path, answering(f"<p>{WRITTEN[how]}</p>"))
    told = await red(Leaks(client, GIVEN).checks())
    assert list(told) == ["answers keep secrets"]
    line = told["answers keep secrets"]
    assert f"{path} (" in line.said
    assert line.said.endswith("holds SESSION_SECRET")
    assert "change the secret" in line.hint
    assert not any(written in line.said for written in WRITTEN.values())


async def test_a_secret_in_a_header_is_found(lookalike, client):
    lookalike.edge.alter = where("/sign-in", lambda answer: answer.having("x-debug", PASSWORD), "GET")
    assert "holds SESSION_SECRET" in (await red(Leaks(client, GIVEN).checks()))["answers keep secrets"].said


async def test_a_key_that_is_echoed_is_found(lookalike, client):
    def echo(asked: Asked, answer: Answer) -> Answer:
        tried = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return answer.saying(f'{{"detail": "There is no key {tried}."}}'.encode()) if len(tried) > 40 else answer

    lookalike.edge.alter = echo
    told = await red(Leaks(client, {}).checks())
    assert told["answers keep secrets"].said.endswith("holds the key that was tried")


@pytest.mark.parametrize(
    ("leak", "what"),
    [
        ("could not connect: postgresql://crm:Xk2-9vQw81@db.railway.internal/crm", "a password in an address"),
        ("whsec_Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHJlYWwgc2VjcmV0", "a webhook secret"),
        ("ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "a GitHub token"),
    ],
)
async def test_what_looks_like_a_secret_is_found_though_nobody_knows_it(lookalike, client, leak, what):
    lookalike.edge.alter = where("/api/v1/no-such-thing", answering(leak))
    assert (await red(Leaks(client, {}).checks()))["answers keep secrets"].said.endswith(f"holds {what}")


@pytest.mark.parametrize(
    "inside", ["Traceback (most recent call last)", "/app/lib/site-packages/crm", "asyncpg.exceptions.DataError"]
)
async def test_an_answer_that_tells_of_the_inside_is_found(lookalike, client, inside):
    lookalike.edge.alter = where("/api/v1/no-such-thing", answering(inside))
    told = await red(Leaks(client, {}).checks())
    assert "tells of the inside" in told["answers keep secrets"].said
    assert "trouble.py" in told["answers keep secrets"].hint


@pytest.fixture
def at_home(tmp_path):
    """The data folder of a house on this machine."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "session-secret").write_text("of-this-machine-alone\n")
    (tmp_path / "sign-in.json").write_text('{"ada@example.org": "four-letters-each"}')
    (tmp_path / "logs" / "crm.log").write_text('{"message": "started"}\n{"message": "stopped"}\n')
    return tmp_path


async def log_of(folder, check):
    environ = {"DATA_DIR": str(folder)}
    client = Client(target.named("local", environ))
    try:
        return await check(Leaks(client, environ).checks()[1])
    finally:
        await client.close()


async def test_a_log_without_a_secret_is_told_with_its_lines(at_home):
    assert await log_of(at_home, evidence) == "2 lines of crm.log"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("secret of-this-machine-alone", "session-secret"),
        ("password four-letters-each", "the password of ada@example.org"),
        ("redis://:Xk2-9vQw81@redis.railway.internal", "a password in an address"),
    ],
)
async def test_a_secret_in_the_log_is_found_by_file_and_line(at_home, line, what):
    with (at_home / "logs" / "crm.log").open("a") as log:
        log.write(f'{{"message": "{line}"}}\n')
    [told] = (await log_of(at_home, lambda check: red([check]))).values()
    assert told.said == f"crm.log, line 3, holds {what}"
    assert "kernel/log.py" in told.hint


async def test_a_house_without_a_log_is_not_praised(tmp_path):
    assert "There is no log" in await log_of(tmp_path, skipped)


def test_what_is_public_or_short_is_no_secret(tmp_path):
    environ = {"BACKUP_VERIFY_KEYS": "x" * 40, "API_TOKEN": "short", "PATH": "x" * 40, "DATA_DIR": str(tmp_path)}
    assert known(environ, local=True) == {}


@pytest.fixture
def railway(lookalike):
    """Railway's API, where a release serves and has written a line."""
    stand_in = FakeRailway(ManualClock())
    facts = lookalike.facts
    with serving(stand_in) as api:
        states = [(-9000.0, "DEPLOYING"), (-8900.0, "SUCCESS")]
        api.deployments.append(Deployment("dep", "a" * 40, states, log=[("info", "started")]))
        yield api, {"RAILWAY_TOKEN": TOKEN, "RAILWAY_API_URL": api.address, **GIVEN}, target.production(facts)


async def log_on_railway(house, environ, check):
    client = Client(house)
    try:
        return await check(Leaks(client, environ).checks()[1])
    finally:
        await client.close()


async def test_the_log_of_production_is_asked_of_railway(railway):
    _, environ, house = railway
    assert await log_on_railway(house, environ, evidence) == "1 lines of Railway (aaaaaaa)"


async def test_a_secret_in_the_log_of_production_is_found(railway):
    api, environ, house = railway
    api.deployments[0].log.append(("error", f"cannot sign with {PASSWORD}"))
    [told] = (await log_on_railway(house, environ, lambda check: red([check]))).values()
    assert told.said == "Railway (aaaaaaa), line 2, holds SESSION_SECRET"


@pytest.mark.parametrize(
    ("lacking", "why"), [("RAILWAY_TOKEN", "RAILWAY_TOKEN is not set"), ("deployment", "no release is serving")]
)
async def test_a_log_that_railway_does_not_give_is_told_with_the_reason(railway, lacking, why):
    api, environ, house = railway
    environ.pop(lacking, None)
    if lacking == "deployment":
        api.deployments.clear()
    assert why in await log_on_railway(house, environ, skipped)


async def test_a_token_that_railway_refuses_is_told(railway):
    _, environ, house = railway
    assert "refuses the token" in await log_on_railway(house, {**environ, "RAILWAY_TOKEN": "another"}, skipped)
