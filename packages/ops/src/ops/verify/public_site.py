"""Checks of the public site: every page, every link on it, and what a static host can promise of safety."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from ops.verify.checks import Group, check, require
from ops.verify.context import PUBLISH, VerifyContext

KNOWN = ("/", "/privacy.html", "/terms.html", "/thanks.html", "/blog/")
FILES = ("/robots.txt", "/sitemap.xml", "/blog/rss.xml", "/favicon.ico")
LOADED_RELS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


class Form(NamedTuple):
    """`fields` are the names that a browser sends, each with its first value."""

    action: str
    method: str
    fields: dict[str, str]


class Page(HTMLParser):
    """`files` are loaded by every browser that opens the page. `refresh` is where it leads by itself.

    `scripts` are the URLs of scripts with their integrity, `stated` the meta elements by their names.
    """

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url, self.title, self._in_title = url, "", False
        self.stated: dict[str, str] = {}
        self.links: set[str] = set()
        self.files: set[str] = set()
        self.scripts: dict[str, str] = {}
        self.forms: list[Form] = []
        self.feed(text)
        self.close()
        self.policy = self.stated.get("content-security-policy", "")
        refresh = self.stated.get("refresh", "").partition("=")[2].strip(" '\"")
        self.refresh = urljoin(url, refresh) if refresh else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        source, target, rels = values.get("src", ""), values.get("href", ""), set(values.get("rel", "").split())
        if not rels & {"preconnect", "dns-prefetch"}:
            self.links |= {self._join(each) for each in (source, target) if each}
        loaded = source if tag in ("img", "script") and values.get("loading") != "lazy" else ""
        loaded = target if tag == "link" and LOADED_RELS & rels else loaded
        if loaded and not loaded.startswith("data:"):
            self.files.add(self._join(loaded))
        self._in_title = self._in_title or (tag == "title" and not self.title)
        if tag == "meta":
            self.stated[values.get("http-equiv", values.get("name", "")).lower()] = values.get("content", "")
        elif tag == "script" and source:
            self.scripts[source] = values.get("integrity", "")
        elif tag == "form":
            self.forms.append(Form(self._join(values.get("action", "")), values.get("method", "get").lower(), {}))
        elif tag in ("input", "select", "textarea") and self.forms and values.get("name"):
            self.forms[-1].fields.setdefault(values["name"], values.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        self.title += data.strip() if self._in_title else ""

    def _join(self, address: str) -> str:
        return urldefrag(urljoin(self.url, address)).url


@check(Group.SITE, "public site", "A server answers where the site should be")
async def site_answers(context: VerifyContext) -> str:
    await context.get(f"{context.target.site_url}/")
    return context.target.site_url


site_check = partial(check, Group.SITE, needs=(site_answers,))


@site_check("public pages", "Every page of the site map answers, with a title")
async def check_pages(context: VerifyContext) -> str:
    pages = await context.once(load_pages)
    for page in pages:
        require(page.title, f"{page.url} has no title", "Look at its template.")
    return f"{len(pages)} pages"


@site_check("public links", "Every link and file on these pages leads somewhere")
async def check_links(context: VerifyContext) -> str:
    pages = await context.once(load_pages)
    sources = {link: page.url for page in pages for link in page.links if link.startswith(context.target.site_url)}
    statuses = await asyncio.gather(*map(context.get_status, sources))
    for (link, source), status in zip(sources.items(), statuses, strict=True):
        require(status in (200, 301), f"{link} answers {status}; {source} links to it", "Fix the link.")
    return f"{len(sources)} links"


@site_check("public policy", "Every page forbids scripts from elsewhere")
async def check_policy(context: VerifyContext) -> str:
    for page in await context.once(load_pages):
        hint = "Pages sends no headers: look at packages/web."
        require("default-src" in page.policy, f"{page.url} states no content policy", hint)
        scripts = re.search(r"script-src([^;]*)", page.policy)
        inline = "unsafe-inline" in (scripts[1] if scripts else page.policy)
        require(not inline, f"{page.url} allows inline scripts", "Name them by their hashes.")
    return "stated on every page"


@site_check("public files", "Feeds, robots and icons exist, with their types")
async def check_files(context: VerifyContext) -> str:
    for path in FILES:
        response = await context.get(context.target.site_url + path)
        kind, size = response.headers["content-type"], len(response.content)
        require(size and "html" not in kind, f"{response.request.url} is {kind} of {size} bytes", PUBLISH)
    return f"{len(FILES)} files"


@site_check("missing page", "A page that does not exist is answered with status 404 and a page")
async def check_missing_page(context: VerifyContext) -> str:
    response = await context.get(f"{context.target.site_url}/no-such-page", expect=None)
    hint = "Is 404.html built, and does nothing in front answer in its place?"
    require(response.status_code == 404, f"{response.request.url} answers {response.status_code}, not 404", hint)
    require(Page(str(response.url), response.text).title, "The page for missing pages has no title", hint)
    return "404, in the site's own design"


async def load_pages(context: VerifyContext) -> list[Page]:
    urls = await context.once(list_urls)
    responses = await asyncio.gather(*(context.once(VerifyContext.get, url) for url in urls))
    return [Page(url, response.text) for url, response in zip(urls, responses, strict=True)]


async def list_urls(context: VerifyContext) -> list[str]:
    """Returns every page that the site map names, and those that it need not name."""
    site_url = context.target.site_url
    listed = re.findall(r"<loc>\s*([^<\s]+)\s*</loc>", (await context.get(f"{site_url}/sitemap.xml")).text)
    require(listed, "The site map lists no page", PUBLISH)
    for url in listed:
        ours = url.startswith(site_url)
        require(ours, f"The site map names {url}, which is another site", "It was built for another address.")
    return sorted({*listed, *(site_url + path for path in KNOWN)})
