"""Turns the URLs of a post into absolute ones, because feed readers show it outside the site."""

from __future__ import annotations

import re

_TAG = re.compile(r"<[a-z][^>]*>")
_URL_ATTRIBUTE = re.compile(r'\b(href|src|srcset)="([^"]*)"')


def make_urls_absolute(html: str, origin: str, page_url: str) -> str:
    """Returns the markup with absolute URLs. Paths start at `origin`, anchors belong to `page_url`."""

    def complete(url: str) -> str:
        if url.startswith("#"):
            return page_url + url
        return origin + url if url.startswith("/") and not url.startswith("//") else url

    def replace(match: re.Match[str]) -> str:
        if match[1] == "srcset":
            return f'srcset="{", ".join(complete(candidate) for candidate in match[2].split(", "))}"'
        return f'{match[1]}="{complete(match[2])}"'

    return _TAG.sub(lambda tag: _URL_ATTRIBUTE.sub(replace, tag[0]), html)
