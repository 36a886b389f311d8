from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from railway.fake_railway_api import FakeRailwayApi, run_fake_railway_api

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())


class Project:
    """A copy of what `ops railway` reads, to break."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("site.toml", "railway.json", ".env.example", "Dockerfile", ".dockerignore"):
            shutil.copy(ROOT / name, root / name)
        for name in (".railway", "requirements"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("shared", "crm", "blog", "ops"):
            (root / "packages" / name / "src").mkdir(parents=True)
        shutil.copy(ROOT / "packages/ops/Dockerfile", root / "packages/ops/Dockerfile")
        (root / "packages/blog/pyproject.toml").touch()

    def change(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r} to break"
        path.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def api() -> Iterator[FakeRailwayApi]:
    with run_fake_railway_api(FakeRailwayApi()) as running:
        yield running
