"""`ops deploy watch`, against fakes of both APIs and of the hosts, by a manual clock."""

from __future__ import annotations

import socket

import pytest
from deploy.fake_release import CI_S, PAGES_S, RAILWAY_S, FakeRelease
from deploy.release_timeline import Deployment, Phase, Run


def test_a_push_is_followed_to_every_host(release: FakeRelease):
    release.push()
    status, document = release.watch()
    assert (status, document["outcome"]) == (0, "live")
    assert {host["host"]: host["commit"] for host in document["hosts"]} == dict.fromkeys(
        ("site", "blog", "api", "crm"), release.new
    )


def test_the_goal_is_counted_from_the_push(release: FakeRelease):
    release.push()
    release.clock.sleep(100)
    _, document = release.watch()
    assert RAILWAY_S - 1 <= document["live_s"] <= RAILWAY_S + 20
    assert document["within_goal"] is True


def test_a_slow_release_is_live_and_over_the_goal(release: FakeRelease):
    release.push()
    release.serve(release.old, api=RAILWAY_S, site=400)
    status, document = release.watch()
    assert (status, document["within_goal"]) == (0, False)


def test_a_release_does_not_wait_for_ci(release: FakeRelease):
    release.push()
    assert release.watch()[0] == 0
    assert release.clock.elapsed < CI_S


def test_a_red_ci_is_reported_beside_a_live_release(release: FakeRelease):
    release.push()
    release.web.runs[0].states = [(4, ("in_progress", None)), (60, ("completed", "failure"))]
    status, document = release.watch()
    assert (status, document["fix"]) == (0, "CI failed: https://github.com/o/r/actions/runs/1")


def test_the_phases_have_their_seconds(release: FakeRelease):
    release.push()
    _, document = release.watch()
    phases = [(phase["name"], phase["ended_s"]) for phase in document["phases"] if phase["where"] == "Railway"]
    assert [name for name, _ in phases] == ["QUEUED", "BUILDING", "DEPLOYING", "SUCCESS"]
    assert dict(phases) == {"QUEUED": 10, "BUILDING": 110, "DEPLOYING": 150, "SUCCESS": 150}
    served = {phase["where"]: phase["ended_s"] for phase in document["phases"] if phase["name"] == "serves it"}
    assert set(served) == {"site", "blog", "api", "crm"}
    assert PAGES_S - 1 <= served["site"] <= PAGES_S + 20


def test_each_phase_is_printed_once_as_it_comes(release: FakeRelease):
    release.push()
    release.watch()
    lines = [line.split() for line in release.stderr.splitlines() if "BUILDING" in line]
    assert lines == [["0:10", "Railway", "BUILDING"]]


def test_what_is_live_already_is_not_waited_for(release: FakeRelease):
    release.push()
    release.clock.sleep(1000)
    assert release.watch()[0] == 0
    assert release.clock.sleeps == 1  # the one above


def test_a_crm_only_push_leaves_the_site_as_it_is(release: FakeRelease):
    crm = release.repository.crm
    deployment = release.push(crm)
    release.web.runs = release.web.runs[:1]
    deployment.commit = crm
    release.serve(release.new, api=RAILWAY_S, site=None, after=crm)
    status, document = release.watch(crm)
    assert status == 0
    assert {host["host"]: host["state"] for host in document["hosts"]} == {
        "site": "unchanged",
        "blog": "unchanged",
        "api": "current",
        "crm": "current",
    }


def test_a_crm_only_push_is_not_live_while_the_site_misses_an_earlier_commit(release: FakeRelease):
    release.push()
    release.web.runs[1].states = [(2, ("in_progress", None)), (50, ("completed", "failure"))]
    crm = release.repository.crm
    release.railway.deployments.append(Deployment("dep-crm", crm, [(60, "BUILDING"), (150, "SUCCESS")]))
    release.serve(release.old, api=150, site=None, after=crm)
    status, document = release.watch(crm)
    assert (status, document["where"]) == (1, "Pages")
    assert document["what"] == "Pages: the deployment ended with failure"


def test_a_red_commit_that_is_mended_elsewhere_is_live(release: FakeRelease):
    release.push()
    release.web.runs[0].states = [(4, ("in_progress", None)), (60, ("completed", "failure"))]
    docs = release.repository.docs
    release.web.runs.append(Run(9, "ci.yml", docs, [(70, ("in_progress", None)), (600, ("completed", "success"))]))
    release.serve(release.repository.crm, api=None, site=None)
    status, document = release.watch(docs)
    assert status == 0
    assert {host["state"] for host in document["hosts"]} == {"unchanged"}


def test_the_old_commit_behind_a_success_is_reported(release: FakeRelease):
    release.push()
    release.serve(release.old, api=None, site=PAGES_S)
    status, document = release.watch()
    assert (status, document["outcome"]) == (3, "old")
    assert f"api still serves {release.old[:7]}, though Railway calls the deployment SUCCESS" in document["what"]
    assert release.clock.elapsed < RAILWAY_S + 120


def test_a_page_that_stays_old_is_reported(release: FakeRelease):
    release.push()
    release.serve(release.old, api=RAILWAY_S, site=None)
    status, document = release.watch(timeout=1200)
    assert (status, document["where"]) == (3, "site")
    assert "though Pages calls the deployment success" in document["what"]


def test_a_page_that_is_old_when_time_is_up_is_old_and_not_late(release: FakeRelease):
    release.push()
    release.serve(release.old, api=RAILWAY_S, site=None)
    status, document = release.watch(timeout=400)
    assert (status, document["where"]) == (3, "site")


def test_a_queue_that_does_not_move_is_out_of_time(release: FakeRelease):
    release.push().states = [(3, "QUEUED")]
    release.serve(release.old, api=None, site=PAGES_S)
    status, document = release.watch(timeout=600)
    assert (status, document["outcome"]) == (2, "late")
    assert "Railway: QUEUED for 10 min" in document["what"]
    assert release.clock.elapsed == 600


def test_a_crash_after_the_success_is_a_failure_with_its_log(release: FakeRelease):
    deployment = release.push()
    deployment.states.append((RAILWAY_S + 12, "CRASHED"))
    deployment.log = [("info", "Listening"), ("error", "MemoryError\x1b[31m in the pool"), ("info", "bye")]
    status, document = release.watch()
    assert (status, document["where"]) == (1, "Railway")
    assert document["lines"] == ["  MemoryError in the pool"]
    assert "CRASHED" in document["what"]


def test_a_success_is_not_believed_before_it_has_held(release: FakeRelease):
    release.push().states.append((RAILWAY_S + 15, "CRASHED"))
    release.clock.sleep(RAILWAY_S + 5)
    assert release.watch()[0] == 1


def test_a_build_that_fails_shows_its_last_lines(release: FakeRelease):
    deployment = release.push()
    deployment.states[2:] = [(90, "FAILED")]
    deployment.phases = [Phase("BUILD_IMAGE", 10, 90, "Build failed")]
    deployment.build_log = [("info", f"step {number}") for number in range(40)] + [("info", "pip: no such package")]
    release.serve(release.old, api=None, site=PAGES_S)
    status, document = release.watch()
    assert status == 1
    assert document["lines"][0] == "BUILD_IMAGE: Build failed"
    assert document["lines"][-1] == "  pip: no such package"
    assert len(document["lines"]) == 16


def test_a_failed_health_check_shows_what_the_service_logged(release: FakeRelease):
    deployment = release.push()
    deployment.states[3:] = [(240, "FAILED")]
    deployment.phases[1:] = [Phase("HEALTHCHECK", 120, 240, "1/1 replicas never became healthy")]
    deployment.log = [("error", "SESSION_SECRET is missing")]
    release.serve(release.old, api=None, site=PAGES_S)
    status, document = release.watch()
    assert status == 1
    assert document["lines"] == ["HEALTHCHECK: 1/1 replicas never became healthy", "  SESSION_SECRET is missing"]


def test_a_service_that_is_unhealthy_after_its_release_is_a_failure(release: FakeRelease):
    release.push()
    release.web.serves["api"] = [(-9000, release.old), (RAILWAY_S, f"unhealthy {release.new}")]
    status, document = release.watch()
    assert (status, document["where"]) == (1, "Railway")
    assert "api is unhealthy (database unreachable)" in document["what"]


def test_one_bad_answer_after_the_release_proves_nothing(release: FakeRelease):
    release.push()
    release.serve(release.old, api=RAILWAY_S, site=400)
    turns = release.web.serves["api"]
    release.web.serves["api"] = [*turns, (300, f"unhealthy {release.new}"), (335, release.new)]
    assert release.watch()[0] == 0


def test_a_service_that_hangs_up_after_its_release_is_a_failure(release: FakeRelease):
    release.push()
    release.web.serves["crm"] = [(-9000, release.old), (RAILWAY_S, "down")]
    status, document = release.watch()
    assert (status, document["where"]) == (1, "Railway")
    assert release.clock.elapsed < 400


def test_hosts_that_are_all_unreachable_do_not_fail_the_release(release: FakeRelease):
    release.push()
    for turns in release.web.serves.values():
        turns.append((RAILWAY_S + 5, "down"))
    assert release.watch(timeout=600)[0] == 2


@pytest.mark.parametrize("token", ["railway", "no railway"])
def test_without_a_network_it_ends_within_seconds(release: FakeRelease, token: str):
    release.disconnect()
    if token == "no railway":
        del release.environ["RAILWAY_TOKEN"]
    status, document = release.watch()
    assert (status, document["error"].split(".")[0]) == (4, "This machine has no network")
    assert release.clock.elapsed < 10


def test_with_a_network_that_reaches_nothing_it_ends_within_seconds(release: FakeRelease):
    release.disconnect()
    with socket.create_server(("127.0.0.1", 0)) as control:
        release.controls = [control.getsockname()]
        status, document = release.watch()
    assert (status, document["error"].split(".")[0]) == (4, "No host and no API can be reached")
    assert release.clock.elapsed < 30


def test_a_failure_of_another_service_of_the_commit_counts(release: FakeRelease):
    release.push()
    other = Deployment("dep-backup", release.new, [(3, "QUEUED"), (140, "FAILED")], service="s-backup")
    other.build_log = [("error", "no space left")]
    release.railway.deployments.append(other)
    status, document = release.watch()
    assert (status, document["where"]) == (1, "Railway (octatech-backup)")
    assert document["lines"] == ["  no space left"]


def test_a_failed_run_of_a_cron_service_says_nothing_of_the_release(release: FakeRelease):
    release.push()
    other = Deployment("dep-backup", release.new, [(3, "QUEUED"), (140, "CRASHED")], service="s-backup")
    release.railway.deployments.append(other)
    assert release.watch()[0] == 0


def test_an_incident_of_railway_is_reported(release: FakeRelease):
    release.push().states = [(3, "QUEUED")]
    release.railway.incident = {"status": "INVESTIGATING", "message": "Builds are slow"}
    _, document = release.watch(timeout=300)
    assert document["lines"] == ["Railway reports an incident: Builds are slow (INVESTIGATING)"]


def test_an_approval_is_asked_for_with_the_page_to_open(release: FakeRelease):
    release.push().states = [(3, "NEEDS_APPROVAL")]
    status, document = release.watch()
    assert (status, release.clock.elapsed < 10) == (3, True)
    assert "https://railway.com/project/p-1/service/s-crm?environmentId=e-1&id=dep-new" in document["fix"]


def test_a_commit_that_railway_skipped_although_the_service_changed_is_reported(release: FakeRelease):
    release.push().states = [(3, "QUEUED"), (30, "SKIPPED")]
    release.serve(release.old, api=None, site=PAGES_S)
    status, document = release.watch()
    assert (status, document["where"]) == (3, "api")
    assert "though Railway calls the deployment SKIPPED" in document["what"]
    assert "watch patterns" in document["fix"]


def test_a_newer_commit_that_contains_this_one_counts_as_live(release: FakeRelease):
    release.push().states.append((RAILWAY_S + 5, "REMOVED"))
    release.serve(release.old, api=RAILWAY_S, site=PAGES_S, after=release.repository.crm)
    status, document = release.watch()
    assert (status, document["hosts"][0]["state"]) == (0, "newer")


def test_a_host_that_is_away_for_a_moment_is_waited_for(release: FakeRelease):
    release.push()
    turns = [(-9000, release.old), (RAILWAY_S - 10, "down"), (RAILWAY_S + 40, release.new)]
    release.web.serves["api"] = turns
    status, document = release.watch()
    assert status == 0
    assert document["live_s"] >= RAILWAY_S + 39


def test_a_host_that_names_no_commit_is_no_failure(release: FakeRelease):
    release.push()
    release.web.serves["api"] = release.web.serves["crm"] = [(-9000, "")]
    status, document = release.watch()
    assert status == 0
    assert [host["state"] for host in document["hosts"]][2:] == ["silent", "silent"]


def test_without_a_token_of_railway_the_hosts_decide(release: FakeRelease):
    release.push()
    release.environ["RAILWAY_TOKEN"] = ""
    assert release.watch()[0] == 0
    assert release.railway.requests == []
    assert "Railway is not followed" in release.stderr


def test_what_was_never_pushed_is_reported_at_the_end(release: FakeRelease):
    release.serve(release.old, api=None, site=None)
    status, document = release.watch(timeout=60)
    assert (status, document["fix"].partition("?")[0]) == (2, "Was it pushed")


def test_an_unknown_commit_is_refused(release: FakeRelease):
    status, document = release.watch("0123abc")
    assert (status, document["error"].partition(".")[0]) == (4, "There is no commit 0123abc here")


def test_a_project_without_the_service_is_refused(release: FakeRelease):
    release.railway.names = {"s-1": "Postgres"}
    status, document = release.watch()
    assert (status, document["error"].partition(".")[0]) == (4, "Project octatech has no service octatech-crm")


def test_no_token_is_ever_shown(release: FakeRelease):
    release.push().states.append((RAILWAY_S + 12, "CRASHED"))
    release.environ["GITHUB_TOKEN"] = "github-token-of-the-tests"
    _, document = release.watch()
    for token in (release.environ["RAILWAY_TOKEN"], release.environ["GITHUB_TOKEN"]):
        assert token not in str(document) + release.stderr
