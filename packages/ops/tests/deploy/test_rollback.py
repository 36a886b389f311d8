"""`ops deploy rollback`, and `watch --rollback-on-fail`."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from deploy.script import Deployment, Phase
from deploy.world import RAILWAY_S, World

OPS = Path(sys.executable).parent / "ops"


def _all_of(terminal: int) -> str:
    """What is shown there until nobody writes to it any more."""
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:
        pass
    os.close(terminal)
    return shown.decode()


@pytest.fixture
def released(world: World) -> World:
    """The new commit is live for a while, and its hosts turn back when somebody rolls back."""
    world.push()
    world.clock.rest(2000)
    turn = 2035.0
    for name in ("api", "crm"):
        world.web.serves[name] = [(-9000, world.old), (RAILWAY_S, world.new), (turn, world.old)]
    return world


@pytest.fixture
def crashing(world: World) -> World:
    """The new commit succeeds, crashes, and its hosts turn back after half a minute."""
    world.push().states.append((RAILWAY_S + 12, "CRASHED"))
    for name in ("api", "crm"):
        world.web.serves[name] = [
            (-9000, world.old), (RAILWAY_S, world.new), (RAILWAY_S + 12, "down"), (RAILWAY_S + 60, world.old)
        ]  # fmt: skip
    return world


def test_the_last_good_release_is_brought_back_and_watched(released: World):
    status, told = released.roll_back()
    assert (status, told["outcome"], told["commit"]) == (0, "live", released.old)
    assert released.railway.rolled_back == ["dep-before"]
    assert [host["host"] for host in told["hosts"]] == ["api", "crm"]
    assert released.clock.passed >= 2035


@pytest.mark.parametrize(("said", "status", "done"), [("y", 0, ["dep-before"]), ("n", 4, []), ("", 4, [])])
def test_a_person_is_shown_the_plan_and_asked(released: World, said: str, status: int, done: list[str]):
    for name in ("api", "crm"):
        released.web.serves[name] = [(-9000, released.old)]
    ours, theirs = pty.openpty()
    hosts = [part for each in released.hosts for part in ("--host", each)]
    environ = {**os.environ, **released.environ, "TERM": "dumb"}
    with subprocess.Popen(
        [OPS, "deploy", "rollback", "--timeout", "0", *hosts], cwd=released.repository.root, env=environ,
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
    ) as asking:  # fmt: skip
        os.close(theirs)
        os.write(ours, f"{said}\n".encode())
        shown = _all_of(ours)
        asking.communicate(timeout=60)
    assert "then  " in shown
    assert "Do it? [y/N]" in shown
    assert released.railway.rolled_back == done
    assert asking.returncode == status


def test_the_plan_is_shown_and_without_a_yes_nothing_is_done(released: World):
    status, told = released.roll_back(yes=False)
    assert (status, told["error"]) == (4, "Nothing was done. Say yes at a terminal, or give --yes.")
    assert released.railway.rolled_back == []
    assert f"now   {released.new[:7]} a commit" in released.told
    assert f"then  {released.old[:7]} The one before" in released.told
    assert "The database stays as it is" in released.told


@pytest.mark.parametrize("named", ["dep-before", "dep-be", "commit"])
def test_a_release_can_be_named(released: World, named: str):
    older = Deployment("dep-oldest", "f" * 40, [(-20000, "REMOVED")], can_rollback=True)
    released.railway.deployments.insert(0, older)
    status, _ = released.roll_back(released.old[:9] if named == "commit" else named)
    assert (status, released.railway.rolled_back) == (0, ["dep-before"])


def test_a_rollback_after_a_rollback_goes_further_back(released: World):
    older = Deployment("dep-oldest", "f" * 40, [(-20000, "REMOVED")], can_rollback=True)
    released.railway.deployments.insert(0, older)
    released.roll_back()
    for name in ("api", "crm"):
        released.web.serves[name] = [(-9000, "f" * 40)]
    released.clock.rest(100)
    assert released.roll_back()[0] == 0
    assert released.railway.rolled_back == ["dep-before", "dep-oldest"]


def test_an_image_that_is_gone_cannot_be_brought_back(released: World):
    released.railway.deployments[0].can_rollback = False
    status, told = released.roll_back()
    assert status == 4
    assert "its image is not kept any more" in told["error"]
    assert f"git revert --no-edit {released.old[:7]}..HEAD" in told["error"]


def test_the_first_release_has_nothing_before_it(released: World):
    del released.railway.deployments[0]
    status, told = released.roll_back()
    assert (status, told["error"].split(".")[0]) == (4, "Railway knows no earlier good release of octatech-crm")


def test_a_failed_release_is_never_gone_back_to(released: World):
    failed = Deployment("dep-failed", "f" * 40, [(-5000, "FAILED")], can_rollback=True)
    released.railway.deployments.append(failed)
    released.roll_back()
    assert released.railway.rolled_back == ["dep-before"]


@pytest.mark.parametrize(
    ("named", "why"),
    [("dep-none", "There is no deployment"), ("dep-new", "is what serves now"), ("dep", "too short")],
)
def test_a_name_that_will_not_do_is_refused(released: World, named: str, why: str):
    status, told = released.roll_back(named)
    assert status == 4
    assert why in told["error"]


@pytest.mark.parametrize("state", ["WAITING", "QUEUED", "BUILDING", "DEPLOYING"])
def test_nothing_is_rolled_back_beside_another_deployment(released: World, state: str):
    released.railway.deployments.append(Deployment("dep-next", "f" * 40, [(1990, state)]))
    status, told = released.roll_back()
    assert status == 4
    assert f"is under way ({state})" in told["error"]
    assert released.railway.rolled_back == []


def test_a_rollback_that_no_host_follows_is_told(released: World):
    for name in ("api", "crm"):
        released.web.serves[name] = [(-9000, released.new)]
    status, told = released.roll_back()
    assert (status, told["where"]) == (3, "Railway")
    assert f"api still serves {released.new[:7]}" in told["what"]


def test_without_a_token_nothing_is_begun(released: World):
    released.environ["RAILWAY_TOKEN"] = ""
    status, told = released.roll_back()
    assert (status, told["error"].split(".")[0]) == (4, "RAILWAY_TOKEN is missing")


def test_a_crash_brings_the_last_good_release_back(crashing: World):
    status, told = crashing.watch(rollback_on_fail=True)
    assert (status, told["outcome"]) == (1, "failed")
    assert crashing.railway.rolled_back == ["dep-before"]
    assert told["rollback"] == {
        "done": True, "commit": crashing.old, "what": f"Rolled back: {crashing.old[:7]} serves again."
    }  # fmt: skip


def test_without_the_option_nothing_is_brought_back(crashing: World):
    _, told = crashing.watch()
    assert (told["rollback"], crashing.railway.rolled_back) == (None, [])


def test_a_crash_without_a_way_back_says_so(crashing: World):
    crashing.railway.deployments[0].can_rollback = False
    status, told = crashing.watch(rollback_on_fail=True)
    assert (status, crashing.railway.rolled_back) == (1, [])
    assert "It could not be rolled back. Railway cannot roll back to" in told["rollback"]["what"]


def test_a_failure_that_the_old_release_survived_needs_no_rollback(world: World):
    made = world.push()
    made.states[3:] = [(300, "FAILED")]
    made.phases[3:] = [Phase("HEALTHCHECK", 180, 300, "never became healthy")]
    world.before.states.pop()
    world.serve(world.old, api=None, site=150)
    _, told = world.watch(rollback_on_fail=True)
    assert told["rollback"]["what"] == f"Nothing had to be rolled back: {world.old[:7]} still serves."
    assert world.railway.rolled_back == []


def test_a_failure_outside_the_service_rolls_nothing_back(world: World):
    world.push()
    world.web.runs[1].states = [(122, ("in_progress", None)), (140, ("completed", "failure"))]
    world.serve(world.old, api=RAILWAY_S, site=None)
    _, told = world.watch(rollback_on_fail=True)
    assert told["rollback"]["done"] is False
    assert "it is not the service that failed, but site" in told["rollback"]["what"]


def test_a_release_that_is_not_well_is_taken_back(world: World):
    world.push()
    for name in ("api", "crm"):
        world.web.serves[name] = [(-9000, world.old), (RAILWAY_S, f"unwell {world.new}"), (RAILWAY_S + 140, world.old)]
    status, told = world.watch(rollback_on_fail=True)
    assert (status, told["rollback"]["done"]) == (1, True)
