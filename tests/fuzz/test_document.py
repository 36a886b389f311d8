"""The whole OpenAPI document, walked by schemathesis with a key that may do everything."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import fuzz_target
import pytest
from fuzz_target import FuzzTarget

from shared import embedded_postgres

CONFIG = Path(__file__).with_name("schemathesis.toml")
PROGRAM = Path(sys.executable).with_name("schemathesis")
LEAST_CASES = 200
"""Fewer, and the fuzzer has hardly tried."""


async def test_no_call_fails_and_every_answer_is_as_described(cluster: embedded_postgres.Cluster, tmp_path: Path):
    # Side by side, each on a service of its own, so that neither takes away what the other has just made.
    async with fuzz_target.run_target(cluster, "covered") as one, fuzz_target.run_target(cluster, "fuzzed") as other:
        responses = await asyncio.gather(
            walk(one, tmp_path, "examples,coverage"), walk(other, tmp_path, "fuzzing,stateful")
        )  # fmt: skip
    for status, body in responses:
        if status:
            pytest.fail(body, pytrace=False)
        selected, tested = numbers(r"Selected: (\d+)/\d+\s+Tested: (\d+)", body)
        assert selected == tested >= 30
        generated, passed = numbers(r"(\d+) generated, (\d+) passed", body)
        assert generated == passed >= LEAST_CASES


async def walk(there: FuzzTarget, folder: Path, phases: str) -> tuple[int | None, str]:
    """These phases of schemathesis over everything; its status and its output."""
    command = [
        PROGRAM, "--config-file", CONFIG, "run", f"{there.url}/api/v1/openapi.json", "--phases", phases,
        "--header", f"Authorization: Bearer {there.key}", "--no-color", "--warnings", "off", "--continue-on-failure",
    ]  # fmt: skip
    walking = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        body, _ = await walking.communicate()
        return walking.returncode, body.decode()
    finally:
        if walking.returncode is None:
            walking.kill()
            await walking.wait()


def numbers(pattern: str, body: str) -> tuple[int, int]:
    found = re.search(pattern, body)
    assert found, body
    return int(found[1]), int(found[2])
