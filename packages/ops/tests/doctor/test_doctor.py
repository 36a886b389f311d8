"""`ops doctor` as people and programs run it: groups, files, statuses, and no secret in anything it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from doctor.conftest import ServiceEnv

from ops.doctor import command
from ops.doctor.findings import Group

OPS = Path(sys.executable).parent / "ops"
INHERITED = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


Run = Callable[..., tuple[int, str, str]]
"""Gives the exit status, and what was printed to standard output and error."""


@pytest.fixture
def run_doctor(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command, within this process: the real one takes a second to start."""

    def run(
        environ: dict[str, str], *only: str, file: Path | None = None, as_json: bool = False
    ) -> tuple[int, str, str]:
        groups = [Group(name) for name in only]
        status = command.run_doctor(environ, file=file, only=groups, reach="", as_json=as_json)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_group_is_checked_alone(service_env: ServiceEnv, run_doctor: Run):
    finding = json.loads(run_doctor(service_env.environ(), "variables", "machine", as_json=True)[1])
    assert {each["group"] for each in finding["findings"]} == {"variables", "machine"}


@pytest.mark.parametrize(
    ("only", "changed", "status", "says"),
    [
        ("variables", {}, 0, "0 to fix"),
        ("variables", {"SEALING_KEYS": None}, 0, "1 to improve"),
        ("variables", {"SESSION_SECRET": "short"}, 1, "export SESSION_SECRET="),
        ("database", {"APP_ENV": "development", "DATABASE_URL": None, "DATA_DIR": "/nowhere"}, 2, "1 not checked"),
    ],
)
def test_the_status_says_whether_something_must_be_fixed(
    service_env: ServiceEnv, run_doctor: Run, only: str, changed: dict[str, str | None], status: int, says: str
):
    ended, out, _ = run_doctor(service_env.environ(**changed), only)
    assert (ended, says in out) == (status, True)


def test_a_file_is_examined_instead_of_the_environment(service_env: ServiceEnv, run_doctor: Run, tmp_path: Path):
    file = tmp_path / "variables"
    file.write_text("# a comment\n" + "".join(f'{name}="{value}"\n' for name, value in service_env.environ().items()))
    assert run_doctor({"SESSION_SECRET": "short"}, "variables", file=file)[0] == 0
    file.write_text("APP_ENV=production\n")
    status, out, _ = run_doctor(service_env.environ(), "variables", file=file)
    assert (status, f"In {file}: SESSION_SECRET=" in out) == (1, True)


@pytest.mark.parametrize("name", ["missing", "a picture"])
def test_a_file_that_cannot_be_read_is_an_error_in_one_line(run_doctor: Run, tmp_path: Path, name: str):
    (tmp_path / "a picture").write_bytes(b"\x89PNG\xff\xfe")
    status, out, error = run_doctor({}, file=tmp_path / name)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert "cannot be read" in error


def test_everything_at_once_shows_no_secret(service_env: ServiceEnv, tmp_path: Path):
    secrets = {
        "SESSION_SECRET": "strokes-one", "ADMIN_PASSWORD": "strokes-two", "SEALING_KEYS": "strokes-three,strokes-four",
        "DATABASE_URL": "postgresql://crm:strokes/five@127.0.0.1:1/crm", "RESEND_API_KEY": "strokes-six",
        "SMTP_URL": "smtp://ada:strokes-7@127.0.0.1:1", "REDIS_URL": "redis//strokes-8", "SYNTHETIC_KEY": "strokes-9",
        "METRICS_TOKEN": "strokes-10", "SENTRY_DSN": "strokes-11", "HEARTBEAT_URL": "strokes-12",
        "CRM_API_KEY": "strokes-13\x01", "BACKUP_SIGNING_KEY": "strokes-14", "BACKUP_IDENTITY": "strokes-15",
        "BACKUP_STORE": str(tmp_path), "AWS_SECRET_ACCESS_KEY": "strokes-16", "OPENAI_API_KEY": "strokes-17",
        "RAILWAY_TOKEN": "strokes-18", "SESION_SECRET": "strokes-19",
    }  # fmt: skip
    for changed, options in (
        (secrets, ("--json",)),
        ({**secrets, "DATABASE_URL": "postgresql://crm:strokes-20@127.0.0.1:1/crm"}, ()),
    ):
        finding = subprocess.run(
            [OPS, "doctor", "--reach", "http://127.0.0.1:1/", *options],
            env={**INHERITED, **service_env.environ(**changed)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert finding.returncode == 1
        assert "strokes" not in finding.stdout + finding.stderr
        assert "Traceback" not in finding.stderr
        assert all(group in finding.stdout for group in Group)


def test_at_80_columns_every_value_is_whole(
    service_env: ServiceEnv, run_doctor: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("COLUMNS", "80")
    file = tmp_path / "variables-of-the-service-in-production"
    file.write_text("APP_ENV=production\n")
    _, out, _ = run_doctor({}, "variables", file=file)
    assert max(map(len, out.splitlines())) <= 80
    printed = "".join(line.strip() for line in out.splitlines())
    assert re.search(r"SESSION_SECRET=[\w-]{64}", printed)
    assert str(file) in printed
