"""`ops deploy status` and `history`, and how people and programs are told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from deploy.script import Deployment, Phase
from deploy.world import RAILWAY_S, World
from railway.conftest import ROOT

from ops.deploy import command

OPS = Path(sys.executable).parent / "ops"


def test_one_commit_everywhere_is_well(world: World):
    world.push()
    world.clock.rest(1000)
    status, told = world.status()
    assert status == 0
    assert [(row["host"], row["commit"], row["subject"]) for row in told["hosts"]] == [
        (name, world.new, "Do more") for name in ("site", "blog", "api", "crm")
    ]
    assert told["under_way"] == []


def test_what_is_under_way_is_shown_while_hosts_differ(world: World):
    world.push()
    world.clock.rest(165)
    status, told = world.status()
    assert status == 3
    assert [(row["where"], row["status"]) for row in told["under_way"]] == [("Railway", "BUILDING")]


def test_a_run_under_way_is_shown_with_its_page(world: World):
    world.push()
    world.clock.rest(50)
    _, told = world.status()
    assert [(row["where"], row["for_s"]) for row in told["under_way"]] == [("ci.yml", 50), ("Railway", 47)]


def test_a_service_that_nothing_has_changed_differs_from_nothing(world: World):
    world.serve(world.old, api=0, site=0)
    world.web.serves["site"] = world.web.serves["blog"] = [(-9000, world.repository.words)]
    assert world.status()[0] == 0


@pytest.mark.parametrize("serves", ["down", "unwell 0123456"])
def test_a_host_that_is_not_well_is_told(world: World, serves: str):
    world.web.serves["crm"] = [(-9000, serves)]
    status, told = world.status()
    assert status == 1
    assert told["hosts"][3]["fault"]


def test_the_status_needs_no_token(world: World):
    world.environ["RAILWAY_TOKEN"] = ""
    status, told = world.status()
    assert status == 0
    assert told["notes"] == ["RAILWAY_TOKEN is missing: what Railway does is not shown."]


def test_the_history_has_commit_outcome_duration_and_who(world: World):
    world.push()
    world.railway.deployments.append(
        Deployment("dep-bad", "f" * 40, [(600, "FAILED")], [Phase("BUILD_IMAGE", 600, 640, "no")], subject="Break it")
    )
    world.clock.rest(1000)
    status, told = world.history()
    assert status == 0
    found = [
        (row["where"], row["commit"][:7], row["outcome"], row.get("took_s"), row["who"]) for row in told["deliveries"]
    ]
    assert found == [
        ("service", "fffffff", "failed", None, "Ada"),
        ("site", world.new[:7], "published", 35.0, "ada"),
        ("service", world.new[:7], "live", RAILWAY_S - 3, "Ada"),
        ("service", world.old[:7], "replaced", None, "Ada"),
    ]
    assert [row["id"] for row in told["deliveries"] if row["back"]] == ["dep-before"]


def test_the_history_asks_once_for_all_durations(world: World):
    world.push()
    world.history()
    assert sum("deploymentEvents" in question for question in world.railway.asked) == 1


def test_the_history_is_as_long_as_asked_for(world: World):
    world.push()
    world.clock.rest(1000)
    assert len(world.history(2)[1]["deliveries"]) == 2


def test_people_get_the_phases_the_hosts_and_the_goal(world: World, capsys: pytest.CaptureFixture[str]):
    world.push()
    how = {"given": world.hosts, "clock": world.clock, "root": world.repository.root}
    assert command.watch(world.environ, world.new, timeout_s=900, **how) == 0
    said = capsys.readouterr().out
    assert "HEALTHCHECK" in said
    assert f"api serves {world.new[:7]}" in said
    assert re.search(rf"✓ {world.new[:7]} is live on site, blog, api, crm, 3:\d\d after the push", said)
    assert "within the goal of 5:00" in said


def test_people_get_the_reason_and_what_to_do(world: World, capsys: pytest.CaptureFixture[str]):
    made = world.push()
    made.states.append((RAILWAY_S + 12, "CRASHED"))
    made.log = [("error", "[bold]MemoryError[/bold]")]
    how = {"given": world.hosts, "clock": world.clock, "root": world.repository.root}
    assert command.watch(world.environ, world.new, timeout_s=900, **how) == 1
    said = capsys.readouterr().out
    assert "✗ The deployment of octatech-crm crashed" in said
    assert "│   [bold]MemoryError[/bold]" in said
    assert "→ See https://railway.com/project/p-1/" in said


@pytest.mark.parametrize("told", ["web=https://example.org", "api=example.org"])
def test_an_address_that_will_not_do_is_refused(told: str, capsys: pytest.CaptureFixture[str]):
    assert command.tell_status({}, given=[told], root=ROOT) == 4
    assert "--host takes NAME=URL" in capsys.readouterr().err


def test_the_command_ends_with_what_was_found(world: World):
    world.serve(world.old, api=None, site=None)
    hosts = [part for each in world.hosts for part in ("--host", each)]
    asked = [OPS, "deploy", "watch", world.new, "--timeout", "0", "--json", *hosts]
    environ = {**os.environ, **world.environ}
    ran = subprocess.run(asked, cwd=world.repository.root, env=environ, capture_output=True, text=True, check=False)
    assert (ran.returncode, json.loads(ran.stdout)["outcome"]) == (2, "late")
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("name", ["watch", "status", "history", "rollback"])
def test_every_command_teaches_its_exits(name: str):
    ran = subprocess.run([OPS, "deploy", name, "--help"], capture_output=True, text=True, check=False)
    assert (ran.returncode, "Exits:" in ran.stdout) == (0, True)
