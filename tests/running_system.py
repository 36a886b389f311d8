"""The processes of `make run` on free ports. Tests stop, kill and start them again."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from wait_for import wait_for

from ops.dev import commands
from ops.dev.commands import Command
from ops.dev.dev_credentials import Credentials
from ops.dev.settings import Part, Settings
from ops.dev.subprocesses import Subprocess, start_subprocess

SIGN_IN = Credentials("ada@octatech.example", "eight quiet strokes")
SECRET = "a secret of the tests, long enough for anything"


def find_free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_settings(folder: Path) -> Settings:
    """What `ops dev` would have read, for a system in `folder` on free ports."""
    return Settings(
        parts=frozenset(Part), site_port=find_free_port(), crm_port=find_free_port(), data_dir=folder, demo=False,
        admin_email=SIGN_IN.email, admin_password=SIGN_IN.password, database_url="",
    )  # fmt: skip


class CrmProcess:
    """One `crm serve` or `crm worker` on `database_url`. Variables of its own win over those of `ops dev`."""

    def __init__(self, where: Settings, database_url: str, command: str = "serve", **given: str) -> None:
        self.url = where.crm_url
        usual = commands.crm_environment(where, database_url, SECRET, SIGN_IN)
        # Floods are limited by address, and all our visitors have the same one.
        self.env = {**usual, "ENQUIRY_RATE_LIMIT": "1000000", "API_RATE_LIMIT": "1000000", **given}
        self.command = Command(f"crm {command}", (commands.program("crm"), command), self.env)
        self.log = where.data_dir / f"{command}-{where.crm_port}.log"
        self._exit_stack = AsyncExitStack()
        self._process: Subprocess | None = None

    @property
    def pid(self) -> int:
        assert self._process, f"{self.command.name} was not started."
        return self._process.process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.process.returncode is None

    async def start(self) -> None:
        self._process = await self._exit_stack.enter_async_context(start_subprocess(self.command, self.log))

    async def wait_until_healthy(self) -> None:
        """Wait until it says that it can serve; a process that ends instead fails with its last words."""
        async with httpx.AsyncClient(timeout=2) as client:
            await wait_for(lambda: self._is_healthy(client), f"{self.command.name} is well")

    async def _is_healthy(self, client: httpx.AsyncClient) -> bool:
        assert self._process
        assert self.is_running, "\n".join([f"{self.command.name} has ended:", *self._process.lines])
        try:
            return (await client.get(f"{self.url}/api/v1/health")).status_code == 200
        except httpx.HTTPError:
            return False

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def wait_for_exit(self) -> int:
        """Wait for the end; returns the status as `subprocess` gives it."""
        assert self._process
        status = await self._process.wait()
        await self._exit_stack.aclose()
        return status

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.send_signal(number)
        return await self.wait_for_exit()

    async def close(self) -> None:
        """Whatever became of it: nothing is left afterwards."""
        await self._exit_stack.aclose()


@asynccontextmanager
async def run_processes(*programs: CrmProcess) -> AsyncIterator[None]:
    """These programs started for the length of a block; those that serve are well when it begins."""
    try:
        for program in programs:
            await program.start()
        for program in programs:
            if program.command.name == "crm serve":
                await program.wait_until_healthy()
        yield
    finally:
        for program in programs:
            await program.close()
