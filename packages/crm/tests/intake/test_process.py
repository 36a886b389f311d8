"""From stored to settled: all or none, exactly once, and every error is kept where a person sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import factories
import httpx
import pytest
from conftest import SITE

from crm.inbound import intake
from crm.inbound.intake import actions, jobs
from crm.inbound.intake.process import MAX_ATTEMPTS, process_batch, process_submission
from crm.kernel import clock, db
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Database
from crm.kernel.errors import NotFoundError

ADA = Actor("person", 1, "Ada Lovelace")


@asynccontextmanager
async def broken(context: AppContext, table: str = "leads", code: str = "P0001") -> AsyncIterator[None]:
    """For a while the database refuses every new row of `table`, late: at the very end of the transaction."""
    async with context.db.connection() as conn:
        await conn.execute(
            f"""
            CREATE FUNCTION tests_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'refused: %', NEW USING ERRCODE = '{code}'; END $$;
            CREATE CONSTRAINT TRIGGER tests_refuse AFTER INSERT ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tests_refuse();
            """
        )
    try:
        yield
    finally:
        async with context.db.connection() as conn:
            await conn.execute("DROP FUNCTION tests_refuse CASCADE")


async def process_enquiry(context: AppContext, **changes: object) -> intake.models.Submission:
    async with context.db.transaction() as conn:
        return await factories.create_submission(conn, **changes)


async def look(context: AppContext, number: int) -> intake.models.Submission:
    async with context.db.connection() as conn:
        return await actions.get(conn, number)


async def counts(context: AppContext) -> dict[str, int]:
    async with context.db.connection() as conn:
        row = await conn.fetchrow(
            """
            SELECT (SELECT count(*) FROM leads) AS leads, (SELECT count(*) FROM contacts) AS contacts,
                   (SELECT count(*) FROM companies) AS companies, (SELECT count(*) FROM activities) AS activities,
                   (SELECT count(*) FROM events WHERE kind LIKE 'lead.%') AS events
            """
        )
    return dict(row)


async def test_an_enquiry_is_thanked_for_even_when_no_lead_can_be_made_and_nothing_half_made_remains(
    client: httpx.AsyncClient, context: AppContext
):
    async with broken(context):
        answer = await client.post("/api/leads", json=factories.build_enquiry(), headers={"origin": SITE})
        await process_batch(context.db)
    assert answer.status_code == 201
    async with context.db.connection() as conn:
        (row,) = await conn.fetch("SELECT state, reference, lead_id FROM submissions")
        events = [r["kind"] for r in await conn.fetch("SELECT kind FROM events")]
    assert (row["state"], row["reference"], row["lead_id"]) == ("failed", answer.json()["reference"], None)
    assert await counts(context) == dict.fromkeys(("leads", "contacts", "companies", "activities", "events"), 0)
    assert events == ["submission.failed"]


@pytest.mark.parametrize("table", ["contacts", "companies", "activities", "events"])
async def test_an_error_in_any_part_leaves_no_part(clean: AppContext, table: str):
    submission = await process_enquiry(clean)
    async with broken(clean, table):
        await process_submission(clean.db, submission.id)
    assert sum((await counts(clean)).values()) == 0
    # Where even the event of the failure cannot be written, it stays received, and the clock comes by.
    assert (await look(clean, submission.id)).state == ("received" if table == "events" else "failed")


async def test_a_failed_one_is_replayed_into_exactly_one_lead(clean: AppContext):
    submission = await process_enquiry(clean)
    async with broken(clean):
        await process_submission(clean.db, submission.id)
    await process_submission(clean.db, submission.id, by=ADA, decided=True)
    settled = await look(clean, submission.id)
    assert (settled.state, settled.error) == ("accepted", "")
    assert await counts(clean) == dict.fromkeys(("leads", "contacts", "companies", "activities", "events"), 1)
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT reference FROM leads") == submission.reference


async def test_replayed_by_ten_at_once_it_is_still_one_lead(clean: AppContext):
    submission = await process_enquiry(clean)
    async with broken(clean):
        await process_submission(clean.db, submission.id)
    await asyncio.gather(*(process_submission(clean.db, submission.id, by=ADA, decided=True) for _ in range(10)))
    assert (await counts(clean))["leads"] == 1
    assert (await look(clean, submission.id)).state == "accepted"


async def test_ten_workers_at_once_make_one_lead(clean: AppContext):
    submission = await process_enquiry(clean)
    one = [process_submission(clean.db, submission.id) for _ in range(5)]
    await asyncio.gather(*one, *(process_batch(clean.db) for _ in range(5)))
    assert (await counts(clean))["leads"] == 1


async def test_a_stored_error_says_where_and_quotes_nothing(clean: AppContext, capfd: pytest.CaptureFixture[str]):
    submission = await process_enquiry(clean, message="My secret plan")
    async with broken(clean):
        await process_submission(clean.db, submission.id)
    error = (await look(clean, submission.id)).error
    assert error == "The database rejected it: RaiseError, code P0001."
    assert "secret plan" not in "".join(capfd.readouterr())


async def test_a_process_that_died_after_storing_is_followed_by_the_clock(clean: AppContext):
    submission = await process_enquiry(clean, at=clock.now() - timedelta(seconds=31))
    await jobs.process_stuck(clean, {})
    await jobs.process_stuck(clean, {})
    assert (await look(clean, submission.id)).state == "accepted"
    assert (await counts(clean))["leads"] == 1


async def test_the_clock_leaves_what_has_just_come_in_to_the_worker(clean: AppContext):
    submission = await process_enquiry(clean)
    await jobs.process_stuck(clean, {})
    assert (await look(clean, submission.id)).state == "received"


async def test_an_error_that_may_pass_is_tried_again_before_a_person_is_asked(clean: AppContext):
    submission = await process_enquiry(clean, at=clock.now() - timedelta(minutes=1))
    async with broken(clean, code="40P01"):
        await process_submission(clean.db, submission.id)
        once = await look(clean, submission.id)
        for _ in range(MAX_ATTEMPTS - 1):
            await jobs.process_stuck(clean, {})
        often = await look(clean, submission.id)
    assert (once.state, once.attempts) == ("received", 1)
    assert (often.state, often.attempts) == ("failed", MAX_ATTEMPTS)


async def test_a_database_that_goes_away_in_between_raises_nothing_and_loses_nothing(clean: AppContext):
    submission = await process_enquiry(clean, at=clock.now() - timedelta(minutes=1))
    away = Database("postgresql://nobody@127.0.0.1:1/none", 1)
    await process_submission(away, submission.id)
    assert await process_batch(away) == 0
    assert (await look(clean, submission.id)).state == "received"
    await jobs.process_stuck(clean, {})
    assert (await look(clean, submission.id)).state == "accepted"


async def test_spam_is_held_with_its_reasons_and_notified(client: httpx.AsyncClient, context: AppContext):
    answer = await client.post(
        "/api/leads", json=factories.build_enquiry(website="https://spam.example"), headers={"origin": SITE}
    )
    assert answer.status_code == 201
    await process_batch(context.db)
    async with context.db.connection() as conn:
        (row,) = await conn.fetch("SELECT state, spam_score, spam_reasons FROM submissions")
        (event,) = await conn.fetch("SELECT kind, payload FROM events")
    assert (row["state"], row["spam_score"]) == ("quarantined", 10)
    assert event["kind"] == "submission.quarantined"
    assert event["payload"]["submission"]["reference"] == answer.json()["reference"]
    assert event["payload"]["submission"]["spam_reasons"] == row["spam_reasons"]
    assert (await counts(context))["leads"] == 0


async def test_the_same_long_message_from_many_addresses_is_held(clean: AppContext):
    words = "We can bring your business to the very top of everything, at once."
    for address in ("a", "b", "c", "d"):
        submission = await process_enquiry(clean, address=address, message=words, email=f"{address}@mail.example")
        await process_submission(clean.db, submission.id)
    assert (await look(clean, submission.id)).state == "quarantined"
    assert (await counts(clean))["leads"] == 3


async def test_an_enquiry_marked_as_not_spam_becomes_one_lead_and_says_who_did_it(clean: AppContext):
    submission = await process_enquiry(clean, website="https://spam.example")
    await process_submission(clean.db, submission.id)
    await asyncio.gather(*(process_submission(clean.db, submission.id, by=ADA, decided=True) for _ in range(3)))
    assert (await counts(clean))["leads"] == 1
    async with clean.db.connection() as conn:
        activity = await conn.fetchrow("SELECT body, by_name FROM activities ORDER BY id DESC LIMIT 1")
    assert tuple(activity) == ("Ada Lovelace marked the enquiry as not spam.", "Ada Lovelace")


async def test_the_clock_never_lets_anything_out_of_quarantine(clean: AppContext):
    submission = await process_enquiry(clean, website="x", at=clock.now() - timedelta(hours=1))
    await jobs.process_stuck(clean, {})
    await process_submission(clean.db, submission.id)
    assert (await look(clean, submission.id)).state == "quarantined"


async def test_what_was_dismissed_comes_back_to_where_it_was(clean: AppContext):
    held, failed = await process_enquiry(clean, website="x"), await process_enquiry(clean, message="Another")
    await process_submission(clean.db, held.id)
    async with broken(clean):
        await process_submission(clean.db, failed.id)
    for submission, state in ((held, "quarantined"), (failed, "failed")):
        async with clean.db.transaction() as conn:
            assert (await actions.dismiss(conn, submission)).state == "dismissed"
        async with clean.db.transaction() as conn:
            assert (await actions.restore(conn, submission)).state == state


async def test_the_purge_takes_old_spam_and_dismissed_ones_and_nothing_else(clean: AppContext):
    long_ago = clock.now() - timedelta(days=91)
    kept = {}
    async with clean.db.transaction() as conn:
        for state in ("received", "accepted", "quarantined", "failed", "dismissed"):
            for age, at in (("old", long_ago), ("young", long_ago + timedelta(days=2))):
                submission = await factories.create_submission(conn, at=at, message=f"{state} and {age}")
                await conn.execute(
                    "UPDATE submissions SET state = $2, settled_at = $3, seen_at = $3 WHERE id = $1",
                    submission.id, state, at,
                )  # fmt: skip
                kept[state, age] = submission.id
    await jobs.purge(clean, {})
    for (state, age), number in kept.items():
        gone = age == "old" and state in ("quarantined", "dismissed")
        async with clean.db.connection() as conn:
            if gone:
                with pytest.raises(NotFoundError):
                    await actions.get(conn, number)
            else:
                assert (await actions.get(conn, number)).state == state


async def test_the_counts_tell_what_waits_for_a_person(conn: db.Connection):
    for number, state in enumerate(("quarantined", "quarantined", "failed", "dismissed", "accepted")):
        submission = await factories.create_submission(conn, message=f"Number {number}")
        await conn.execute("UPDATE submissions SET state = $2 WHERE id = $1", submission.id, state)
    await factories.create_submission(conn, message="Stuck", at=clock.now() - timedelta(minutes=1))
    await factories.create_submission(conn, message="Just now")
    assert await intake.actions.count_submissions(conn) == intake.models.SubmissionCounts(
        quarantined=2, failed=2, dismissed=1
    )


async def test_a_batch_makes_a_lead_of_each_in_the_order_they_came(clean: AppContext):
    for number in range(5):
        await process_enquiry(clean, email=f"p{number}@mill.example", message=f"Number {number}", at=clock.now())
    assert await process_batch(clean.db) == 5
    assert await process_batch(clean.db) == 0
    async with clean.db.connection() as conn:
        messages = [row["message"] for row in await conn.fetch("SELECT message FROM leads ORDER BY id")]
        assert messages == [f"Number {number}" for number in range(5)]
        assert await conn.fetchval("SELECT count(*) FROM companies") == 1


async def test_in_a_batch_two_enquiries_of_one_person_give_one_contact(clean: AppContext):
    await process_enquiry(clean, message="First", email="grace@gmail.com", company="Navy")
    await process_enquiry(clean, message="Second", email="Grace@gmail.com", company="navy")
    await process_batch(clean.db)
    counted = await counts(clean)
    assert (counted["leads"], counted["contacts"], counted["companies"]) == (2, 1, 1)


async def test_one_that_cannot_be_processed_is_set_aside_and_the_others_of_its_batch_go_through(clean: AppContext):
    async with clean.db.connection() as conn:
        await conn.execute("ALTER TABLE leads ADD CONSTRAINT tests_no_poison CHECK (message <> 'poison')")
    try:
        for message in ("one", "poison", "two"):
            await process_enquiry(clean, message=message)
        await process_batch(clean.db)
    finally:
        async with clean.db.connection() as conn:
            await conn.execute("ALTER TABLE leads DROP CONSTRAINT tests_no_poison")
    async with clean.db.connection() as conn:
        states = [
            tuple(row) for row in await conn.fetch("SELECT body ->> 'message', state FROM submissions ORDER BY id")
        ]
    assert states == [("one", "accepted"), ("poison", "failed"), ("two", "accepted")]
    assert (await counts(clean))["leads"] == 2


async def test_spam_in_a_batch_is_held_and_the_rest_becomes_leads(clean: AppContext):
    await process_enquiry(clean, message="Fine")
    spam = await process_enquiry(clean, website="https://spam.example", message="Spam")
    await process_batch(clean.db)
    assert (await look(clean, spam.id)).state == "quarantined"
    assert (await counts(clean))["leads"] == 1


async def test_one_that_failed_once_is_left_to_the_clock(clean: AppContext):
    submission = await process_enquiry(clean)
    async with broken(clean, code="40P01"):
        await process_batch(clean.db)
        assert await process_batch(clean.db) == 0
    assert (await look(clean, submission.id)).attempts == 1


async def test_new_submissions_are_found_in_order_by_their_index(conn: db.Connection):
    plan = await conn.fetch(
        """
        EXPLAIN SELECT id FROM submissions WHERE state = 'received' AND attempts = 0
        ORDER BY received_at, id LIMIT 100 FOR UPDATE SKIP LOCKED
        """
    )
    lines = [row[0] for row in plan]
    assert any("submissions_waiting" in line for line in lines)
    assert not any("Sort" in line for line in lines)


async def test_possible_spam_that_nobody_has_seen_is_kept_however_old_it_is(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    long_ago = clock.now() - timedelta(days=91)
    async with clean.db.transaction() as conn:
        submission = await factories.create_submission(conn, at=long_ago, website="x")
    with clock.at(long_ago):
        await process_submission(clean.db, submission.id)
    await jobs.purge(clean, {})
    assert (await look(clean, submission.id)).state == "quarantined"
    assert (await signed_in.get("/inbox?tab=quarantine")).status_code == 200
    await jobs.purge(clean, {})
    assert (await look(clean, submission.id)).state == "quarantined"
    with clock.at(clock.now() + timedelta(days=91)):
        await jobs.purge(clean, {})
    with pytest.raises(NotFoundError):
        await look(clean, submission.id)
