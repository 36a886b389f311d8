"""The inbox, as a person sees it."""

from __future__ import annotations

import re
from typing import Any

import factories
import httpx
import pytest
from conftest import SITE

from crm.inbound import intake
from crm.inbound.intake.process import process_batch, process_submission
from crm.kernel.app_context import AppContext


async def hold_enquiry(context: AppContext, **changes: Any) -> intake.models.Submission:
    async with context.db.transaction() as conn:
        submission = await factories.create_submission(conn, **{"website": "https://spam.example", **changes})
    await process_submission(context.db, submission.id)
    return submission


async def state_of(context: AppContext, number: int) -> str:
    async with context.db.connection() as conn:
        return await conn.fetchval("SELECT state FROM submissions WHERE id = $1", number)


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("new", "No new enquiries"),
        ("quarantine", "No possible spam"),
        ("failed", "Nothing failed"),
        ("dismissed", "Nothing dismissed"),
    ],
)
async def test_an_empty_tab_teaches(signed_in: httpx.AsyncClient, tab: str, words: str):
    answer = await signed_in.get("/inbox", params={"tab": tab})
    assert answer.status_code == 200
    assert words in answer.text


async def test_a_visitor_sees_nothing_of_it(client: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context)
    for path in (
        "/inbox",
        f"/inbox/{submission.id}",
        f"/inbox/{submission.id}/raw",
        f"/inbox/of/{submission.reference}",
    ):
        answer = await client.get(path)
        assert answer.headers["location"].startswith("/sign-in")
    answer = await client.post(f"/inbox/{submission.id}/accept")
    assert answer.headers["location"].startswith("/sign-in")
    assert await state_of(context, submission.id) == "quarantined"


async def test_a_new_enquiry_is_listed_and_leads_to_its_lead(signed_in: httpx.AsyncClient, context: AppContext):
    await signed_in.post("/api/leads", json=factories.build_enquiry(), headers={"origin": SITE})
    await intake.process.process_batch(context.db)
    async with context.db.connection() as conn:
        number = await conn.fetchval("SELECT id FROM leads")
    answer = await signed_in.get("/inbox")
    assert f'href="/leads/{number}?status=new"' in answer.text
    assert 'New <span class="count">1</span>' in answer.text


async def test_what_is_held_shows_every_field_where_it_came_from_and_why(
    signed_in: httpx.AsyncClient, context: AppContext
):
    submission = await hold_enquiry(
        context,
        page="/services",
        commit="0123456789abcdef",
        form_version="7",
        first_touch={"path": "/blog/slow", "referrer": "news.example", "utm_source": "letter"},
        last_touch={"path": "/"},
        vat_number="DE123",
    )
    page = (await signed_in.get(f"/inbox/{submission.id}")).text
    for words in (
        "Grace Hopper", "grace@navy.example", "+1 555 0100", "€5,000 to €15,000", "An existing system",
        "An article of yours", "Our compiler is slow.", "/services", "0123456789ab", "/blog/slow", "news.example",
        "letter", "The hidden field was filled in (+10)", "score 10, threshold 5", "DE123", SITE,
        submission.reference,
        "Firefox on Linux",
    ):  # fmt: skip
        assert words in page
    listed = (await signed_in.get("/inbox", params={"tab": "quarantine"})).text
    assert f'href="/inbox/{submission.id}"' in listed


async def test_somebody_known_is_pointed_out(signed_in: httpx.AsyncClient, context: AppContext):
    await signed_in.post("/api/leads", json=factories.build_enquiry(), headers={"origin": SITE})
    await intake.process.process_batch(context.db)
    submission = await hold_enquiry(context, email="Grace+spam@Navy.example")
    async with context.db.connection() as conn:
        contact = await conn.fetchval("SELECT id FROM contacts")
    assert f'href="/contacts/{contact}"' in (await signed_in.get(f"/inbox/{submission.id}")).text


async def test_not_spam_makes_a_lead_and_goes_there(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context)
    answer = await signed_in.post(f"/inbox/{submission.id}/accept")
    async with context.db.connection() as conn:
        lead = await conn.fetchrow("SELECT id, reference FROM leads")
    assert answer.headers["location"] == f"/leads/{lead['id']}"
    assert lead["reference"] == submission.reference
    again = await signed_in.post(f"/inbox/{submission.id}/accept")
    assert again.headers["location"] == answer.headers["location"]
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM leads") == 1


async def test_what_cannot_be_made_a_lead_stays_and_says_why(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context)
    async with context.db.connection() as conn:
        await conn.execute(
            "ALTER TABLE leads ADD CONSTRAINT tests_refuse CHECK (email <> 'grace@navy.example') NOT VALID"
        )
    try:
        answer = await signed_in.post(f"/inbox/{submission.id}/accept")
    finally:
        async with context.db.connection() as conn:
            await conn.execute("ALTER TABLE leads DROP CONSTRAINT tests_refuse")
    assert answer.headers["location"] == f"/inbox/{submission.id}"
    page = (await signed_in.get(f"/inbox/{submission.id}")).text
    assert "CheckViolationError (constraint tests_refuse)" in page
    assert "Replay" in page
    listed = (await signed_in.get("/inbox", params={"tab": "failed"})).text
    assert f'href="/inbox/{submission.id}"' in listed


async def test_dismissing_offers_to_undo_and_undoing_brings_it_back(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context)
    answer = await signed_in.post(f"/inbox/{submission.id}/dismiss")
    assert await state_of(context, submission.id) == "dismissed"
    page = await signed_in.get(answer.headers["location"])
    undo = re.search(r'<form method="post" action="(/inbox/\d+/restore)"', page.text).group(1)
    await signed_in.post(undo)
    assert await state_of(context, submission.id) == "quarantined"


async def test_only_what_waits_can_be_dismissed(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context)
    await signed_in.post(f"/inbox/{submission.id}/accept")
    answer = await signed_in.post(f"/inbox/{submission.id}/dismiss")
    assert answer.status_code == 409
    assert await state_of(context, submission.id) == "accepted"


async def test_nothing_is_done_for_another_site(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context)
    answer = await signed_in.post(f"/inbox/{submission.id}/accept", headers={"origin": SITE})
    assert answer.status_code == 403
    assert await state_of(context, submission.id) == "quarantined"


async def test_the_raw_submission_is_json(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context, strange="x")
    answer = await signed_in.get(f"/inbox/{submission.id}/raw")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == factories.build_enquiry(website="https://spam.example", strange="x")


async def test_a_lead_s_reference_leads_to_what_was_sent(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context)
    answer = await signed_in.get(f"/inbox/of/{submission.reference}")
    assert answer.headers["location"] == f"/inbox/{submission.id}"


@pytest.mark.parametrize(
    "path", ["/inbox/999999999", "/inbox/99999999999999999999", "/inbox/of/E-0000-0000", "/inbox/of/%00"]
)
async def test_what_is_not_there_has_an_error_page(signed_in: httpx.AsyncClient, path: str):
    answer = await signed_in.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_what_visitors_write_cannot_become_markup(signed_in: httpx.AsyncClient, context: AppContext):
    submission = await hold_enquiry(context, name="<img src=x>", message="<script>alert(1)</script>", page='"><b>')
    page = (await signed_in.get(f"/inbox/{submission.id}")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '"><b>' not in page


async def test_long_lists_go_on_where_they_left_off(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        for number in range(30):
            submission = await factories.create_submission(conn, message=f"Number {number}")
            await conn.execute("UPDATE submissions SET state = 'quarantined' WHERE id = $1", submission.id)
    first = (await signed_in.get("/inbox", params={"tab": "quarantine"})).text
    following = re.search(r'rel="next"[^>]* href="([^"]+)"|href="([^"]+)"[^>]* rel="next"', first)
    second = (await signed_in.get((following.group(1) or following.group(2)).replace("&amp;", "&"))).text
    assert len(re.findall(r'id="submission-\d+"', first)) == 25
    assert len(re.findall(r'id="submission-\d+"', second)) == 5


async def test_htmx_gets_the_list_and_the_enquiry_without_the_page_around_them(
    signed_in: httpx.AsyncClient, context: AppContext
):
    submission = await hold_enquiry(context)
    answer = await signed_in.get(f"/inbox/{submission.id}", headers={"hx-request": "true"})
    assert answer.text.lstrip().startswith("<title>Grace Hopper")
    assert 'id="inbox"' in answer.text and "<html" not in answer.text
    assert f'hx-get="/inbox/{submission.id}"' in answer.text


async def enquire(client: httpx.AsyncClient, context: AppContext, **changes: str) -> int:
    await client.post("/api/leads", json=factories.build_enquiry(**changes), headers={"origin": SITE})
    await process_batch(context.db)
    async with context.db.connection() as conn:
        return await conn.fetchval("SELECT max(id) FROM leads")


async def test_a_new_enquiry_is_read_beside_the_list_with_answer_owner_status_and_next_step(
    signed_in: httpx.AsyncClient, context: AppContext
):
    lead_id = await enquire(signed_in, context, message="See https://widgets.example please")
    for path in ("/inbox", f"/inbox?lead={lead_id}"):
        page = (await signed_in.get(path)).text
        reader = page[page.index('class="reader"') :]
        assert re.search(r'href="/emails/new\?lead_id=\d+" aria-keyshortcuts="r"', reader)
        assert '<a href="https://widgets.example"' in reader
        for control in ('name="status" value="contacted"', 'name="next_action"', 'value="owner_id"', ">Open lead<"):
            assert control.strip("<>") in reader
        assert page.count('class="button button-primary') == 1
    assert "data-open" not in (await signed_in.get("/inbox")).text, "On a phone the list comes first."


async def test_an_answer_in_the_inbox_leads_back_to_it(signed_in: httpx.AsyncClient, context: AppContext):
    lead_id = await enquire(signed_in, context)
    back = f"/inbox?lead={lead_id}"
    forms = (
        (f"/leads/{lead_id}/field", {"field": "title", "value": "Named", "was": "", "back": back}),
        (f"/leads/{lead_id}/next", {"next_action": "Call", "was": "", "back": back}),
        (f"/leads/{lead_id}/status", {"was": "new", "status": "contacted", "back": back}),
    )
    async with context.db.connection() as conn:
        forms[0][1]["was"] = await conn.fetchval("SELECT lead_title(title, message, name) FROM leads")
    for path, data in forms:
        answer = await signed_in.post(path, data=data)
        assert (answer.status_code, answer.headers["location"]) == (303, back)
    page = (await signed_in.get(back)).text
    assert 'aria-current="step">Contacted' in page, "It can still be read after it left the list."
    assert f'id="lead-{lead_id}"' not in page


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/sign-out", "/inbox?lead=1&x=2"])
async def test_a_form_leads_back_to_no_other_page(signed_in: httpx.AsyncClient, context: AppContext, back: str):
    lead_id = await enquire(signed_in, context)
    data = {"was": "new", "status": "contacted", "back": back}
    answer = await signed_in.post(f"/leads/{lead_id}/status", data=data)
    assert answer.headers["location"] == f"/leads/{lead_id}"


async def test_an_enquiry_that_does_not_exist_is_not_found_in_the_inbox(signed_in: httpx.AsyncClient):
    assert (await signed_in.get("/inbox?lead=999999")).status_code == 404
    assert (await signed_in.get("/inbox?lead=x")).status_code == 422


async def test_the_inbox_says_how_many_are_new_once(signed_in: httpx.AsyncClient, context: AppContext):
    await enquire(signed_in, context)
    page = (await signed_in.get("/inbox")).text
    content = page[page.index("<main") : page.index("</main>")]
    assert len(re.findall(r">\s*1\s*<|1 new", content)) == 1
