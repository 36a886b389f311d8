"""What GitHub Actions tells a watch: failed jobs, approvals, runs of other commits, and an invisible repository."""

from __future__ import annotations

import pytest
from deploy.fake_release import PAGES_S, RAILWAY_S, FakeRelease
from deploy.release_timeline import Run

STEPS = [
    {"name": "Set up", "conclusion": "success", "number": 1},
    {"name": "Build and check landing page and blog", "conclusion": "failure", "number": 2},
    {"name": "Clean up", "conclusion": "skipped", "number": 3},
]
LOG = """2027-01-15T08:00:01.0000000Z dist/site: 4 posts
2027-01-15T08:00:02.0000000Z index.html: The link /nowhere is dead.
2027-01-15T08:00:02.1000000Z ##[error]Process completed with exit code 1.
2027-01-15T08:00:03.0000000Z Cleaning up orphan processes
"""


@pytest.fixture
def red(release: FakeRelease) -> FakeRelease:
    """The site's own checks fail after half a minute."""
    release.push()
    run = release.web.runs[1]
    run.states = [(6, ("in_progress", None)), (30, ("completed", "failure"))]
    run.jobs = [
        {"id": 71, "name": "Build", "status": "completed", "conclusion": "failure", "steps": STEPS},
        {"id": 72, "name": "Deploy", "status": "completed", "conclusion": "skipped", "steps": []},
    ]
    release.serve(release.old, api=RAILWAY_S, site=None)
    return release


def test_a_failed_job_is_reported_with_its_step(red: FakeRelease):
    status, document = red.watch()
    assert (status, document["where"]) == (1, "Pages")
    assert document["lines"] == ["Build: Build and check landing page and blog"]
    assert document["fix"] == "See https://github.com/o/r/actions/runs/2"
    assert red.clock.elapsed < 60


def test_with_a_token_the_log_is_shown_up_to_the_error(red: FakeRelease):
    red.environ["GITHUB_TOKEN"] = "github-token-of-the-tests"
    red.web.log = LOG
    _, document = red.watch()
    assert document["lines"][1:] == [
        "  dist/site: 4 posts",
        "  index.html: The link /nowhere is dead.",
        "  ##[error]Process completed with exit code 1.",
    ]


def test_the_token_is_not_sent_to_where_the_log_is(red: FakeRelease):
    red.environ["GITHUB_TOKEN"] = "github-token-of-the-tests"
    red.watch()
    assert red.web.requests[-1][2] == "Bearer github-token-of-the-tests"
    assert red.web.forwarded_tokens == [None]


def test_a_run_that_published_before_it_failed_is_no_failure(release: FakeRelease):
    release.push()
    release.web.runs[1].states = [(6, ("in_progress", None)), (PAGES_S + 5, ("completed", "failure"))]
    assert release.watch()[0] == 0


def test_a_waiting_run_that_a_later_one_replaced_is_followed_there(release: FakeRelease):
    release.push()
    release.web.runs[1].states = [(2, ("queued", None)), (30, ("completed", "cancelled"))]
    later = Run(
        9, "deploy-web.yml", release.repository.docs, [(30, ("in_progress", None)), (200, ("completed", "success"))]
    )
    release.web.runs.append(later)
    release.serve(release.old, api=RAILWAY_S, site=200, after=release.repository.docs)
    status, document = release.watch()
    assert (status, document["hosts"][0]["state"]) == (0, "newer")


def test_a_canceled_run_without_a_later_one_is_a_failure(release: FakeRelease):
    release.push()
    release.web.runs[1].states = [(2, ("queued", None)), (30, ("completed", "cancelled"))]
    release.serve(release.old, api=RAILWAY_S, site=None)
    status, document = release.watch()
    assert (status, document["what"]) == (1, "Pages: the deployment ended with cancelled")


def test_pages_that_wait_for_a_reviewer_name_the_page_to_open(release: FakeRelease):
    release.push()
    release.web.runs[1].states = [(12, ("waiting", None))]
    release.serve(release.old, api=RAILWAY_S, site=None)
    status, document = release.watch()
    assert (status, document["where"]) == (3, "Pages")
    assert document["fix"].startswith("Open https://github.com/o/r/actions/runs/2 and approve it.")


def test_a_run_of_another_commit_decides_nothing(release: FakeRelease):
    release.push()
    release.web.runs.append(Run(9, "deploy-web.yml", release.old, [(30, ("completed", "failure"))]))
    assert release.watch()[0] == 0


def test_a_pull_request_of_the_same_commit_decides_nothing(release: FakeRelease):
    release.push()
    release.web.runs.append(Run(8, "deploy-web.yml", release.new, [(10, ("completed", "failure"))], "pull_request"))
    assert release.watch()[0] == 0


def test_a_private_repository_is_left_out_without_a_token(release: FakeRelease):
    release.push()
    release.web.status = 404
    assert release.watch()[0] == 0
    assert "A private repository needs GITHUB_TOKEN." in release.stderr


def test_a_token_that_is_refused_ends_the_watch(release: FakeRelease):
    release.push()
    release.web.status = 401
    release.environ["GITHUB_TOKEN"] = "expired"
    status, document = release.watch()
    assert (status, document["error"].split(".")[0]) == (4, "GitHub refuses GITHUB_TOKEN")
