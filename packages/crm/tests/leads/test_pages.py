from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads

HTMX = {"hx-request": "true"}


@pytest.fixture
def made(context: AppContext) -> Callable[..., Awaitable[leads.Lead]]:
    """`await made(name="Ada")` commits a lead."""

    async def make(**values: Any) -> leads.Lead:
        async with context.db.transaction() as conn:
            form = leads.NewLead(**{"name": "Zoë Quine", "email": "zoe@quine.example", **values})
            return await leads.create(conn, form, by=SYSTEM, channel="site")

    return make


Made = Callable[..., Awaitable[leads.Lead]]


async def now(context: AppContext, number: int) -> leads.Lead:
    async with context.db.connection() as conn:
        return await leads.actions.get(conn, number)


def filled_buttons(page: httpx.Response) -> int:
    return len(re.findall(r'class="button button-primary', page.text))


@pytest.mark.parametrize("path", ["/leads", "/leads/new", "/leads/1", "/leads/1/edit", "/leads/1/lost"])
async def test_pages_are_for_people_who_signed_in(client: httpx.AsyncClient, path: str):
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_an_empty_list_teaches_where_leads_come_from(signed_in: httpx.AsyncClient):
    page = await signed_in.get("/leads")
    assert page.status_code == 200
    assert "Your first lead will appear here" in page.text
    assert filled_buttons(page) == 1


async def test_a_list_without_a_match_says_which_filters_are_on(signed_in: httpx.AsyncClient, made: Made):
    await made()
    page = await signed_in.get("/leads?q=nobody&channel=site")
    assert "No lead matches" in page.text
    assert "“nobody”" in page.text
    assert "The website" in page.text


async def test_a_list_where_all_is_done_says_so(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    await signed_in.post(f"/leads/{lead.id}/status", data={"was": "new", "status": "contacted"})
    assert "Nothing new" in (await signed_in.get("/leads?status=new")).text


async def test_the_list_shows_rows_counts_and_the_way_on(signed_in: httpx.AsyncClient, made: Made):
    for n in range(27):
        await made(name=f"Person {n:02}", email=f"{n}@quine.example")
    page = await signed_in.get("/leads?sort=title")
    assert page.text.count('<tr id="lead-') == 25
    assert "27 leads" in page.text
    assert 'aria-sort="ascending"' in page.text
    following = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert following is not None
    rest = await signed_in.get(following[1].replace("&amp;", "&"))
    assert rest.text.count('<tr id="lead-') == 2
    assert "Person 26" in rest.text


async def test_htmx_gets_only_the_rows_and_a_tidy_address(signed_in: httpx.AsyncClient, made: Made):
    await made()
    part = await signed_in.get("/leads?q=quine&owner_id=&channel=", headers=HTMX)
    assert "<html" not in part.text
    assert part.text.lstrip().startswith('<div class="dim" id="rows">')
    assert part.headers["hx-replace-url"] == "/leads?q=quine"
    assert "hx-request" in part.headers["vary"]


async def test_a_lead_can_be_added_by_hand(signed_in: httpx.AsyncClient, context: AppContext):
    assert (await signed_in.get("/leads/new")).status_code == 200
    answer = await signed_in.post(
        "/leads", data={"name": "Bob", "email": "bob@build.example", "value": "1200.5", "hours": "", "owner_id": ""}
    )
    assert answer.status_code == 303
    page = await signed_in.get(answer.headers["location"])
    assert "Bob" in page.text
    assert "EUR 1,200.50" in page.text
    assert "Ada Lovelace added this lead." in page.text


async def test_a_wrong_form_comes_back_with_what_was_typed(signed_in: httpx.AsyncClient):
    answer = await signed_in.post("/leads", data={"name": "", "email": "bob at build", "message": "Fix <it>"})
    assert answer.status_code == 422
    assert 'value="bob at build"' in answer.text
    assert "Fix &lt;it&gt;" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2


async def test_the_record_shows_what_is_known(signed_in: httpx.AsyncClient, made: Made):
    touch = leads.Touch(path="/blog/queues/", referrer="news.example", utm_source="letter", at="2026-11-01T10:00:00Z")
    lead = await made(message="Please <b>help</b>", phone="+49 30 1", company="Quine Ltd", first_touch=touch)
    page = await signed_in.get(f"/leads/{lead.id}")
    for said in (lead.reference, "Please &lt;b&gt;help", "tel:+49301", "Quine Ltd", "/blog/queues/", "news.example"):
        assert said in page.text
    assert "The enquiry arrived from the website." in page.text
    assert filled_buttons(page) == 1


async def test_a_press_moves_the_lead_and_says_so_in_the_timeline(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made()
    answer = await signed_in.post(f"/leads/{lead.id}/status", data={"was": "new", "status": "contacted"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/leads/{lead.id}")
    assert (await now(context, lead.id)).status == "contacted"
    assert "Ada Lovelace moved it from New to Contacted." in (await signed_in.get(f"/leads/{lead.id}")).text


async def test_losing_a_lead_asks_why(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    asked = await signed_in.post(f"/leads/{lead.id}/status", data={"was": "new", "status": "lost"})
    assert asked.status_code == 422
    assert "Why was Zoë Quine lost?" in asked.text
    back = {"was": "new", "status": "lost", "back": f"/inbox?lead={lead.id}"}
    assert f'name="back" value="{back["back"]}"' in (await signed_in.post(f"/leads/{lead.id}/status", data=back)).text
    form = {"was": "new", "status": "lost", "lost_reason": "No budget"}
    assert (await signed_in.post(f"/leads/{lead.id}/status", data=form)).status_code == 303
    page = await signed_in.get(f"/leads/{lead.id}")
    assert "moved it from New to Lost: No budget" in page.text
    assert "press a stage to reopen it" in page.text
    assert filled_buttons(page) == 1


async def test_a_press_on_an_outdated_page_shows_where_the_lead_is_now(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made()
    await signed_in.post(f"/leads/{lead.id}/status", data={"was": "new", "status": "qualified"})
    late = await signed_in.post(f"/leads/{lead.id}/status", data={"was": "new", "status": "contacted"})
    assert late.status_code == 409
    assert "Someone else changed the status of Zoë Quine" in late.text
    assert (await now(context, lead.id)).status == "qualified"


async def test_the_next_step_is_set_changed_and_done(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    step = {"next_action": "Call Zoë", "next_action_on": "2026-11-01", "was": ""}
    await signed_in.post(f"/leads/{lead.id}/next", data=step)
    page = await signed_in.get(f"/leads/{lead.id}")
    assert "Call Zoë" in page.text
    assert "next-late" in page.text
    assert filled_buttons(page) == 1
    answer = await signed_in.post(f"/leads/{lead.id}/next", data={"next_action": "Write", "was": ""})
    assert answer.status_code == 409
    assert 'value="Write"' in answer.text
    await signed_in.post(f"/leads/{lead.id}/next", data={"next_action": "Write", "was": "Call Zoë"})
    assert (await now(context, lead.id)).next_action_on is None
    await signed_in.post(f"/leads/{lead.id}/done")
    assert (await now(context, lead.id)).next_action == ""
    assert "finished the next step: Write" in (await signed_in.get(f"/leads/{lead.id}")).text


async def test_a_next_step_needs_words(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    answer = await signed_in.post(f"/leads/{lead.id}/next", data={"next_action": " ", "next_action_on": "2026-12-01"})
    assert answer.status_code == 422
    assert 'value="2026-12-01"' in answer.text


async def test_editing_says_which_fields_changed_in_one_line(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made(hours=5)
    form = {"name": "Zoë Quine", "email": "zoe@quine.example", "value": "9000", "hours": "", "currency": "EUR",
            "owner_id": "", "version": "1"}  # fmt: skip
    answer = await signed_in.post(f"/leads/{lead.id}", data=form)
    assert answer.status_code == 303
    changed = await now(context, lead.id)
    assert (changed.value, changed.hours) == (9000, 0)
    assert (
        "Ada Lovelace changed the value to EUR 9,000 and the hours from 5 to nothing."
        in (await signed_in.get(f"/leads/{lead.id}")).text
    )


async def test_a_wrong_edit_keeps_what_was_typed(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    answer = await signed_in.post(f"/leads/{lead.id}", data={"name": "", "value": "a lot", "version": "1"})
    assert answer.status_code == 422
    assert 'value="a lot"' in answer.text
    assert (await now(context, lead.id)).name == "Zoë Quine"


async def test_two_people_editing_lose_nothing(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made(message="One")
    first = {"name": "Zoë Quine", "email": "zoe@quine.example", "message": "Two", "currency": "EUR", "version": "1"}
    assert (await signed_in.post(f"/leads/{lead.id}", data=first)).status_code == 303
    late = await signed_in.post(f"/leads/{lead.id}", data={**first, "message": "Three", "phone": "123"})
    assert late.status_code == 409
    assert 'name="message" value="Three" checked' in late.text
    assert 'name="message" value="Two"' in late.text
    assert 'name="version" value="2"' in late.text
    assert (await now(context, lead.id)).message == "Two"
    chosen = {**first, "message": "Three", "phone": "123", "version": "2"}
    assert (await signed_in.post(f"/leads/{lead.id}", data=chosen)).status_code == 303
    assert (await now(context, lead.id)).message == "Three"


def parse_fields(text: str) -> dict[str, str]:
    """What the edit form would send untouched."""
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', text)
    }


async def test_two_people_who_changed_different_fields_both_keep_theirs(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made(message="One", phone="1")
    began = parse_fields((await signed_in.get(f"/leads/{lead.id}/edit")).text)
    typed = {name.removeprefix("was."): value for name, value in began.items()}
    assert (await signed_in.post(f"/leads/{lead.id}", data={**began, **typed, "message": "Two"})).status_code == 303
    late = await signed_in.post(f"/leads/{lead.id}", data={**began, **typed, "phone": "2"})
    assert late.status_code == 409
    assert "both changes can be saved" in late.text
    assert (await signed_in.post(f"/leads/{lead.id}", data=parse_fields(late.text))).status_code == 303
    kept = await now(context, lead.id)
    assert (kept.message, kept.phone) == ("Two", "2")


async def test_only_a_field_both_changed_is_asked_about(signed_in: httpx.AsyncClient, made: Made):
    lead = await made(message="One", phone="1")
    began = parse_fields((await signed_in.get(f"/leads/{lead.id}/edit")).text)
    typed = {name.removeprefix("was."): value for name, value in began.items()}
    await signed_in.post(f"/leads/{lead.id}", data={**began, **typed, "message": "Two", "phone": "2"})
    late = await signed_in.post(f"/leads/{lead.id}", data={**began, **typed, "message": "Three"})
    assert re.findall(r'type="radio" id="yours-(\w+)"', late.text) == ["message"]
    assert "Original: One" in late.text


async def test_a_note_is_added_corrected_and_removed(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    note = {"lead_id": str(lead.id), "back": f"/leads/{lead.id}", "kind": "call", "body": "Talked of <prices>"}
    assert (await signed_in.post("/activities", data=note)).headers["location"] == f"/leads/{lead.id}"
    page = await signed_in.get(f"/leads/{lead.id}")
    assert "Talked of &lt;prices&gt;" in page.text
    number = re.search(r"/activities/(\d+)/edit", page.text)
    assert number is not None
    path = f"/activities/{number[1]}"
    assert (await signed_in.get(f"{path}/edit")).status_code == 200
    empty = await signed_in.post(path, data={"kind": "note", "body": "  ", "version": "1"})
    assert empty.status_code == 422
    await signed_in.post(path, data={"kind": "note", "body": "Better words", "version": "1"})
    late = await signed_in.post(path, data={"kind": "note", "body": "Other words", "version": "1"})
    assert late.status_code == 409
    assert "Better words" in late.text
    assert "Other words" in late.text
    assert (await signed_in.post(f"{path}/delete")).status_code == 303
    assert "Better words" not in (await signed_in.get(f"/leads/{lead.id}")).text


async def test_what_the_system_wrote_is_history(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    await made()
    async with context.db.connection() as conn:
        number = await conn.fetchval("SELECT id FROM activities WHERE kind = 'system'")
    assert (await signed_in.get(f"/activities/{number}/edit")).status_code == 409
    assert (await signed_in.post(f"/activities/{number}/delete")).status_code == 409


async def test_a_note_leads_back_to_our_own_pages_only(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    note = {"lead_id": str(lead.id), "kind": "note", "body": "x"}
    for back in ("https://elsewhere.example/", "//elsewhere.example/leads/1", "/sign-out", ""):
        answer = await signed_in.post("/activities", data={**note, "back": back})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/leads/{lead.id}")


async def test_deleting_happens_at_once(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    assert f'action="/leads/{lead.id}/delete"' in (await signed_in.get(f"/leads/{lead.id}")).text
    assert (await signed_in.post(f"/leads/{lead.id}/delete")).headers["location"] == "/leads"
    assert (await signed_in.get(f"/leads/{lead.id}")).status_code == 404


async def test_a_form_from_another_site_changes_nothing(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    answer = await signed_in.post(f"/leads/{lead.id}/delete", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert (await now(context, lead.id)).id == lead.id


async def test_a_long_timeline_goes_on_below(signed_in: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    for n in range(55):
        note = {"lead_id": str(lead.id), "back": f"/leads/{lead.id}", "kind": "note", "body": f"Note {n:02}"}
        await signed_in.post("/activities", data=note)
    page = await signed_in.get(f"/leads/{lead.id}")
    assert "Note 54" in page.text
    assert "Note 04" not in page.text
    earlier = re.search(rf'href="(/leads/{lead.id}\?before=\d+)"', page.text)
    assert earlier is not None
    assert "Note 04" in (await signed_in.get(earlier[1])).text


def ways(page: httpx.Response) -> dict[str, str]:
    """Where the lead above and the lead below are."""
    return dict(re.findall(r'rel="(prev|next)" href="([^"]+)"', html.unescape(page.text)))


async def test_a_lead_leads_to_its_neighbors_in_the_list_it_was_opened_from(signed_in: httpx.AsyncClient, made: Made):
    first, odd, second, third = [await made(name=name) for name in ("Ann Stone", "Bob Flint", "Cy Stone", "Di Stone")]
    assert ways(await signed_in.get(f"/leads/{odd.id}")) == {
        "prev": f"/leads/{second.id}",
        "next": f"/leads/{first.id}",
    }
    query = "?q=stone&sort=name"
    listed = html.unescape((await signed_in.get(f"/leads{query}")).text)
    assert f'href="/leads/{second.id}{query}"' in listed
    page = await signed_in.get(f"/leads/{second.id}{query}")
    assert ways(page) == {"prev": f"/leads/{first.id}{query}", "next": f"/leads/{third.id}{query}"}
    assert ways(await signed_in.get(f"/leads/{first.id}{query}")) == {"next": f"/leads/{second.id}{query}"}


async def test_the_list_is_kept_in_mind_while_a_lead_is_worked_on(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    path, query = f"/leads/{lead.id}", "?status=new&q=zo%C3%AB"
    moved = await signed_in.post(f"{path}/status{query}", data={"status": "contacted", "was": "new"})
    assert moved.headers["location"] == f"{path}{query}"
    note = {"lead_id": str(lead.id), "kind": "note", "body": "Talked", "back": f"{path}{query}"}
    assert (await signed_in.post("/activities", data=note)).headers["location"] == f"{path}{query}"
    assert f'href="/leads{query}"' in html.unescape((await signed_in.get(f"{path}{query}")).text)


async def test_an_address_that_names_no_list_still_shows_the_lead(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    for query in ("?sort=nonsense", "?status=nowhere", "?owner_id=x"):
        assert (await signed_in.get(f"/leads/{lead.id}{query}")).status_code == 200


async def test_the_links_of_the_list_keep_every_value_of_a_filter(signed_in: httpx.AsyncClient, made: Made):
    await made(source="blog")
    page = (await signed_in.get("/leads?source=blog&source=event&value_from=0")).text
    assert 'href="/leads?source=blog&amp;source=event&amp;value_from=0&amp;status=new"' in page
    assert 'href="/leads?source=blog&amp;source=event&amp;value_from=0&amp;sort=title"' in page
    assert page.count("How they heard about us: An article of yours or An event") == 2
    assert 'href="/leads?value_from=0" aria-label="Remove the filter How they heard' in page
    chips = page.split('aria-label="Active filters"')[1].split("Clear all")[0]
    assert re.findall(r'name="value" type="checkbox" value="(\w+)" checked', chips) == ["blog", "event"]


async def test_a_wrong_filter_is_named_at_its_field_and_the_others_stay(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    typed = "/leads?value_from=-5&value_to=900000&created_from=12026-01-01&status=new"
    for headers in ({}, {"hx-request": "true"}):
        answer = await signed_in.get(typed, headers=headers)
        assert answer.status_code == 422
        assert f'id="lead-{lead.id}"' in answer.text
        assert re.search(r'name="from" value="-5"[^>]* id="value-from" aria-invalid="true"', answer.text)
        assert 'id="error-value_from">Must be 0 or more.' in answer.text
        assert 'name="to" value="900000"' in answer.text
        assert 'id="error-created_from">' in answer.text
        assert '<details class="menu" id="add-filter" open>' in answer.text
    assert (await signed_in.get("/contacts?company_id=x")).status_code == 422


async def test_an_error_page_is_never_put_into_a_page(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    answer = await signed_in.post(
        f"/leads/{lead.id}/status", data={"was": "new", "status": "nowhere"}, headers={"hx-request": "true"}
    )
    assert (answer.status_code, answer.headers["hx-reswap"]) == (422, "none")
    assert 'id="error-detail"' in answer.text
