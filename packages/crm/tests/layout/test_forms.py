"""What every form of every page keeps to."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

import crm

TEMPLATES = sorted(Path(crm.__file__).parent.rglob("templates/*.html"))
FORM = re.compile(r"<form\b((?:\{\{.*?\}\}|[^>])*)>(.*?)</form>", re.DOTALL)
TYPED = re.compile(r'\bfield\(|\bchoices\(|<textarea|<select|<input(?![^>]*type="(?:hidden|checkbox|search)")')


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_no_form_lets_the_browser_speak_in_bubbles(template: Path):
    for attributes, body in FORM.findall(template.read_text("utf-8")):
        assert "novalidate" in attributes or not TYPED.search(body), attributes.strip()


@pytest.mark.parametrize(
    ("path", "data", "first"),
    [
        ("/leads", {"name": "Bob", "email": "no address", "value": "-1"}, "email"),
        ("/contacts", {"name": "Bob", "email": "no address"}, "email"),
        ("/companies", {"name": "Bob", "website": "ftp://x"}, "website"),
        ("/companies", {"name": ""}, "name"),
    ],
)
async def test_a_refused_form_puts_the_cursor_into_its_first_wrong_field(
    signed_in: httpx.AsyncClient, path: str, data: dict[str, str], first: str
):
    page = await signed_in.post(path, data=data)
    assert page.status_code == 422
    focused = re.findall(r'<(?:input|select|textarea)[^>]*name="([\w-]+)"[^>]* autofocus[ >]', page.text)
    assert focused == [first]


async def test_a_number_that_is_too_small_is_answered_in_words(signed_in: httpx.AsyncClient):
    page = await signed_in.post("/leads", data={"name": "Bob", "value": "-1", "hours": "-5"})
    assert page.text.count("Must be 0 or more.") == 4
    assert "0.0." not in page.text


@pytest.mark.parametrize("plural", ["leads", "contacts", "companies"])
async def test_a_record_can_be_added_and_another_one_begun(signed_in: httpx.AsyncClient, plural: str):
    assert f'formaction="/{plural}?again=1"' in (await signed_in.get(f"/{plural}/new")).text
    answer = await signed_in.post(f"/{plural}?again=1", data={"name": "Zora"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{plural}/new")
    assert "Zora" in (await signed_in.get(f"/{plural}")).text
    assert (await signed_in.post(f"/{plural}?again=1", data={"name": ""})).status_code == 422


async def test_the_list_of_shortcuts_names_every_key_that_a_page_reacts_to(signed_in: httpx.AsyncClient):
    keys = {
        key
        for template in TEMPLATES
        for found in re.findall(r'aria-keyshortcuts="([^"{]+)"', template.read_text("utf-8"))
        for key in found.split()
    }
    page = (await signed_in.get("/inbox")).text
    dialog = page[page.index('id="shortcuts"') :]
    letters = {key.removeprefix("Shift+").lower() for key in keys}
    assert {key for key in letters if f"<kbd>{key}</kbd>" not in dialog} == set()
    assert {"e", "s", "r", "n", "z", "/"} <= keys
