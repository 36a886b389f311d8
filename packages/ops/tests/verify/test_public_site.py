"""Each way in which a public page goes wrong is told by exactly one check."""

from __future__ import annotations

import pytest
from lookalike.edge import Answer
from verify.walking import asked, the_broken_one

from ops.verify.checks import Group, State

SITE = "octatech.xyz"
GONE = Answer(404, [("content-type", "text/html; charset=utf-8"), ("content-length", "0")])
PAGE = b"""<!doctype html><title>A page</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><p>Words."""


def at(path: str, change):
    """What becomes of one address of the site."""

    def alter(asked, answer: Answer) -> Answer:
        mine = (asked.scheme, asked.host, asked.path) == ("https", SITE, path)
        return change(answer) if mine else answer

    return alter


def says(body: bytes):
    return lambda answer: answer.saying(body)


BREAKAGES = {
    "a page without a title": (
        at("/privacy.html", says(PAGE.replace(b"<title>A page</title>", b""))),
        "public pages",
        "https://octatech.xyz/privacy.html has no title",
        "template",
    ),
    "a link to nothing": (
        at("/privacy.html", says(PAGE + b'<a href="/prices.html">Prices</a>')),
        "public links",
        "https://octatech.xyz/prices.html answers 404; https://octatech.xyz/privacy.html links to it",
        "Mend the link.",
    ),
    "a page without a policy": (
        at("/terms.html", says(b"<title>Terms</title>")),
        "public policy",
        "https://octatech.xyz/terms.html states no content policy",
        "packages/web",
    ),
    "a page that runs anything": (
        at("/terms.html", says(PAGE.replace(b"'none'", b"'none'; script-src 'unsafe-inline'"))),
        "public policy",
        "https://octatech.xyz/terms.html allows inline scripts",
        "hashes",
    ),
    "no robots.txt": (at("/robots.txt", lambda answer: GONE), "public files", "robots.txt answers 404", "make build"),
    "a feed that is a page": (
        at("/blog/rss.xml", lambda answer: answer.having("content-type", "text/html")),
        "public files",
        "https://octatech.xyz/blog/rss.xml is text/html",
        "make build",
    ),
    "whatever is not there is well": (
        at("/no-such-page", lambda answer: answer._replace(status=200)),
        "missing page",
        "answers 200, not 404",
        "404.html",
    ),
}


@pytest.mark.parametrize(("alter", "name", "said", "fix"), BREAKAGES.values(), ids=BREAKAGES)
async def test_exactly_the_check_that_watches_it_is_red(lookalike, alter, name, said, fix):
    lookalike.edge.alter = alter
    broken = await the_broken_one(lookalike, Group.SITE)
    assert broken.name == name
    assert said in broken.detail
    assert fix in broken.hint


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (at("/privacy.html", lambda answer: GONE), "https://octatech.xyz/privacy.html answers 404"),
        (at("/sitemap.xml", says(b"<urlset></urlset>")), "The site map lists no page"),
        (
            at("/sitemap.xml", says(b"<loc>http://localhost:8080/</loc>")),
            "The site map names http://localhost:8080/, which is another site",
        ),
    ],
    ids=["a page that is gone", "an empty site map", "another site's map"],
)
async def test_where_pages_cannot_be_read_all_that_need_them_say_why(lookalike, alter, said):
    lookalike.edge.alter = alter
    found = await asked(lookalike, Group.SITE)
    broken = {name: result for name, result in found.items() if result.state is State.BROKEN}
    assert {"public pages", "public links", "public policy"} <= set(broken)
    assert all(said in broken[name].detail and broken[name].hint for name in ("public pages", "public links"))
