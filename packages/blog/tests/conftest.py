"""A content folder that tests write to and build."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blog.build import BuildResult
from blog.site import build_folder

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Project:
    """A content folder with an output folder and a cache."""

    root: Path
    out: Path
    cache: Path

    def write_post(self, name: str, body: str = "Text.\n", **head: str) -> Path:
        """Writes a post and returns its file. Values of the front matter are YAML; title and date have defaults."""
        entries = {"title": name.replace("-", " "), "date": "2026-01-02", **head}
        front = "\n".join(f"{key}: {value}" for key, value in entries.items())
        return self.write(f"content/posts/{name}.md", f"---\n{front}\n---\n\n{body}")

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def build(self, *, out: Path | None = None, cache: Path | None = None, **options: object) -> BuildResult:
        arguments: dict[str, object] = {"now": NOW, "base_url": "https://example.org", **options}
        return build_folder(self.root, out or self.out, cache or self.cache, **arguments)  # type: ignore[arg-type]

    def read_page(self, path: str) -> str:
        return (self.out / path).read_text(encoding="utf-8")

    def read_tree(self, out: Path | None = None) -> dict[str, bytes | None]:
        """Returns the content of every file, and None for every folder, by path."""
        folder = out or self.out
        return {
            os.fspath(entry.relative_to(folder)): None if entry.is_dir() else entry.read_bytes()
            for entry in folder.rglob("*")
        }

    def build_cold(self, **options: object) -> dict[str, bytes | None]:
        """Returns the tree of a build without a cache."""
        number = len(list(self.out.parent.glob("cold*")))
        out = self.out.parent / f"cold{number}"
        self.build(out=out, cache=self.out.parent / f"cold{number}.cache", **options)
        return self.read_tree(out)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "root").mkdir()
    return Project(tmp_path / "root", tmp_path / "out", tmp_path / "cache")
