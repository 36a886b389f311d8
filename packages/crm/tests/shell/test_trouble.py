"""Every kind of trouble has a page with kind words, for whoever meets it."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from crm.kernel import errors
from crm.kernel.app_context import AppContext
from crm.kernel.http.static_files import StaticFiles
from crm.kernel.views import Frame, Views

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AppError)]
VIEWS = Views(StaticFiles(), reload=False)


@pytest.mark.parametrize("person", [None, SimpleNamespace(name="Ada Lovelace")], ids=["anonymous", "signed in"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_trouble_is_told_with_what_to_do_and_the_request_id(
    context: AppContext, kind: type[errors.AppError], person: object
) -> None:
    faulty = kind is errors.ValidationError
    trouble = (
        errors.ValidationError([errors.FieldError("email", "Mind the <dot>.")]) if faulty else kind("It went <wrong>.")
    )
    page = VIEWS.text(
        "error.html",
        trouble=trouble,
        request_id="4f00ba12",
        frame=Frame(person=person),
        site=context.config.site,
        environment="production",
        request=SimpleNamespace(cookies={}),
        path="/leads/3",
        toast=None,
    )
    assert f"<h1>{trouble.title}</h1>" in page
    assert ("&lt;dot&gt;" if faulty else "It went &lt;wrong&gt;.") in page
    assert "4f00ba12" in page
    assert page.count("button-primary") == 1
    assert ('class="rail"' in page) == (person is not None)
    assert "ribbon" not in page


@pytest.mark.parametrize("path", ["/no-such-page", "/leads/x/y", "/leads/nine"])
async def test_an_address_that_leads_nowhere_is_told_inside_the_pages_of_whoever_signed_in(
    signed_in: httpx.AsyncClient, path: str
) -> None:
    answer = await signed_in.get(path)
    assert answer.status_code == 404
    assert 'class="rail"' in answer.text
    assert "There is nothing at this address." in answer.text


async def test_a_visitor_at_such_an_address_sees_nothing_of_the_pages_inside(client: httpx.AsyncClient) -> None:
    answer = await client.get("/no-such-page")
    assert (answer.status_code, 'class="rail"' in answer.text) == (404, False)
    assert (await client.get("/api/v1/no-such-call")).json()["status"] == 404
