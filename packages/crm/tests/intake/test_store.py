"""Stored once: keys, double clicks, late arrivals and floods."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import factories
import httpx
import pytest
from conftest import SITE, environment, serving

from crm.config import load
from crm.inbound import intake
from crm.kernel import clock
from crm.kernel.app_context import AppContext

KEY = {"origin": SITE, "idempotency-key": "0b2e3a52-5c9e-4f0e-9d5c-2f8f6f2c1a11"}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def number_of(context: AppContext, table: str) -> int:
    async with context.db.connection() as conn:
        return await conn.fetchval(f"SELECT count(*) FROM {table}")


async def test_the_same_key_gives_the_same_reference_and_one_lead(client: httpx.AsyncClient, context: AppContext):
    first = await client.post("/api/leads", json=factories.build_enquiry(), headers=KEY)
    again = await client.post("/api/leads", json=factories.build_enquiry(), headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    await intake.process.process_batch(context.db)
    assert await number_of(context, "leads") == 1


async def test_twenty_posts_at_once_with_one_key_make_one_lead(client: httpx.AsyncClient, context: AppContext):
    sent = [client.post("/api/leads", json=factories.build_enquiry(), headers=KEY) for _ in range(20)]
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert await number_of(context, "submissions") == 1
    await intake.process.process_batch(context.db)
    assert await number_of(context, "leads") == 1


async def test_a_key_used_for_other_words_is_refused(client: httpx.AsyncClient, context: AppContext):
    await client.post("/api/leads", json=factories.build_enquiry(), headers=KEY)
    answer = await client.post("/api/leads", json=factories.build_enquiry(message="Something else"), headers=KEY)
    assert answer.status_code == 422
    assert "another enquiry" in answer.json()["detail"]
    assert await number_of(context, "submissions") == 1


async def test_a_retry_from_another_network_at_another_time_is_the_same_enquiry(
    context: AppContext, database_url: str, clean
):
    settings = load(environment(database_url, TRUSTED_PROXIES="1"))
    async with serving(settings) as client:
        answers = [
            await client.post(
                "/api/leads", json=factories.build_enquiry(sent_at=sent_at), headers={**KEY, "x-forwarded-for": address}
            )
            for sent_at, address in (("2026-11-22T10:00:00Z", "192.0.2.1"), ("2026-11-22T10:05:00Z", "192.0.2.2"))
        ]
    assert answers[0].json() == answers[1].json()
    assert await number_of(context, "submissions") == 1


@pytest.mark.parametrize("key", ["short", "x" * 201, "with a space in it", "über-die-brücke"])
async def test_a_key_that_is_none_is_refused(client: httpx.AsyncClient, key: str):
    answer = await client.post(
        "/api/leads", json=factories.build_enquiry(), headers=[("origin", SITE), ("idempotency-key", key.encode())]
    )
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_double_click_is_one_enquiry(client: httpx.AsyncClient, context: AppContext):
    clicks = [client.post("/api/leads", data=factories.build_enquiry(), headers={"origin": SITE}) for _ in range(5)]
    answers = await asyncio.gather(*clicks)
    assert len({answer.headers["location"] for answer in answers}) == 1
    await intake.process.process_batch(context.db)
    assert await number_of(context, "leads") == 1


async def test_one_word_more_is_another_enquiry(client: httpx.AsyncClient, context: AppContext):
    for message in ("Please call.", "Please call me."):
        await client.post("/api/leads", json=factories.build_enquiry(message=message), headers={"origin": SITE})
    await intake.process.process_batch(context.db)
    assert await number_of(context, "leads") == 2


async def test_the_same_words_after_ten_minutes_are_another_enquiry(clean: AppContext):
    async with clean.db.transaction() as conn:
        first = await factories.create_submission(conn, at=NOON)
        within = await factories.create_submission(conn, at=NOON + timedelta(minutes=9))
        after = await factories.create_submission(conn, at=NOON + timedelta(minutes=11))
    assert within.id == first.id
    assert after.id != first.id


async def test_the_same_words_from_another_address_are_another_enquiry(clean: AppContext):
    async with clean.db.transaction() as conn:
        first = await factories.create_submission(conn, address="a")
        other = await factories.create_submission(conn, address="b")
    assert first.id != other.id


async def test_a_late_arrival_keeps_its_time(client: httpx.AsyncClient, context: AppContext):
    sent_at = clock.now().replace(microsecond=0) - timedelta(days=2)
    await client.post("/api/leads", json=factories.build_enquiry(sent_at=sent_at.isoformat()), headers=KEY)
    await intake.process.process_batch(context.db)
    async with context.db.connection() as conn:
        row = await conn.fetchrow(
            "SELECT s.sent_at, s.received_at, l.received_at AS at FROM submissions s JOIN leads l ON l.id = lead_id"
        )
    assert row["sent_at"] == row["at"] == sent_at
    assert row["received_at"] > sent_at + timedelta(days=1)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2026-11-22T11:00:00+01:00", NOON - timedelta(hours=2)),
        ("2026-11-22T11:00:00", NOON - timedelta(hours=1)),
        ("2030-01-01T00:00:00Z", NOON),
        ("2020-01-01T00:00:00Z", NOON - timedelta(days=30)),
        ("0001-01-01T00:00:00+14:00", NOON),
        ("soon", NOON),
        (None, NOON),
    ],
)
async def test_the_time_of_sending_is_never_in_the_future_nor_older_than_thirty_days(conn, said: str, kept: datetime):
    assert (await factories.create_submission(conn, at=NOON, sent_at=said)).sent_at == kept


async def test_an_address_that_floods_is_stopped_and_learns_for_how_long(context: AppContext, database_url: str, clean):
    settings = load(environment(database_url, ENQUIRY_RATE_LIMIT="3"))
    async with serving(settings) as client:
        answers = [
            await client.post(
                "/api/leads", json=factories.build_enquiry(message=f"Number {n}"), headers={"origin": SITE}
            )
            for n in range(5)
        ]
    # A new process knows as much: the count is in the database.
    async with serving(settings) as client:
        answers.append(
            await client.post("/api/leads", json=factories.build_enquiry(message="Six"), headers={"origin": SITE})
        )
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 601
    assert answers[-1].headers["access-control-allow-origin"] == SITE
    assert await number_of(context, "submissions") == 3


async def test_a_header_that_anybody_can_write_does_not_get_round_the_limit(database_url: str, clean):
    settings = load(environment(database_url, ENQUIRY_RATE_LIMIT="1", TRUSTED_PROXIES="0"))
    async with serving(settings) as client:
        statuses = [
            (
                await client.post(
                    "/api/leads", json=factories.build_enquiry(message=f"Number {n}"),
                    headers={"origin": SITE, "x-forwarded-for": f"198.51.100.{n}", "authorization": f"Bearer {n}"},
                )
            ).status_code
            for n in range(3)
        ]  # fmt: skip
    assert statuses == [201, 429, 429]


async def test_a_repeat_of_what_is_stored_is_thanked_even_beyond_the_limit(database_url: str, clean):
    settings = load(environment(database_url, ENQUIRY_RATE_LIMIT="1"))
    async with serving(settings) as client:
        first = await client.post("/api/leads", json=factories.build_enquiry(), headers=KEY)
        again = await client.post("/api/leads", json=factories.build_enquiry(), headers=KEY)
    assert again.status_code == 201
    assert again.json() == first.json()


async def test_the_limit_lets_go_after_ten_minutes(context: AppContext, database_url: str, clean):
    settings = load(environment(database_url, ENQUIRY_RATE_LIMIT="1"))
    async with serving(settings) as client:
        with clock.at(NOON):
            await client.post("/api/leads", json=factories.build_enquiry(message="One"), headers={"origin": SITE})
        with clock.at(NOON + timedelta(minutes=9)):
            early = await client.post(
                "/api/leads", json=factories.build_enquiry(message="Two"), headers={"origin": SITE}
            )
        with clock.at(NOON + timedelta(minutes=10, seconds=1)):
            later = await client.post(
                "/api/leads", json=factories.build_enquiry(message="Two"), headers={"origin": SITE}
            )
    assert (early.status_code, later.status_code) == (429, 201)
    assert early.headers["retry-after"] == "61"
