"""`compose.yaml` brings the same image up on any Docker host."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from image.dockerfile_runner import ROOT, read_bases

from ops.railway import command
from ops.railway.evaluate import FILE, evaluate

COMPOSE = ROOT / "compose.yaml"
ON_A_DOCKER_HOST = {
    "HOST": "the default of production",
    "PORT": "the default; the container is reached at it",
    "APP_ENV": "said by the image",
    "SITE_FILE": "said by the image",
    "CRM_BASE_URL": "the default of production, from site.toml",
    "SITE_URL": "the default of production, from site.toml",
    "CORS_ORIGIN": "the default, the address of the site",
    "ADMIN_EMAIL": "given to `seed` once",
    "ADMIN_PASSWORD": "given to `seed` once",
    "TRUSTED_PROXIES": "the default of production: one",
    "WEBHOOKS_ALLOW_LOOPBACK": "refused in production",
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_web_and_worker_wait_for_the_migration_and_it_for_the_database(services: dict[str, Any]):
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["migrate"]["command"] == ["crm", "migrate"]


def test_only_the_web_and_the_monitor_are_reached_and_only_from_the_host(services: dict[str, Any]):
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"],
        "gatus": ["127.0.0.1:8080:8080"],
    }


def test_what_we_run_may_change_nothing_and_gain_no_right(services: dict[str, Any]):
    for name, service in services.items():
        if name != "postgres":
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
            assert service["security_opt"] == ["no-new-privileges:true"]


def test_point_in_time_recovery_is_one_profile_beside_the_database(services: dict[str, Any]):
    profile = {name for name, service in services.items() if service.get("profiles") == ["point-in-time"]}
    assert profile == {"pitr"}
    database, pitr = services["postgres"], services["pitr"]
    shared = {name: value for name, value in database["environment"].items() if name.startswith("PGBACKREST_")}
    assert shared.items() <= pitr["environment"].items()
    assert {"sockets:/var/run/postgresql", "repository:/var/lib/pgbackrest"} <= set(database["volumes"])
    assert {*database["volumes"]} - {*pitr["volumes"]} == {"database:/var/lib/postgresql"}
    assert "database:/var/lib/postgresql:ro" in pitr["volumes"]


def run_archive_command(services: dict[str, Any], folder: Path, **variables: str) -> int:
    """Returns the exit status of the archive command where pgBackRest fails."""
    make_programs(folder, pgbackrest="exit 7")
    [command] = [each for each in services["postgres"]["command"] if each.startswith("--archive_command=")]
    script = command.partition("=")[2].replace("$$", "$")
    return subprocess.run(["sh", "-c", script], env={"PATH": f"{folder}:/bin", **variables}, check=False).returncode


def test_wal_is_let_go_without_a_passphrase_and_kept_while_it_cannot_be_archived(services, tmp_path: Path):
    assert run_archive_command(services, tmp_path) == 0
    assert run_archive_command(services, tmp_path, PGBACKREST_REPO1_CIPHER_PASS="words") == 7


@pytest.mark.parametrize(("day", "kind", "drills"), [("7", "full", ["pitr drill"]), ("1", "incr", [])])
def test_a_backup_is_tried_again_soon_where_it_did_not_work(services, tmp_path: Path, day, kind, drills):
    make_programs(
        tmp_path,
        pgbackrest='echo "$*" >> backups\n[ $(wc -l < backups) -ne 2 ]',
        ops='echo "$*" >> calls',
        date=f"echo {day}",
        sleep='echo "$*" >> slept\n[ $(wc -l < slept) -lt 2 ] || kill $PPID',
    )
    command = [part.replace("$$", "$") for part in services["pitr"]["command"]]
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(command, cwd=tmp_path, env=environ, check=False, timeout=120)
    assert (tmp_path / "backups").read_text().splitlines() == ["stanza-create", *[f"--type={kind} backup"] * 2]
    assert (tmp_path / "slept").read_text().splitlines() == ["10m", "1d"]
    assert (tmp_path / "calls").read_text().splitlines() == ["pitr status", "pitr status", *drills]


def make_programs(folder: Path, **scripts: str) -> None:
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


def test_every_file_that_is_built_from_exists(services: dict[str, Any]):
    for service in services.values():
        if "build" in service:
            dockerfile = (ROOT / service["build"].get("dockerfile", "Dockerfile")).read_text()
            assert f"AS {service['build'].get('target', 'build')}\n" in dockerfile


def test_the_database_is_of_the_version_of_railway():
    [base] = [base for base in read_bases(ROOT / "packages/ops/Dockerfile") if base.startswith("postgres:")]
    version = re.match(r"postgres:(\d+)\.", base)
    assert version
    assert evaluate(ROOT / FILE).databases[0].image.endswith(f":{version[1]}")
    assert f"/var/lib/postgresql/{version[1]}/docker" in COMPOSE.read_text()


def test_every_variable_of_the_service_is_passed_on_or_left_for_a_reason(services: dict[str, Any]):
    read = command.read_crm_variables(ROOT / ".env.example")
    assert read - set(services["web"]["environment"]) - set(ON_A_DOCKER_HOST) == set()


def test_no_secret_has_a_value_in_it(services: dict[str, Any]):
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if re.search("SECRET|PASSWORD|KEY|TOKEN|_URL", name):
                assert value is None or "${" in value
