"""Addresses that hold outside the site, for readers of feeds."""

from __future__ import annotations

import re

_TAG = re.compile(r"<[a-z][^>]*>")
_ADDRESS = re.compile(r'\b(href|src|srcset)="([^"]*)"')


def absolute(html: str, origin: str, page: str) -> str:
    """The markup with every address complete: paths by the `origin`, anchors by the address of their `page`."""

    def complete(address: str) -> str:
        if address.startswith("#"):
            return page + address
        return origin + address if address.startswith("/") and not address.startswith("//") else address

    def attribute(match: re.Match[str]) -> str:
        if match[1] == "srcset":
            return f'srcset="{", ".join(complete(offer) for offer in match[2].split(", "))}"'
        return f'{match[1]}="{complete(match[2])}"'

    return _TAG.sub(lambda tag: _ADDRESS.sub(attribute, tag[0]), html)
