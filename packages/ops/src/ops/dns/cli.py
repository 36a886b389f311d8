"""The commands `ops dns …`."""

from __future__ import annotations

import os
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from ops.dns.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.dns.desk import Desk


class Form(StrEnum):
    BIND = "bind"
    OCTODNS = "octodns"
    CLOUDFLARE = "cloudflare"
    TABLE = "table"


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]
Prune = Annotated[bool, typer.Option("--prune", help="Remove what nobody here asked for.")]
Forced = Annotated[list[Kind] | None, typer.Option("--force", help="Allow this kind of risk; can be repeated.")]
Resolver = Annotated[list[str] | None, typer.Option("--resolver", metavar="HOST:PORT", help="Ask this server.")]
Api = Annotated[str | None, typer.Option(help="Another address of Cloudflare's API, for a stand-in.")]
RailwayApi = Annotated[str | None, typer.Option(help="Another address of Railway's API, for a stand-in.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
cli = typer.Typer(no_args_is_help=True, help="The names of the house: plan, apply, check, export.")


@cli.command()
def plan(
    *,
    prune: Prune = False,
    force: Forced = None,
    resolver: Resolver = None,
    as_json: AsJson = False,
    api: Api = None,
    railway_api: RailwayApi = None,
) -> None:
    """Show what `ops dns apply` would add, change and delete, and how dangerous each change is. Changes nothing.

    The zone is built from site.toml, and with RAILWAY_TOKEN from what Railway asks for now. The provider of
    site.toml is asked what is there: Cloudflare with CLOUDFLARE_TOKEN, or a name server (RFC 2136) with DNS_SERVER
    and DNS_KEY. Records that nobody here asked for are kept.

    Status 0: nothing to do. 2: changes are pending. 3: the plan is unsafe. 1: it cannot be told.

    Example: CLOUDFLARE_TOKEN=… ops dns plan
    """
    from ops.dns import command  # noqa: PLC0415

    desk = _desk(api, railway_api, resolver)
    raise typer.Exit(command.show(desk, prune=prune, allowed=force or (), as_json=as_json))


@cli.command()
def apply(
    *,
    yes: Yes = False,
    prune: Prune = False,
    force: Forced = None,
    resolver: Resolver = None,
    as_json: AsJson = False,
    api: Api = None,
    railway_api: RailwayApi = None,
) -> None:
    """Show the plan, ask, apply it, and read the zone back.

    Nothing is done when the zone was changed by somebody else while you looked. A second run has nothing to do.

    Status 0: the zone is as it should be. 2: you said no. 3: the plan is unsafe. 1: it did not work.

    Examples:

    ops dns apply

    ops dns apply --yes --prune --force mail
    """
    from ops.dns import command  # noqa: PLC0415

    desk = _desk(api, railway_api, resolver)
    agree = (lambda _: True) if yes else (lambda question: typer.confirm(question, err=True))
    raise typer.Exit(command.apply(desk, prune=prune, allowed=force or (), as_json=as_json, agree=agree))


@cli.command()
def check(*, resolver: Resolver = None, as_json: AsJson = False, railway_api: RailwayApi = None) -> None:
    """Ask whether the world sees the zone: every server of the zone, or the resolvers named here.

    For each record that is missing or otherwise it prints the exact values to paste. It also looks for wildcards and
    for aliases of hosts that do not exist. Needs no token; with RAILWAY_TOKEN it knows what Railway asks for now.

    Status 0: all is as it should be. 1: something is not. 2: nobody answers.

    Example: ops dns check --resolver 1.1.1.1:53 --resolver 8.8.8.8:53
    """
    from ops.dns import command  # noqa: PLC0415

    raise typer.Exit(command.check(_desk(None, railway_api, resolver), as_json=as_json))


@cli.command()
def export(
    *,
    form: Annotated[Form, typer.Option("--format", help="In whose form.")] = Form.BIND,
    as_json: AsJson = False,
    railway_api: RailwayApi = None,
) -> None:
    """Print the zone: a zone file that most providers import, octoDNS's YAML, a request to Cloudflare, or a table.

    What somebody has yet to tell is named in a comment of the zone file and below the table. Status 0, or 1.

    Example: ops dns export > example.org.zone
    """
    from ops.dns import command  # noqa: PLC0415

    raise typer.Exit(command.give(_desk(None, railway_api, None), form.value, as_json=as_json))


def _desk(api: str | None, railway_api: str | None, resolvers: list[str] | None) -> Callable[[], Desk]:
    from ops.dns.desk import Desk  # noqa: PLC0415

    return lambda: Desk(os.environ, api=api, railway_api=railway_api, resolvers=resolvers or ())


@cli.callback()
def callback() -> None:
    """The names of the house: plan, apply, check, export."""
    missing = [name for name in ("dns", "octodns", "octodns_bind", "octodns_cloudflare") if find_spec(name) is None]
    if missing:
        typer.echo(f"ops dns: {', '.join(missing)} is not installed. Install 'octatech-ops[dns]'.", err=True)
        raise typer.Exit(1)
