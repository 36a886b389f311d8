"""Checks of headers, graded for each host against what that host can reach."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from ops.verify.checks import Broken, Check, Door, Group, Lane, Skipped
from ops.verify.client import Client
from ops.verify.observatory import Seen, graded
from ops.verify.page import Page

STRANGER = "https://stranger.example"
MOST_HOPS = 5
# GitHub Pages sends no headers of ours: what these cost is the host's, and the page can do nothing about it.
COSTS_OF_PAGES = frozenset({"strict-transport-security", "x-content-type-options", "x-frame-options"})
PAGES_FIX = "Pages sends no headers of ours, so the page must state it: look at packages/web/partials/shell.html."
SERVICE_FIX = "Look at kernel/http/headers.py, and at CRM_BASE_URL: only where it begins with https:// is HSTS sent."


class Graded(NamedTuple):
    """`url` is what stands for the host, `best` the grade that it can reach, `costs` what it cannot help losing."""

    door: Door
    name: str
    url: str
    best: str
    costs: frozenset[str]
    fix: str


def lanes(client: Client) -> list[Lane]:
    target = client.target
    hosts = [
        Graded(Door.SITE, "grade of the site", f"{target.site_url}/", "C", COSTS_OF_PAGES, PAGES_FIX),
        Graded(Door.SITE, "grade of the blog's host", f"{target.blog_host_url}/", "C", COSTS_OF_PAGES, PAGES_FIX),
        Graded(Door.SERVICE, "grade of the CRM", f"{target.crm_url}/sign-in", "A+", frozenset(), SERVICE_FIX),
        Graded(Door.SERVICE, "grade of the API", f"{target.api_url}/api/v1/live", "A+", frozenset(), SERVICE_FIX),
    ]
    return [Lane(Group.HEADERS, (_check(client, host),), (host.door,)) for host in hosts]


def _check(client: Client, host: Graded) -> Check:
    async def run() -> str:
        if client.target.local:
            raise Skipped("grades are for hosts with TLS")
        grade = graded(await _seen(client, host.url))
        lost = [mark for mark in grade.lost if mark.topic not in host.costs]
        if lost:
            said = "; ".join(f"{mark.why} ({mark.points})" for mark in sorted(lost, key=lambda mark: mark.points))
            raise Broken(
                f"{host.url} gets {grade.letter} ({grade.score}) where it could get {host.best}: {said}", host.fix
            )
        return f"{grade.letter} ({grade.score})"

    return Check(host.name, f"MDN's Observatory would give it {host.best}, the best that this host can reach", run)


async def _seen(client: Client, url: str) -> Seen:
    answer = await client.get(url, headers={"origin": STRANGER})
    page = Page(url, answer.text) if "html" in answer.headers.get("content-type", "") else None
    return Seen(
        url=url,
        headers={name.lower(): value for name, value in answer.headers.items()},
        cookies=answer.headers.get_list("set-cookie"),
        page=page,
        hops=await _hops(client, f"http://{urlsplit(url).netloc}/"),
    )


async def _hops(client: Client, url: str) -> list[str]:
    """The way of a visitor who begins without TLS; nothing where nobody listens there."""
    way = [url]
    while len(way) <= MOST_HOPS:
        try:
            answer = await client.get(way[-1], expect=None)
        except Broken:
            return way if len(way) > 1 else []
        if not answer.is_redirect:
            break
        way.append(urljoin(way[-1], answer.headers["location"]))
    return way
