"""`docs/map.md` leads to what is there, to every command and to every module."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
OPS, CRM = ROOT / "packages/ops/src/ops", ROOT / "packages/crm/src/crm"
MAP = (ROOT / "docs/map.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?!To change)([^|]+) \| ([^|]*`[^|]+) \|", MAP, re.MULTILINE)
SYMBOLS = re.findall(r"^\| ([^|]+) \| `([^|`]+)` \| `([^|`]+)` \|$", MAP, re.MULTILINE)
"""Task, file, and what the file alone defines."""


def places(cell: str) -> list[Path]:
    """The paths that a cell names: from the root, from the folder of `ops`, or beside the one named before."""
    found: list[Path] = []
    for name in re.findall(r"`([\w./*-]*(?:/|\.\w+)|Dockerfile|scripts/check)`", cell):
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
    folders = {found.parent.name for depth in ("*", "*/*") for found in start.glob(f"{depth}/__init__.py")}
    folders -= {"http", "security"}  # parts of the kernel
    assert len(folders) > 8
    words = set(re.findall(r"[a-z_]+", MAP))
    assert folders - words == set()


def list_sources(suffix: str) -> list[Path]:
    """The files of the product with this suffix, without tests and documents."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", f"*{suffix}"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [ROOT / name for name in names if "/tests/" not in name and not name.startswith("tests/")]


def define(symbol: str, path: Path) -> bool:
    """Does the file define the symbol: a name of a Python module, or a text of another file?"""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        return re.search(rf"^(?:async def |def |class )?{symbol}\b *[(:=]", text, re.MULTILINE) is not None
    return re.search(rf"^ *{re.escape(symbol)}", text, re.MULTILINE) is not None


@pytest.mark.parametrize(("name", "symbol"), [row[1:] for row in SYMBOLS], ids=[row[0] for row in SYMBOLS])
def test_one_file_defines_what_the_map_says_and_the_code_reads_it(name: str, symbol: str):
    path = ROOT / name
    package = "/".join(path.relative_to(ROOT).parts[:2])
    sources = [each for each in list_sources(path.suffix or path.name) if package in str(each)]
    assert [each for each in sources if define(symbol, each)] == [path]
    if path.suffix == ".py":
        mentions = [each for each in sources if re.search(rf"\b{symbol}\b", each.read_text("utf-8"))]
        assert len(mentions) > 1 or len(re.findall(rf"\b{symbol}\b", path.read_text("utf-8"))) > 1


def test_the_map_answers_forty_tasks():
    assert len(ROWS) >= 40
    assert len(SYMBOLS) >= 30


def test_a_place_that_is_not_there_is_noticed():
    with pytest.raises(AssertionError, match=r"nobody\.py"):
        places("`backup/create.py`, `nobody.py`")
