"""The command `ops init`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from ops.cli import AsJson, Yes
from ops.init.facts import FACTS

OPTIONS = {fact.option.strip("-").replace("-", "_"): fact for fact in FACTS if fact.option not in ("", "--repository")}
"""The facts that have an option of their own, by the name of its parameter."""


def _add_fact_options(function: Callable[..., None]) -> Callable[..., None]:
    """Gives the command an option for each fact. Typer reads them from the signature."""
    signature = inspect.signature(function, eval_str=True)
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option(fact.option, help=f"{fact.question}.")],
        )
        for name, fact in OPTIONS.items()
    ]
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    function.__signature__ = signature.replace(parameters=[*options, *own])  # type: ignore[attr-defined]
    function.__annotations__ = {each.name: each.annotation for each in (*options, *own)}
    return function


@_add_fact_options
def init(
    *,
    repository: Annotated[str | None, typer.Option(help="OWNER/NAME on GitHub; git's origin for a new owner.")] = None,
    accent: Annotated[
        str | None, typer.Option(help="Color, as #0f766e, of links and buttons, in light and dark.")
    ] = None,
    color: Annotated[
        list[str] | None, typer.Option(help="One color of tokens.css: NAME=COLOR or NAME:dark=COLOR. May be repeated.")
    ] = None,
    fresh_content: Annotated[
        bool, typer.Option("--fresh-content", help="Delete the example posts; otherwise they stay as yours.")
    ] = False,
    todo: Annotated[bool, typer.Option("--todo", help="Change nothing; list what is left to do by hand.")] = False,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan only.")] = False,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Make this fork yours: name, domains, repository, colors. Without options it asks.

    Shows which files change, old and new, and asks before it writes. What followed from a fact that changes follows
    it still: hello@old becomes hello@new, api.old becomes api.new. Rewrites site.toml (comments and order stay), the
    title of README.md, the holders in LICENSE (the first one is kept, as the license asks), the colors of tokens.css,
    and draws the logo in them. An unreadable color is refused with its contrast and the nearest readable one.
    The same command twice changes nothing.

    Status: 0 the files are as wished, or --dry-run only showed the plan. 1 something is wrong, or nobody said yes;
    then nothing was changed.

    Examples:

      ops init

      ops init --name Fjordlight --domain fjordlight.example --repository ada/fjordlight --accent '#0f766e' --dry-run

      ops init --todo
    """
    from ops.init import command  # noqa: PLC0415 each command loads what it needs
    from ops.init.plan import Wishes  # noqa: PLC0415
    from ops.init.resolve import NONE  # noqa: PLC0415

    if todo:
        raise typer.Exit(command.print_manual_steps(as_json=as_json))
    facts = {OPTIONS[name].key: value for name, value in given.items() if value is not None}
    if facts.get("links.booking") == NONE:
        facts["links.booking"] = ""
    if repository is not None:
        facts["repository.owner"], _, facts["repository.name"] = repository.partition("/")
    wishes = Wishes(facts, accent, tuple(color or ()), fresh_content)
    raise typer.Exit(command.run(wishes, command.Mode(yes, dry_run, as_json), now=datetime.now(UTC)))
