"""A desk to write posts on and build them from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blog.site import Built, build_folder

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Desk:
    """A content folder with an output and a cache beside it."""

    root: Path
    out: Path
    cache: Path

    def post(self, name: str, body: str = "Words.\n", **head: str) -> Path:
        """Write a post. Values of the front matter are YAML; title and date are made up unless given."""
        lines = {"title": name.replace("-", " "), "date": "2026-01-02", **head}
        front = "\n".join(f"{key}: {value}" for key, value in lines.items())
        return self.write(f"content/posts/{name}.md", f"---\n{front}\n---\n\n{body}")

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def build(self, *, out: Path | None = None, cache: Path | None = None, **options: object) -> Built:
        chosen: dict[str, object] = {"now": NOW, "base_url": "https://example.org", **options}
        return build_folder(self.root, out or self.out, cache or self.cache, **chosen)  # type: ignore[arg-type]

    def page(self, path: str) -> str:
        return (self.out / path).read_text(encoding="utf-8")

    def tree(self, out: Path | None = None) -> dict[str, bytes | None]:
        """Every file with its content and every folder with None."""
        base = out or self.out
        return {
            os.fspath(entry.relative_to(base)): None if entry.is_dir() else entry.read_bytes()
            for entry in base.rglob("*")
        }

    def cold(self, **options: object) -> dict[str, bytes | None]:
        """The tree of a build that knows nothing of earlier ones."""
        number = len(list(self.out.parent.glob("cold*")))
        out = self.out.parent / f"cold{number}"
        self.build(out=out, cache=self.out.parent / f"cold{number}.cache", **options)
        return self.tree(out)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "root").mkdir()
    return Desk(tmp_path / "root", tmp_path / "out", tmp_path / "cache")
