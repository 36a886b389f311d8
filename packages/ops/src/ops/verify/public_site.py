"""Checks of the public site: every page, every link on it, and what a static host can promise of safety."""

from __future__ import annotations

import asyncio
import re

from ops.verify.checks import Broken, Check
from ops.verify.client import PUBLISH, Client
from ops.verify.page import Page

KNOWN = ("/", "/privacy.html", "/terms.html", "/thanks.html", "/blog/")
FILES = ("/robots.txt", "/sitemap.xml", "/blog/rss.xml", "/favicon.ico")


class PublicSite:
    """Pages are fetched once and shared by the checks that read them."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = client.target.site_url
        self._pages: asyncio.Task[list[Page]] | None = None

    def at_home(self) -> Check:
        return Check("public site", "Somebody answers where the site should be", self.answers)

    def checks(self) -> list[Check]:
        return [
            Check("public pages", "Every page of the site map answers, with a title", self.pages),
            Check("public links", "Every link and file on these pages leads somewhere", self.links),
            Check("public policy", "Every page forbids scripts from elsewhere", self.policy),
            Check("public files", "Feeds, robots and icons are there, with their types", self.files),
            Check("missing page", "What is not there is told so, with status 404", self.missing),
        ]

    async def answers(self) -> str:
        await self.client.get(f"{self.url}/")
        return self.url

    async def pages(self) -> str:
        pages = await self._read()
        nameless = [page.url for page in pages if not page.title]
        if nameless:
            raise Broken(f"{nameless[0]} has no title", "Look at its template.")
        return f"{len(pages)} pages"

    async def links(self) -> str:
        pages = await self._read()
        links = {link: page.url for page in pages for link in page.links if link.startswith(self.url)}
        answers = await asyncio.gather(*(self.client.get(link, expect=None) for link in links))
        for link, answer in zip(links, answers, strict=True):
            if answer.status_code not in (200, 301):
                raise Broken(f"{link} answers {answer.status_code}; {links[link]} links to it", "Mend the link.")
        return f"{len(links)} links"

    async def policy(self) -> str:
        for page in await self._read():
            if "default-src" not in page.policy:
                raise Broken(f"{page.url} states no content policy", "Pages sends no headers: look at packages/web.")
            scripts = re.search(r"script-src([^;]*)", page.policy)
            if "unsafe-inline" in (scripts.group(1) if scripts else page.policy):
                raise Broken(f"{page.url} allows inline scripts", "Name them by their hashes.")
        return "stated on every page"

    async def files(self) -> str:
        for path in FILES:
            answer = await self.client.get(self.url + path)
            if not answer.content or "html" in answer.headers["content-type"]:
                raise Broken(
                    f"{self.url}{path} is {answer.headers['content-type']} of {len(answer.content)} bytes", PUBLISH
                )
        return f"{len(FILES)} files"

    async def missing(self) -> str:
        answer = await self.client.get(f"{self.url}/no-such-page", expect=None)
        if answer.status_code != 404:
            fix = "Is 404.html built, and does nothing in front answer in its place?"
            raise Broken(f"{answer.request.url} answers {answer.status_code}, not 404", fix)
        if not Page(str(answer.url), answer.text).title:
            raise Broken("The page for missing pages has no title", "Is 404.html built?")
        return "404, in the site's own look"

    async def _read(self) -> list[Page]:
        if self._pages is None:
            self._pages = asyncio.ensure_future(self._fetch())
        return await self._pages

    async def urls(self) -> list[str]:
        """Every page that the site map names, and those that it need not."""
        listed = re.findall(r"<loc>\s*([^<\s]+)\s*</loc>", (await self.client.get(f"{self.url}/sitemap.xml")).text)
        if not listed:
            raise Broken("The site map lists no page", PUBLISH)
        elsewhere = [url for url in listed if not url.startswith(self.url)]
        if elsewhere:
            raise Broken(
                f"The site map names {elsewhere[0]}, which is another site", "It was built for another address."
            )
        return sorted({*listed, *(self.url + path for path in KNOWN)})

    async def _fetch(self) -> list[Page]:
        urls = await self.urls()
        answers = await asyncio.gather(*(self.client.get(url) for url in urls))
        return [Page(url, answer.text) for url, answer in zip(urls, answers, strict=True)]
