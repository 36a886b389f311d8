"""`ops doctor` as people and programs run it: groups, files, statuses, and no secret in anything it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from doctor.conftest import Patient

from ops.doctor import command
from ops.doctor.findings import Group

OPS = Path(sys.executable).parent / "ops"
INHERITED = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


Ran = Callable[..., tuple[int, str, str]]
"""Gives the exit status, and what was said to standard output and error."""


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    """The command, within this process: the real one takes a second to start."""

    def run(
        environ: dict[str, str], *only: str, file: Path | None = None, as_json: bool = False
    ) -> tuple[int, str, str]:
        groups = [Group(name) for name in only]
        status = command.run(environ, file=file, only=groups, reach="", as_json=as_json)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_group_is_looked_at_alone(patient: Patient, ran: Ran):
    told = json.loads(ran(patient.environ(), "variables", "machine", as_json=True)[1])
    assert {each["group"] for each in told["findings"]} == {"variables", "machine"}


@pytest.mark.parametrize(
    ("only", "changed", "status", "says"),
    [
        ("variables", {}, 0, "0 to mend"),
        ("variables", {"SEALING_KEYS": None}, 0, "1 to improve"),
        ("variables", {"SESSION_SECRET": "short"}, 1, "→ export SESSION_SECRET="),
        ("database", {"APP_ENV": "development", "DATABASE_URL": None, "DATA_DIR": "/nowhere"}, 2, "1 not seen"),
    ],
)
def test_the_status_says_whether_something_must_be_mended(
    patient: Patient, ran: Ran, only: str, changed: dict[str, str | None], status: int, says: str
):
    ended, out, _ = ran(patient.environ(**changed), only)
    assert (ended, says in out) == (status, True)


def test_a_file_is_examined_instead_of_the_environment(patient: Patient, ran: Ran, tmp_path: Path):
    file = tmp_path / "variables"
    file.write_text("# a comment\n" + "".join(f'{name}="{value}"\n' for name, value in patient.environ().items()))
    assert ran({"SESSION_SECRET": "short"}, "variables", file=file)[0] == 0
    file.write_text("APP_ENV=production\n")
    status, out, _ = ran(patient.environ(), "variables", file=file)
    assert (status, f"→ In {file}: SESSION_SECRET=" in out) == (1, True)


@pytest.mark.parametrize("name", ["missing", "a picture"])
def test_a_file_that_cannot_be_read_is_told_in_a_line(ran: Ran, tmp_path: Path, name: str):
    (tmp_path / "a picture").write_bytes(b"\x89PNG\xff\xfe")
    status, out, error = ran({}, file=tmp_path / name)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert "cannot be read" in error


def test_everything_at_once_shows_no_secret(patient: Patient, tmp_path: Path):
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
        told = subprocess.run(
            [OPS, "doctor", "--reach", "http://127.0.0.1:1/", *options],
            env={**INHERITED, **patient.environ(**changed)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 1
        assert "strokes" not in told.stdout + told.stderr
        assert "Traceback" not in told.stderr
        assert all(group in told.stdout for group in Group)
