"""Releases played with the real steps of the workflows, on real git repositories."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from workflows.conftest import Origin
from workflows.job_runner import JobRunner
from workflows.workflow_files import ROOT

WEB, BLOG, CRM = "packages/web/pages/index.html", "packages/blog/content/posts/a.md", "packages/crm/src/crm/app.py"
DEPLOY = "actions/deploy-pages"


class Pages:
    """What Pages serves: the commit of the last run that deployed."""

    def __init__(self) -> None:
        self.serves = ""

    def deploy(self, run: JobRunner) -> bool:
        run.run("deploy-web.yml", "deploy")
        if DEPLOY in run.actions:
            self.serves = run.environ["GITHUB_SHA"]
        return DEPLOY in run.actions


@pytest.fixture
def pages() -> Pages:
    return Pages()


def test_two_releases_in_order_end_with_the_newer(origin: Origin, pages: Pages):
    older = origin.push(WEB)
    assert pages.deploy(origin.start(older))
    newer = origin.push(BLOG)
    assert pages.deploy(origin.start(newer))
    assert pages.serves == newer


def test_two_releases_in_the_other_order_end_with_the_newer(origin: Origin, pages: Pages):
    older, newer = origin.push(WEB), origin.push(BLOG)
    assert pages.deploy(origin.start(newer))
    late = origin.start(older)
    assert not pages.deploy(late)
    assert pages.serves == newer
    assert newer in late.summary.read_text()


def test_an_older_release_steps_back_for_one_that_is_still_to_come(origin: Origin, pages: Pages):
    older, newer = origin.push(WEB), origin.push(WEB)
    assert not pages.deploy(origin.start(older))
    assert pages.deploy(origin.start(newer))
    assert pages.serves == newer


def test_a_newer_commit_of_the_crm_holds_no_release_of_the_site_back(origin: Origin, pages: Pages):
    site = origin.push(WEB)
    origin.push(CRM)
    assert pages.deploy(origin.start(site))
    assert pages.serves == site


def test_a_commit_outside_the_released_branch_is_refused(origin: Origin, pages: Pages):
    origin.git("checkout", "--quiet", "-b", "idea")
    elsewhere = origin.push(WEB)
    origin.git("checkout", "--quiet", "main")
    with pytest.raises(AssertionError, match="is not part of main"):
        pages.deploy(origin.start(elsewhere))
    assert pages.serves == ""


def test_a_shallow_checkout_is_completed_before_it_is_asked(origin: Origin, tmp_path: Path):
    older = origin.push(WEB)
    origin.push(BLOG)
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", origin.tree.as_uri(), clone], check=True)
    done = subprocess.run(
        ["scripts/is-newest", "deploy-web.yml", older], cwd=clone, capture_output=True, text=True, check=True
    )
    assert done.stdout == "publish=false\n"


@pytest.mark.parametrize("order", ["in order", "the other order"])
def test_the_blogs_own_host_ends_with_the_newer_release(origin: Origin, order: str):
    commits = [origin.push(BLOG), origin.push(BLOG)]
    host = origin.folder / "owner/blog.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", host], check=True)
    values = {"vars.BLOG_APP_ID": "1", "needs.facts.outputs.owner": "owner", "needs.facts.outputs.repository": "blog"}
    elsewhere = (
        "Install what the build needs",
        "Build and check landing page and blog",
        "Prepare what the blog's own host serves",
    )
    for commit in commits if order == "in order" else reversed(commits):
        run = origin.start(commit, **values)
        run.environ["GITHUB_SERVER_URL"] = origin.folder.as_uri()
        (run.clone / "dist/blog-host").mkdir(parents=True)
        (run.clone / "dist/blog-host/index.html").write_text(commit)
        run.run("deploy-blog.yml", "publish", leave_out=elsewhere)
    show = ["git", "-C", host, "log", "--format=%s", "main"]
    log = subprocess.run(show, check=True, capture_output=True, text=True).stdout.splitlines()
    assert log == [f"Publish galer7/octatech.xyz@{commits[1]}"]


def test_the_repository_of_the_blogs_host_comes_from_site_toml(origin: Origin):
    run = origin.start("main")
    run.run("deploy-blog.yml", "facts")
    assert run.values["steps.facts.outputs.owner"] == "galer7"
    assert run.values["steps.facts.outputs.repository"] == "blog.octatech.xyz"


def test_the_built_site_and_its_blog_host_come_from_the_steps_of_the_workflows(tmp_path: Path):
    origin = tmp_path / "origin"
    subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, origin], check=True)
    run = JobRunner(tmp_path, origin, "HEAD", **{"vars.BLOG_APP_ID": "1"})
    elsewhere = ("Install what the build needs", "Publish to its repository")
    run.run("deploy-web.yml", "build", leave_out=elsewhere)
    run.run(
        "deploy-blog.yml",
        "publish",
        leave_out=(
            *elsewhere,
            "Build and check landing page and blog",
            "Refuse an older commit than the newest that starts this workflow",
        ),
    )
    built = json.loads((run.clone / "dist/site/build.json").read_text())
    assert built["commit"] == run.git("rev-parse", "HEAD")
    assert (run.clone / "dist/site/.well-known/security.txt").is_file()
    assert (run.clone / "dist/blog-host/CNAME").is_file()


def test_the_verification_of_a_release_starts_with_its_commit(origin: Origin):
    commit = origin.push(WEB)
    run = origin.start(commit)
    run.run("deploy-web.yml", "verify")
    assert run.calls == [f"workflow run verify.yml --ref main --field commit={commit}"]


@pytest.mark.parametrize("results", ["success success", "success failure", "success cancelled", "success skipped"])
def test_ci_passes_only_with_all_of_its_jobs(origin: Origin, results: str):
    run = origin.start("main", **{"join(needs.*.result, ' ')": results})
    if results == "success success":
        run.run("ci.yml", "passed")
    else:
        with pytest.raises(AssertionError):
            run.run("ci.yml", "passed")


SCHEDULED = [("verify-daily.yml", "start"), ("publish-scheduled.yml", "release"), ("backup.yml", "live")]


@pytest.mark.parametrize(("workflow", "job"), SCHEDULED)
def test_a_schedule_is_green_and_idle_before_the_system_is_live(origin: Origin, workflow: str, job: str):
    run = origin.start("main")
    assert run.run(workflow, job) == ["actions/checkout", "Ask site.toml whether the system is live"]
    assert run.values["steps.live.outputs.live"] == "false"
    assert run.calls == []
    assert "nothing to do" in run.summary.read_text()


def test_a_schedule_is_idle_in_a_fork_of_a_live_system(origin: Origin):
    run = origin.start(origin.go_live())
    run.environ["GITHUB_REPOSITORY"] = "somebody/octatech.xyz"
    run.run("verify-daily.yml", "start")
    assert run.calls == []


def test_once_live_production_is_verified_every_day(origin: Origin):
    run = origin.start(origin.go_live())
    run.run("verify-daily.yml", "start")
    assert run.calls == ["workflow run verify.yml --ref main"]


@pytest.fixture
def live_site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder and the address of what the public site serves."""
    folder = tmp_path / "live"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask_for_posts(url: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "SITE_URL": url}
    return subprocess.run([ROOT / "scripts/is-post-due"], env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("ahead", "due"), [(-60, "due=true"), (3600, "due=false"), (None, "due=false")])
def test_a_scheduled_post_is_released_once_it_is_due(live_site: tuple[Path, str], ahead: int | None, due: str):
    folder, url = live_site
    facts = {"generator": "blog", "commit": "a" * 40}
    if ahead is not None:
        facts["next_post"] = (datetime.now(UTC) + timedelta(seconds=ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / "build.json").write_text(json.dumps(facts))
    assert ask_for_posts(url).stdout == f"{due}\n"


def test_a_site_that_does_not_answer_is_no_due_post(live_site: tuple[Path, str]):
    done = ask_for_posts(live_site[1])
    assert done.returncode != 0
    assert done.stdout == ""


@pytest.mark.parametrize("due", [True, False])
def test_the_deployments_are_started_only_for_a_due_post(origin: Origin, live_site: tuple[Path, str], due: bool):
    moment = "2020-01-01T08:00:00Z" if due else "2999-01-01T08:00:00Z"
    (live_site[0] / "build.json").write_text(json.dumps({"commit": "a" * 40, "next_post": moment}))
    run = origin.start(origin.go_live())
    run.environ["SITE_URL"] = live_site[1]
    run.run("publish-scheduled.yml", "release")
    started = ["workflow run deploy-web.yml --ref main", "workflow run deploy-blog.yml --ref main"]
    assert run.calls == (started if due else [])
