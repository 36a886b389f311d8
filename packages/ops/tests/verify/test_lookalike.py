"""The walk through the look-alike of production, as a person starts it and as it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from lookalike.standing import LookAlike

from ops.verify.access import SCOPES

OPS = Path(sys.executable).parent / "ops"


@pytest.fixture(scope="module")
def keys(whole_lookalike: LookAlike) -> dict[str, str]:
    """What a walk may be told. The house has a backup, and has proved it."""
    service = whole_lookalike.service
    scopes = ",".join((*SCOPES, "operations:write"))
    key = service.run("apikey", "create", "--name", "whole walk", "--scopes", scopes)
    now = datetime.now(UTC).isoformat()
    backup = {"name": "walk", "taken_at": now, "bytes": 9, "destination": "s3://backups"}
    proof = {"proven_at": now, "recovery_seconds": 9, "data_age_seconds": 9, "tables": 9, "rows": 9, "proven": True}
    restore = {"name": "walk", "taken_at": now, "findings": [], **proof}
    with httpx.Client(headers={"authorization": f"Bearer {key}"}) as client:
        for part, told in (("backups", backup), ("restores", restore)):
            answer = client.post(f"http://127.0.0.1:{service.port}/api/v1/operations/{part}", json=told)
            assert answer.status_code == 201, answer.text
    signing_in = {name: service.environ[name] for name in ("ADMIN_EMAIL", "ADMIN_PASSWORD")}
    return {**whole_lookalike.environ, **signing_in, "CRM_API_KEY": key}


def verify(lookalike: LookAlike, environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    asked = [OPS, "verify", "--target", lookalike.file, *words]
    return subprocess.run(asked, env=environ, capture_output=True, text=True, check=False, timeout=60)


def test_every_promise_of_a_whole_house_is_kept(lookalike, keys):
    done = verify(lookalike, keys, "--json", "--commit", lookalike.service.environ["RAILWAY_GIT_COMMIT_SHA"])
    told = json.loads(done.stdout)
    assert [check for check in told["checks"] if check["state"] not in ("kept", "skipped")] == []
    # The log is kept by the host, and nobody watches a rehearsal from outside.
    skipped = [check["name"] for check in told["checks"] if check["state"] == "skipped"]
    assert skipped == ["log keeps secrets", "availability"]
    assert done.returncode == 0
    assert done.stderr == ""
    assert told["target"] == "lookalike"


def test_without_keys_what_needs_them_is_skipped_and_says_so(lookalike):
    done = verify(lookalike, lookalike.environ, "--json", "--only", "operations")
    states = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert states["memory"]["state"] == "skipped"
    assert "CRM_API_KEY is not set" in states["memory"]["detail"]


def test_what_is_broken_is_told_with_what_to_do_and_ends_with_1(lookalike):
    lookalike.edge.hosts.pop(lookalike.facts.domains.api)
    lookalike.edge.hosts.pop(lookalike.facts.domains.crm)
    done = verify(lookalike, lookalike.environ, "--only", "service")
    assert done.returncode == 1
    assert "Broken: service." in done.stdout
    assert "not reached" in done.stdout


def test_a_target_that_nobody_knows_ends_with_2_in_one_line(lookalike):
    done = subprocess.run([OPS, "verify", "--target", "staging.toml"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "✗ No target staging.toml. Name `local`, `production`, or a file that is there.\n"
