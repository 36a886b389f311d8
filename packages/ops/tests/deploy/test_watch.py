"""`ops deploy watch`, against stand-ins of both APIs and of the hosts, by a set clock."""

from __future__ import annotations

from deploy.script import Deployment, Phase
from deploy.world import RAILWAY_S, World


def test_a_push_is_followed_to_every_host(world: World):
    world.push()
    status, told = world.watch()
    assert (status, told["outcome"]) == (0, "live")
    assert {host["host"]: host["commit"] for host in told["hosts"]} == dict.fromkeys(
        ("site", "blog", "api", "crm"), world.new
    )


def test_the_goal_is_counted_from_the_push(world: World):
    world.push()
    world.clock.rest(100)
    _, told = world.watch()
    assert RAILWAY_S <= told["live_s"] <= RAILWAY_S + 20
    assert told["within_goal"] is True


def test_a_slow_delivery_is_live_and_over_the_goal(world: World):
    world.push()
    world.serve(world.old, api=RAILWAY_S, site=400)
    status, told = world.watch()
    assert (status, told["within_goal"]) == (0, False)


def test_the_phases_are_told_in_order_with_their_seconds(world: World):
    world.push()
    _, told = world.watch()
    found = [(phase["where"], phase["name"]) for phase in told["phases"]]
    assert found[:2] == [("CI", "ci.yml"), ("Railway", "wait")]
    steps = [(phase["name"], phase["ended_s"]) for phase in told["phases"] if phase["where"] == "Railway"]
    assert [name for name, _ in steps] == [
        "wait", "SNAPSHOT_CODE", "BUILD_IMAGE", "PUBLISH_IMAGE", "HEALTHCHECK", "DRAIN_INSTANCES"
    ]  # fmt: skip
    assert dict(steps)["HEALTHCHECK"] == RAILWAY_S
    assert {"api", "crm", "site", "blog"} <= {where for where, name in found if name == "serves it"}


def test_each_phase_is_said_once_as_it_comes(world: World):
    world.push()
    world.watch()
    lines = [line for line in world.told.splitlines() if "BUILD_IMAGE" in line]
    assert [line.split()[-3:] for line in lines] == [["Railway", "BUILD_IMAGE", "running"], ["done", "in", "0:37"]]


def test_what_is_live_already_needs_no_waiting(world: World):
    world.push()
    world.clock.rest(1000)
    status, _ = world.watch()
    assert (status, world.clock.rests) == (0, 1)


def test_the_old_commit_behind_a_success_is_told(world: World):
    world.push()
    world.serve(world.old, api=None, site=150)
    status, told = world.watch()
    assert (status, told["outcome"]) == (3, "old")
    assert f"api still serves {world.old[:7]}, though Railway calls the deployment SUCCESS" in told["what"]
    assert world.clock.passed < 330


def test_a_page_that_stays_old_is_told(world: World):
    world.push()
    world.serve(world.old, api=RAILWAY_S, site=None)
    status, told = world.watch(timeout=1200)
    assert status == 3
    assert "though deploy-web.yml published the commit" in told["what"]


def test_a_page_that_is_old_when_time_is_up_is_old_and_not_late(world: World):
    world.push()
    world.serve(world.old, api=RAILWAY_S, site=None)
    status, told = world.watch(timeout=400)
    assert (status, told["where"]) == (3, "site")


def test_a_queue_that_stands_still_is_out_of_time(world: World):
    world.push().states = [(3, "WAITING"), (125, "QUEUED")]
    world.serve(world.old, api=None, site=150)
    status, told = world.watch(timeout=600)
    assert (status, told["outcome"]) == (2, "late")
    assert "octatech-crm QUEUED for 8 min" in told["what"]
    assert world.clock.passed == 600


def test_a_crash_after_the_success_is_a_failure_with_its_log(world: World):
    made = world.push()
    made.states.append((RAILWAY_S + 12, "CRASHED"))
    made.log = [("info", "Listening"), ("error", "MemoryError\x1b[31m in the pool"), ("info", "bye")]
    status, told = world.watch()
    assert (status, told["where"]) == (1, "Railway")
    assert told["lines"] == ["  MemoryError in the pool"]
    assert "crashed" in told["what"]


def test_a_success_is_not_believed_before_it_has_held(world: World):
    world.push().states.append((RAILWAY_S + 15, "CRASHED"))
    world.clock.rest(RAILWAY_S + 5)
    assert world.watch()[0] == 1


def test_a_build_that_fails_shows_its_last_lines(world: World):
    made = world.push()
    made.states[2:] = [(150, "FAILED")]
    made.phases[1:] = [Phase("BUILD_IMAGE", 123, 150, "Build failed")]
    made.build_log = [("info", f"step {number}") for number in range(40)] + [("info", "pip: no such package")]
    world.serve(world.old, api=None, site=150)
    status, told = world.watch()
    assert status == 1
    assert told["lines"][0] == "BUILD_IMAGE: Build failed"
    assert told["lines"][-1] == "  pip: no such package"
    assert len(told["lines"]) == 16


def test_a_health_check_that_fails_shows_what_the_service_logged(world: World):
    made = world.push()
    made.states[3:] = [(300, "FAILED")]
    made.phases[3:] = [Phase("HEALTHCHECK", 180, 300, "1/1 replicas never became healthy")]
    made.log = [("error", "SESSION_SECRET is missing")]
    world.serve(world.old, api=None, site=150)
    status, told = world.watch()
    assert status == 1
    assert told["lines"] == ["HEALTHCHECK: 1/1 replicas never became healthy", "  SESSION_SECRET is missing"]


def test_a_service_that_is_not_well_after_its_release_is_a_failure(world: World):
    world.push()
    world.web.serves["api"] = [(-9000, world.old), (RAILWAY_S, f"unwell {world.new}")]
    status, told = world.watch()
    assert (status, told["where"]) == (1, "Railway")
    assert "api is not well (database unreachable)" in told["what"]


def test_one_bad_answer_after_the_release_proves_nothing(world: World):
    world.push()
    world.serve(world.old, api=RAILWAY_S, site=500)
    world.web.serves["api"] = [*world.web.serves["api"], (400, f"unwell {world.new}"), (425, world.new)]
    assert world.watch()[0] == 0


def test_a_service_that_hangs_up_after_its_release_is_a_failure(world: World):
    world.push()
    world.web.serves["crm"] = [(-9000, world.old), (RAILWAY_S, "down")]
    status, told = world.watch()
    assert (status, told["where"]) == (1, "Railway")
    assert world.clock.passed < 400


def test_a_network_of_ours_that_is_away_is_no_failure_of_the_release(world: World):
    world.push()
    for turns in world.web.serves.values():
        turns.append((RAILWAY_S + 5, "down"))
    assert world.watch(timeout=600)[0] == 2


def test_a_failure_of_another_service_of_the_commit_counts(world: World):
    world.push()
    other = Deployment("dep-backup", world.new, [(3, "WAITING"), (140, "FAILED")], service="s-backup")
    other.build_log = [("error", "no space left")]
    world.railway.deployments.append(other)
    status, told = world.watch()
    assert status == 1
    assert "octatech-backup failed" in told["what"]
    assert told["lines"] == ["  no space left"]


def test_an_incident_of_railway_is_told(world: World):
    world.push().states = [(3, "WAITING"), (125, "QUEUED")]
    world.railway.incident = {"status": "INVESTIGATING", "message": "Builds are slow"}
    _, told = world.watch(timeout=300)
    assert told["lines"] == ["Railway reports an incident of its own: Builds are slow (INVESTIGATING)"]


def test_approval_is_asked_for_with_the_place_to_click(world: World):
    world.push().states = [(3, "NEEDS_APPROVAL")]
    status, told = world.watch()
    assert (status, world.clock.passed < 10) == (3, True)
    assert "https://railway.com/project/p-1/service/s-crm?environmentId=e-1&id=dep-new" in told["fix"]
    assert "click Approve" in told["fix"]


def test_a_commit_that_railway_skipped_although_the_service_changed_is_told(world: World):
    world.push().states = [(3, "WAITING"), (130, "SKIPPED")]
    world.serve(world.old, api=None, site=150)
    status, told = world.watch()
    assert status == 3
    assert "skipped this commit, though packages/crm/src/a.py has changed" in told["what"]


def test_a_service_that_nothing_has_changed_counts_as_live(world: World):
    words = world.repository.words
    world.push(words).states = [(3, "WAITING"), (130, "SKIPPED")]
    world.serve(world.new, api=None, site=150, after=words)
    status, told = world.watch(words)
    assert status == 0
    assert {host["host"]: host["stand"] for host in told["hosts"]} == {
        "site": "current", "blog": "current", "api": "unchanged", "crm": "unchanged"
    }  # fmt: skip


def test_a_newer_commit_that_holds_this_one_counts_as_live(world: World):
    world.push().states.append((RAILWAY_S + 5, "REMOVED"))
    world.serve(world.old, api=RAILWAY_S, site=150, after=world.repository.words)
    status, told = world.watch()
    assert (status, told["hosts"][0]["stand"]) == (0, "newer")


def test_a_host_that_is_away_for_a_moment_is_waited_for(world: World):
    world.push()
    world.web.serves["api"] = [(-9000, world.old), (RAILWAY_S - 10, "down"), (RAILWAY_S + 40, world.new)]
    status, told = world.watch()
    assert status == 0
    assert told["live_s"] >= RAILWAY_S + 40


def test_a_missing_commit_is_no_failure(world: World):
    world.push()
    world.web.serves["api"] = world.web.serves["crm"] = [(-9000, "")]
    status, told = world.watch()
    assert status == 0
    assert "api does not say which commit it serves; what Railway says must do." in world.told
    assert [host["stand"] for host in told["hosts"]][2:] == ["silent", "silent"]


def test_without_a_token_of_railway_the_hosts_decide(world: World):
    world.push()
    world.environ["RAILWAY_TOKEN"] = ""
    status, _ = world.watch()
    assert status == 0
    assert world.railway.doors == []
    assert "Railway is not followed" in world.told


def test_what_was_never_pushed_is_told_at_the_end(world: World):
    world.serve(world.old, api=None, site=None)
    status, told = world.watch(timeout=60)
    assert (status, told["fix"]) == (2, "Was it pushed? Nothing has been heard of it.")


def test_nobody_is_asked_whether_it_was_pushed_while_github_is_silent(world: World):
    world.serve(world.old, api=None, site=None)
    world.web.status = 502
    status, told = world.watch(timeout=60)
    assert (status, told["fix"].split(".")[0]) == (2, "Watch again with a longer --timeout")


def test_a_commit_nobody_knows_is_refused(world: World):
    status, told = world.watch("0123abc")
    assert status == 4
    assert "no commit 0123abc" in told["error"]


def test_a_project_without_the_service_is_refused(world: World):
    world.railway.names = {"s-1": "Postgres"}
    status, told = world.watch()
    assert (status, told["error"].split(".")[0]) == (4, "The project octatech has no service octatech-crm")


def test_no_token_is_ever_shown(world: World):
    world.push().states.append((RAILWAY_S + 12, "CRASHED"))
    world.environ["GITHUB_TOKEN"] = "github-token-of-the-tests"
    _, told = world.watch()
    for token in (world.environ["RAILWAY_TOKEN"], world.environ["GITHUB_TOKEN"]):
        assert token not in str(told) + world.told
