"""The command `ops init`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

Text = str | None
KEYS = {
    "name": "organization.name",
    "legal_name": "organization.legal_name",
    "tagline": "organization.tagline",
    "email": "organization.email",
    "language": "organization.language",
    "time_zone": "organization.time_zone",
    "currency": "organization.currency",
    "founded": "organization.founded",
    "domain": "domains.site",
    "www": "domains.www",
    "blog_domain": "domains.blog",
    "api_domain": "domains.api",
    "crm_domain": "domains.crm",
    "branch": "repository.branch",
    "pages_owner": "pages.owner",
    "blog_repository": "pages.blog_repository",
    "blog_placement": "blog.placement",
    "blog_title": "blog.title",
    "blog_description": "blog.description",
    "author": "blog.author",
    "booking": "links.booking",
}


def init(
    *,
    name: Annotated[Text, typer.Option(help="What the organization is called.")] = None,
    legal_name: Annotated[Text, typer.Option(help="Its full name, for privacy, terms and the license.")] = None,
    tagline: Annotated[Text, typer.Option(help="What it does, in one line.")] = None,
    domain: Annotated[Text, typer.Option(help="Domain of the site; the other hosts follow it.")] = None,
    www: Annotated[Text, typer.Option(help="Another name than www.DOMAIN.")] = None,
    blog_domain: Annotated[Text, typer.Option(help="Another name than blog.DOMAIN.")] = None,
    api_domain: Annotated[Text, typer.Option(help="Another name than api.DOMAIN.")] = None,
    crm_domain: Annotated[Text, typer.Option(help="Another name than crm.DOMAIN.")] = None,
    email: Annotated[Text, typer.Option(help="Address that the site shows; hello@DOMAIN.")] = None,
    language: Annotated[Text, typer.Option(help="Language tag of the words, as en-US.")] = None,
    time_zone: Annotated[Text, typer.Option(help="As Europe/Oslo.")] = None,
    currency: Annotated[Text, typer.Option(help="As NOK.")] = None,
    founded: Annotated[Text, typer.Option(help="Year; this one for another house.")] = None,
    repository: Annotated[Text, typer.Option(help="OWNER/NAME on GitHub; git's origin for another house.")] = None,
    branch: Annotated[Text, typer.Option(help="The branch that is released.")] = None,
    pages_owner: Annotated[Text, typer.Option(help="Who publishes on Pages; the repository's owner.")] = None,
    blog_repository: Annotated[Text, typer.Option(help="Repository of the blog's own host.")] = None,
    blog_placement: Annotated[Text, typer.Option(help="path: below the site. subdomain: on the blog's host.")] = None,
    blog_title: Annotated[Text, typer.Option(help="Title of the blog.")] = None,
    blog_description: Annotated[Text, typer.Option(help="What the blog is about, in one line.")] = None,
    author: Annotated[Text, typer.Option(help="Who writes, where a note does not say.")] = None,
    booking: Annotated[Text, typer.Option(help="Address where a call is booked, or none.")] = None,
    accent: Annotated[
        Text, typer.Option(help="One color, as #0f766e, that links and buttons are made of, in light and dark.")
    ] = None,
    color: Annotated[
        list[str] | None, typer.Option(help="One color of tokens.css: NAME=COLOR or NAME:dark=COLOR. May be repeated.")
    ] = None,
    fresh_content: Annotated[
        bool,
        typer.Option("--fresh-content", help="Remove the notes that came with the house; else they stay as yours."),
    ] = False,
    todo: Annotated[bool, typer.Option("--todo", help="Change nothing; say what is left to do by hand.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document; changes only with --yes.")] = False,
) -> None:
    """Make this fork yours: name, domains, repository, colors. Without options it asks.

    Shows which files change, old and new, and waits for a yes. What followed from a fact that changes follows it
    still: hello@old becomes hello@new, api.old becomes api.new. Rewrites site.toml (comments and order stay), the
    title of README.md, the holders in LICENSE (the first one is kept, as the license asks), the colors of tokens.css,
    and draws the mark in them. A color that could not be read is refused with its contrast and the nearest that can.
    The same command twice changes nothing.

    Status: 0 the files are as wished, or the plan was only to be shown. 1 something is wrong, or nobody said yes;
    then nothing was changed.

    Examples:

      ops init

      ops init --name Fjordlight --domain fjordlight.example --repository ada/fjordlight --accent '#0f766e' --dry-run

      ops init --todo
    """
    given = locals()
    from ops.init import command  # noqa: PLC0415 each command loads what it needs
    from ops.init.deciding import NONE  # noqa: PLC0415
    from ops.init.plan import Wishes  # noqa: PLC0415

    if todo:
        raise typer.Exit(command.tell_todo(as_json=as_json))
    facts = {key: given[option] for option, key in KEYS.items() if given[option] is not None}
    if facts.get("links.booking") == NONE:
        facts["links.booking"] = ""
    if repository is not None:
        facts["repository.owner"], _, facts["repository.name"] = repository.partition("/")
    wishes = Wishes(facts, accent, tuple(color or ()), fresh_content)
    manner = command.Manner(yes, dry_run, as_json)
    raise typer.Exit(command.run(wishes, manner, now=datetime.now(UTC)))
