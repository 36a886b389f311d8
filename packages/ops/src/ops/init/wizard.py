"""Asks for each fact in turn, and again after an invalid answer. Proposes what follows from the answers before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from ops.cli import CliOutput
from ops.init import colors
from ops.init.errors import InvalidOptionsError
from ops.init.facts import FACTS, Facts, is_new_owner
from ops.init.resolve import NONE, Origin, names_old_owner, propose_facts

REPOSITORY = ("repository.owner", "repository.name")


def ask_facts(current: Mapping[str, str], output: CliOutput, *, year: int, origin: Origin) -> Facts:
    """Returns an answer for every fact. Enter takes what is proposed."""
    output.print("Enter takes what stands in brackets. Nothing is changed before you see the plan and confirm it.\n")
    answers: Facts = {}
    for fact in FACTS:
        if fact.question:
            new = propose_facts(current, answers, year=year, origin=origin)
            proposal = new[fact.key]
            is_old = fact.key in REPOSITORY and proposal == current[fact.key]
            if is_new_owner(current, new) and (is_old or names_old_owner(proposal, current, new)):
                proposal = ""
            if fact.key == "links.booking":
                proposal = proposal or NONE
            answers[fact.key] = _ask(fact.question, proposal, fact.check, output)
    return answers


def ask_accent(current: colors.Colors, output: CliOutput) -> str | None:
    """Returns one color, or None to keep what there is."""

    def check(text: str) -> str:
        try:
            colors.choose_colors(current, text or None, ())
        except InvalidOptionsError as invalid:
            return "\n".join(error.message for error in invalid.errors)
        return ""

    return _ask("Accent color, as #0f766e (none keeps it)", NONE, check, output) or None


def _ask(question: str, proposal: str, check: Callable[[str], str], output: CliOutput) -> str:
    while True:
        answer = str(typer.prompt(question, default=proposal or None, err=True)).strip()
        answer = "" if answer == NONE else answer
        problem = check(answer)
        if not problem:
            return answer
        output.note(problem)
