"""The walk through the look-alike of production, as a person starts it and as it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

OPS = Path(sys.executable).parent / "ops"


def verify(lookalike, *words: str) -> subprocess.CompletedProcess[str]:
    asked = [OPS, "verify", "--target", lookalike.file, *words]
    return subprocess.run(asked, env=lookalike.environ, capture_output=True, text=True, check=False, timeout=60)


def test_a_file_leads_to_a_whole_house_and_every_promise_is_kept(lookalike):
    done = verify(lookalike, "--json")
    told = json.loads(done.stdout)
    assert [check for check in told["checks"] if check["state"] not in ("kept", "skipped")] == []
    assert done.returncode == 0
    assert done.stderr == ""
    assert told["target"] == "lookalike"


def test_what_is_broken_is_told_with_what_to_do_and_ends_with_1(lookalike):
    lookalike.edge.hosts.pop(lookalike.facts.domains.api)
    lookalike.edge.hosts.pop(lookalike.facts.domains.crm)
    done = verify(lookalike, "--only", "service")
    assert done.returncode == 1
    assert "Broken: service." in done.stdout
    assert "not reached" in done.stdout
