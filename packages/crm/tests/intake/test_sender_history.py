"""What a person said of one enquiry counts for the next of its sender."""

from __future__ import annotations

from typing import Any

import factories
import httpx
import pytest

from crm.inbound import intake
from crm.inbound.intake import actions, sender_history, spam
from crm.inbound.intake.process import process_submission
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection

LINKS = "Our shop, with all of its parts: " + "https://shop.example " * 6
PLAIN = "Could you look at our shop in May? It is slow."


async def came(context: AppContext, *, email: str, message: str) -> intake.models.Submission:
    async with context.db.transaction() as conn:
        stored = await factories.create_submission(conn, email=email, message=message)
    await process_submission(context.db, stored.id)
    async with context.db.connection() as conn:
        return await actions.get(conn, stored.id)


@pytest.mark.parametrize(
    ("email", "state", "reason"),
    [
        ("ann@mill.example", "accepted", "You accepted an earlier enquiry from this address (-5)"),
        ("ANN@mill.example", "accepted", "You accepted an earlier enquiry from this address (-5)"),
        ("bob@mill.example", "accepted", "You accepted an earlier enquiry from this domain (-3)"),
        ("ann@other.example", "quarantined", "6 links in the message (+5)"),
    ],
)
async def test_who_was_let_through_passes_more_easily(
    signed_in: httpx.AsyncClient, context: AppContext, email: str, state: str, reason: str
):
    first = await came(context, email="ann@mill.example", message=LINKS)
    assert first.state == "quarantined"
    await signed_in.post(f"/inbox/{first.id}/accept")
    second = await came(context, email=email, message=f"{LINKS} And again.")
    assert (second.state, second.spam_reasons[-1]) == (state, reason)


async def test_who_was_put_aside_as_spam_is_held_next_time(signed_in: httpx.AsyncClient, context: AppContext):
    first = await came(context, email="ann@mill.example", message=LINKS)
    await signed_in.post(f"/inbox/{first.id}/dismiss")
    second = await came(context, email="ann@mill.example", message=PLAIN)
    assert second.state == "quarantined"
    assert second.spam_reasons == ["You marked an earlier enquiry from this address as spam (+5)"]
    assert (await came(context, email="bob@mill.example", message=PLAIN)).state == "accepted"


async def test_restoring_undoes_the_decision(signed_in: httpx.AsyncClient, context: AppContext):
    first = await came(context, email="ann@mill.example", message=LINKS)
    await signed_in.post(f"/inbox/{first.id}/dismiss")
    await signed_in.post(f"/inbox/{first.id}/restore")
    assert (await came(context, email="ann@mill.example", message=PLAIN)).state == "accepted"


async def test_the_last_word_counts(signed_in: httpx.AsyncClient, context: AppContext):
    first = await came(context, email="ann@mill.example", message=LINKS)
    await signed_in.post(f"/inbox/{first.id}/dismiss")
    second = await came(context, email="ann@mill.example", message=PLAIN)
    await signed_in.post(f"/inbox/{second.id}/accept")
    assert (await came(context, email="ann@mill.example", message=f"{PLAIN} Please.")).state == "accepted"


async def test_a_free_mail_domain_says_nothing_of_its_other_people(signed_in: httpx.AsyncClient, context: AppContext):
    first = await came(context, email="ann@gmail.com", message=LINKS)
    await signed_in.post(f"/inbox/{first.id}/dismiss")
    assert (await came(context, email="bob@gmail.com", message=PLAIN)).state == "accepted"


async def test_an_honest_enquiry_of_a_known_sender_needs_no_pardon(signed_in: httpx.AsyncClient, context: AppContext):
    first = await came(context, email="ann@mill.example", message=LINKS)
    await signed_in.post(f"/inbox/{first.id}/accept")
    honest = await came(context, email="ann@mill.example", message=PLAIN)
    assert (honest.spam_score, honest.spam_reasons) == (0, [])


async def test_a_letter_from_a_known_sender_that_is_surely_a_program_s_is_held_all_the_same():
    form, _ = intake.forms.check(factories.build_enquiry(website="https://x.example", message=LINKS), typed=True)
    history = sender_history.SenderHistory(is_trusted=True, is_same_email=True)
    assert spam.judge(form, origin="http://site.test", repeats=0, history=history).is_held


async def test_judged_enquiries_are_found_by_their_index(conn: Connection):
    await conn.execute("SET LOCAL enable_seqscan = off")
    asked = (["mill.example"], ["ann@mill.example"], [True], 20)
    plan = await conn.fetch(f"EXPLAIN {sender_history._QUERY}", *asked)
    assert any("submissions_judged" in line[0] for line in plan)
    assert spam.THRESHOLD == 5, "The index knows those that were held by this score."


def test_the_verdict_tells_what_is_given_and_what_is_taken():
    form, _ = intake.forms.check(factories.build_enquiry(message=LINKS), typed=True)
    given: dict[str, Any] = {"origin": "http://site.test", "repeats": 0}
    verdict = spam.judge(form, **given, history=sender_history.SenderHistory(is_trusted=True, is_same_email=False))
    assert verdict.score == 2
    assert verdict.reasons == [
        "6 links in the message (+5)",
        "You accepted an earlier enquiry from this domain (-3)",
    ]
