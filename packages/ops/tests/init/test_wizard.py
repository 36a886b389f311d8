"""Without options it asks on a terminal, again after an invalid answer, and changes nothing before a yes."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from init.conftest import Project

from shared.design import tokens

OPS = Path(sys.executable).parent / "ops"
# An empty answer takes what is proposed.
ANSWERS = [
    "Fjordlight", "", "Light where it is dark",
    "fjord light", "fjordlight.example", *[""] * 4,  # the first is no domain; the others follow it
    "", "", "Oslo", "Europe/Oslo", "NOK", "",
    "sunniva", "lantern", *[""] * 4,
    "", "", "", "",
    "#ffd400", "#0f766e",  # the first cannot be read
    "n",
]  # fmt: skip


def run_wizard(project: Project, last: str) -> tuple[int, str]:
    """The program on a terminal of its own, to its end: its status and all that it showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([OPS, "init"], cwd=project.root, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in (*ANSWERS, last)).encode())
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # what a closed terminal answers
            pass
    os.close(ours)
    return process.wait(), re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())


def test_answers_and_proposals_give_the_fork_a_new_owner(project: Project):
    status, shown = run_wizard(project, "y")
    assert status == 0, shown
    facts = project.site
    assert (facts.organization.name, facts.organization.legal_name) == ("Fjordlight", "Fjordlight")
    assert (facts.domains.crm, facts.pages.host) == ("crm.fjordlight.example", "sunniva.github.io")
    assert (facts.organization.time_zone, facts.organization.currency) == ("Europe/Oslo", "NOK")
    assert facts.links.booking == ""
    assert tokens.read(project.text("packages/shared/src/shared/design/tokens.css"))["light"]["accent"].startswith(
        "oklch(0.51"
    )
    for message in ("'fjord light' is no domain", "Did you mean Europe/Oslo?", "The nearest readable shade"):
        assert message in shown


def test_a_no_after_the_plan_changes_nothing(project: Project):
    before = project.files()
    status, shown = run_wizard(project, "n")
    assert (status, project.files()) == (1, before)
    assert "crm.fjordlight.example" in shown
    assert "Nothing was changed." in shown
