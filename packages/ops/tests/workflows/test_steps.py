"""Every `run:` step of every workflow, in order, on a clean clone of what is committed.

Steps that need what only GitHub, Docker or the public network has are named below with their reason, one by one; a new
step is run unless somebody writes down why not.
"""

from __future__ import annotations

import pytest
from workflows.reading import Step, jobs, run_steps
from workflows.surroundings import BLOG, Runner

ELSEWHERE = {
    "ci.yml/test/Test": "it is the suite that this test is part of; test_shape holds the list of folders and .ci/run",
    "ci.yml/image/Build": "needs a Docker engine; the image's own commands are run by tests/image",
    "ci.yml/image/Boot it within the memory of the smallest plan": "needs a Docker engine; see tests/image",
    "ci.yml/image/Build the image of the backups": "needs a Docker engine",
    "ci.yml/image/Read the compose file as Docker does": "needs Docker's plugin; tests/image has its schema",
    "ci.yml/scan/Ask for known vulnerabilities": "asks a service on the public network",
    "ci.yml/heavy/Judge every page": "takes minutes and Java; its pages are walked in tests/journeys too",
    "ci.yml/heavy/Back up, restore and prove": "takes minutes and 1 GB; tests/backup proves small ones",
    "ci.yml/release/Start what publishes this commit": "starts workflows of GitHub",
    "deploy-web.yml/verify/Start what verifies this commit": "starts a workflow of GitHub",
    "verify.yml/verify/Wait until the commit is live": "asks GitHub and the public hosts; see tests/deploy",
    "verify.yml/verify/Verify": "walks through the public hosts; tests/verify walks through a look-alike of them",
}
ORDER = ["ci.yml", "deploy-web.yml", "deploy-blog.yml", "backup.yml", "verify.yml"]
HERE = sorted((step for step in run_steps() if step.key not in ELSEWHERE), key=lambda step: ORDER.index(step.workflow))


def test_every_step_that_is_left_out_exists_and_has_a_reason():
    assert set(ELSEWHERE) <= {step.key for step in run_steps()}
    assert all(len(reason) > 20 for reason in ELSEWHERE.values())


def test_most_steps_are_run():
    assert len(HERE) > len(ELSEWHERE)


@pytest.mark.parametrize(("name", "job"), [(name, job) for name, job, _ in jobs()])
def test_no_job_uses_our_programs_before_it_set_them_up(name: str, job: str):
    ready = False
    for step in run_steps():
        if (step.workflow, step.job) == (name, job):
            ready = ready or step.run.startswith("make ")
            ours = ".venv/" in step.run or "scripts/walk" in step.run
            assert ready or not ours, step.key


@pytest.mark.parametrize("step", HERE, ids=lambda step: step.key)
def test_a_step_works_on_a_clean_clone(runner: Runner, step: Step):
    ran = runner.run(step)
    assert ran.returncode == 0, f"{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}"


def test_what_the_steps_published_is_what_was_to_be(runner: Runner):
    assert {"CNAME", ".nojekyll", "404.html", "index.html"} <= runner.published(BLOG, "main")
    assert "The present state is not known" in (runner.clone / "page/index.html").read_text()
    assert runner.output.read_text() == "owner={}\nrepository={}\n".format(*BLOG.split("/"))
    assert (runner.clone / "dist/site/blog/index.html").is_file()
    assert [path.suffix for path in (runner.folder / "store").rglob("*") if path.is_file()]
