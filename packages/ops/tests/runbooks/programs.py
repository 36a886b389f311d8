"""Whether a command line would be taken by our programs, judged by their own parsers."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr
from functools import cache
from typing import Any

from runbooks.pages import ROOT
from typer._click.exceptions import MissingParameter, UsageError  # typer brings its own click
from typer.main import get_command

from blog.__main__ import _parser as blog
from crm.__main__ import cli as crm
from ops.__main__ import cli as ops

HELP = "--help"
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def find_error(words: list[str], *, whole: bool = True) -> str:
    """What is wrong with it; empty when it would run. The words are those of one command, its name first.

    Where it need not be `whole`, what has to be given may be missing.
    """
    program, *rest = words
    if program == "make":
        return "" if {word for word in rest if "=" not in word} <= _list_targets() else f"no such target: {rest}"
    if HELP in rest:
        rest, whole = rest[: rest.index(HELP)], False
    if program == "blog":
        return _parse_blog(rest)
    return _parse_command(get_command({"ops": ops, "crm": crm}[program]), rest, whole=whole)


def _parse_blog(words: list[str]) -> str:
    with redirect_stderr(io.StringIO()) as said:
        try:
            blog().parse_args(words)
        except SystemExit:
            return said.getvalue()
    return ""


def _parse_command(command: Any, words: list[str], *, whole: bool) -> str:
    rest = list(words)
    while hasattr(command, "commands"):
        if not rest:
            return "a group of commands and none of them" if whole else ""
        if (name := rest.pop(0)) not in command.commands:
            return f"no such command: {name}"
        command = command.commands[name]
    try:
        command.make_context(command.name, rest)
    except MissingParameter as missing:
        return str(missing) if whole else ""
    except UsageError as refused:
        return refused.format_message()
    return ""


@cache
def _list_targets() -> set[str]:
    return set(_TARGET.findall((ROOT / "Makefile").read_text()))
