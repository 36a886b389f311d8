"""Holds what all pages of a build share, and plans one page with it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

from blog.publish import OutputFile
from blog.theme import Theme


class Layout(NamedTuple):
    """What all pages share. Every template receives `context`; `key` is a cache key that covers it.

    Scripts of the pages may send requests to `api_url` and `analytics_url`. `reload_script` is the URL of the
    development server's script; it is empty in a real build.
    """

    theme: Theme
    context: dict[str, Any]
    key: bytes
    api_url: str = ""
    analytics_url: str = ""
    reload_script: str = ""
    media_hosts: tuple[str, ...] = ()

    def plan_page(self, template: str, key: bytes, build_context: Callable[[], dict[str, Any]]) -> OutputFile:
        """Returns one HTML page with its content security policy. `key` covers the data of `build_context`."""

        def render() -> bytes:
            from blog.csp import add_policy

            html = self.theme.render(template, {**self.context, **build_context()})
            connect_to = (self.api_url, self.analytics_url)
            return add_policy(
                html, connect_to=connect_to, media_hosts=self.media_hosts, reload_script=self.reload_script
            ).encode()

        return OutputFile(make_key(self.key, template, key), render)


def make_key(*parts: bytes | str) -> bytes:
    """Returns a cache key that covers all parts."""
    return blake2b(b"\0".join([p if isinstance(p, bytes) else p.encode() for p in parts]), digest_size=16).digest()
