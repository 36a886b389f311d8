"""Each way in which a public page goes wrong fails exactly one check."""

from __future__ import annotations

import pytest
from fake_production.edge import Response
from verify import running_checks
from verify.running_checks import Change, find_only_failure, run_group

from ops.verify.checks import Group, State

SITE = "octatech.xyz"
GONE = Response(404, [("content-type", "text/html; charset=utf-8"), ("content-length", "0")])
PAGE = b"""<!doctype html><title>A page</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><p>Words."""


def at(path: str, change: Change):
    """Changes one address of the site."""
    return running_checks.at(path, change, url=f"https://{SITE}")


def say(body: bytes) -> Change:
    return lambda it: it.with_body(body)


BREAKAGES = {
    "a page without a title": (
        at("/privacy.html", say(PAGE.replace(b"<title>A page</title>", b""))),
        "public pages",
        "https://octatech.xyz/privacy.html has no title",
        "template",
    ),
    "a link to nothing": (
        at("/privacy.html", say(PAGE + b'<a href="/prices.html">Prices</a>')),
        "public links",
        "https://octatech.xyz/prices.html answers 404; https://octatech.xyz/privacy.html links to it",
        "Fix the link.",
    ),
    "a page without a policy": (
        at("/terms.html", say(b"<title>Terms</title>")),
        "public policy",
        "https://octatech.xyz/terms.html states no content policy",
        "packages/web",
    ),
    "a page that runs anything": (
        at("/terms.html", say(PAGE.replace(b"'none'", b"'none'; script-src 'unsafe-inline'"))),
        "public policy",
        "https://octatech.xyz/terms.html allows inline scripts",
        "hashes",
    ),
    "no robots.txt": (at("/robots.txt", lambda it: GONE), "public files", "robots.txt answers 404", "make build"),
    "a feed that is a page": (
        at("/blog/rss.xml", lambda it: it.with_header("content-type", "text/html")),
        "public files",
        "https://octatech.xyz/blog/rss.xml is text/html",
        "make build",
    ),
    "whatever is not there is well": (
        at("/no-such-page", lambda it: it._replace(status=200)),
        "missing page",
        "answers 200, not 404",
        "404.html",
    ),
}


@pytest.mark.parametrize(("alter", "name", "detail", "hint"), BREAKAGES.values(), ids=BREAKAGES)
async def test_exactly_the_check_that_watches_it_fails(fake_production, alter, name, detail, hint):
    fake_production.edge.alter = alter
    failed = await find_only_failure(fake_production, Group.SITE)
    assert failed.name == name
    assert detail in failed.detail
    assert hint in failed.hint


@pytest.mark.parametrize(
    ("alter", "detail"),
    [
        (at("/privacy.html", lambda it: GONE), "https://octatech.xyz/privacy.html answers 404"),
        (at("/sitemap.xml", say(b"<urlset></urlset>")), "The site map lists no page"),
        (
            at("/sitemap.xml", say(b"<loc>http://localhost:8080/</loc>")),
            "The site map names http://localhost:8080/, which is another site",
        ),
    ],
    ids=["a page that is gone", "an empty site map", "another site's map"],
)
async def test_where_pages_cannot_be_read_every_check_that_needs_them_says_why(fake_production, context, alter, detail):
    fake_production.edge.alter = alter
    results = await run_group(context, Group.SITE)
    failed = {name: result for name, result in results.items() if result.state is State.FAILED}
    assert {"public pages", "public links", "public policy"} <= set(failed)
    assert all(detail in failed[name].detail and failed[name].hint for name in ("public pages", "public links"))
