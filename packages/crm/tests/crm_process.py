"""The command `crm` as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from conftest import environment

from crm.kernel.app_context import AppContext


@contextlib.asynccontextmanager
async def run_crm(
    context: AppContext, folder: Path, *words: str, **changes: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command `crm` with these words; it is killed at the end if it still runs."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with (folder / f"{'-'.join(words)}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "crm", *words, stdout=log, stderr=log,
            env={**inherited, **environment(context.config.database_url), **changes},
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def wait_for(holds: Callable[[], Awaitable[Any]], seconds: float = 60) -> None:
    """Wait until `holds()` is true; a database that is away counts as not yet."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(OSError, httpx.TransportError):
                if await holds():
                    return
            await asyncio.sleep(0.05)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def has_worker_state(port: int, worker: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/api/v1/health")
    return bool(answer.json()["worker"]["state"] == worker)
