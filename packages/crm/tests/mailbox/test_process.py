"""What becomes of a received message: which record it is attached to, what follows, and what waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import due_jobs
import factories
import pytest
import received_mails as samples

from crm.inbound import mailbox
from crm.inbound.mailbox.process import LOOP_MAX
from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import contacts, emails, leads
from crm.records.leads import Lead, NewLead

EARLIER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""Before the messages of the samples."""


async def create_lead(context: AppContext, at: datetime = EARLIER, **values: Any) -> Lead:
    """A lead of Grace Hopper."""
    form = NewLead(
        **{"name": "Grace Hopper", "email": "grace@navy.example", "message": "Our compiler is slow."} | values
    )
    with clock.at(at):
        async with context.db.transaction() as conn:
            return await leads.create(conn, form, by=SYSTEM, channel="site", received_at=at)


async def create_ada(context: AppContext) -> Any:
    async with context.db.transaction() as conn:
        return await factories.create_user(conn)


async def read_lead(context: AppContext, lead_id: int) -> Lead:
    async with context.db.connection() as conn:
        return await leads.get(conn, lead_id)


async def list_entries(context: AppContext) -> list[tuple[str, str, str, int | None, int | None]]:
    """Kind, author and text of the entries that stand for e-mails, with their lead and contact."""
    async with context.db.connection() as conn:
        rows = await conn.fetch(
            "SELECT kind, by_kind, body, lead_id, contact_id FROM activities WHERE email_id IS NOT NULL ORDER BY id"
        )
    return [tuple(row) for row in rows]


async def list_events(context: AppContext) -> list[str]:
    async with context.db.connection() as conn:
        return [row[0] for row in await conn.fetch("SELECT kind FROM events WHERE kind LIKE 'email.%' ORDER BY id")]


def bcc(context: AppContext, noun: str, record_id: int) -> str:
    """The header in which a mail server names the address that was in BCC."""
    return f"Delivered-To: {emails.addresses.build_address(context, noun, record_id)}\n"


async def test_a_message_of_a_contact_goes_to_the_newest_open_lead(clean: AppContext, receive: Any):
    await create_lead(clean)
    newest = await create_lead(clean, EARLIER + timedelta(hours=1))
    email = await receive(samples.GMAIL)
    assert (email.state, email.lead_id) == ("attached", newest.id)
    ((kind, by, body, lead_id, contact_id),) = await list_entries(clean)
    assert (kind, by, body) == ("email", "visitor", "Sounds good 👍\n\nGrace")
    assert (lead_id, contact_id) == (newest.id, newest.contact_id)
    assert await list_events(clean) == ["email.received"]
    # The customer has written, so the clock still runs.
    assert (await read_lead(clean, newest.id)).status == "new"


async def test_another_spelling_of_the_address_finds_the_contact(clean: AppContext, receive: Any):
    lead = await create_lead(clean)
    assert (await receive(samples.write("GRACE+work@Navy.example"))).lead_id == lead.id


async def test_an_answer_follows_its_conversation_whoever_writes(clean: AppContext, receive: Any):
    lead = await create_lead(clean)
    first = await receive(samples.write())
    answer = samples.write(
        "Howard <howard@navy.example>", message_id="two@navy.example", headers="In-Reply-To: <one@navy.example>\n"
    )
    email = await receive(answer)
    assert (email.lead_id, email.thread_id) == (lead.id, first.id)


async def test_a_conversation_stays_with_its_lead_after_that_was_closed(clean: AppContext, receive: Any):
    old = await create_lead(clean)
    await receive(samples.write())
    async with clean.db.transaction() as conn:
        await leads.move(conn, await leads.lock(conn, old.id), "won", SYSTEM)
    await create_lead(clean, EARLIER + timedelta(days=1))
    email = await receive(samples.write(message_id="two@x", headers="References: <one@navy.example>\n"))
    assert email.lead_id == old.id


async def test_a_contact_without_an_open_lead_gets_the_message(clean: AppContext, receive: Any):
    lead = await create_lead(clean)
    async with clean.db.transaction() as conn:
        await leads.move(conn, await leads.lock(conn, lead.id), "lost", SYSTEM, "Too early")
    email = await receive(samples.write())
    assert (email.lead_id, email.contact_id) == (None, lead.contact_id)


async def test_a_message_from_before_the_lead_goes_to_the_contact_alone(clean: AppContext, receive: Any):
    lead = await create_lead(clean, datetime(2026, 11, 27, 12, 0, tzinfo=UTC))
    assert (await receive(samples.write())).lead_id is None
    assert lead.contact_id


async def test_what_matches_nothing_waits_in_the_inbox(clean: AppContext, receive: Any):
    email = await receive(samples.APPLE)
    assert (email.state, email.lead_id, email.contact_id) == ("unmatched", None, None)
    assert await list_events(clean) == ["email.received"]


@pytest.mark.parametrize("noun", ["user", "lead"])
async def test_an_answer_in_bcc_moves_a_new_lead_to_contacted(clean: AppContext, receive: Any, noun: str):
    ada, lead = await create_ada(clean), await create_lead(clean)
    header = bcc(clean, noun, ada.id if noun == "user" else lead.id)
    # The address of a lead says where a message belongs, and not who wrote it.
    header += samples.VERIFIED.format(domain="crm.test") if noun == "lead" else ""
    email = await receive(samples.write("Ada <ada@crm.test>", to="grace@navy.example", headers=header))
    assert (email.direction, email.lead_id) == ("out", lead.id)
    assert (await read_lead(clean, lead.id)).status == "contacted"
    assert (await list_entries(clean))[0][1] == "person"
    assert await list_events(clean) == []
    async with clean.db.connection() as conn:
        answered = await conn.fetchval(f"SELECT {leads.ANSWERED_AT} FROM leads WHERE id = $1", lead.id)
    assert answered == email.at


async def test_a_lead_that_is_further_along_stays_there(clean: AppContext, receive: Any):
    ada, lead = await create_ada(clean), await create_lead(clean)
    async with clean.db.transaction() as conn:
        await leads.move(conn, await leads.lock(conn, lead.id), "proposal", SYSTEM)
    await receive(samples.write("ada@crm.test", to="grace@navy.example", headers=bcc(clean, "user", ada.id)))
    assert (await read_lead(clean, lead.id)).status == "proposal"


async def test_a_forged_user_is_not_believed(clean: AppContext, receive: Any):
    await create_ada(clean)
    lead = await create_lead(clean)
    email = await receive(samples.write("Ada <ada@crm.test>", to="grace@navy.example"))
    assert (email.state, email.direction) == ("unmatched", "in")
    assert "nothing proves that" in email.problem
    assert (await read_lead(clean, lead.id)).status == "new"


@pytest.mark.parametrize("noun", ["lead", "user"])
async def test_the_address_of_a_lead_or_of_another_user_proves_no_sender(clean: AppContext, receive: Any, noun: str):
    ada, lead = await create_ada(clean), await create_lead(clean)
    header = bcc(clean, noun, ada.id + 1 if noun == "user" else lead.id)
    email = await receive(samples.write("ada@crm.test", to="grace@navy.example", headers=header))
    assert (email.state, (await read_lead(clean, lead.id)).status) == ("unmatched", "new")


async def test_an_address_with_a_wrong_signature_counts_for_nothing(clean: AppContext, receive: Any):
    ada = await create_ada(clean)
    await create_lead(clean)
    address = emails.addresses.build_address(clean, "user", ada.id)
    forged = address.replace(address[-22], "0" if address[-22] != "0" else "1")
    right = emails.read_address(clean, address)
    assert right == ("user", ada.id)
    swapped = emails.addresses.build_address(clean, "user", ada.id + 1).replace(f"u{ada.id + 1}.", f"u{ada.id}.")
    for each in (swapped, "crm+u1.x@in.crm.test", "crm@in.crm.test", forged.replace("in.crm.test", "evil.example")):
        assert emails.read_address(clean, each) is None
    email = await receive(samples.write("ada@crm.test", to=f"grace@navy.example, {swapped}"))
    assert email.state == "unmatched"


async def test_a_user_whom_the_mail_server_verified_is_believed(clean: AppContext, receive: Any):
    await create_ada(clean)
    lead = await create_lead(clean)
    proof = samples.VERIFIED.format(domain="crm.test")
    await receive(samples.write("ada@crm.test", to="grace@navy.example, crm@in.crm.test", headers=proof))
    assert (await read_lead(clean, lead.id)).status == "contacted"


async def test_a_forwarded_message_is_that_of_the_person_who_wrote_it(clean: AppContext, receive: Any):
    ada, lead = await create_ada(clean), await create_lead(clean)
    text = (
        "FYI\n\n---------- Forwarded message ---------\nFrom: Grace Hopper <grace@navy.example>\n"
        "Date: Fri, 27 Nov 2026\nSubject: Our compiler\nTo: <ada@crm.test>\n\nFriday suits us."
    )
    to = emails.addresses.build_address(clean, "user", ada.id)
    email = await receive(samples.write("ada@crm.test", to=to, subject="Fwd: Our compiler", text=text))
    assert (email.direction, email.from_email, email.lead_id) == ("in", "grace@navy.example", lead.id)
    assert not email.verified
    # Forwarding is no answer.
    assert (await read_lead(clean, lead.id)).status == "new"


async def test_an_automatic_reply_is_kept_and_tells_nobody(clean: AppContext, receive: Any):
    lead = await create_lead(clean)
    email = await receive(samples.AUTO_REPLY)
    assert (email.kind, email.lead_id) == ("auto_reply", lead.id)
    assert await list_events(clean) == []


async def test_a_bounce_of_our_message_marks_the_address(clean: AppContext, receive: Any):
    ada, lead = await create_ada(clean), await create_lead(clean)
    header = bcc(clean, "user", ada.id)
    await receive(samples.write("ada@crm.test", to="grace@navy.example", message_id="first@crm.test", headers=header))
    email = await receive(samples.BOUNCE)
    assert (email.kind, email.lead_id) == ("bounce", lead.id)
    assert "The e-mail to grace@navy.example could not be delivered: 550 5.1.1" in (await list_entries(clean))[1][2]
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT email_key FROM bounces") == "grace@navy.example"
    # It works again once a verified message comes from there.
    await receive(samples.GMAIL)
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM bounces") == 0


async def test_a_bounce_marks_every_address_that_failed_for_good(clean: AppContext, receive: Any):
    ada, _ = await create_ada(clean), await create_lead(clean)
    header = bcc(clean, "user", ada.id)
    await receive(samples.write("ada@crm.test", to="grace@navy.example", message_id="first@crm.test", headers=header))
    entry = "Final-Recipient: rfc822; {}@navy.example\r\nAction: {}\r\nStatus: {}\r\n\r\n"
    others = entry.format("mark", "failed", "5.2.2") + entry.format("jean", "delayed", "4.4.1")
    first = b"Final-Recipient: rfc822; grace@navy.example"
    email = await receive(samples.BOUNCE.replace(first, others.encode() + first))
    assert "The e-mail to jean@navy.example is delayed: 4.4.1" in email.problem
    async with clean.db.connection() as conn:
        keys = await conn.fetch("SELECT email_key FROM bounces ORDER BY email_key")
    assert [key for (key,) in keys] == ["grace@navy.example", "mark@navy.example"]


async def test_a_bounce_of_a_message_that_we_never_sent_marks_nothing(clean: AppContext, receive: Any):
    await create_lead(clean)
    email = await receive(samples.BOUNCE)
    assert email.state == "unmatched"
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM bounces") == 0


async def test_a_loop_ends_in_the_inbox_and_tells_nobody(clean: AppContext, receive: Any):
    await create_lead(clean)
    for number in range(LOOP_MAX + 2):
        email = await receive(samples.write(message_id=f"{number}@navy.example"))
    assert email.state == "unmatched"
    assert "loop" in email.problem
    assert len(await list_events(clean)) == LOOP_MAX


async def test_a_message_that_comes_twice_is_stored_once(clean: AppContext, receive: Any):
    await create_lead(clean)
    await receive(samples.write())
    await receive(samples.write(headers="Received: by another way\n"))
    assert len(await list_entries(clean)) == 1


async def test_a_job_that_runs_twice_files_the_message_once(clean: AppContext):
    await create_lead(clean)
    async with clean.db.transaction() as conn:
        await mailbox.store(conn, samples.write())
    ((_, payload, _),) = [job for job in await due_jobs.list_jobs(clean) if job[0] == mailbox.PROCESS_JOB]
    for _ in range(2):
        await mailbox.process(clean, payload)
    assert len(await list_entries(clean)) == 1


async def test_the_time_is_never_in_the_future(clean: AppContext, receive: Any):
    raw = samples.write().replace(b"Fri, 27 Nov 2026", b"Sat, 27 Nov 2060")
    email = await receive(raw)
    assert email.at == email.received_at or email.at < clock.now()


async def test_words_of_a_message_are_found_by_the_search(clean: AppContext, receive: Any):
    lead = await create_lead(clean)
    await receive(samples.write(text="The zeppelin lands at noon."))
    async with clean.db.connection() as conn:
        page = await leads.RECORD.list_page(conn, leads.LeadFilter(q="zeppelin"))
    assert [each.id for each in page.data] == [lead.id]


async def test_a_deleted_lead_takes_its_messages_along_and_brings_them_back(clean: AppContext, receive: Any):
    lead = await create_lead(clean)
    email = await receive(samples.write())
    async with clean.db.transaction() as conn:
        await leads.delete(conn, await leads.lock(conn, lead.id), by=SYSTEM)
    async with clean.db.connection() as conn:
        assert (await emails.get(conn, email.id)).lead_id is None
    async with clean.db.transaction() as conn:
        await leads.deletion.restore(conn, lead.id, by=SYSTEM)
        assert (await emails.get(conn, email.id)).lead_id == lead.id
        assert (await contacts.get(conn, lead.contact_id)).name == "Grace Hopper"
