"""The command `ops verify`, as a person starts it and as it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
import pytest
import trustme
from fake_production.system import FakeProduction
from verify.running_checks import run_verify

from ops.verify.context import SCOPES


@pytest.fixture(scope="module")
def variables(shared_fake_production: FakeProduction) -> dict[str, str]:
    """What a complete run needs. The system has a backup, and has restored it as a test."""
    service = shared_fake_production.service
    key = service.run("apikey", "create", "--name", "whole run", "--scopes", ",".join(SCOPES))
    now = datetime.now(UTC).isoformat()
    backup = {"name": "first", "taken_at": now, "bytes": 9, "destination": "s3://backups"}
    proof = {"proven_at": now, "recovery_seconds": 9, "data_age_seconds": 9, "tables": 9, "rows": 9, "proven": True}
    restore = {"name": "first", "taken_at": now, "findings": [], **proof}
    with httpx.Client(headers={"authorization": f"Bearer {key}"}) as client:
        for part, document in (("backups", backup), ("restores", restore)):
            response = client.post(f"http://127.0.0.1:{service.port}/api/v1/operations/{part}", json=document)
            assert response.status_code == 201, response.text
    user = {name: service.environ[name] for name in ("ADMIN_EMAIL", "ADMIN_PASSWORD")}
    return {**shared_fake_production.environ, **user, "CRM_API_KEY": key}


def test_every_check_of_a_whole_system_passes_and_is_written_in_every_form(fake_production, variables, tmp_path):
    junit, step = tmp_path / "verify.xml", tmp_path / "step.md"
    step.write_text("Others were here.\n")
    environ = {**variables, "GITHUB_STEP_SUMMARY": str(step)}
    commit = fake_production.service.environ["RAILWAY_GIT_COMMIT_SHA"]
    done = run_verify(fake_production.file, environ, "--json", "--junit", junit, "--commit", commit)
    report = json.loads(done.stdout)
    assert [check for check in report["checks"] if check["state"] not in ("passed", "skipped")] == []
    # The log is kept by whoever started the system, and no monitor watches a rehearsal.
    skipped = [check["name"] for check in report["checks"] if check["state"] == "skipped"]
    assert skipped == ["log keeps secrets", "availability"]
    assert (done.returncode, done.stderr, report["target"]) == (0, "", "rehearsal")
    cases = {case.attrib["name"]: case for case in ElementTree.parse(junit).iter("testcase")}
    assert list(cases) == [check["name"] for check in report["checks"]]
    assert [name for name, case in cases.items() if case.find("skipped") is not None] == skipped
    assert step.read_text().startswith("Others were here.\n## Verify rehearsal")
    assert step.read_text().count("\n| ") == len(cases) + 1


def test_without_keys_the_checks_that_need_them_are_skipped_and_say_so(fake_production):
    done = run_verify(fake_production.file, fake_production.environ, "--json", "--only", "operations")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["memory"]["state"] == "skipped"
    assert "CRM_API_KEY is not set" in checks["memory"]["detail"]


def test_a_failure_is_printed_with_what_to_do_and_ends_with_1(fake_production):
    fake_production.edge.hosts.pop(fake_production.facts.domains.api)
    fake_production.edge.hosts.pop(fake_production.facts.domains.crm)
    done = run_verify(fake_production.file, {**fake_production.environ, "COLUMNS": "80"}, "--only", "service")
    assert done.returncode == 1
    assert "\nFailed: service. GET https://crm.octatech.xyz/api/v1/live answers 404" in done.stdout
    assert "1 check failed, 11 blocked, in " in done.stdout.splitlines()[-1]
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_target_that_does_not_exist_ends_with_2_in_one_line(fake_production):
    done = run_verify("staging.toml", fake_production.environ)
    assert done.returncode == 2
    assert done.stderr == "Error: No target staging.toml. Name `local`, `production`, or a file that exists.\n"


def test_a_file_that_cannot_be_written_ends_with_2_in_one_line(fake_production, tmp_path):
    missing = tmp_path / "missing" / "verify.xml"
    done = run_verify(fake_production.file, fake_production.environ, "--only", "tls", "--junit", missing)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: [Errno 2] No such file or directory")
    assert "missing/verify.xml" in line


def test_a_summary_file_takes_the_place_of_the_step(fake_production, tmp_path):
    environ = {**fake_production.environ, "GITHUB_STEP_SUMMARY": str(tmp_path / "step")}
    run_verify(fake_production.file, environ, "--only", "tls", "--summary", tmp_path / "named")
    assert [path.name for path in tmp_path.iterdir()] == ["named"]


def write_target(fake_production, path, **changes: str) -> str:
    """Writes the target file of the fake production with some lines changed."""
    text = fake_production.file.read_text("utf-8").replace('"system/', f'"{fake_production.folder}/system/')
    for old, new in changes.items():
        text = "\n".join(new if line.strip().startswith((old, f'"{old}')) else line for line in text.splitlines())
    path.write_text(text.replace('"authority.pem"', f'"{fake_production.folder}/authority.pem"'), "utf-8")
    return str(path)


CLOSED = "127.0.0.1:1"
SILENT = "255.255.255.255:53"  # sending there fails at once, so that no test waits for silence
NOTHING = {"resolver": f'resolver = "{SILENT}"', "*:443": f'"*:443" = "{CLOSED}"', "*:80": f'"*:80" = "{CLOSED}"'}
NO_NETWORK = "Error: This machine has no network. Connect it and run the command again.\n"


@pytest.mark.parametrize(
    "only", [[], ["--only", "dns"], ["--only", "tls"], ["--only", "redirects"], ["--only", "speed"]]
)
def test_without_a_network_one_line_says_so_and_ends_with_2(fake_production, tmp_path, only):
    target = write_target(fake_production, tmp_path / "target.toml", **NOTHING, controls=f'controls = ["{CLOSED}"]')
    done = run_verify(target, fake_production.environ, *only)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", NO_NETWORK)


def test_without_a_network_programs_get_the_error_too(fake_production, tmp_path):
    target = write_target(fake_production, tmp_path / "target.toml", **NOTHING, controls=f'controls = ["{CLOSED}"]')
    done = run_verify(target, fake_production.environ, "--json", "--only", "dns")
    assert done.returncode == 2
    assert json.loads(done.stdout) == {"error": "This machine has no network. Connect it and run the command again."}


def test_where_the_network_works_the_hosts_are_blamed(fake_production, tmp_path):
    target = write_target(fake_production, tmp_path / "target.toml", **NOTHING)
    done = run_verify(target, fake_production.environ, "--only", "dns", "--only", "tls")
    assert done.returncode == 1
    assert "Failed: names. None of 255.255.255.255:53 answers for octatech.xyz. Name another resolver" in done.stdout
    assert "no network" not in done.stdout + done.stderr


def test_a_resolver_that_does_not_answer_is_not_taken_for_a_missing_network(fake_production, tmp_path):
    target = write_target(fake_production, tmp_path / "target.toml", resolver=NOTHING["resolver"])
    done = run_verify(target, fake_production.environ, "--only", "dns")
    assert done.returncode == 1
    assert "None of 255.255.255.255:53 answers for octatech.xyz" in done.stdout


@pytest.mark.parametrize("only", [[], ["--only", "tls"], ["--only", "site"]])
def test_a_captive_portal_is_named_once_and_ends_with_2(fake_production, only):
    portal = trustme.CA(organization_name="Hotel Portal")
    for host in fake_production.edge.certificates:
        fake_production.edge.certificates[host] = fake_production.authority.issue("portal.example", by=portal)
    done = run_verify(fake_production.file, fake_production.environ, *only)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: Something between this machine and rehearsal answers in its place.\n")
    assert "Hotel Portal" in done.stderr
    assert "GitHub" not in done.stderr
