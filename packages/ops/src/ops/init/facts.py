"""The facts that `ops init` asks for, and which of them follow from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ops.init import validation as check

Facts = dict[str, str]
"""Values of `site.toml` by their key, such as `organization.name`."""


class Fact(NamedTuple):
    """`option` sets the fact and `question` asks for it; a fact without them always follows from others.

    `follows` names facts whose old value, where it stands in this one, is replaced by their new one. `same_as` names
    the fact that this one equals unless it is given. `check` returns what is wrong with a value.
    """

    key: str
    option: str
    question: str
    check: Callable[[str], str]
    follows: tuple[str, ...] = ()
    same_as: str = ""


SITE, NAME = ("domains.site",), ("organization.name",)
FACTS: Final = (
    Fact("organization.name", "--name", "What the organization is called", check.check_name),
    Fact("organization.legal_name", "--legal-name", "Its full name, for privacy, terms and the license",
         check.check_line, same_as="organization.name"),
    Fact("organization.tagline", "--tagline", "What it does, in one line", check.check_line),
    Fact("domains.site", "--domain", "Domain of the site", check.check_domain),
    Fact("domains.www", "--www", "The name that redirects to it", check.check_domain, SITE),
    Fact("domains.blog", "--blog-domain", "Domain of the blog", check.check_domain, SITE),
    Fact("domains.api", "--api-domain", "Domain of the API", check.check_domain, SITE),
    Fact("domains.crm", "--crm-domain", "Domain of the CRM", check.check_domain, SITE),
    Fact("organization.email", "--email", "E-mail address that the site shows", check.check_email, SITE),
    Fact("organization.language", "--language", "Language tag of the words, as en-US", check.check_language),
    Fact("organization.time_zone", "--time-zone", "Time zone, as Europe/Oslo", check.check_time_zone),
    Fact("organization.currency", "--currency", "Currency, as NOK", check.check_currency),
    Fact("organization.founded", "--founded", "Year of foundation", check.check_year),
    Fact("repository.owner", "--repository", "Owner of the repository on GitHub", check.check_owner),
    Fact("repository.name", "--repository", "Name of the repository", check.check_repository, SITE),
    Fact("repository.branch", "--branch", "The branch that is released", check.check_branch),
    Fact("pages.owner", "--pages-owner", "Who publishes on Pages", check.check_owner, same_as="repository.owner"),
    Fact("pages.host", "", "", check.check_domain, ("pages.owner",)),
    Fact("pages.blog_repository", "--blog-repository", "Repository of the blog's own host", check.check_repository,
         ("domains.blog",)),
    Fact("blog.placement", "--blog-placement", "Blog below the site (path) or on a host of its own (subdomain)",
         check.check_placement),
    Fact("blog.title", "--blog-title", "Title of the blog", check.check_line, NAME),
    Fact("blog.description", "--blog-description", "What the blog is about, in one line", check.check_line, NAME),
    Fact("blog.author", "--author", "Author of posts that name none", check.check_line, same_as="organization.name"),
    Fact("links.booking", "--booking", "URL where a call is booked, or none", check.check_booking),
    Fact("links.source", "", "", check.check_url, ("repository.owner", "repository.name")),
)  # fmt: skip
BY_KEY: Final = {fact.key: fact for fact in FACTS}
IDENTITY: Final = ("organization.name", "domains.site", "repository.owner", "repository.name")
"""What an owner is known by. Earlier ones are looked for first inside other facts."""


def is_new_owner(current: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Returns whether another organization takes over, and not the same one with another name or domain."""
    return all(current[key] != new[key] for key in ("organization.name", "domains.site"))
