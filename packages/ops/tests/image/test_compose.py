"""`compose.yaml` brings the same image up on any Docker host."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from image.building import ROOT

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
    assert {name: told["ports"] for name, told in services.items() if "ports" in told} == {
        "web": ["127.0.0.1:8000:8000"],
        "gatus": ["127.0.0.1:8080:8080"],
    }


def test_what_we_run_may_change_nothing_and_gain_no_right(services: dict[str, Any]):
    for name, told in services.items():
        if name != "postgres":
            assert (told["read_only"], told["cap_drop"]) == (True, ["ALL"])
            assert told["security_opt"] == ["no-new-privileges:true"]


def test_any_second_can_be_gone_back_to_by_one_profile(services: dict[str, Any]):
    profile = {name: told for name, told in services.items() if told.get("profiles") == ["point-in-time"]}
    assert set(profile) == {"archive", "base"}
    assert profile["archive"]["command"] == ["ops", "backup", "wal", "receive"]
    assert "ops backup base" in profile["base"]["command"][-1]
    assert profile["base"]["depends_on"]["archive"] == {"condition": "service_started"}
    for told in profile.values():
        assert (told["image"], told["restart"]) == (services["backup"]["image"], "unless-stopped")
        assert told["environment"] == services["backup"]["environment"]


def test_a_base_is_tried_again_soon_where_it_did_not_work(services: dict[str, Any], tmp_path: Path):
    scripts = {
        "ops": 'echo "$*" >> told\n[ $(wc -l < told) -ne 1 ]\n',
        "sleep": 'echo "$*" >> slept\n[ $(wc -l < slept) -lt 2 ] || kill $PPID\n',
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}")
        (tmp_path / name).chmod(0o755)
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(services["base"]["command"], cwd=tmp_path, env=environ, check=False, timeout=30)
    assert (tmp_path / "slept").read_text().splitlines() == ["10m", "1d"]
    assert (tmp_path / "told").read_text().splitlines() == ["backup base", "backup base"]


def test_every_file_that_is_built_from_exists(services: dict[str, Any]):
    for told in services.values():
        if "build" in told:
            assert (ROOT / told["build"].get("dockerfile", "Dockerfile")).is_file()


def test_the_database_is_pinned_and_of_the_version_of_railway(services: dict[str, Any]):
    version = re.fullmatch(r"postgres:(\d+)\.\d+-\w+@sha256:[0-9a-f]{64}", services["postgres"]["image"])
    assert version
    assert evaluate(ROOT / FILE).databases[0].image.endswith(f":{version[1]}")


def test_every_variable_of_the_service_is_passed_on_or_left_for_a_reason(services: dict[str, Any]):
    read = command.read_crm_variables(ROOT / ".env.example")
    assert read - set(services["web"]["environment"]) - set(ON_A_DOCKER_HOST) == set()


def test_no_secret_has_a_value_in_it(services: dict[str, Any]):
    for told in services.values():
        for name, value in told.get("environment", {}).items():
            if re.search("SECRET|PASSWORD|KEY|TOKEN|_URL", name):
                assert "${" in value
