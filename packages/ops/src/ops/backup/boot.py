"""The CRM on a restored database: started for real, asked for its health and for one lead.

It is a copy of living data, so nothing may go out from it: no worker runs, and of our variables it is given none but
those it needs to start.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import httpx

from crm.kernel import schema
from ops.backup.faults import Trouble
from ops.cli import OpsError
from ops.dev.commands import Command, program
from ops.dev.subprocesses import Subprocess, run_subprocess, start_subprocess

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SITE_FILE")
PATIENCE_S = 30.0
STEP_S = 0.03


class Booted(NamedTuple):
    """`lead` is the one that was opened, None where there are none; the others are seconds."""

    lead: int | None
    migrated: float
    healthy: float
    opened: float


def booted(url: str, folder: Path, revision: str) -> Booted:
    """`revision` is the schema that was restored; an older one is migrated first.

    Raises `Trouble` with the words of whatever did not work.
    """
    try:
        return asyncio.run(_booted(url, folder, revision))
    except OpsError as fault:
        raise Trouble(f"The CRM does not live on what was restored. {fault}") from None
    except httpx.HTTPError as fault:
        raise Trouble(f"The CRM on what was restored does not answer ({type(fault).__name__}: {fault}).") from None


def environment(url: str, folder: Path, port: int) -> dict[str, str]:
    """Every variable of ours that the CRM does not need to start is emptied, so that it can reach nobody."""
    ours = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    needed = {
        "APP_ENV": "development",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "SESSION_SECRET": secrets.token_urlsafe(48),
        "CRM_BASE_URL": ours,
        "SITE_URL": ours,
        "CORS_ORIGIN": ours,
        "WORKER": "separate",
    }
    return {**dict.fromkeys(os.environ, ""), **kept, **needed}


async def _booted(url: str, folder: Path, revision: str) -> Booted:
    port = _free_port()
    env = environment(url, folder, port)
    loop = asyncio.get_running_loop()
    began = loop.time()
    if schema.standing(revision) == "behind":
        await run_subprocess(Command("crm migrate", (program("crm"), "migrate"), env), folder / "migrate.log")
    migrated = loop.time()
    async with start_subprocess(Command("crm serve", (program("crm"), "serve"), env), folder / "crm.log") as child:
        key = await _key(env)  # while it starts
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"authorization": f"Bearer {key}"},
            timeout=5,
            trust_env=False,
        ) as client:
            await _healthy(child, client)
            healthy = loop.time()
            lead = await _one_lead(client)
    return Booted(lead, migrated - began, healthy - migrated, loop.time() - healthy)


async def _key(env: Mapping[str, str]) -> str:
    """A key of the restored copy, and of nothing else."""
    argv = [program("crm"), "apikey", "create", "--name=restore drill", "--scopes=leads:read", "--days=1"]
    process = await asyncio.create_subprocess_exec(
        *argv, env=dict(env), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise Trouble("The CRM cannot make a key on what was restored (`crm apikey create` fails).")
    return said.decode().strip()


async def _healthy(child: Subprocess, client: httpx.AsyncClient) -> None:
    ended = asyncio.ensure_future(child.wait())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await _well(client):
                await asyncio.wait([ended], timeout=STEP_S)
                if ended.done():
                    raise child.exit_error()
    except TimeoutError:
        raise Trouble(f"The CRM does not become healthy within {PATIENCE_S:.0f} s on what was restored.") from None
    finally:
        ended.cancel()


async def _well(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/api/v1/health")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def _one_lead(client: httpx.AsyncClient) -> int | None:
    """Opens the newest lead as a program would."""
    listed = await client.get("/api/v1/leads", params={"limit": 1})
    if listed.status_code != httpx.codes.OK:
        raise Trouble(f"The CRM on what was restored does not list leads: status {listed.status_code}.")
    leads = listed.json()["data"]
    if not leads:
        return None
    number = int(leads[0]["id"])
    opened = await client.get(f"/api/v1/leads/{number}")
    if opened.status_code != httpx.codes.OK or opened.json()["id"] != leads[0]["id"]:
        raise Trouble(f"The CRM on what was restored does not open lead {number}: status {opened.status_code}.")
    return number


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
