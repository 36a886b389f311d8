"""`docs/map.md` leads to what is there, and to every command and room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
OPS, CRM = ROOT / "packages/ops/src/ops", ROOT / "packages/crm/src/crm"
MAP = (ROOT / "docs/map.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?!To change)([^|]+) \| ([^|]*`[^|]+) \|$", MAP, re.MULTILINE)


def places(cell: str) -> list[Path]:
    """The paths that a cell names: from the root, from the folder of `ops`, or beside the one named before."""
    found: list[Path] = []
    for name in re.findall(r"`([\w./*-]*(?:/|\.\w+))`", cell):
        beside = [found[-1].parent, found[-1].parent.parent] if found else []
        starts = [ROOT, OPS, ROOT / "packages/ops", *([found[-1]] if found and found[-1].is_dir() else []), *beside]
        there = [start / name for start in starts if any(start.glob(name.rstrip("/")))]
        assert there, f"docs/map.md names {name}"
        found.append(there[0])
    return found


@pytest.mark.parametrize(("what", "cell"), ROWS, ids=[what for what, _ in ROWS])
def test_the_map_leads_somewhere(what: str, cell: str):
    assert places(cell) or "ops" in cell


@pytest.mark.parametrize("start", [OPS, CRM], ids=lambda start: start.name)
def test_every_folder_is_on_the_map(start: Path):
    folders = {found.parent.name for found in start.glob("*/__init__.py")}
    assert len(folders) > 8
    words = set(re.findall(r"[a-z]+", MAP))
    assert folders - words == set()


def test_a_place_that_is_not_there_is_noticed():
    with pytest.raises(AssertionError, match=r"nobody\.py"):
        places("`backup/create.py`, `nobody.py`")
