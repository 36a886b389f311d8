"""How tests run checks, and break what they watch."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_production.edge import Alter, Request, Response
from fake_production.system import FakeProduction

from ops.verify.checks import Group, Result, State, run_check
from ops.verify.command import list_checks, verify
from ops.verify.context import VerifyContext

Change = Callable[[Response], Response]
CHECKS = {check.name: check for check in list_checks(local=True)}
OPS = Path(sys.executable).parent / "ops"


async def run(context: VerifyContext, *names: str) -> dict[str, Result]:
    """Runs these checks alone, without those that they need."""
    return {name: await run_check(CHECKS[name], context) for name in names}


async def find_failed(context: VerifyContext, *names: str) -> dict[str, Result]:
    """Returns the failed ones. Each must say what to do, and must have judged an answer."""
    failed = {name: each for name, each in (await run(context, *names)).items() if each.state is State.FAILED}
    for each in failed.values():
        assert "cannot be judged" not in each.detail, each.detail
        assert each.hint, each.detail
    return failed


async def get_evidence(context: VerifyContext, name: str) -> str:
    """Returns the evidence of a check, which must pass."""
    result = await run_check(CHECKS[name], context)
    assert result.state is State.PASSED, result
    return result.detail


async def get_reason(context: VerifyContext, name: str) -> str:
    """Returns why a check is skipped, which it must be."""
    result = await run_check(CHECKS[name], context)
    assert result.state is State.SKIPPED, result
    return result.detail


async def run_group(context: VerifyContext, group: Group) -> dict[str, Result]:
    report = await verify(context, [group])
    return {result.name: result for result in report.checks if result.group == group}


async def find_only_failure(system: FakeProduction, group: Group) -> Result:
    """Returns the one failed check of a group. Every other one must pass, and this one must say what to do."""
    results = await run_group(VerifyContext(system.target, {}), group)
    others = {name: result for name, result in results.items() if result.state is not State.PASSED}
    assert len(others) == 1, others
    [failed] = others.values()
    assert failed.state is State.FAILED
    assert failed.hint, f"{failed.name} does not say what to do."
    assert "cannot be judged" not in failed.detail
    return failed


def run_verify(target: str | Path, environ: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs `ops verify` as a person does."""
    command = [OPS, "verify", "--target", target, *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)


def read_body(response: Response) -> bytes:
    packed = ("content-encoding", "gzip") in response.headers
    return gzip.decompress(response.body) if packed else response.body


def change_json(change: Callable[[Any], Any]) -> Change:
    return lambda response: response.with_body(json.dumps(change(json.loads(read_body(response)))).encode())


def at(path: str, change: Change, method: str = "", url: str = "") -> Alter:
    """Changes the responses of one path, where named only of one method or of URLs that begin so."""

    def alter(request: Request, response: Response) -> Response:
        matches = request.path.partition("?")[0] == path and method in ("", request.method)
        return change(response) if matches and request.url.startswith(url) else response

    return alter
