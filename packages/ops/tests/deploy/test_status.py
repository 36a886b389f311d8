"""`ops deploy status`, and what people and programs read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from deploy.fake_release import RAILWAY_S, FakeRelease
from railway.conftest import ROOT
from typer.testing import CliRunner

from ops.deploy import command
from ops.deploy.cli import cli
from ops.deploy.context import Options
from ops.deploy.targets import load_targets

OPS = Path(sys.executable).parent / "ops"


def test_one_commit_everywhere_is_current(release: FakeRelease):
    release.push()
    release.clock.sleep(1000)
    status, document = release.status()
    assert status == 0
    assert [(row["host"], row["commit"], row["subject"]) for row in document["hosts"]] == [
        (name, release.new, "Change site and CRM") for name in ("site", "blog", "api", "crm")
    ]
    assert document["in_progress"] == []


def test_what_is_in_progress_is_shown_while_a_host_is_behind(release: FakeRelease):
    release.push()
    release.clock.sleep(100)
    status, document = release.status()
    assert status == 3
    assert [(row["where"], row["status"], row["for_s"]) for row in document["in_progress"]] == [
        ("CI", "in_progress", 99),
        ("Railway", "BUILDING", 97),
    ]


@pytest.mark.parametrize(("site", "api"), [("both", "crm"), ("docs", "crm"), ("both", "both")])
def test_a_host_that_nothing_has_changed_is_not_behind(release: FakeRelease, site: str, api: str):
    commits = release.repository._asdict()
    served = {"site": site, "blog": site, "api": api, "crm": api}
    release.web.serves = {host: [(0, commits[name])] for host, name in served.items()}
    assert release.status()[0] == 0


@pytest.mark.parametrize("serves", ["down", "unhealthy 0123456"])
def test_an_unhealthy_host_is_reported(release: FakeRelease, serves: str):
    release.web.serves["crm"] = [(-9000, serves)]
    status, document = release.status()
    assert status == 1
    assert document["hosts"][3]["problem"]


def test_the_status_needs_no_token(release: FakeRelease):
    release.environ["RAILWAY_TOKEN"] = ""
    status, document = release.status()
    assert status == 0
    assert "RAILWAY_TOKEN is missing" in document["notes"][0]


def test_without_a_network_the_status_says_so_once(release: FakeRelease):
    release.disconnect()
    status, document = release.status()
    assert (status, document["error"].split(".")[0]) == (4, "This machine has no network")


def test_people_read_the_phases_the_hosts_and_the_goal(release: FakeRelease, capsys: pytest.CaptureFixture[str]):
    release.push()
    assert command.watch(release.options(), release.new, 900) == 0
    out = capsys.readouterr().out
    assert "BUILDING" in out
    assert f"api serves {release.new[:7]}" in out
    assert re.search(rf"✓ {release.new[:7]} is live on site, blog, api, crm, 2:\d\d after the push", out)
    assert "within the goal of 5:00" in out


def test_people_read_the_reason_and_what_to_do(release: FakeRelease, capsys: pytest.CaptureFixture[str]):
    deployment = release.push()
    deployment.states.append((RAILWAY_S + 12, "CRASHED"))
    deployment.log = [("error", "[bold]MemoryError[/bold]")]
    assert command.watch(release.options(), release.new, 900) == 1
    out = capsys.readouterr().out
    assert "✗ Railway: the deployment ended with CRASHED" in out
    assert "│   [bold]MemoryError[/bold]" in out
    assert "→ See https://railway.com/project/p-1/" in out


def test_a_status_fits_80_columns(release: FakeRelease, capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    release.web.serves["crm"] = [(-9000, "down")]
    command.show_status(release.options())
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("override", ["web=https://example.org", "api=example.org"])
def test_a_bad_address_is_refused(override: str, capsys: pytest.CaptureFixture[str]):
    assert command.show_status(Options({}, [override], targets=load_targets(ROOT))) == 4
    assert "Error: --host takes NAME=URL" in capsys.readouterr().err


def test_the_command_ends_with_what_was_found(release: FakeRelease):
    release.serve(release.old, api=None, site=None)
    hosts = [part for each in release.host_overrides for part in ("--host", each)]
    arguments = [OPS, "deploy", "watch", release.new, "--timeout", "0", "--json", *hosts]
    environ = {**os.environ, **release.environ}
    done = subprocess.run(
        arguments, cwd=release.repository.root, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (2, "late")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["watch", "status"])
def test_every_command_documents_its_exits(name: str):
    done = CliRunner().invoke(cli, [name, "--help"])
    assert (done.exit_code, "Exits:" in done.output) == (0, True)
