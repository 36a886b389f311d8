"""Checks of redirects: from http to https, from `www` to the site, from the blog's own host to where the blog is."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import httpx

from ops.verify.checks import Broken, Check, Door, Group, Lane, Skipped, alone
from ops.verify.client import Client
from ops.verify.page import Page

DEEP = "/privacy.html?from=verify"
PERMANENT = (301, 308)
ENFORCE = "Tick `Enforce HTTPS`: GitHub, Settings, Pages."
NO_TLS = "the house of a laptop has one host, without TLS"


class Redirects:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.target = client.target

    def lanes(self) -> list[Lane]:
        return alone(
            Group.REDIRECTS,
            [
                Check("http to https", "Whoever comes without TLS is led to the same place with it", self.secure),
                Check("posting without TLS", "Nothing that is sent without TLS is taken", self.posting),
                Check("www", "www leads to the same path of the site", self.www),
            ],
        ) + alone(
            Group.REDIRECTS, [Check("blog's host", "The blog's own host leads to the blog", self.blog)], (Door.SITE,)
        )

    async def secure(self) -> str:
        self._hosts_or_skip()
        site = urlsplit(self.target.site_url).netloc
        for host, fix in self._hosts_or_skip():
            answer = await self.client.get(f"http://{host}{DEEP}", expect=None)
            led = self._led(answer)
            allowed = {f"https://{host}{DEEP}"} | ({f"https://{site}{DEEP}"} if host == self._www else set())
            if answer.status_code not in PERMANENT or led not in allowed:
                said = f"leads to {led}" if led else f"answers {answer.status_code}"
                raise Broken(f"http://{host}{DEEP} {said}", f"It should lead to https://{host}{DEEP}. {fix}")
        return f"{len(self._hosts_or_skip())} hosts"

    async def posting(self) -> str:
        self._hosts_or_skip()
        url = f"http://{urlsplit(self.target.api_url).netloc}/api/leads"
        answer = await self.client.ask("POST", url, None, json={})
        if (not answer.is_redirect and answer.status_code < 400) or answer.status_code in (401, 422):
            raise Broken(f"POST {url} answers {answer.status_code}: what was sent without TLS has been read", RAILWAY)
        led = self._led(answer)
        if led and not led.startswith("https://"):
            raise Broken(f"POST {url} leads to {led}", RAILWAY)
        # A 301 turns the POST of most clients into a GET, which nobody takes for an enquiry.
        return f"{answer.status_code}{f' to {led}' if led else ''}"

    async def www(self) -> str:
        self._hosts_or_skip()
        answer = await self.client.get(f"{self.target.www_url}{DEEP}", expect=None)
        led, wanted = self._led(answer), f"{self.target.site_url}{DEEP}"
        if answer.status_code not in PERMANENT or led != wanted:
            said = f"leads to {led}" if led else f"answers {answer.status_code}"
            fix = "GitHub: Settings, Pages, the custom domain must be the one without www; both need their records."
            raise Broken(f"{self.target.www_url}{DEEP} {said}, not to {wanted}", fix)
        return f"{answer.status_code} to {wanted}"

    async def blog(self) -> str:
        """Where the blog is a path of the site; else its host serves it, and there is nothing to lead to."""
        self._hosts_or_skip()
        if self.target.facts.blog.placement == "subdomain":
            raise Skipped("the blog lives on its own host")
        old = self.target.blog_host_url
        archive = await self.client.get(f"{self.target.blog_url}/")
        posts = sorted(link for link in Page(str(archive.url), archive.text).links if self._is_post(link))
        for wanted in (f"{self.target.blog_url}/", *posts[:3]):
            url = old + wanted.removeprefix(self.target.blog_url)
            answer = await self.client.get(url, expect=None)
            led = self._led(answer) or Page(url, answer.text).refresh
            if led != wanted:
                said = f"leads to {led}" if led else f"answers {answer.status_code} and leads nowhere"
                fix = f"Run the workflow deploy-blog again; it fills {self.target.facts.pages.blog_repository}."
                raise Broken(f"{url} {said}, not to {wanted}", fix)
        return f"{old} to {self.target.blog_url}/"

    def _is_post(self, link: str) -> bool:
        path = urlsplit(link.removeprefix(self.target.blog_url)).path
        return link.startswith(f"{self.target.blog_url}/") and path.endswith("/") and path.count("/") == 2

    @property
    def _www(self) -> str:
        return urlsplit(self.target.www_url).netloc

    def _hosts_or_skip(self) -> list[tuple[str, str]]:
        """Hosts with https, each with what to do when it does not lead there."""
        if self.target.local:
            raise Skipped(NO_TLS)
        of_pages = dict.fromkeys((self.target.site_url, self.target.www_url, self.target.blog_host_url), ENFORCE)
        of_service = dict.fromkeys((self.target.api_url, self.target.crm_url), RAILWAY)
        return [(urlsplit(url).netloc, fix) for url, fix in (of_pages | of_service).items() if url]

    @staticmethod
    def _led(answer: httpx.Response) -> str:
        """Where a redirect leads, as a whole address; empty where it is none."""
        return urljoin(str(answer.request.url), answer.headers["location"]) if answer.is_redirect else ""


RAILWAY = "Railway's edge does this by itself; look for a proxy or a rule in front of it."
