"""The facts that `ops init` knows how to ask for, and which of them follow from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ops.init import judging

Facts = dict[str, str]
"""Values of `site.toml` by their place in it, such as `organization.name`."""


class Fact(NamedTuple):
    """`follows` names facts whose old value, where it stands in this one, gives way to their new one.

    `takes` names the fact that this one is the same as, unless it is told apart.
    """

    key: str
    flag: str
    ask: str
    wrong: Callable[[str], str]
    follows: tuple[str, ...] = ()
    takes: str = ""


FACTS: Final = (
    Fact("organization.name", "--name", "What is the organization called?", judging.name),
    Fact(
        "organization.legal_name", "--legal-name", "Its full name, for privacy and terms", judging.line,
        takes="organization.name",
    ),
    Fact("organization.tagline", "--tagline", "What it does, in one line", judging.line),
    Fact("domains.site", "--domain", "Domain of the site", judging.domain),
    Fact("domains.www", "--www", "The name that leads to it", judging.domain, ("domains.site",)),
    Fact("domains.blog", "--blog-domain", "Domain of the blog", judging.domain, ("domains.site",)),
    Fact("domains.api", "--api-domain", "Domain of the API", judging.domain, ("domains.site",)),
    Fact("domains.crm", "--crm-domain", "Domain of the CRM", judging.domain, ("domains.site",)),
    Fact("organization.email", "--email", "E-mail address that the site shows", judging.email, ("domains.site",)),
    Fact("organization.language", "--language", "Language tag of the words", judging.language),
    Fact("organization.time_zone", "--time-zone", "Time zone", judging.time_zone),
    Fact("organization.currency", "--currency", "Currency", judging.currency),
    Fact("organization.founded", "--founded", "Founded in", judging.year),
    Fact("repository.owner", "--repository", "Owner of the repository on GitHub", judging.owner),
    Fact("repository.name", "--repository", "Name of the repository", judging.repository, ("domains.site",)),
    Fact("repository.branch", "--branch", "Branch that is released", judging.branch),
    Fact("pages.owner", "--pages-owner", "Who publishes on Pages", judging.owner, takes="repository.owner"),
    Fact("pages.host", "", "", judging.domain, ("pages.owner",)),
    Fact(
        "pages.blog_repository", "--blog-repository", "Repository of the blog's own host", judging.repository,
        ("domains.blog",),
    ),
    Fact("blog.placement", "--blog-placement", "Blog below the site (path) or on a host of its own (subdomain)?",
         judging.placement),
    Fact("blog.title", "--blog-title", "Title of the blog", judging.line, ("organization.name",)),
    Fact("blog.description", "--blog-description", "What it is about", judging.line, ("organization.name",)),
    Fact("blog.author", "--author", "Who writes, where a note does not say", judging.line, takes="organization.name"),
    Fact("links.booking", "--booking", "Where a call is booked (https://…, or none)", judging.booking),
    Fact("links.source", "", "", judging.address, ("repository.owner", "repository.name")),
)  # fmt: skip
BY_KEY: Final = {fact.key: fact for fact in FACTS}
IDENTITY: Final = ("organization.name", "domains.site", "repository.owner", "repository.name")
"""What people know a house by; in the order in which one is looked for inside other facts."""


def changed(key: str, now: Mapping[str, str], new: Mapping[str, str]) -> bool:
    return now[key] != new[key]


def takeover(now: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether this is another house, not the same one with another name or another domain."""
    return changed("organization.name", now, new) and changed("domains.site", now, new)
