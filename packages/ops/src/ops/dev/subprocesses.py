"""Subprocesses that never outlive their parent. Each has a process group of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ops.cli import OpsError
from ops.dev.commands import Command

# How long a subprocess may take to stop after SIGTERM. Ctrl-C promises an end within 5 s.
GRACE_S = 3.5
KEPT_LINES, KEPT_BYTES = 15, 65_536


class SubprocessError(OpsError):
    """A command ended early or failed. Lines that begin with `crm: ` or `blog: ` are its own error messages."""

    def __init__(self, name: str, status: int | None, lines: list[str]) -> None:
        prefix = name.partition(" ")[0] + ": "
        messages = [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]
        how = f"was ended by {signal.Signals(-status).name}" if status and status < 0 else f"ended with status {status}"
        super().__init__("\n".join(messages or [f"`{name}` {how}.", *lines]))


class Subprocess:
    """A started command."""

    def __init__(self, name: str, process: Process, log: Path) -> None:
        self.name = name
        self.process = process
        self._tail = b""
        self._reader = asyncio.create_task(self._read_output(log))

    @property
    def lines(self) -> list[str]:
        """The last lines of output."""
        return self._tail.decode(errors="replace").splitlines()[-KEPT_LINES:]

    async def _read_output(self, log: Path) -> None:
        assert self.process.stdout is not None
        with log.open("ab", buffering=0) as file:
            while chunk := await self.process.stdout.read(KEPT_BYTES):
                file.write(chunk)
                self._tail = (self._tail + chunk)[-KEPT_BYTES:]

    async def wait(self) -> int:
        """Waits for the end and for the last output. Returns the status."""
        status = await self.process.wait()
        with suppress(TimeoutError):  # a grandchild may hold the pipe open
            await asyncio.wait_for(asyncio.shield(self._reader), 1)
        return status

    def exit_error(self) -> SubprocessError:
        return SubprocessError(self.name, self.process.returncode, self.lines)

    async def stop(self) -> None:
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), GRACE_S)
        except TimeoutError:
            pass
        finally:
            self._signal(signal.SIGKILL)  # the whole group, so grandchildren end as well
            await self.process.wait()
            self._reader.cancel()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@asynccontextmanager
async def start_subprocess(command: Command, log: Path) -> AsyncIterator[Subprocess]:
    """Runs a command for the length of a block. The kernel stops it if this process is killed."""
    setpriv = shutil.which("setpriv")
    argv = (*((setpriv, "--pdeathsig=TERM", "--") if setpriv else ()), *command.argv)
    env = {**os.environ, **command.env, "PYTHONUNBUFFERED": "1"}
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, env=env, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, start_new_session=True
        )
    except OSError as error:
        raise OpsError(f"`{command.name}` cannot be started: {error.strerror} ({command.argv[0]}).") from error
    subprocess = Subprocess(command.name, process, log)
    try:
        yield subprocess
    finally:
        await asyncio.shield(subprocess.stop())


async def run_subprocess(command: Command, log: Path) -> None:
    """Runs a command to its end. Raises `SubprocessError` with its last lines when it fails."""
    async with start_subprocess(command, log) as subprocess:
        if await subprocess.wait() != 0:
            raise subprocess.exit_error()
