"""`ops railway check`: the file is sound, and each way of breaking it is found."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import railway_sdk
from railway.conftest import ROOT, Project

from ops.railway import command, evaluate
from ops.railway.graph import Reference
from shared import site_config

FILE = ".railway/railway.py"
OPS = Path(sys.executable).parent / "ops"


def list_findings(project: Project, capfdbinary: pytest.CaptureFixture[bytes]) -> list[dict[str, str]]:
    assert command.check(as_json=True, root=project.root) == 2
    return json.loads(capfdbinary.readouterr().out)["findings"]


def test_the_file_of_this_repository_is_sound():
    ran = subprocess.run([OPS, "railway", "check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "2 services and 1 database" in ran.stdout


def test_a_copy_is_sound_before_it_is_broken(project: Project):
    assert command.check(root=project.root) == 0


BROKEN = {
    "a branch nobody releases": (FILE, 'branch=REPOSITORY["branch"]', 'branch="next"', "another repository or branch"),
    "waiting for check suites": (FILE, "checkSuites=False", "checkSuites=True", "waits for GitHub's check suites"),
    "another port": (FILE, "PORT = 8000", "PORT = 8080", "EXPOSE in the image"),
    "another health path": (FILE, "/api/v1/health", "/health", "has another health check"),
    "30 seconds to get well": (FILE, "healthcheckTimeout=120", "healthcheckTimeout=30", "less than 120 s"),
    "no migration": (FILE, 'preDeploy="crm migrate",', "", "on an old schema"),
    "no overlap": (FILE, '"overlapSeconds": 20,', "", "before the new one serves"),
    "requests killed": (FILE, '"drainingSeconds": 30', '"drainingSeconds": 25', "ends open requests"),
    "no second life": (FILE, '"ON_FAILURE"', '"NEVER"', "stays down after a crash"),
    "one restart alone": (FILE, '"restartPolicyMaxRetries": 3', '"restartPolicyMaxRetries": 1', "3 tries"),
    "a secret in the file": (FILE, '"SESSION_SECRET": preserve()', '"SESSION_SECRET": "x" * 48', "is a secret"),
    "a variable left out": (FILE, '"SMTP_URL": preserve(),', "", "Railway would delete it"),
    "a new variable of the service": (".env.example", "LOG_LEVEL=info", "LOG_LEVEL=info\nNEW_ONE=", "NEW_ONE"),
    "a lock file unwatched": (FILE, '"requirements/run.txt",', "", "when requirements/run.txt changes"),
    "sources unwatched": (FILE, '"packages/crm/**"', '"packages/crm/src/**"', "when packages/crm changes"),
    "a new source in the image": ("Dockerfile", "COPY site.toml /app/", "COPY LICENSE site.toml /app/", "when LICENSE"),
    "the hour everybody runs": (FILE, "17 3 * * *", "0 3 * * *", "Name one minute"),
    "a job that is restarted": (FILE, '"restartPolicyType": "NEVER"', '"restartPolicyType": "ALWAYS"', "on a schedule"),
    "a domain in the file": (FILE, 'DOMAINS["api"]', '"api.example.org"', "site.toml says"),
    "an argument that the SDK drops": (
        FILE,
        "replicas=1,",
        'dockerfilePath="Dockerfile",',
        "takes no 'dockerfilePath'",
    ),
    "arguments hidden": (FILE, "replicas=1,", "replicas=1, **{},", "hides its arguments"),
    "a database twice": (FILE, "[database, crm, backup]", "[database, database, crm, backup]", "two resources"),
    "a stale railway.json": ("railway.json", "120", "90", "ops railway export"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_broken_rule_is_found(project: Project, capfdbinary: pytest.CaptureFixture[bytes], case: str):
    file, old, new, message = BROKEN[case]
    project.change(file, old, new)
    found = list_findings(project, capfdbinary)
    assert any(message in f"{each['where']} {each['what']} {each['fix']}" for each in found), found


def test_it_follows_the_site_toml_of_another_organization(project: Project):
    facts = site_config.load(ROOT / "site.toml")
    project.change("site.toml", facts.domains.site, "example.org")
    project.change("site.toml", f'owner = "{facts.repository.owner}"', 'owner = "ada"')
    assert command.check(root=project.root) == 0


def test_a_database_needs_a_major_version(project: Project, capfdbinary: pytest.CaptureFixture[bytes]):
    project.change(FILE, "import Project", "import Project, database as other")
    image = 'image="postgres", defaultMountPath="/data"'
    project.change(FILE, 'postgres("Postgres")', f'other("Postgres", "postgres", {image})')
    assert any("no major version" in each["what"] for each in list_findings(project, capfdbinary))


def test_both_services_use_the_database_of_the_file():
    graph = evaluate.evaluate(ROOT / FILE)
    expected = Reference(resource=graph.databases[0].address, output="DATABASE_URL")
    assert [service.variables["DATABASE_URL"] for service in graph.services] == [expected, expected]


def test_a_redis_for_counts_is_no_second_database(project: Project):
    project.change(FILE, "import Project", "import Project, redis")
    project.change(FILE, "[database, crm, backup]", '[database, redis("Redis"), crm, backup]')
    assert command.check(root=project.root) == 0


UNKNOWN = {
    "a project": ("project(NAME, ", "project(NAME, colour=1, ", "colour"),
    "a build": ('"builder": "DOCKERFILE",', '"builder": "DOCKERFILE", "dockerfile": "x",', "dockerfile"),
    "a deployment": ('"overlapSeconds": 20', '"overlap": 20', "overlap"),
    "a source": ("checkSuites=False", "checkSuite=False", "checkSuite"),
    "a quoted number": ('"overlapSeconds": 20', '"overlapSeconds": "20"', "Expected `int`"),
    "a builder that is gone": ('"DOCKERFILE"', '"NIXPACKS"', "NIXPACKS"),
    "a variable of no kind": ('"APP_ENV": "production"', '"APP_ENV": {"type": "raw", "value": 1}', "raw"),
    "a port that cannot be": ("PORT = 8000", "PORT = 80000", "65535"),
    "two commands before a release": (
        'preDeploy="crm migrate"',
        'preDeploy=["crm migrate", "crm seed"]',
        "length <= 1",
    ),
    "a part of the environment": ("PORT = 8000", 'PORT = 8000\nPARTIAL = "web"', "PARTIAL"),
    "a fault of Python": ("PORT = 8000", "PORT = 1 / 0", "ZeroDivisionError"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_railway_would_drop_or_refuse_is_an_error(project: Project, capfd: pytest.CaptureFixture[str], case: str):
    old, new, message = UNKNOWN[case]
    project.change(FILE, old, new)
    assert command.check(root=project.root) == 1
    said = capfd.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_without_the_file_it_says_where_to_run_it(project: Project, capfd: pytest.CaptureFixture[str]):
    (project.root / FILE).unlink()
    assert command.check(root=project.root) == 1
    assert "There is no" in capfd.readouterr().err


def test_export_brings_railway_json_up_to_date(project: Project):
    project.change(FILE, "healthcheckTimeout=120", "healthcheckTimeout=200")
    assert command.check(root=project.root) == 2
    assert command.export(root=project.root) == 0
    assert command.check(root=project.root) == 0
    assert json.loads((project.root / "railway.json").read_text())["deploy"]["healthcheckTimeout"] == 200


def test_the_known_arguments_are_those_that_the_sdk_reads():
    source = inspect.getsource(railway_sdk)
    looked_at = set(
        re.findall(
            r'\bconfig\.get\("(\w+)"', source.partition("def _service_node")[2].partition("_normalize_tracing(t")[0]
        )
    )
    passed_on = set(re.search(r"for key in \(([^)]+)\):", source)[1].replace('"', "").replace(" ", "").split(","))
    assert looked_at | passed_on == evaluate.ARGUMENTS["service"]
