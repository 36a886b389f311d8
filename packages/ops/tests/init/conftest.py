from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.init import command
from ops.init.command import Mode
from ops.init.plan import LOOK, Wishes
from shared import site_config

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
NOW = datetime(2027, 3, 1, tzinfo=UTC)
FJORDLIGHT = {
    "organization.name": "Fjordlight",
    "domains.site": "fjordlight.example",
    "repository.owner": "sunniva",
    "repository.name": "lantern",
}
READ = ("README.md", "LICENSE", "docs/runbooks/first-deploy.md", "packages/blog/content/posts", str(LOOK))


class Project:
    """A copy of what `ops init` reads, with the facts that tests name, and the command on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in READ:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / name, root / name)
        shutil.copy(ROOT / "packages/ops/tests/octatech.toml", root / "site.toml")

    def init(self, facts: dict[str, str] | None = None, *, mode: Mode | None = None, **wished: Any) -> int:
        wishes = Wishes(facts or {}, **wished)
        return command.run(wishes, mode or Mode(yes=True), now=NOW, root=self.root)

    @property
    def site(self) -> site_config.Site:
        return site_config.load(self.root / "site.toml")

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
