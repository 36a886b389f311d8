from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

OPS = Path(sys.executable).parent / "ops"


def verify(lookalike, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    asked = [OPS, "verify", "--target", lookalike.file, "--only", "service", *words]
    environ = {**lookalike.environ, **more}
    return subprocess.run(asked, env=environ, capture_output=True, text=True, check=False, timeout=60)


def test_one_walk_is_told_in_every_way_that_is_asked_for(lookalike, tmp_path):
    junit, step = tmp_path / "verify.xml", tmp_path / "step.md"
    done = verify(lookalike, "--json", "--junit", junit, GITHUB_STEP_SUMMARY=str(step))
    assert done.returncode == 0, done.stderr
    told = [(check["name"], check["state"]) for check in json.loads(done.stdout)["checks"]]
    assert ("health", "kept") in told
    cases = {case.attrib["name"]: case for case in ElementTree.parse(junit).iter("testcase")}
    assert list(cases) == [name for name, _ in told]
    assert [name for name, state in told if state == "skipped"] == [
        name for name, case in cases.items() if case.find("skipped") is not None
    ]
    assert step.read_text().count("\n| ") == len(told) + 1


def test_results_that_cannot_be_written_are_told_in_one_line(lookalike, tmp_path):
    done = verify(lookalike, "--junit", tmp_path / "nowhere" / "verify.xml")
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "No such file or directory" in line
    assert "nowhere/verify.xml" in line
