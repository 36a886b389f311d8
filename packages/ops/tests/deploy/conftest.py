from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.fake_railway import FakeRailway
from deploy.fake_release import FakeRelease, Repository
from deploy.fake_web import FakeWeb
from deploy.fake_web import serve as serve_web
from deploy.manual_clock import ManualClock
from railway.conftest import ROOT
from railway.fake_railway_api import run_fake_railway_api as serve_railway

from ops.deploy.targets import load_targets

ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
COMMITS = {
    "Begin": ["README.md"],
    "Change site and CRM": ["packages/web/pages/index.html", "packages/crm/src/a.py"],
    "Change the CRM": ["packages/crm/src/b.py"],
    "Change a page of docs": ["docs/page.md"],
}


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    root = tmp_path_factory.mktemp("pushed")
    shutil.copy(Path(__file__).parents[1] / "octatech.toml", root / "site.toml")
    for folder in (".railway", ".github"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    _git(root, "init", "--quiet", "--initial-branch=main")
    hashes = []
    for subject, paths in COMMITS.items():
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(subject)
        _git(root, "add", ".")
        _git(root, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", subject)
        hashes.append(_git(root, "rev-parse", "HEAD"))
    return Repository(root, load_targets(root), *hashes)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def release(repository: Repository, clock: ManualClock, capsys: pytest.CaptureFixture[str]) -> Iterator[FakeRelease]:
    with serve_railway(FakeRailway(clock)) as railway, serve_web(FakeWeb(clock)) as web:
        assert isinstance(railway, FakeRailway)
        yield FakeRelease(repository, railway, web, clock, capsys)


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", root, *arguments]
    return subprocess.run(
        command, env={**os.environ, **ALONE}, check=True, capture_output=True, text=True
    ).stdout.strip()
