from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import factories
import httpx
import pytest
from query_log import list_statements

from crm.kernel import clock
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.records import leads, tasks
from crm.workspace.today.formatting import is_overdue

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ADA = Actor("person", None, "Ada")


async def enquiry(context: AppContext, name: str, *, ago: timedelta = timedelta(), **fields: object) -> leads.Lead:
    with clock.at(NOW - ago):
        async with context.db.transaction() as conn:
            form = leads.NewLead(name=name, message=f"{name} asks.", **fields)  # type: ignore[arg-type]
            return await leads.create(conn, form, by=VISITOR, channel="site")


async def move(
    context: AppContext, lead: leads.Lead, status: leads.Status, *, ago: timedelta = timedelta()
) -> leads.Lead:
    with clock.at(NOW - ago):
        async with context.db.transaction() as conn:
            return await leads.move(conn, lead, status, ADA)


async def today(client: httpx.AsyncClient) -> str:
    with clock.at(NOW):
        response = await client.get("/")
    assert response.status_code == 200
    return response.text


async def test_an_empty_system_shows_how_to_start(signed_in):
    text = await today(signed_in)
    assert "All caught up." in text
    assert "Nothing to do" in text
    assert "Getting started" in text


async def test_a_task_alone_is_something_to_do(signed_in, clean):
    async with clean.db.transaction() as conn:
        await tasks.create(conn, tasks.NewTask(title="Prepare the workshop", due_on=NOW.date()), by=ADA)
    text = await today(signed_in)
    assert "All caught up." not in text
    assert "1 task for today" in text


async def test_only_owners_read_of_failed_notifications(signed_in_as, clean):
    async with clean.db.transaction() as conn:
        channel = await factories.create_channel(conn, clean)
        await conn.execute(
            "INSERT INTO notifications (channel_id, title, body, path, state, attempts, created_at)"
            " VALUES ($1, 'x', 'x', '/', 'failed', 1, now())",
            channel.id,
        )
    assert "1 notification failed" not in await today(await signed_in_as("member"))
    assert "1 notification failed" in await today(await signed_in_as("owner"))


async def test_the_oldest_enquiry_comes_first_with_its_age(signed_in, clean):
    await enquiry(clean, "Younger", ago=timedelta(minutes=20))
    await enquiry(clean, "Older", ago=timedelta(hours=5))
    text = await today(signed_in)
    assert text.index("Older") < text.index("Younger")
    assert "New enquiry · 5 h" in text
    assert "2 enquiries to answer" in text


async def test_a_due_step_is_shown_and_a_later_one_is_not(signed_in, clean):
    await enquiry(clean, "Due", next_action="Call back", next_action_on=NOW.date() - timedelta(days=2))
    await enquiry(clean, "Ahead", next_action="Wait", next_action_on=NOW.date() + timedelta(days=3))
    text = await today(signed_in)
    assert "Call back" in text
    assert "Overdue since" in text
    assert "Ahead" not in text


async def test_a_lead_without_a_change_for_two_weeks_comes_back(signed_in, clean):
    lead = await enquiry(clean, "Forgotten", ago=timedelta(days=40))
    await move(clean, lead, "contacted", ago=timedelta(days=30))
    fresh = await enquiry(clean, "Attended", ago=timedelta(days=40))
    await move(clean, fresh, "contacted", ago=timedelta(days=3))
    text = await today(signed_in)
    assert "Forgotten" in text
    assert "Attended" not in text


async def test_what_does_not_fit_is_counted_and_linked(signed_in, clean):
    for number in range(11):
        await enquiry(clean, f"Person {number:02}", ago=timedelta(minutes=number))
    text = await today(signed_in)
    assert text.count('class="queue-item"') == 8
    assert "All 11 enquiries to answer" in text


async def test_there_is_exactly_one_filled_button(signed_in, clean):
    for number in range(3):
        await enquiry(clean, f"Person {number}")
    assert (await today(signed_in)).count("button-primary") == 1


async def test_done_clears_the_step_and_snooze_moves_it(signed_in, clean):
    done = await enquiry(clean, "Done", next_action="Call back", next_action_on=NOW.date())
    later = await enquiry(clean, "Later", next_action="Write", next_action_on=NOW.date())
    with clock.at(NOW):
        await signed_in.post(f"/today/{done.id}/done")
        await signed_in.post(f"/today/{later.id}/snooze", data={"when": "tomorrow"})
        async with clean.db.connection() as conn:
            done, later = await leads.actions.get(conn, done.id), await leads.actions.get(conn, later.id)
    assert (done.next_action, done.next_action_on) == ("", None)
    assert later.next_action_on == NOW.date() + timedelta(days=1)


async def test_a_snoozed_enquiry_comes_back_as_a_step(signed_in, clean):
    lead = await enquiry(clean, "Patient")
    with clock.at(NOW):
        await signed_in.post(f"/today/{lead.id}/snooze", data={"when": "week"})
    assert f"card-{lead.id}" not in await today(signed_in)
    with clock.at(NOW + timedelta(days=2)):
        assert "Answer the enquiry" in (await signed_in.get("/")).text


async def test_the_week_tells_the_median_time_to_the_first_response(signed_in, clean):
    for minutes in (10, 30, 500):
        lead = await enquiry(clean, f"After {minutes}", ago=timedelta(days=1))
        await move(clean, lead, "contacted", ago=timedelta(days=1) - timedelta(minutes=minutes))
    text = await today(signed_in)
    assert '<span class="number-value">3</span>' in text
    assert '<span class="number-value">30 min</span>' in text


@pytest.mark.parametrize(
    ("action", "on"), [("", None), ("Write", None), ("Write", NOW.date()), ("Write", NOW.date() - timedelta(days=9))]
)
async def test_undo_gives_a_snoozed_lead_its_step_back(signed_in, clean, action, on):
    lead = await enquiry(clean, "Patient", next_action=action, next_action_on=on)
    with clock.at(NOW):
        await signed_in.post(f"/today/{lead.id}/snooze", data={"when": "later"})
        page = (await signed_in.get("/")).text
        assert "Snoozed until Mon 23 Nov" in page
        undo = re.search(r'action="(/changes/\d+/undo)"', page)
        assert undo
        await signed_in.post(undo[1])
        async with clean.db.connection() as conn:
            lead = await leads.actions.get(conn, lead.id)
    assert (lead.next_action, lead.next_action_on) == (action, on)


@pytest.mark.parametrize(
    ("received", "now", "expected"),
    [
        ("2026-11-18T09:00", "2026-11-19T08:59", False),
        ("2026-11-18T09:00", "2026-11-19T09:01", True),
        ("2026-11-20T16:00", "2026-11-23T15:59", False),  # received on a Friday
        ("2026-11-20T16:00", "2026-11-23T16:01", True),
        ("2026-11-21T16:00", "2026-11-23T23:59", False),  # received on a Saturday
        ("2026-11-21T16:00", "2026-11-24T00:01", True),
    ],
)
def test_an_enquiry_is_overdue_after_one_working_day(received, now, expected):
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (received, now)]
    assert is_overdue(*moments, "UTC") == expected


async def test_an_overdue_enquiry_is_marked(signed_in, clean):
    await enquiry(clean, "Older", ago=timedelta(days=4))
    assert '>4 days<span class="visually-hidden">, overdue</span>' in await today(signed_in)


@pytest.mark.parametrize(
    "path",
    ["/today/999999/done", "/today/999999/snooze", "/today/99999999999999999999/done"],
)
async def test_an_unknown_lead_is_a_404(signed_in, path):
    assert (await signed_in.post(path, data={"when": "tomorrow"})).status_code == 404


async def test_an_enquiry_older_than_the_promised_working_day_is_red(signed_in, clean):
    await enquiry(clean, "Late", ago=timedelta(days=2))
    await enquiry(clean, "Fresh", ago=timedelta(hours=3))
    text = await today(signed_in)
    ends = (text.index(f">{name}</a></h2>") for name in ("Late", "Fresh"))
    late, fresh = (text[end - 400 : end] for end in ends)
    assert '<strong class="late"' in late
    assert ", overdue" in late
    assert 'class="late"' not in fresh.rpartition("queue-item")[2]


async def test_a_card_offers_answer_and_call_and_says_owner_and_source(signed_in, clean):
    await enquiry(clean, "Grace", email="grace@navy.example", phone="+1 555 0100", source="blog", company="Navy")
    text = await today(signed_in)
    card = text[text.index('class="queue-item"') : text.index("</li>", text.index('class="queue-item"'))]
    assert re.search(r'class="button button-primary button-small" href="/emails/new\?lead_id=\d+">.*Answer', card)
    assert 'href="tel:+15550100"' in card
    for words in ("Navy", "Unassigned", "An article of yours", '<p class="clamp" dir="auto">Grace asks.</p>'):
        assert words in card


async def test_an_empty_today_offers_a_test_enquiry(signed_in):
    text = await today(signed_in)
    assert re.search(r'class="button button-primary" href="http://site.test/#enquiry">Send a test enquiry', text)


async def test_a_lead_with_a_title_is_called_by_it(signed_in, clean):
    await enquiry(clean, "Grace", title="Compiler audit")
    await enquiry(clean, "Linus", title="Kernel audit", next_action="Call", next_action_on=NOW.date())
    text = await today(signed_in)
    assert ">Compiler audit</a></h2>" in text
    assert "Kernel audit · Linus" in text


async def add_task(context: AppContext, title: str, days: int = 0, **values: object) -> tasks.Task:
    async with context.db.transaction() as conn:
        form = tasks.NewTask(title=title, due_on=NOW.date() + timedelta(days=days), **values)  # type: ignore[arg-type]
        return await tasks.create(conn, form, by=ADA)


async def test_the_queue_has_one_order(signed_in, clean):
    await add_task(clean, "The task")
    quiet = [
        await enquiry(clean, name, ago=timedelta(days=40), value=value) for name, value in (("Poor", 1), ("Rich", 9))
    ]
    for lead in quiet:
        await move(clean, lead, "contacted", ago=timedelta(days=30))
    await enquiry(clean, "Due", next_action="Call", next_action_on=NOW.date())
    await enquiry(clean, "Late", next_action="Write", next_action_on=NOW.date() - timedelta(days=2))
    await enquiry(clean, "Waiting", ago=timedelta(hours=2))
    text = await today(signed_in)
    assert re.findall(r'<h2><a class="plain"[^>]*>([^<]+)<', text) == [
        "Waiting", "Write", "Call", "Rich asks", "Poor asks", "The task"
    ]  # fmt: skip


async def test_a_task_that_is_a_next_step_stands_once(signed_in, clean):
    lead = await enquiry(clean, "Grace", next_action="Call", next_action_on=NOW.date())
    await add_task(clean, "Second task", lead_id=lead.id)
    await add_task(clean, "Tomorrow", 1)
    text = await today(signed_in)
    assert text.count('class="queue-item"') == 2
    assert "All 2 tasks for today" in text
    assert "Tomorrow</a></h2>" not in text


async def test_a_task_is_done_and_put_off_from_today(signed_in, clean):
    done, later = await add_task(clean, "Done"), await add_task(clean, "Later")
    with clock.at(NOW):
        answer = await signed_in.post(f"/tasks/{done.id}/done", data={"back": "/"})
        assert "Done: Done. And next?" in (await signed_in.get(answer.headers["location"])).text
        await signed_in.post(f"/tasks/{later.id}/snooze", data={"back": "/", "when": "tomorrow"})
        assert 'class="queue-item"' not in (await signed_in.get("/")).text


async def test_today_sends_as_many_statements_for_many_leads_as_for_one_of_each(signed_in, clean):
    await enquiry(clean, "Waiting")
    await add_task(clean, "Task")
    one = await list_statements(signed_in, "/")
    for number in range(6):
        await enquiry(clean, f"Waiting {number}", next_action="Call", next_action_on=NOW.date())
        await add_task(clean, f"Task {number}")
    assert len(await list_statements(signed_in, "/")) <= len(one) <= 18
