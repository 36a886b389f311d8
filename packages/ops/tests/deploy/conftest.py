from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.clock import SetClock
from deploy.railway_stand_in import Railway
from deploy.web_stand_in import Web
from deploy.web_stand_in import serving as web_serving
from deploy.world import Repository, World
from railway.api import serving as railway_serving
from railway.conftest import ROOT

ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    root = tmp_path_factory.mktemp("pushed")
    shutil.copy(Path(__file__).parents[1] / "octatech.toml", root / "site.toml")
    shutil.copytree(ROOT / ".railway", root / ".railway", ignore=shutil.ignore_patterns("__pycache__"))
    made = []
    _git(root, "init", "--quiet", "--initial-branch=main")
    for path, subject in (("README.md", "Begin"), ("packages/crm/src/a.py", "Do more"), ("docs/words.md", "Say more")):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(subject)
        _git(root, "add", ".")
        _git(root, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", subject)
        made.append(_git(root, "rev-parse", "HEAD"))
    return Repository(root, *made)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def world(repository: Repository, clock: SetClock, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    with railway_serving(Railway(clock)) as railway, web_serving(Web(clock)) as web:
        assert isinstance(railway, Railway)
        yield World(repository, railway, web, clock, capsys)


def _git(root: Path, *arguments: str) -> str:
    ran = ["git", "-C", root, *arguments]
    return subprocess.run(ran, env={**os.environ, **ALONE}, check=True, capture_output=True, text=True).stdout.strip()
