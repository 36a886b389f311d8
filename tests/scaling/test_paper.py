"""docs/scaling.md says what was measured, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import benchmark_loader

from ops.railway import command

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
PAPER = (ROOT / "docs/scaling.md").read_text()
FIGURES = json.loads((ROOT / "benchmarks/scaling.json").read_text())
FOUNDING = ("512 MB", "1 GB", "32 connections")
"""Sizes that were given, not found."""
NAMED = ROOT / "packages/crm/src/crm"


growth: Any = benchmark_loader.load_benchmark("growth")
paper: Any = benchmark_loader.load_benchmark("scaling_paper")


def test_its_tables_are_those_of_the_last_run():
    assert paper.fill(PAPER, FIGURES) == PAPER
    assert {name for _, name, _, _ in paper.BLOCK.findall(PAPER)} == set(paper.PARTS)


def test_outside_of_its_tables_no_figure_stands():
    prose = paper.BLOCK.sub("", PAPER)
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", prose, flags=re.DOTALL)
    for given in FOUNDING:
        prose = prose.replace(given, "")
    assert re.findall(r".*\d.*", prose) == []


def test_what_it_says_in_words_is_what_was_measured():
    ends = FIGURES["ends"]
    assert "It is the first limit" in PAPER
    assert min(ends, key=ends.get) == "a year in 1 GB of storage"
    assert "512 MB carry everything together" in PAPER
    small = next(host for host in FIGURES["hosts"] if host["limit"] == 512)
    assert (small["killed"], small["failed"]) == (0, 0)
    assert "what passes is most of what an enquiry leaves" in PAPER
    assert FIGURES["rows"]["enquiry, passes"] > FIGURES["rows"]["enquiry, stays"]
    assert "*Today* above all" in PAPER
    kinds = FIGURES["kinds"]
    assert max(kinds, key=lambda name: kinds[name]["web_ms"] + kinds[name]["database_ms"]) == "page today"


def test_what_it_says_of_the_load_is_what_the_model_takes():
    load = growth.Load()
    said = re.search(r"\(`growth\.Load`\):(.*?)All on one", PAPER, re.DOTALL)
    assert said
    assert [float(number) for number in re.findall(r"`(\d+)`", said[1])] == [
        load.enquiries_a_day, load.people, load.hours_a_day, load.programs, load.probe_every_s,
    ]  # fmt: skip
    assert (load.page_every_s, load.poll_every_s, load.hurry, load.busiest_share) == (60, 60, 2, 0.2)


def test_every_metric_it_names_exists():
    source = "".join(
        (NAMED / name).read_text() for name in ("workspace/operations/prometheus.py", "monitoring/request_metrics.py")
    )
    named = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in re.findall(r"crm_[a-z_]+", PAPER)}
    assert len(named) > 5
    assert {name for name in named if f'"{name}"' not in source} == set()


def test_its_changes_apply_one_after_the_other_and_railway_takes_each(tmp_path: Path):
    for name in ("site.toml", "railway.json", ".env.example", "Dockerfile", ".dockerignore", "compose.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in (".railway", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("shared", "crm", "blog", "ops"):
        (tmp_path / "packages" / name / "src").mkdir(parents=True)
    shutil.copy(ROOT / "packages/ops/Dockerfile", tmp_path / "packages/ops/Dockerfile")
    (tmp_path / "packages/blog/pyproject.toml").touch()
    patches = re.findall(r"```diff\n(.*?)```", PAPER, re.DOTALL)
    assert len(patches) == 3
    for patch in patches:
        applied = subprocess.run(
            ["git", "apply", "-"], input=patch, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert applied.returncode == 0, applied.stderr
        assert command.export(root=tmp_path) == 0
        assert command.check(root=tmp_path) == 0
    grown = (tmp_path / ".railway/railway.py").read_text() + (tmp_path / "compose.yaml").read_text()
    for wanted in ("replicas=2", '"startCommand": "crm worker"', "counts.env.REDIS_URL", "scale: 2", "mem_limit: 1g"):
        assert wanted in grown
