"""What the organization chose, and who chose it."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from crm.accounts import auth, settings
from crm.accounts.settings import queries
from crm.accounts.settings.models import defaults
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection

FORM = {"organization_name": "Octatech Labs", "time_zone": "Asia/Tokyo", "currency": "USD"}
RETENTION = {"quarantine_days": "60", "delivery_days": "14", "audit_days": "400"}


async def test_until_somebody_chooses_the_facts_of_the_site_hold(conn: Connection, context: AppContext) -> None:
    found = await settings.read(conn)
    assert found.organization_name == context.config.site.organization.name
    assert found.time_zone == context.config.site.organization.time_zone
    assert found == defaults()


async def test_only_what_differs_is_written_with_who_and_when(conn: Connection, ada: Actor) -> None:
    wanted = msgspec.structs.replace(defaults(), currency="USD", delivery_days=14)
    assert await settings.actions.change(conn, wanted, ada) == ["currency", "delivery_days"]
    assert await settings.read(conn) == wanted
    changes = await queries.list_changes(conn)
    assert {change.name: change.user_id for change in changes} == {"currency": ada.id, "delivery_days": ada.id}
    assert await settings.actions.change(conn, wanted, ada) == []


async def test_the_page_changes_them_and_shows_them_everywhere(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    assert (await signed_in.post("/settings", data=FORM)).status_code == 303
    page = (await signed_in.get("/settings")).text
    assert 'value="Asia/Tokyo"' in page
    assert "Currency: Ada Lovelace" in page
    assert "· Octatech Labs</title>" in (await signed_in.get("/profile")).text
    assert "Keep possible spam" not in page


async def test_how_long_data_is_kept_is_changed_on_its_own_page(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    await signed_in.post("/settings", data=FORM)
    assert (await signed_in.post("/settings/data", data=RETENTION)).status_code == 303
    page = (await signed_in.get("/settings/data")).text
    assert 'value="400"' in page
    assert "Keep possible spam for (days): Ada Lovelace" in page
    assert "Currency: Ada Lovelace" not in page
    async with clean.db.connection() as connection:
        found = await settings.read(connection)
    assert (found.quarantine_days, found.delivery_days, found.audit_days) == (60, 14, 400)
    assert (found.currency, found.time_zone) == ("USD", "Asia/Tokyo")


async def test_a_currency_in_small_letters_is_meant_in_capitals(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    await signed_in.post("/settings", data={**FORM, "currency": "chf"})
    async with clean.db.connection() as connection:
        assert (await settings.read(connection)).currency == "CHF"


async def test_times_are_shown_in_the_chosen_zone(signed_in: httpx.AsyncClient) -> None:
    await signed_in.post("/settings", data=FORM)
    assert "JST" in (await signed_in.get("/profile")).text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("organization_name", "", "This field is required."),
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list"),
        ("time_zone", "../../etc/passwd", "Choose a time zone from the list"),
        ("currency", "euro", "Enter the three letters of a currency, such as EUR or USD."),
        ("quarantine_days", "6", "Must be 7 or more."),
        ("quarantine_days", "soon", "Enter a whole number."),
        ("delivery_days", "99999", "Must be 3650 or less."),
        ("delivery_days", "", "This field is required."),
        ("audit_days", "29", "Must be 30 or more."),
    ],
)
async def test_a_value_that_will_not_do_is_named_and_the_rest_kept(
    signed_in: httpx.AsyncClient, clean: AppContext, field: str, value: str, said: str
) -> None:
    form, url, other = (RETENTION, "/settings/data", "60") if field in RETENTION else (FORM, "/settings", "USD")
    answer = await signed_in.post(url, data={**form, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    if form[field] != other:
        assert f'value="{other}"' in answer.text
    async with clean.db.connection() as connection:
        assert await settings.read(connection) == defaults()


async def test_a_choice_outlives_whoever_made_it(conn: Connection, ada: Actor) -> None:
    await settings.actions.change(conn, msgspec.structs.replace(defaults(), currency="USD"), ada)
    assert ada.id in {user.id for user in await auth.list_users(conn)}
    await conn.execute("DELETE FROM users WHERE id = $1", ada.id)
    assert (await settings.read(conn)).currency == "USD"
    assert [change.user_id for change in await queries.list_changes(conn)] == [None]


@pytest.mark.parametrize(
    ("query", "found"),
    [("passkey", "/profile"), ("TIME zone", "/settings"), ("backup", "/operations"), ("API", "/settings/keys"),
     ("resend", "/settings/mail-provider")],
)  # fmt: skip
async def test_a_page_of_the_settings_is_found_by_what_is_on_it(
    signed_in: httpx.AsyncClient, query: str, found: str
) -> None:
    page = (await signed_in.get("/settings/search", params={"q": query})).text
    results = page.split("<main")[1]
    assert f'href="{found}"' in results
    assert 'class="settings-nav"' in page


async def test_what_matches_nothing_or_may_not_be_opened_is_not_found(signed_in_as) -> None:
    viewer = await signed_in_as("viewer")
    for query in ("webhooks", "zzz", "<b>", "{{ 7 * 7 }}"):
        page = (await viewer.get("/settings/search", params={"q": query})).text
        assert "No page of the settings matches" in page, query
    assert 'href="/profile"' in (await viewer.get("/settings/search?q=theme")).text.split("<main")[1]
    assert (await viewer.get("/settings/search", params={"q": "x" * 101})).status_code == 422
