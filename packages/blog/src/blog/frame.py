"""What all pages of a build share, and how one page is made of it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

from blog.publish import Output
from blog.theme import Theme


class Frame(NamedTuple):
    """What pages share besides the posts. `context` goes to every template and `key` stands for it.

    `api_url` and `counts_url` are where scripts of the pages may send to. `live` is the address of the development
    server's script, empty in a real build.
    """

    theme: Theme
    context: dict[str, Any]
    key: bytes
    api_url: str = ""
    counts_url: str = ""
    live: str = ""

    def page(self, template: str, key: bytes, context: Callable[[], dict[str, Any]]) -> Output:
        """The output of one sealed HTML page."""

        def make() -> bytes:
            from blog.policy import seal

            html = self.theme.render(template, {**self.context, **context()})
            return seal(html, api_url=self.api_url, counts_url=self.counts_url, live=self.live).encode()

        return Output(digest(self.key, template, key), make)


def digest(*parts: bytes | str) -> bytes:
    """A cache key over its parts."""
    return blake2b(b"\0".join([p if isinstance(p, bytes) else p.encode() for p in parts]), digest_size=16).digest()
