from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from deploy.fake_railway import FakeRailway
from deploy.manual_clock import ManualClock
from deploy.release_timeline import Deployment
from fake_production.edge import Request, Response
from railway.fake_railway_api import TOKEN, run_fake_railway_api
from verify.running_checks import Change, at, find_failed, get_evidence, get_reason

from ops.verify.context import VerifyContext
from ops.verify.leaks import list_secrets
from ops.verify.target import Target, load_target

ANSWERS, LOG = "answers keep secrets", "log keeps secrets"
PASSWORD = 'violet/heron+forty"two'
VARIABLES = {"SESSION_SECRET": PASSWORD, "DATABASE_URL": f"postgresql://crm:{quote(PASSWORD, safe='')}@db.internal/crm"}
WRITTEN = {
    "as it is": PASSWORD,
    "in an address": quote(PASSWORD, safe=""),
    "in JSON": PASSWORD.replace('"', '\\"'),
    "in base64": base64.b64encode(PASSWORD.encode()).decode(),
}


def add(text: str) -> Change:
    return lambda it: it.with_body(it.body + text.encode())


@pytest.fixture
def context(fake_production) -> VerifyContext:
    return VerifyContext(fake_production.target, VARIABLES)


async def test_no_answer_holds_a_secret(context):
    assert await get_evidence(context, ANSWERS) == "23 answers, 3 values"
    assert "a rehearsal" in await get_reason(context, LOG)


@pytest.mark.parametrize(
    ("path", "form"),
    list(zip(("/api/v1/no-such-thing", "/sign-in", "/api/v1/health", "/no-such-page"), WRITTEN, strict=True)),
)
async def test_a_secret_in_an_answer_is_found_and_not_repeated(fake_production, context, form, path):
    fake_production.edge.alter = at(path, add(f"<p>{WRITTEN[form]}</p>"))
    failed = (await find_failed(context, ANSWERS))[ANSWERS]
    assert f"{path} (" in failed.detail
    assert failed.detail.endswith("holds SESSION_SECRET")
    assert "change the secret" in failed.hint
    assert not any(written in failed.detail for written in WRITTEN.values())


async def test_a_secret_in_a_header_is_found(fake_production, context):
    fake_production.edge.alter = at("/sign-in", lambda it: it.with_header("x-debug", PASSWORD), "GET")
    assert "holds SESSION_SECRET" in (await find_failed(context, ANSWERS))[ANSWERS].detail


async def test_a_key_that_is_echoed_is_found(fake_production, context):
    def echo(request: Request, response: Response) -> Response:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        return response.with_body(f'{{"detail": "There is no key {key}."}}'.encode()) if len(key) > 40 else response

    fake_production.edge.alter = echo
    assert (await find_failed(context, ANSWERS))[ANSWERS].detail.endswith("holds the key that was tried")


@pytest.mark.parametrize(
    ("leak", "what"),
    [
        ("could not connect: postgresql://crm:Xk2-9vQw81@db.railway.internal/crm", "a password in an address"),
        ("whsec_Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHJlYWwgc2VjcmV0", "a webhook secret"),
        ("ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "a GitHub token"),
    ],
)
async def test_what_looks_like_a_secret_is_found_though_its_value_is_unknown(fake_production, context, leak, what):
    fake_production.edge.alter = at("/api/v1/no-such-thing", add(leak))
    assert (await find_failed(context, ANSWERS))[ANSWERS].detail.endswith(f"holds {what}")


@pytest.mark.parametrize(
    "inside", ["Traceback (most recent call last)", "/app/lib/site-packages/crm", "asyncpg.exceptions.DataError"]
)
async def test_an_answer_that_shows_internals_is_found(fake_production, context, inside):
    fake_production.edge.alter = at("/api/v1/no-such-thing", add(inside))
    failed = (await find_failed(context, ANSWERS))[ANSWERS]
    assert "shows internals" in failed.detail
    assert "exception handlers" in failed.hint


@pytest.fixture
def local(tmp_path) -> VerifyContext:
    """A local target with a log, a secret file and a known user."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "session-secret").write_text("of-this-machine-alone\n")
    (tmp_path / "sign-in.json").write_text('{"ada@example.org": "four-letters-each"}')
    (tmp_path / "logs" / "crm.log").write_text('{"message": "started"}\n{"message": "stopped"}\n')
    environ = {"DATA_DIR": str(tmp_path)}
    return VerifyContext(load_target("local", environ), environ)


async def test_a_log_without_a_secret_is_reported_with_its_lines(local):
    assert await get_evidence(local, LOG) == "2 lines of crm.log"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("secret of-this-machine-alone", "session-secret"),
        ("password four-letters-each", "the password of ada@example.org"),
        ("redis://:Xk2-9vQw81@redis.railway.internal", "a password in an address"),
    ],
)
async def test_a_secret_in_the_log_is_found_by_file_and_line(local, tmp_path, line, what):
    with (tmp_path / "logs" / "crm.log").open("a") as log:
        log.write(f'{{"message": "{line}"}}\n')
    failed = (await find_failed(local, LOG))[LOG]
    assert failed.detail == f"crm.log, line 3, holds {what}"
    assert "kernel/log.py" in failed.hint


async def test_a_system_without_a_log_is_not_praised(tmp_path):
    environ = {"DATA_DIR": str(tmp_path)}
    assert "There is no log" in await get_reason(VerifyContext(load_target("local", environ), environ), LOG)


def test_what_is_public_or_short_is_no_secret(tmp_path):
    environ = {"BACKUP_VERIFY_KEYS": "x" * 40, "API_TOKEN": "short", "PATH": "x" * 40, "DATA_DIR": str(tmp_path)}
    assert list(list_secrets(VerifyContext(load_target("local", environ), environ))) == ["the key that was tried"]


@pytest.fixture
def railway(fake_production):
    """Railway's API, where a release serves and has written a line."""
    live = load_target("production", {})
    with run_fake_railway_api(FakeRailway(ManualClock())) as api:
        states = [(-9000.0, "DEPLOYING"), (-8900.0, "SUCCESS")]
        api.deployments.append(Deployment("dep", "a" * 40, states, log=[("info", "started")]))
        yield api, {"RAILWAY_TOKEN": TOKEN, "RAILWAY_API_URL": api.address, **VARIABLES}, live


def read_from(railway: tuple[FakeRailway, dict[str, str], Target], **variables: str) -> VerifyContext:
    return VerifyContext(railway[2], {**railway[1], **variables})


async def test_the_log_of_production_is_asked_of_railway(railway):
    assert await get_evidence(read_from(railway), LOG) == "1 line of Railway (aaaaaaa)"


async def test_a_secret_in_the_log_of_production_is_found(railway):
    railway[0].deployments[0].log.append(("error", f"cannot sign with {PASSWORD}"))
    failed = (await find_failed(read_from(railway), LOG))[LOG]
    assert failed.detail == "Railway (aaaaaaa), line 2, holds SESSION_SECRET"


async def test_a_log_that_railway_does_not_give_is_skipped_with_the_reason(railway):
    assert "RAILWAY_TOKEN is not set" in await get_reason(read_from(railway, RAILWAY_TOKEN=""), LOG)
    assert "refuses the token" in await get_reason(read_from(railway, RAILWAY_TOKEN="another"), LOG)
    railway[0].deployments.clear()
    assert "no release is serving" in await get_reason(read_from(railway), LOG)
