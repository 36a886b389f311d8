"""Static files: found by their content, kept for a year."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from crm.kernel.http import static_files
from crm.kernel.http.static_files import CACHE_CONTROL, StaticFiles

STATIC_FILES = StaticFiles()
TYPES = {
    "app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8",
    "htmx.js": "text/javascript; charset=utf-8", "icons.svg": "image/svg+xml", "display.woff2": "font/woff2",
    "favicon.ico": "image/vnd.microsoft.icon",
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
async def test_a_file_is_served_with_its_type_and_may_be_kept_for_a_year(client: httpx.AsyncClient, name: str):
    answer = await client.get(STATIC_FILES.url(name), headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == TYPES[name]
    assert answer.headers["cache-control"] == CACHE_CONTROL
    assert answer.content


async def test_a_browser_that_unpacks_gets_it_packed_and_caches_learn_it(client: httpx.AsyncClient):
    plain = await client.get(STATIC_FILES.url("app.css"), headers={"accept-encoding": "identity"})
    async with client.stream("GET", STATIC_FILES.url("app.css"), headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["vary"] == "Accept-Encoding"


async def test_a_sheet_refers_to_other_files_by_the_addresses_they_have(client: httpx.AsyncClient):
    url = STATIC_FILES.url("app.css")
    referred = re.findall(r'url\("?([^")]+)', (await client.get(url)).text)
    assert referred
    for name in referred:
        assert (await client.get(url.replace("app.css", name))).status_code == 200, name


async def test_an_address_of_another_content_is_not_answered(client: httpx.AsyncClient):
    for path in ("/static/0000000000/app.css", "/static/app.css", "/static/x/..%2f..%2fconfig.py",
                 f"{STATIC_FILES.path}/..%2f..%2fetc%2fpasswd"):  # fmt: skip
        assert (await client.get(path)).status_code == 404


async def test_a_program_beside_the_files_is_not_served(client: httpx.AsyncClient):
    assert (await client.get(f"{STATIC_FILES.path}/make_font.py")).status_code == 404
    assert (await client.post(STATIC_FILES.url("app.css"))).status_code in (403, 405)


def test_a_template_that_names_a_file_that_is_not_there_fails_loudly():
    with pytest.raises(KeyError):
        STATIC_FILES.url("no-such.css")


def test_the_address_follows_the_content(monkeypatch: pytest.MonkeyPatch):
    assert StaticFiles().url("app.css") == STATIC_FILES.url("app.css")
    monkeypatch.setattr(static_files, "STYLE_SHEETS", ("tokens", "base"))
    assert StaticFiles().url("app.css") != STATIC_FILES.url("app.css")
