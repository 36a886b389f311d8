"""Numbers of pages that open the rows they count."""

from __future__ import annotations

import html
import re

import httpx


def read_numbers(page: str) -> list[tuple[str, int]]:
    """The URL and number of every link that carries a number."""
    main = page[page.index("<main") : page.index("</main>")]
    found = re.findall(r'<a\b(?=[^>]*data-count="(\d+)")[^>]*href="([^"]+)"', main)
    return [(html.unescape(href), int(number)) for number, href in found]


async def count_rows(client: httpx.AsyncClient, url: str) -> int:
    found = re.search(r'data-total="(\d+)"', (await client.get(url)).text)
    return int(found[1]) if found else 0
