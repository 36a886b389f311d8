"""Turns the URLs of a post into absolute ones, because feed readers show it outside the site."""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import urljoin

_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+)"""
_TAG = re.compile(rf"<[a-zA-Z][^\s<>/]*(?:\s+[^\s\"'<>/=]+(?:\s*=\s*{_VALUE})?|\s*/)*\s*>")
_ATTRIBUTE = re.compile(rf"(\s)([^\s\"'<>/=]+)(?:\s*=\s*({_VALUE}))?")
_URL_ATTRIBUTES = {"action", "background", "cite", "data", "formaction", "href", "longdesc", "poster", "src", "srcset"}
_URL_ATTRIBUTES |= {"imagesrcset", "xlink:href"}
_CANDIDATE = re.compile(r"\s*(\S*[^\s,])(\s+[\d.]+[wx])?\s*(?:,\s*|$)")
_RELATIVE = re.compile(r"(?![a-z][a-z0-9+.-]*:)", re.IGNORECASE)


def make_urls_absolute(html: str, origin: str, page_url: str) -> str:
    """Returns the markup with absolute URLs. They are completed as a browser completes them on `page_url`.

    `origin` is the scheme and host of the site.
    """

    def complete(url: str) -> str:
        text = url.strip()
        if not _RELATIVE.match(text):
            return url
        try:
            return urljoin(page_url or origin, text)
        except ValueError:
            return url

    def replace(match: re.Match[str]) -> str:
        name, value = match[2].lower(), match[3]
        if name not in _URL_ATTRIBUTES or not value:
            return match[0]
        value = unescape(value[1:-1] if value[0] in "\"'" else value)
        if name.endswith("srcset"):
            value = ", ".join(complete(url) + size for url, size in _CANDIDATE.findall(value))
        else:
            value = complete(value)
        return f'{match[1]}{match[2]}="{escape(value)}"'

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(replace, tag[0]), html)
