"""The workflows, Pages and Railway as a graph: no circle, every way to publish guarded, schedules idle before live."""

from __future__ import annotations

import copy
import re

from workflows.release_graph import (
    BLOG_PAGES,
    PAGES,
    RAILWAY,
    build_starts,
    build_waits,
    find_busy_before_live,
    find_circle,
    find_unguarded,
)
from workflows.workflow_files import ROOT, read_workflows

from ops.railway.evaluate import evaluate

WORKFLOWS = read_workflows()
STARTS = build_starts(WORKFLOWS)


def test_a_push_starts_the_tests_and_each_deployment_beside_them():
    assert STARTS["push"] == {"ci.yml", "deploy-web.yml", "deploy-blog.yml", RAILWAY}
    assert STARTS["ci.yml"] == set()
    assert STARTS["deploy-web.yml"] == {PAGES, "verify.yml"}
    assert STARTS["deploy-blog.yml"] == {BLOG_PAGES}


def test_every_release_is_verified_afterwards():
    assert STARTS[RAILWAY] == {"verify-release.yml"}
    assert STARTS["verify-release.yml"] == {"verify.yml"}
    assert "verify.yml" in STARTS["deploy-web.yml"]


def test_the_clock_starts_what_is_promised():
    assert STARTS["schedule"] == {"backup.yml", "publish-scheduled.yml", "verify-daily.yml"}
    assert STARTS["publish-scheduled.yml"] == {"deploy-web.yml", "deploy-blog.yml"}
    assert STARTS["verify-daily.yml"] == {"verify.yml"}


def test_nothing_starts_itself_again():
    assert find_circle(STARTS) == []
    assert STARTS["verify.yml"] == set()


def test_nothing_waits_for_what_waits_for_it():
    sources = {node.source.check_suites for node in evaluate(ROOT / ".railway/railway.py").services}
    assert sources == {False}
    waits = build_waits(WORKFLOWS, check_suites=False)
    assert find_circle(waits) == []
    assert RAILWAY in waits["verify.yml"]


def test_a_circle_would_be_found():
    assert set(find_circle(build_waits(WORKFLOWS, check_suites=True))) == {RAILWAY, "verify.yml"}
    broken = copy.deepcopy(WORKFLOWS)
    broken["verify.yml"]["jobs"]["verify"]["steps"].append({"run": "gh workflow run deploy-web.yml"})
    assert set(find_circle(build_starts(broken))) == {"deploy-web.yml", "verify.yml"}


def test_every_way_to_publish_refuses_an_older_commit():
    assert find_unguarded(WORKFLOWS) == []


def test_an_unguarded_way_would_be_found():
    for change in ("if", "step", "cancel", "input"):
        broken = copy.deepcopy(WORKFLOWS)
        web = broken["deploy-web.yml"]
        steps = web["jobs"]["deploy"]["steps"]
        if change == "if":
            del steps[-1]["if"]
        elif change == "step":
            steps.remove(next(step for step in steps if step.get("id") == "newest"))
        elif change == "cancel":
            web["concurrency"]["cancel-in-progress"] = True
        else:
            web["on"]["workflow_dispatch"] = {"inputs": {"commit": {"type": "string"}}}
        assert find_unguarded(broken) == ["deploy-web.yml/deploy"], change


def test_schedules_do_nothing_before_the_system_is_live():
    assert find_busy_before_live(WORKFLOWS) == []


def test_a_schedule_that_is_busy_before_live_would_be_found():
    broken = copy.deepcopy(WORKFLOWS)
    del broken["verify-daily.yml"]["jobs"]["start"]["steps"][-1]["if"]
    broken["backup.yml"]["jobs"]["backup"]["if"] = "vars.BACKUP_STORE != ''"
    found = find_busy_before_live(broken)
    assert "verify-daily.yml/start/Start what verifies production" in found
    assert any(line.startswith("backup.yml/backup/") for line in found)


def test_a_schedule_has_a_file_of_its_own_and_avoids_the_full_hour():
    for name in STARTS["schedule"]:
        # GitHub disables a file with a schedule after 60 quiet days, its other triggers included.
        assert set(WORKFLOWS[name]["on"]) == {"schedule", "workflow_dispatch"}, name
        assert all(0 < int(when["cron"].split()[0]) < 60 for when in WORKFLOWS[name]["on"]["schedule"])
        assert not any(name in started for started in STARTS.values() if started is not STARTS["schedule"])


def test_pull_requests_are_tested_and_start_nothing_else():
    assert [name for name, workflow in WORKFLOWS.items() if "pull_request" in workflow["on"]] == ["ci.yml"]
    assert not any({"pull_request_target", "workflow_run"} & set(workflow["on"]) for workflow in WORKFLOWS.values())


def test_a_deployment_of_a_pull_request_reaches_no_secret():
    release = WORKFLOWS["verify-release.yml"]
    [job] = release["jobs"].values()
    assert "endsWith(github.event.deployment.environment, 'production')" in job["if"]
    assert job["permissions"] == {"actions": "write"}
    assert "secrets." not in str(release)
    assert "checkout" not in str(release)


def test_a_protected_branch_can_require_one_check_that_needs_all_of_ci():
    jobs = WORKFLOWS["ci.yml"]["jobs"]
    assert jobs["passed"]["name"] == "CI passed"
    assert set(jobs["passed"]["needs"]) == set(jobs) - {"passed"}
    assert jobs["passed"]["if"] == "always()"
    assert WORKFLOWS["ci.yml"]["on"] == {"pull_request": {"branches": ["main"]}, "push": {"branches": ["main"]}}


def test_after_a_red_verification_the_owner_reads_how_to_roll_back():
    steps = WORKFLOWS["verify.yml"]["jobs"]["verify"]["steps"]
    [step] = [step for step in steps if step.get("if") == "failure()"]
    page = re.search(r"blob/main/(\S+)", step["env"]["RUNBOOK"])
    assert page
    assert (ROOT / page[1]).is_file()
    assert "$GITHUB_STEP_SUMMARY" in step["run"]
