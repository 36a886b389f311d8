"""Child processes that never outlive us: each in a group of its own, stopped politely and then firmly."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ops.dev.commands import Command
from ops.dev.faults import Died, Trouble

GRACE_S = 3.5
"""What a child has to finish what it has in hand; Ctrl-C promises an end within 5 s."""

KEPT_LINES = 15


class Child:
    """A started command; `lines` are the last ones it said."""

    def __init__(self, name: str, process: Process, log: Path) -> None:
        self.name = name
        self.process = process
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._listening = asyncio.create_task(self._listen(log))

    async def _listen(self, log: Path) -> None:
        assert self.process.stdout is not None
        with log.open("ab", buffering=0) as file:
            while line := await self._line(self.process.stdout):
                file.write(line)
                self.lines.append(line.decode(errors="replace").rstrip())

    @staticmethod
    async def _line(stream: asyncio.StreamReader) -> bytes:
        try:
            return await stream.readline()
        except ValueError:  # longer than the reader's limit: it has been dropped, the next one counts
            return b"(a very long line)\n"

    async def ended(self) -> int:
        """Waits for the end and for the last words; gives the status."""
        status = await self.process.wait()
        with suppress(TimeoutError):  # a grandchild may hold the pipe open
            await asyncio.wait_for(asyncio.shield(self._listening), 1)
        return status

    def died(self) -> Died:
        return Died(self.name, self.process.returncode, list(self.lines))

    async def stop(self) -> None:
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), GRACE_S)
        except TimeoutError:
            pass
        finally:
            self._signal(signal.SIGKILL)  # also whatever it started and left behind
            await self.process.wait()
            self._listening.cancel()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@asynccontextmanager
async def running(command: Command, log: Path) -> AsyncIterator[Child]:
    """A child for the length of a block. Should we be killed, the kernel tells it to stop."""
    setpriv = shutil.which("setpriv")
    argv = (*((setpriv, "--pdeathsig=TERM", "--") if setpriv else ()), *command.argv)
    env = {**os.environ, **command.env, "PYTHONUNBUFFERED": "1"}
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, env=env, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, start_new_session=True
        )
    except OSError as fault:
        raise Trouble(f"`{command.name}` cannot be started: {fault.strerror} ({command.argv[0]}).") from fault
    child = Child(command.name, process, log)
    try:
        yield child
    finally:
        await asyncio.shield(child.stop())


async def finished(command: Command, log: Path) -> None:
    """Runs a command to its end. Raises `Died` with its last lines when it fails."""
    async with running(command, log) as child:
        if await child.ended() != 0:
            raise child.died()
