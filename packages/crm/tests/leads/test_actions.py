from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import factories
import pytest

from crm.kernel import clock
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, PreconditionFailedError, ValidationError
from crm.records import activities, leads

ADA = Actor("person", None, "Ada")


@pytest.fixture
async def lead(conn: Connection) -> leads.Lead:
    with clock.at(datetime(2026, 11, 1, tzinfo=UTC)):
        form = leads.NewLead(name="Zoë", email="zoe@quine.example")
        return await leads.create(conn, form, by=VISITOR, channel="site")


async def story(conn: Connection, lead: leads.Lead) -> list[str]:
    """What the timeline says since the enquiry arrived, oldest first."""
    return [line.body for line in reversed(await activities.actions.list_timeline(conn, lead_id=lead.id))][1:]


async def test_a_move_makes_a_sentence_and_an_event(conn: Connection, lead: leads.Lead):
    with clock.at(datetime(2026, 11, 2, 9, tzinfo=UTC)):
        moved = await leads.move(conn, lead, "contacted", ADA)
    assert (moved.status, moved.version) == ("contacted", 2)
    assert moved.status_at == moved.updated_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert await story(conn, lead) == ["Ada moved it from New to Contacted."]
    payload = await conn.fetchval("SELECT payload FROM events WHERE kind = 'lead.status_changed'")
    assert (payload["previous"], payload["status"], payload["lead"]["status"]) == ("new", "contacted", "contacted")


async def test_every_stage_leads_to_every_other(conn: Connection, lead: leads.Lead):
    route = ["proposal", "won", "new", "lost", "qualified", "lost", "won", "contacted", "new"]
    for before, after in pairwise(["new", *route]):
        assert lead.status == before
        lead = await leads.move(conn, lead, after, ADA, "A reason" if after == "lost" else "")  # type: ignore[arg-type]
    assert len(await story(conn, lead)) == len(route)


async def test_a_lead_is_not_lost_without_a_reason(conn: Connection, lead: leads.Lead):
    with pytest.raises(ValidationError, match="Say why"):
        await leads.move(conn, lead, "lost", ADA)
    assert (await leads.actions.get(conn, lead.id)).status == "new"


async def test_a_lost_lead_can_be_reopened_and_its_reason_stays_in_the_story(conn: Connection, lead: leads.Lead):
    lost = await leads.move(conn, lead, "lost", ADA, "No budget")
    reopened = await leads.move(conn, lost, "contacted", ADA)
    assert (reopened.status, reopened.lost_reason, reopened.closed) == ("contacted", "", False)
    assert await story(conn, lead) == [
        "Ada moved it from New to Lost: No budget",
        "Ada moved it from Lost to Contacted.",
    ]


async def test_only_a_lost_lead_has_a_reason(conn: Connection, lead: leads.Lead):
    with pytest.raises(ValidationError, match="Only a lost lead"):
        await leads.change(conn, lead, leads.ChangeLead(lost_reason="x"), by=ADA)
    lost = await leads.move(conn, lead, "lost", ADA, "No budget")
    again = await leads.change(conn, lost, leads.ChangeLead(lost_reason="No answer"), by=ADA)
    assert again.lost_reason == "No answer"
    with pytest.raises(ValidationError, match="Say why"):
        await leads.change(conn, again, leads.ChangeLead(lost_reason=""), by=ADA)


async def test_staying_where_it_is_is_no_news(conn: Connection, lead: leads.Lead):
    assert await leads.move(conn, lead, "new", ADA) == lead
    assert await story(conn, lead) == []


async def test_a_change_names_its_fields_in_one_line_and_one_event(conn: Connection, lead: leads.Lead):
    form = leads.ChangeLead(value=1200.5, hours=8, name="Zoë", message="More words")
    changed = await leads.change(conn, lead, form, by=ADA)
    assert await story(conn, lead) == [
        "Ada changed the message to “More words”, the value to EUR 1,200.50 and the hours to 8."
    ]
    payload = await conn.fetchval("SELECT payload FROM events WHERE kind = 'lead.changed'")
    assert payload["changed"] == ["title", "message", "value", "hours"]  # it has no title of its own
    assert payload["lead"]["value"] == 1200.5
    assert changed.status_at == lead.status_at


async def test_a_change_and_a_move_at_once_are_two_facts(conn: Connection, lead: leads.Lead):
    await leads.change(conn, lead, leads.ChangeLead(status="qualified", hours=8), by=ADA)
    assert sorted(await story(conn, lead)) == ["Ada changed the hours to 8.", "Ada moved it from New to Qualified."]


async def test_the_next_step_is_set_and_finished(conn: Connection, lead: leads.Lead):
    step = leads.ChangeLead(next_action="Call Zoë", next_action_on=date(2026, 11, 5))
    planned = await leads.change(conn, lead, step, by=ADA)
    assert await leads.finish(conn, planned, by=ADA)
    done = await leads.get(conn, lead.id)
    assert (done.next_action, done.next_action_on) == ("", None)
    assert await story(conn, lead) == ["Ada set the next step: Call Zoë", "Ada finished the next step: Call Zoë"]
    assert await leads.finish(conn, done, by=ADA) is None


async def test_a_date_needs_a_step_and_goes_with_it(conn: Connection, lead: leads.Lead):
    with pytest.raises(ValidationError, match="Say what is to be done"):
        await leads.change(conn, lead, leads.ChangeLead(next_action_on=date(2026, 11, 5)), by=ADA)
    step = leads.ChangeLead(next_action="Call", next_action_on=date(2026, 11, 5))
    planned = await leads.change(conn, lead, step, by=ADA)
    emptied = await leads.change(conn, planned, leads.ChangeLead(next_action=""), by=ADA)
    assert emptied.next_action_on is None


async def test_a_change_of_an_outdated_lead_is_stale(conn: Connection, lead: leads.Lead):
    await leads.change(conn, lead, leads.ChangeLead(hours=1), by=ADA)
    with pytest.raises(PreconditionFailedError):
        await leads.change(conn, lead, leads.ChangeLead(hours=2), by=ADA)
    with pytest.raises(PreconditionFailedError):
        await leads.lock(conn, lead.id, lead.version)
    assert (await leads.actions.get(conn, lead.id)).hours == 1


async def test_a_lead_points_only_to_what_exists(conn: Connection, lead: leads.Lead):
    form = leads.ChangeLead(owner_id=10**9, contact_id=10**9, company_id=10**9)
    with pytest.raises(ValidationError) as caught:
        await leads.change(conn, lead, form, by=ADA)
    assert [error.field for error in caught.value.errors] == ["owner_id", "contact_id", "company_id"]


async def test_a_deleted_lead_is_gone_and_reported(conn: Connection, lead: leads.Lead):
    await leads.deletion.delete(conn, lead, by=ADA)
    with pytest.raises(NotFoundError):
        await leads.actions.get(conn, lead.id)
    payload = await conn.fetchval("SELECT payload FROM events WHERE kind = 'lead.deleted'")
    assert payload["lead"]["reference"] == lead.reference


async def test_a_change_tells_old_and_new_values_in_words(conn: Connection, lead: leads.Lead):
    grace = await factories.create_user(conn, "Grace Hopper")
    first = leads.ChangeLead(value=1000, project_type="new_product", owner_id=grace.id, next_action="Call")
    second = leads.ChangeLead(value=0, project_type="", owner_id=None, next_action="Write", message="A long\ntext")
    lead = await leads.change(conn, lead, first, by=ADA)
    await leads.change(conn, lead, second, by=ADA)
    assert await story(conn, lead) == [
        "Ada changed the value to EUR 1,000, the next step to “Call”, the owner to Grace Hopper and "
        "the project type to “A new product”.",
        "Ada changed the message, the value from EUR 1,000 to nothing, the next step from “Call” to “Write”, the owner "
        "from Grace Hopper to nothing and the project type from “A new product” to nothing.",
    ]


@pytest.mark.parametrize(("status", "reason"), [("won", ""), ("lost", "Put off")])
async def test_a_lead_that_is_closed_has_no_next_step_any_more(
    conn: Connection, lead: leads.Lead, status: leads.Status, reason: str
):
    planned = await leads.change(
        conn, lead, leads.ChangeLead(next_action="Call", next_action_on=date(2026, 12, 1)), by=ADA
    )
    closed = await leads.move(conn, planned, status, ADA, reason)
    assert (closed.next_action, closed.next_action_on) == ("", None)
    assert (await story(conn, lead))[-1].endswith(" The next step was removed: Call")
    kept = await leads.change(conn, closed, leads.ChangeLead(status="new"), by=ADA)
    both = await leads.change(conn, kept, leads.ChangeLead(status="won", next_action="Send the invoice"), by=ADA)
    assert both.next_action == "Send the invoice"
