"""A page that grows or waits is told by exactly one check."""

from __future__ import annotations

import itertools
import secrets

import pytest
from verify.walking import asked

from ops.verify.checks import Broken, Group
from ops.verify.public_site import PublicSite
from ops.verify.speed import Speed


def heavier(path: str):
    """This address, with 60 KB more that cannot be packed."""

    def alter(asked, answer):
        mine = (asked.host, asked.path, asked.scheme) == ("octatech.xyz", path, "https")
        return answer.saying(answer.body + secrets.token_bytes(60 * 1024)) if mine else answer

    return alter


@pytest.mark.parametrize("path", ["/assets/display.woff2", "/favicon.svg"])
async def test_a_page_with_a_heavy_part_is_red_and_the_part_is_named(lookalike, path):
    lookalike.edge.alter = heavier(path)
    found = await asked(lookalike, Group.SPEED)
    assert f"The heaviest part is https://octatech.xyz{path}" in found["page weight"].hint
    assert found["page load"].state == "kept"


async def test_a_landing_page_that_takes_longer_than_2_s_is_red(client):
    hours = itertools.count(step=3600.0)
    slow = Speed(client, PublicSite(client), clock=lambda: next(hours))
    with pytest.raises(Broken, match=r"3600\.0 s to load; 2 s are allowed") as broken:
        await slow.load()
    assert "weight of the page" in broken.value.hint


async def test_a_file_that_the_landing_page_needs_and_nobody_has_is_red(lookalike):
    lookalike.edge.alter = lambda asked, answer: (
        answer._replace(status=404) if asked.path == "/assets/display.woff2" else answer
    )
    found = await asked(lookalike, Group.SPEED)
    assert "display.woff2 answers 404" in found["page load"].detail
