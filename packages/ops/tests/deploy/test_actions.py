"""What GitHub Actions tells a watch: failed jobs, approvals, runs of other commits, and a repository nobody sees."""

from __future__ import annotations

import pytest
from deploy.script import Run
from deploy.world import RAILWAY_S, World

STEPS = [
    {"name": "Set up", "conclusion": "success", "number": 1},
    {"name": "Test", "conclusion": "failure", "number": 2},
    {"name": "Clear up", "conclusion": "skipped", "number": 3},
]
LOG = """2027-01-15T08:00:01.0000000Z collected 3 items
2027-01-15T08:00:02.0000000Z FAILED test_deals.py::test_a_lost_deal_can_be_reopened
2027-01-15T08:00:02.1000000Z ##[error]Process completed with exit code 1.
2027-01-15T08:00:03.0000000Z Cleaning up orphan processes
"""


@pytest.fixture
def red(world: World) -> World:
    """CI fails after a minute, in one step of one of its jobs."""
    world.push()
    run = world.web.runs[0]
    run.states = [(0, ("in_progress", None)), (60, ("completed", "failure"))]
    run.jobs = [
        {"id": 70, "name": "Lint", "status": "completed", "conclusion": "success", "steps": []},
        {"id": 71, "name": "Test CRM", "status": "completed", "conclusion": "failure", "steps": STEPS},
        {"id": 72, "name": "Release", "status": "completed", "conclusion": "cancelled", "steps": []},
    ]
    del world.web.runs[1:]
    world.serve(world.old, api=None, site=None)
    return world


def test_a_failed_job_is_told_with_its_step(red: World):
    status, told = red.watch()
    assert (status, told["where"], told["lines"]) == (1, "ci", ["Test CRM: Test"])
    assert told["fix"] == "See https://github.com/o/r/actions/runs/1"
    assert red.clock.passed < 90


def test_with_a_token_the_log_is_shown_up_to_the_error(red: World):
    red.environ["GITHUB_TOKEN"] = "github-token-of-the-tests"
    red.web.log = LOG
    _, told = red.watch()
    assert told["lines"] == [
        "Test CRM: Test",
        "  collected 3 items",
        "  FAILED test_deals.py::test_a_lost_deal_can_be_reopened",
        "  ##[error]Process completed with exit code 1.",
    ]


def test_the_token_does_not_follow_to_where_the_log_lies(red: World):
    red.environ["GITHUB_TOKEN"] = "github-token-of-the-tests"
    red.watch()
    assert red.web.asked[-1][2] == "Bearer github-token-of-the-tests"
    assert red.web.kept_tokens == [None]


def test_a_run_that_a_newer_commit_cancelled_is_told(world: World):
    world.push()
    world.web.runs[0].states = [(0, ("in_progress", None)), (60, ("completed", "cancelled"))]
    world.serve(world.old, api=None, site=None)
    status, told = world.watch()
    assert status == 1
    assert "as CI does when a newer commit comes" in told["what"]


def test_a_deployment_of_pages_that_fails_is_told(world: World):
    world.push()
    world.web.runs[1].states = [(122, ("in_progress", None)), (140, ("completed", "timed_out"))]
    world.serve(world.old, api=RAILWAY_S, site=None)
    status, told = world.watch()
    assert (status, told["what"]) == (1, "deploy-web.yml ended with timed_out")


def test_pages_that_wait_for_a_reviewer_say_where_to_click(world: World):
    world.push()
    world.web.runs[1].states = [(122, ("waiting", None))]
    world.serve(world.old, api=RAILWAY_S, site=None)
    status, told = world.watch()
    assert (status, told["where"]) == (3, "site")
    assert told["fix"].startswith("Open https://github.com/o/r/actions/runs/2 and click Review deployments")


def test_a_run_that_publishes_another_commit_is_not_ours(world: World):
    world.push()
    again = world.published(9, "deploy-web.yml", world.new, 30, 50, "failure")
    again.title = f"Deploy the public site at {world.old}"
    world.web.runs.append(again)
    assert world.watch()[0] == 0


def test_a_run_whose_title_names_no_commit_is_known_by_its_head(world: World):
    world.push()
    world.web.runs[1].states = [(122, ("in_progress", None)), (140, ("completed", "failure"))]
    world.web.runs[1].title = "Deploy the public site"
    assert world.watch()[1]["where"] == "site"


def test_a_pull_request_of_the_same_commit_decides_nothing(world: World):
    world.push()
    world.web.runs.append(Run(8, "ci.yml", world.new, [(10, ("completed", "failure"))], "pull_request"))
    assert world.watch()[0] == 0


def test_a_repository_that_nobody_sees_is_left_out_without_a_token(world: World):
    world.push()
    world.web.status = 404
    status, _ = world.watch()
    assert status == 0
    assert "A private repository needs GITHUB_TOKEN. Actions are not followed" in world.told


def test_a_token_that_is_refused_ends_the_watch(world: World):
    world.push()
    world.web.status = 401
    world.environ["GITHUB_TOKEN"] = "expired"
    status, told = world.watch()
    assert (status, told["error"].split(".")[0]) == (4, "GitHub refuses GITHUB_TOKEN")
