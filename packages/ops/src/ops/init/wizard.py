"""Asks for each fact in turn, proposes what follows from the answers before, and asks again where one cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer
from rich.console import Console
from rich.text import Text

from ops.init import colors
from ops.init.deciding import NONE, names, proposed
from ops.init.facts import FACTS, Facts, takeover
from ops.init.faults import Refused

REPOSITORY = ("repository.owner", "repository.name")


def ask(
    now: Mapping[str, str], wishes: Mapping[str, str], out: Console, *, year: int, origin: tuple[str, str] | None
) -> Facts:
    """The wishes with an answer for every fact that was not wished for. Enter takes what is proposed."""
    out.print("Enter takes what stands in brackets. Nothing is changed before the plan is shown and you say yes.\n")
    told = dict(wishes)
    for fact in FACTS:
        if not fact.ask or fact.key in told:
            continue
        new = proposed(now, told, year=year, origin=origin)
        offer = new[fact.key]
        # Another house has its own account, and no booking link but one that it names.
        if takeover(now, new) and (names(offer, now, new) or _still(fact.key, now, new)):
            offer = ""
        if fact.key == "links.booking":
            offer = offer or NONE
        told[fact.key] = _answer(fact.ask, offer, fact.wrong, out)
    return told


def ask_accent(now: colors.Colors, out: Console) -> str | None:
    """One color, or nothing to keep what there is."""
    while told := str(
        typer.prompt("Accent color, as #0f766e (Enter keeps it)", default="", show_default=False)
    ).strip():
        try:
            colors.chosen(now, told, ())
        except Refused as refused:
            out.print(Text("\n".join(fault.what for fault in refused.faults), style="red"))
        else:
            return told
    return None


def _still(key: str, now: Mapping[str, str], new: Mapping[str, str]) -> bool:
    return key in REPOSITORY and new[key] == now[key]


def _answer(question: str, offer: str, wrong: Callable[[str], str], out: Console) -> str:
    while True:
        told = str(typer.prompt(question, default=offer or None)).strip()
        told = "" if told == NONE else told
        fault = wrong(told)
        if not fault:
            return told
        out.print(Text(fault, style="red"))
