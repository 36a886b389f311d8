"""The commands `ops dns …`."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli import AsJson, Yes
from ops.dns import ExportFormat, RiskKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.dns.context import DnsContext

Prune = Annotated[bool, typer.Option("--prune", help="Remove unrelated records.")]
Forced = Annotated[list[RiskKind] | None, typer.Option("--force", help="Allow this kind of risk; can be repeated.")]
Resolver = Annotated[list[str] | None, typer.Option("--resolver", metavar="HOST:PORT", help="Ask this server.")]
Api = Annotated[str | None, typer.Option(help="Another address of Cloudflare's API, for tests.")]
RailwayApi = Annotated[str | None, typer.Option(help="Another address of Railway's API, for tests.")]
cli = typer.Typer(no_args_is_help=True)


@cli.callback()
def callback() -> None:
    """Plan, apply, check and export the DNS zone."""
    missing = [name for name in ("dns", "octodns", "octodns_bind", "octodns_cloudflare") if find_spec(name) is None]
    if missing:
        typer.echo(f"Error: {', '.join(missing)} is not installed. Install 'octatech-ops[dns]'.", err=True)
        raise typer.Exit(1)


@cli.command()
def plan(
    *, prune: Prune = False, force: Forced = None, resolver: Resolver = None, as_json: AsJson = False,
    api: Api = None, railway_api: RailwayApi = None,
) -> None:  # fmt: skip
    """Show what `ops dns apply` would add, change and delete, and how dangerous each change is. Changes nothing.

    The zone is built from site.toml, and with RAILWAY_TOKEN from what Railway asks for now. The provider of
    site.toml is asked what is there: Cloudflare with CLOUDFLARE_TOKEN, or a name server (RFC 2136) with DNS_SERVER
    and DNS_KEY. Unrelated records are kept.

    Status 0: nothing to do. 2: changes are pending. 3: the plan is unsafe. 1: it cannot be made.

    Example: CLOUDFLARE_TOKEN=… ops dns plan
    """
    from ops.dns import command  # noqa: PLC0415

    context = _context(api, railway_api, resolver)
    raise typer.Exit(command.run_plan(context, prune=prune, allowed=force or (), as_json=as_json))


@cli.command()
def apply(
    *, yes: Yes = False, prune: Prune = False, force: Forced = None, resolver: Resolver = None,
    as_json: AsJson = False, api: Api = None, railway_api: RailwayApi = None,
) -> None:  # fmt: skip
    """Show the plan, ask, apply it, and read the zone back.

    Nothing is done when the zone was changed by somebody else while you looked. A second run has nothing to do.

    Status 0: the zone is as it should be. 2: you did not agree. 3: the plan is unsafe. 1: it failed.

    Examples: `ops dns apply` · `ops dns apply --yes --prune --force mail`
    """
    from ops.dns import command  # noqa: PLC0415

    context = _context(api, railway_api, resolver)
    raise typer.Exit(
        command.run_plan(
            context, prune=prune, allowed=force or (), as_json=as_json,
            confirm=lambda output, question: output.confirm(question, yes=yes),
        )
    )  # fmt: skip


@cli.command()
def check(*, resolver: Resolver = None, as_json: AsJson = False, railway_api: RailwayApi = None) -> None:
    """Ask whether the world sees the zone: every server of the zone, or the resolvers named here.

    For each record that is missing or differs it prints the exact values to paste. It also looks for wildcards and
    for aliases of hosts that do not exist. Needs no token; with RAILWAY_TOKEN it knows what Railway asks for now.

    Status 0: all is as it should be. 1: something differs. 2: nobody answers.

    Example: ops dns check --resolver 1.1.1.1:53 --resolver 8.8.8.8:53
    """
    from ops.dns import command  # noqa: PLC0415

    raise typer.Exit(command.check(_context(None, railway_api, resolver), as_json=as_json))


@cli.command()
def export(
    *, form: Annotated[ExportFormat, typer.Option("--format", help="The format.")] = ExportFormat.BIND,
    force: Forced = None, as_json: AsJson = False, railway_api: RailwayApi = None,
) -> None:  # fmt: skip
    """Print the zone: a zone file that most providers import, octoDNS's YAML, a request to Cloudflare, or a table.

    It refuses what `ops dns plan` refuses. A comment of the zone file and a line below the table name what is awaited.

    Status 0, or 1: a record is wrong. 3: a record is unsafe.

    Example: ops dns export > example.org.zone
    """
    from ops.dns import command  # noqa: PLC0415

    context = _context(None, railway_api, None)
    raise typer.Exit(command.export_zone(context, form, allowed=force or (), as_json=as_json))


def _context(api: str | None, railway_api: str | None, resolvers: list[str] | None) -> Callable[[], DnsContext]:
    from ops.dns.context import DnsContext  # noqa: PLC0415

    return lambda: DnsContext(os.environ, api=api, railway_api=railway_api, resolvers=resolvers or ())
