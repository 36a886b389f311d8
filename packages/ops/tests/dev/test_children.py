from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from house.postgres import locks
from ops.dev.children import finished, running
from ops.dev.commands import Command
from ops.dev.faults import Died, Trouble


def shell(script: str, name: str = "crm serve", **env: str) -> Command:
    return Command(name, ("/bin/sh", "-c", script), env)


def alive(pid: int) -> bool:
    """A zombie is not alive: only its entry waits to be read by whoever inherited it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition) -> bool:
    return await asyncio.to_thread(locks.until, condition, 10)


async def test_a_command_that_fails_is_told_with_its_last_lines(tmp_path):
    with pytest.raises(Died) as died:
        await finished(shell("echo one; echo two >&2; exit 3", "blog site"), tmp_path / "log")
    assert str(died.value).splitlines() == ["`blog site` ended with status 3.", "  one", "  two"]


async def test_a_command_that_says_what_is_wrong_is_quoted_and_no_more(tmp_path):
    with pytest.raises(Died) as died:
        await finished(shell("echo noise; echo 'crm: The database cannot be reached.'; exit 1"), tmp_path / "log")
    assert str(died.value) == "The database cannot be reached."


async def test_a_signal_is_named(tmp_path):
    with pytest.raises(Died, match="was ended by SIGKILL"):
        await finished(shell("kill -9 $$"), tmp_path / "log")


async def test_what_a_command_says_is_kept_whole_in_its_log(tmp_path):
    await finished(shell("seq 1000"), tmp_path / "log")
    assert (tmp_path / "log").read_text().split() == [str(number) for number in range(1, 1001)]


async def test_a_line_longer_than_any_buffer_does_no_harm(tmp_path):
    await finished(shell("head -c 300000 /dev/zero | tr '\\0' x; echo; echo end"), tmp_path / "log")
    assert (tmp_path / "log").read_text().endswith("end\n")


async def test_a_command_gets_its_variables_beside_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("OURS", "a")
    await finished(shell('test "$OURS$THEIRS" = ab', THEIRS="b"), tmp_path / "log")


async def test_a_missing_program_is_trouble_that_names_it(tmp_path):
    with pytest.raises(Trouble, match="crm serve"):
        await finished(Command("crm serve", (str(tmp_path / "nowhere"),)), tmp_path / "log")


async def test_a_child_may_finish_what_it_has_in_hand(tmp_path):
    script = f"trap 'echo done > {tmp_path}/done; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    async with running(shell(script), tmp_path / "log") as child:
        assert await until(lambda: list(child.lines) == ["up"])
    assert (tmp_path / "done").read_text() == "done\n"


async def test_a_child_that_will_not_stop_is_killed_with_its_own_children(tmp_path):
    script = f"trap '' TERM; sleep 600 & echo $! > {tmp_path}/grandchild; echo up; wait; sleep 600"
    async with running(shell(script), tmp_path / "log") as child:
        assert await until(lambda: list(child.lines) == ["up"])
        grandchild = int((tmp_path / "grandchild").read_text())
        assert alive(grandchild)
    assert child.process.returncode == -signal.SIGKILL
    assert await until(lambda: not alive(grandchild))


async def test_a_child_does_not_outlive_a_killed_parent(tmp_path):
    program = (
        "import asyncio; from pathlib import Path; from ops.dev.children import running;"
        "from ops.dev.commands import Command\n"
        "async def main():\n"
        f"    async with running(Command('crm serve', ('/bin/sleep', '600')), Path('{tmp_path}/log')) as child:\n"
        "        print(child.process.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert alive(child)
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    assert await until(lambda: not alive(child))
