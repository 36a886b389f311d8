"""What is watched: the addresses that `site.toml` names, or those of the house on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from house.site import Site


class Target(msgspec.Struct, frozen=True):
    """`answers` says what a good answer is: a whole page, or a health document that is ok (of `commit`, if given)."""

    key: str
    name: str
    url: str
    answers: Literal["page", "health"] = "page"
    commit: str = ""


def production(site: Site, commit: str = "") -> list[Target]:
    """The public addresses. `commit` is the one that the API must say it runs; empty lets it run any."""
    return _of(site.url, site.blog_url, site.api_url, site.crm_url, commit)


def local(environ: Mapping[str, str], commit: str = "") -> list[Target]:
    """The addresses of the house that `make run` brought up."""
    from ops.verify import target  # noqa: PLC0415 only a laptop has one

    house = target.local(environ)
    return _of(house.site_url, house.blog_url, house.crm_url, house.crm_url, commit)


def _of(site_url: str, blog_url: str, api_url: str, crm_url: str, commit: str) -> list[Target]:
    return [
        Target("site", "Landing page", f"{site_url}/"),
        Target("blog", "Blog", f"{blog_url}/"),
        Target("api", "API", f"{api_url}/api/v1/health", "health", commit),
        Target("crm", "CRM sign-in", f"{crm_url}/sign-in"),
    ]
