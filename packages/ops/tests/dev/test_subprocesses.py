from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from ops.cli import OpsError
from ops.dev.commands import Command
from ops.dev.subprocesses import SubprocessError, run_subprocess, start_subprocess
from shared.embedded_postgres import locks


def shell(script: str, name: str = "crm serve", **env: str) -> Command:
    return Command(name, ("/bin/sh", "-c", script), env)


def is_alive(pid: int) -> bool:
    """Returns whether the process runs. A zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def wait_for(condition) -> bool:
    return await asyncio.to_thread(locks.wait_for, condition, 10)


async def test_the_error_of_a_failed_command_has_its_last_lines(tmp_path):
    with pytest.raises(SubprocessError) as raised:
        await run_subprocess(shell("echo one; echo two >&2; exit 3", "blog site"), tmp_path / "log")
    assert str(raised.value).splitlines() == ["`blog site` ended with status 3.", "one", "two"]


async def test_the_error_is_the_message_of_the_command_where_it_has_one(tmp_path):
    with pytest.raises(SubprocessError) as raised:
        await run_subprocess(shell("echo noise; echo 'crm: The database cannot be reached.'; exit 1"), tmp_path / "log")
    assert str(raised.value) == "The database cannot be reached."


async def test_a_signal_is_named(tmp_path):
    with pytest.raises(SubprocessError, match="was ended by SIGKILL"):
        await run_subprocess(shell("kill -9 $$"), tmp_path / "log")


async def test_the_log_holds_the_whole_output(tmp_path):
    await run_subprocess(shell("seq 1000"), tmp_path / "log")
    assert (tmp_path / "log").read_text().split() == [str(number) for number in range(1, 1001)]


async def test_a_line_longer_than_any_buffer_is_logged_whole(tmp_path):
    await run_subprocess(shell("head -c 300000 /dev/zero | tr '\\0' x; echo; echo end"), tmp_path / "log")
    assert (tmp_path / "log").read_text() == "x" * 300_000 + "\nend\n"


async def test_a_command_gets_its_variables_and_those_of_this_process(tmp_path, monkeypatch):
    monkeypatch.setenv("OURS", "a")
    await run_subprocess(shell('test "$OURS$THEIRS" = ab', THEIRS="b"), tmp_path / "log")


async def test_a_missing_program_is_an_error_that_names_the_command(tmp_path):
    with pytest.raises(OpsError, match="crm serve"):
        await run_subprocess(Command("crm serve", (str(tmp_path / "nowhere"),)), tmp_path / "log")


async def test_a_subprocess_has_time_to_stop_by_itself(tmp_path):
    script = f"trap 'echo done > {tmp_path}/done; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    async with start_subprocess(shell(script), tmp_path / "log") as child:
        assert await wait_for(lambda: child.lines == ["up"])
    assert (tmp_path / "done").read_text() == "done\n"


async def test_a_subprocess_that_ignores_sigterm_is_killed_with_its_own_children(tmp_path):
    script = f"trap '' TERM; sleep 600 & echo $! > {tmp_path}/grandchild; echo up; wait; sleep 600"
    async with start_subprocess(shell(script), tmp_path / "log") as child:
        assert await wait_for(lambda: child.lines == ["up"])
        grandchild = int((tmp_path / "grandchild").read_text())
        assert is_alive(grandchild)
    assert child.process.returncode == -signal.SIGKILL
    assert await wait_for(lambda: not is_alive(grandchild))


async def test_a_subprocess_does_not_outlive_a_killed_parent(tmp_path):
    program = (
        "import asyncio; from pathlib import Path; from ops.dev.subprocesses import start_subprocess;"
        "from ops.dev.commands import Command\n"
        "async def main():\n"
        "    command = Command('crm serve', ('/bin/sleep', '600'))\n"
        f"    async with start_subprocess(command, Path('{tmp_path}/log')) as child:\n"
        "        print(child.process.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert is_alive(child)
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    assert await wait_for(lambda: not is_alive(child))
