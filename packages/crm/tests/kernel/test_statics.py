"""Static files: found by their content, kept for a year."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from crm.kernel.http.statics import TYPES, YEAR, Statics

STATICS = Statics()


@pytest.mark.parametrize("name", ["app.css", "app.js", "htmx.js", "icons.svg", "display.woff2", "favicon.ico"])
async def test_a_file_is_served_with_its_type_and_may_be_kept_for_a_year(client: httpx.AsyncClient, name: str):
    answer = await client.get(STATICS.url(name), headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    kind = TYPES[name[name.index(".") :]]
    assert answer.headers["content-type"] == kind
    assert kind.endswith("charset=utf-8") == kind.startswith("text/")
    assert answer.headers["cache-control"] == YEAR
    assert answer.content


async def test_a_browser_that_unpacks_gets_it_packed_and_caches_are_told(client: httpx.AsyncClient):
    plain = await client.get(STATICS.url("app.css"), headers={"accept-encoding": "identity"})
    async with client.stream("GET", STATICS.url("app.css"), headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert {plain.headers["vary"], packed.headers["vary"]} == {"accept-encoding"}


async def test_a_sheet_refers_to_other_files_by_the_addresses_they_have(client: httpx.AsyncClient):
    sheet = (await client.get(STATICS.url("app.css"))).text
    referred = re.findall(r'url\("?(/static/[^")]+)', sheet)
    assert referred
    for url in referred:
        assert (await client.get(url)).status_code == 200, url


async def test_an_address_of_another_content_is_not_answered(client: httpx.AsyncClient):
    for path in ("/static/0000000000/app.css", "/static/app.css", "/static/x/..%2f..%2fconfig.py"):
        assert (await client.get(path)).status_code == 404


def test_a_template_that_names_a_file_that_is_not_there_fails_loudly():
    with pytest.raises(KeyError):
        STATICS.url("no-such.css")


def test_the_address_follows_the_content():
    other = Statics()
    assert other.url("app.css") == STATICS.url("app.css")
    other._add("app.css", b"changed")
    assert other.url("app.css") != STATICS.url("app.css")
