"""Templates under Settings and in the API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
FORM = {"name": "First answer", "subject": "About {{title}}", "body": "Dear {{first_name}},"}


async def test_a_template_is_added_shown_with_an_example_changed_and_deleted(signed_in: httpx.AsyncClient):
    assert "No templates yet" in (await signed_in.get("/settings/templates")).text
    await signed_in.post("/settings/templates", data=FORM)
    page = (await signed_in.get("/settings/templates")).text
    assert "Dear Grace," in page
    url = re.search(r'href="(/settings/templates/\d+)"', page).group(1)  # type: ignore[union-attr]
    assert "{{first_name}}" in (await signed_in.get(url)).text
    await signed_in.post(url, data=FORM | {"body": "Hello {{name}},", "version": "1"})
    assert "Hello Grace Hopper," in (await signed_in.get("/settings/templates")).text
    late = await signed_in.post(url, data=FORM | {"body": "Too late", "version": "1"})
    assert late.status_code == 409
    await signed_in.post(f"{url}/delete")
    page = (await signed_in.get("/settings/templates")).text
    assert "No templates yet" in page
    undo = re.search(r'action="(/changes/\d+/undo)"', page)
    assert undo is not None
    await signed_in.post(undo.group(1))
    assert "Hello Grace Hopper," in (await signed_in.get("/settings/templates")).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"body": "Dear {{frist_name}}"}, "There is no placeholder {{frist_name}}. Known are: {{name}}"),
        ({"subject": "{{}}"}, "There is no placeholder {{}}"),
        ({"name": ""}, "Name"),
    ],
)
async def test_an_unknown_placeholder_is_named(signed_in: httpx.AsyncClient, changes: dict[str, str], says: str):
    answer = await signed_in.post("/settings/templates", data=FORM | changes)
    assert (answer.status_code, says in answer.text) == (422, True)


async def test_two_templates_have_two_names(signed_in: httpx.AsyncClient):
    await signed_in.post("/settings/templates", data=FORM)
    answer = await signed_in.post("/settings/templates", data=FORM | {"body": "Another"})
    assert (answer.status_code, "Another template has this name" in answer.text) == (422, True)


async def test_programs_work_with_templates(keyed: Keyed):
    program = await keyed("templates:read", "templates:write")
    made = await program.post("/api/v1/templates", json=FORM)
    assert made.status_code == 201
    url, tag = f"/api/v1/templates/{made.json()['id']}", made.headers["etag"]
    wrong = await program.patch(url, json={"body": "{{nothing}}"}, headers={"if-match": tag})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "body")
    changed = await program.patch(url, json={"body": "Hello"}, headers={"if-match": tag})
    assert changed.json()["body"] == "Hello"
    assert [each["name"] for each in (await program.get("/api/v1/templates")).json()["data"]] == ["First answer"]
    assert (await program.delete(url, headers={"if-match": "*"})).status_code == 204
    assert (await program.get(url)).status_code == 404
    other = await keyed("emails:read")
    assert (await other.get("/api/v1/templates")).status_code == 403
