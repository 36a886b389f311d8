"""A picture of the site."""

from __future__ import annotations

from typing import NamedTuple


class Picture(NamedTuple):
    """How a picture of the site is shown. `sources` is markup for `<source>` elements, best format first."""

    url: str
    width: int
    height: int
    sources: str = ""
