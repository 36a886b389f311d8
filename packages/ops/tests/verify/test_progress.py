from __future__ import annotations

import io

from rich.console import Console

from ops.verify.checks import Broken, Check, Group, alone
from ops.verify.command import walked
from ops.verify.plan import Plan
from ops.verify.progress import shown


async def kept() -> str:
    return ""


async def broken() -> str:
    raise Broken("It is gone", "Look behind the sofa.")


PLAN = Plan({}, alone(Group.SITE, [Check("public pages", "", kept), Check("public links", "", broken)]))


async def test_on_a_terminal_it_says_what_is_asked_and_how_much_is_broken():
    out = Console(file=io.StringIO(), force_terminal=True, width=120)
    with shown(PLAN, out) as watcher:
        await walked(PLAN, watcher)
    said = out.file.getvalue()
    assert "2/2" in said
    assert "1 broken" in said


async def test_in_a_file_it_says_nothing():
    out = Console(file=io.StringIO())
    with shown(PLAN, out) as watcher:
        await walked(PLAN, watcher)
    assert out.file.getvalue() == ""
