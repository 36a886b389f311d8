"""A request passes no more functions and files than docs/decisions/0044-flow.md allows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_an_enquiry_and_the_lists_stay_within_their_limits():
    counted = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "flow.py"], capture_output=True, text=True, check=False
    )
    assert counted.returncode == 0, counted.stdout + counted.stderr
    assert len(re.findall(r"^\| .+ \| \d+ \| \d+ \|", counted.stdout, re.MULTILINE)) == 3
