"""Starts the parts side by side, in the order they need each other, and stops all of them together."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import httpx

from ops.cli import OpsError
from ops.dev import commands, database
from ops.dev.dev_credentials import Credentials, store_credentials
from ops.dev.output import DevOutput
from ops.dev.runtime_file import write_runtime_file
from ops.dev.settings import Part, Settings
from ops.dev.static_server import serve_folder
from ops.dev.subprocesses import Subprocess, run_subprocess, start_subprocess
from ops.dev.watcher import rebuild_on_change
from shared import local_secrets

START_TIMEOUT_S = 60.0
POLL_S = 0.03


async def supervise(settings: Settings, credentials: Credentials, output: DevOutput) -> None:
    """Starts the parts, prints their URLs, and runs until cancelled or until one of them fails.

    Raises a group of `OpsError`.
    """
    async with asyncio.TaskGroup() as group:
        started = {part: asyncio.Event() for part in settings.parts}
        if Part.SITE in started:
            group.create_task(_run_site(settings, output, started[Part.SITE]))
        if Part.CRM in started:
            group.create_task(_run_crm(settings, credentials, output, started[Part.CRM]))
        for event in started.values():
            await event.wait()
        with write_runtime_file(settings):
            output.ready(settings, credentials)
            await asyncio.Event().wait()


async def _run_site(settings: Settings, output: DevOutput, started: asyncio.Event) -> None:
    build = commands.build_site(settings)
    log = settings.data_dir / "logs" / "site.log"
    await _run_step("Public site", build, log, output)
    with serve_folder(commands.site_folder(settings), settings.site_port):
        started.set()
        await rebuild_on_change(build, log, output)


async def _run_crm(settings: Settings, credentials: Credentials, output: DevOutput, started: asyncio.Event) -> None:
    logs = settings.data_dir / "logs"
    async with database.open_database(settings, output) as opened:
        session_secret, synthetic_key = (
            local_secrets.session_secret(settings.data_dir),
            local_secrets.synthetic_key(settings.data_dir),
        )
        env = commands.crm_environment(settings, opened.url, session_secret, credentials, synthetic_key)
        seed = f"{credentials.email}, {'with' if settings.demo else 'without'} demo data"
        is_migrated = await asyncio.to_thread(opened.is_migrated)
        if not is_migrated:
            await _run_step("Schema", commands.migrate(env), logs / "migrate.log", output)
        async with start_subprocess(commands.serve(env), logs / "crm.log") as crm:
            async with asyncio.TaskGroup() as both:
                both.create_task(_wait_until_healthy(crm, settings.crm_port, output))
                if not (is_migrated and opened.has_seed(seed)):
                    seeding = commands.seed(env, demo=settings.demo)
                    both.create_task(_run_step("Data", seeding, logs / "seed.log", output))
            opened.record_seed(seed)
            store_credentials(settings.data_dir, credentials)
            started.set()
            await crm.wait()
            raise crm.exit_error()


async def _run_step(name: str, command: commands.Command, log: Path, output: DevOutput) -> None:
    with output.step(name):
        await run_subprocess(command, log)


async def _wait_until_healthy(crm: Subprocess, port: int, output: DevOutput) -> None:
    """Waits until the health check answers 200. Raises `SubprocessError` when the service ends first."""
    end = asyncio.ensure_future(crm.wait())
    try:
        with output.step("CRM"):
            async with asyncio.timeout(START_TIMEOUT_S):
                while not await asyncio.to_thread(_is_healthy, port):
                    await asyncio.wait([end], timeout=POLL_S)
                    if end.done():
                        raise crm.exit_error()
    except TimeoutError:
        raise OpsError("\n".join([f"`{crm.name}` does not become healthy on port {port}.", *crm.lines])) from None
    finally:
        end.cancel()


def _is_healthy(port: int) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=2, trust_env=False).is_success
    return False
