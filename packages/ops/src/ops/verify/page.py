"""Reads what a check needs from a page: its title, its policy, its links and its forms."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin


class Form:
    """`fields` are the names a browser would send, each with its first value."""

    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.fields: dict[str, str] = {}


class Page(HTMLParser):
    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url = url
        self.title = ""
        self.policy = ""
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self._in_title = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_title = self._in_title or (tag == "title" and not self.title)
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = given.get("content", "")
        if tag == "form":
            self.forms.append(Form(urljoin(self.url, given.get("action", "")), given.get("method", "get").lower()))
        if tag in ("input", "select", "textarea") and self.forms and given.get("name"):
            self.forms[-1].fields.setdefault(given["name"], given.get("value", ""))
        for name in ("href", "src"):
            if given.get(name) and given.get("rel") not in ("preconnect", "dns-prefetch"):
                self.links.add(urldefrag(urljoin(self.url, given[name])).url)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data.strip()
