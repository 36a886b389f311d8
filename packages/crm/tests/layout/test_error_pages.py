"""Every expected error has a page that says what to do, for visitors and for users."""

from __future__ import annotations

import re
from types import SimpleNamespace

import httpx
import pytest

from crm.accounts.auth import User
from crm.kernel import clock, errors
from crm.kernel.app_context import AppContext
from crm.kernel.http.static_files import StaticFiles
from crm.kernel.views import LayoutContext, Views

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AppError)]
VIEWS = Views(StaticFiles(), reload=False)


ADA = User(1, "ada@crm.test", "Ada Lovelace", "system", "owner", None, clock.now(), clock.now())


@pytest.mark.parametrize("person", [None, ADA], ids=["anonymous", "signed in"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_page_says_what_to_do_and_shows_the_request_id(
    context: AppContext, kind: type[errors.AppError], person: object
) -> None:
    has_fields = kind is errors.ValidationError
    error = (
        errors.ValidationError([errors.FieldError("email", "Mind the <dot>.")])
        if has_fields
        else kind("It went <wrong>.")
    )
    page = VIEWS.text(
        "error.html",
        error=error,
        request_id="4f00ba12",
        layout=LayoutContext(person=person),
        site=context.config.site,
        environment="production",
        request=SimpleNamespace(cookies={}),
        path="/leads/3",
        toast=None,
    )
    assert len(re.findall(r"<h1>\w.+</h1>", page)) == 1
    assert re.search(r'<p class="soft">\w.+\.</p>', page)
    assert ("&lt;dot&gt;" if has_fields else "It went &lt;wrong&gt;.") in page
    assert "Request ID 4f00ba12" in page
    assert page.count("button-primary") == 1
    assert ('class="rail"' in page) == (person is not None)
    assert "ribbon" not in page


def test_every_status_has_its_standard_phrase() -> None:
    assert errors.TITLES[404] == "Not Found"
    assert errors.TITLES[422] == "Unprocessable Content"
    assert set(errors.TITLES) == {kind.status for kind in KINDS}


@pytest.mark.parametrize("path", ["/no-such-page", "/leads/x/y", "/leads/nine"])
async def test_a_signed_in_user_sees_a_missing_page_inside_the_layout(signed_in: httpx.AsyncClient, path: str) -> None:
    response = await signed_in.get(path)
    assert response.status_code == 404
    assert 'class="rail"' in response.text
    assert "There is nothing at this URL." in response.text


async def test_a_visitor_sees_a_missing_page_without_the_layout(client: httpx.AsyncClient) -> None:
    response = await client.get("/no-such-page")
    assert (response.status_code, 'class="rail"' in response.text) == (404, False)
    assert (await client.get("/api/v1/no-such-call")).json()["status"] == 404
