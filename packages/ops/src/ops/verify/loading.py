"""Loads a page as a browser does: the page, what it names, and what its style sheets name."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from ops.verify.client import Client
from ops.verify.page import Page

NAMED_IN_STYLES = re.compile(r"url\(\s*['\"]?([^'\")]+)")


class Loaded(NamedTuple):
    """`files` are the bytes on the way of each address, the page's own too; `seconds` until the last was there."""

    url: str
    seconds: float
    files: dict[str, int]

    @property
    def weight(self) -> int:
        return sum(self.files.values())

    def heaviest(self) -> str:
        return max(self.files, key=lambda url: self.files[url])


class Loader:
    """`known` files are fetched once: the second page of a visit has them in the cache."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.clock = clock
        self._known: dict[str, asyncio.Task[httpx.Response]] = {}

    async def load(self, url: str) -> Loaded:
        """Raises `Broken` when a part of it is not there."""
        began = self.clock()
        answer = await self._fetched(url)
        page = Page(url, answer.text)
        named = page.files | _in_styles(url, answer.text)
        parts = await asyncio.gather(*(self._fetched(part) for part in sorted(named)))
        deeper = {
            deep
            for part in parts
            if "css" in part.headers.get("content-type", "")
            for deep in _in_styles(str(part.request.url), part.text)
        } - named
        parts += await asyncio.gather(*(self._fetched(part) for part in sorted(deeper)))
        seconds = self.clock() - began
        files = {str(part.request.url): part.num_bytes_downloaded for part in (answer, *parts)}
        return Loaded(url, seconds, files)

    async def _fetched(self, url: str) -> httpx.Response:
        if url not in self._known:
            self._known[url] = asyncio.ensure_future(self.client.get(url))
        return await self._known[url]


def _in_styles(url: str, text: str) -> set[str]:
    return {urljoin(url, named) for named in NAMED_IN_STYLES.findall(text) if not named.startswith(("data:", "#"))}
