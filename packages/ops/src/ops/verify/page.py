"""Reads what a check needs from a page: its title, its policies, its links, what it loads, and its forms."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

LOADED_RELS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


class Form:
    """`fields` are the names a browser would send, each with its first value."""

    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.fields: dict[str, str] = {}


class Script(NamedTuple):
    """`url` is empty for one that stands in the page."""

    url: str
    integrity: str


class Page(HTMLParser):
    """`files` are loaded by every browser that opens the page; `refresh` is where it leads by itself."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url = url
        self.title = ""
        self.policy = ""
        self.referrer = ""
        self.refresh = ""
        self.links: set[str] = set()
        self.files: set[str] = set()
        self.scripts: list[Script] = []
        self.forms: list[Form] = []
        self._in_title = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_title = self._in_title or (tag == "title" and not self.title)
        if tag == "meta":
            self._meta(given)
        if tag == "form":
            self.forms.append(Form(urljoin(self.url, given.get("action", "")), given.get("method", "get").lower()))
        if tag in ("input", "select", "textarea") and self.forms and given.get("name"):
            self.forms[-1].fields.setdefault(given["name"], given.get("value", ""))
        for name in ("href", "src"):
            if given.get(name) and given.get("rel") not in ("preconnect", "dns-prefetch"):
                self.links.add(self._whole(given[name]))
        self._loads(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data.strip()

    def _meta(self, given: dict[str, str]) -> None:
        named = given.get("http-equiv", given.get("name", "")).lower()
        content = given.get("content", "")
        if named == "content-security-policy":
            self.policy = content
        elif named in ("referrer", "referrer-policy"):
            self.referrer = content
        elif named == "refresh":
            self.refresh = urljoin(self.url, content.partition("=")[2].strip(" '\""))

    def _loads(self, tag: str, given: dict[str, str]) -> None:
        if tag == "script":
            self.scripts.append(Script(given.get("src", ""), given.get("integrity", "")))
        address = given.get("src", "") if tag in ("img", "script") and given.get("loading") != "lazy" else ""
        if tag == "link" and LOADED_RELS & set(given.get("rel", "").split()):
            address = given.get("href", "")
        if address and not address.startswith("data:"):
            self.files.add(self._whole(address))

    def _whole(self, address: str) -> str:
        return urldefrag(urljoin(self.url, address)).url
