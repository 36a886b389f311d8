"""What two web processes and two workers on one database have in common."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import factories
import http_sink
from multi_process import POOL, MultiProcessSystem
from wait_for import wait_for

from crm import worker
from crm.accounts.api_keys import key_cache

ENQUIRIES = 60


async def test_enquiries_changes_and_webhooks_over_all_of_them_are_neither_lost_nor_doubled(system: MultiProcessSystem):
    one, two = (web.url for web in system.webs)
    _, program = await system.create_key()
    async with http_sink.run_http_sink() as accounting:
        hook = await system.add_webhook(accounting.url, "lead.created", "lead.changed")
        keys = [f"spread-{number:03}" for number in range(ENQUIRIES)]
        # Every third visitor presses twice, and the two posts meet different processes.
        asked = [(url, key) for turn, key in enumerate(keys) for url in ((one, two) if turn % 3 == 0 else (one,))]
        answers = await asyncio.gather(*(system.send_enquiry(url, key) for url, key in asked))
        assert {answer.status_code for answer in answers} == {201}
        by_key = {(key, answer.json()["reference"]) for (_, key), answer in zip(asked, answers, strict=True)}
        assert len(by_key) == ENQUIRIES
        references = sorted(reference for _, reference in by_key)
        await wait_for(lambda: _is_processed(system), "every enquiry is a lead")
        rows = await system.sql.fetch(
            "SELECT id, reference FROM leads WHERE reference = ANY($1) ORDER BY reference", references
        )
        assert [row["reference"] for row in rows] == references
        assert await system.sql.fetchval("SELECT count(*) FROM leads WHERE company LIKE 'spread-%'") == ENQUIRIES

        async def change(number: int) -> int:
            shown = await system.client.get(f"{one}/api/v1/leads/{number}", headers=program)
            changing = {**program, "if-match": shown.headers["etag"]}
            changed = await system.client.patch(f"{two}/api/v1/leads/{number}", json={"value": 5}, headers=changing)
            return changed.status_code

        assert set(await asyncio.gather(*(change(row["id"]) for row in rows))) == {200}
        expected = ENQUIRIES * 2
        await wait_for(lambda: _are_delivered(system, hook, expected), f"{expected} deliveries are made")
        heard = Counter(each.headers["webhook-id"] for each in accounting.received)
        assert (len(heard), set(heard.values())) == (expected, {1})
    made = await system.sql.fetchval(
        "SELECT count(*) FROM webhook_attempts JOIN webhook_deliveries AS d ON d.id = delivery_id"
        " WHERE d.webhook_id = $1",
        hook,
    )
    assert made == expected
    # The workers' own account agrees, and both took part.
    done = await wait_for(lambda: _count_sent(system, expected), "both workers tell what they did")
    assert (sum(done), len(done), min(done) > 0) == (expected, 2, True)


async def test_one_person_is_signed_in_and_out_on_every_process(system: MultiProcessSystem):
    one, two = (web.url for web in system.webs)
    entered = await system.client.post(
        f"{one}/sign-in", data={"email": await system.create_user("Ada Lovelace"), "password": factories.PASSWORD},
        headers={"origin": one},
    )  # fmt: skip
    session = {"cookie": entered.headers["set-cookie"].partition(";")[0]}
    assert [(await system.client.get(f"{url}/leads", headers=session)).status_code for url in (one, two)] == [200, 200]
    await system.client.post(f"{two}/sign-out", headers={**session, "origin": two})
    for url in (one, two):
        assert (await system.client.get(f"{url}/leads", headers=session)).status_code == 303


async def test_a_revoked_key_is_refused_everywhere_within_two_seconds(system: MultiProcessSystem):
    one, two = (web.url for web in system.webs)
    number, program = await system.create_key()
    for url in (one, two):
        assert (await system.client.get(f"{url}/api/v1/leads", headers=program)).status_code == 200
    name = await system.sql.fetchval("SELECT name FROM api_keys WHERE id = $1", number)
    entered = await system.client.post(
        f"{one}/sign-in", data={"email": await system.create_user("Grace Hopper"), "password": factories.PASSWORD},
        headers={"origin": one},
    )  # fmt: skip
    session = {"cookie": entered.headers["set-cookie"].partition(";")[0], "origin": one}
    revoked = await system.client.post(f"{one}/settings/keys/{number}/revoke", data={"name": name}, headers=session)
    assert revoked.status_code == 303
    since, last = time.monotonic(), 0.0

    async def is_refused(url: str) -> bool:
        nonlocal last
        asked = time.monotonic()
        answer = await system.client.get(f"{url}/api/v1/leads", headers=program)
        if answer.status_code == 200:
            last = max(last, asked - since)
        return answer.status_code == 401

    assert await is_refused(one), "Where it was revoked, it is refused at once."
    await wait_for(lambda: is_refused(two), "the other process refuses it")
    # When a request was sent counts, so that a slow machine changes nothing.
    assert last <= key_cache.KEEP_S == 2.0


async def test_of_changes_that_meet_in_two_processes_one_wins_and_the_others_are_refused(system: MultiProcessSystem):
    one, two = (web.url for web in system.webs)
    _, program = await system.create_key()
    lead = (await system.send_enquiry(one, "conflict-1")).json()["reference"]
    await wait_for(lambda: _is_processed(system), "the enquiry is a lead")
    number = await system.sql.fetchval("SELECT id FROM leads WHERE reference = $1", lead)
    path = f"/api/v1/leads/{number}"
    seen = (await system.client.get(f"{one}{path}", headers=program)).headers["etag"]
    assert (await system.client.get(f"{two}{path}", headers=program)).headers["etag"] == seen
    changing = {**program, "if-match": seen}
    answers = await asyncio.gather(
        *(
            system.client.patch(f"{(one, two)[turn % 2]}{path}", json={"value": 100 + turn}, headers=changing)
            for turn in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    (won,) = (answer.json()["value"] for answer in answers if answer.status_code == 200)
    assert (await system.client.get(f"{two}{path}", headers=program)).json()["value"] == won


async def test_connections_stay_within_what_the_pools_of_all_processes_allow(system: MultiProcessSystem):
    _, program = await system.create_key()
    most: Counter[str] = Counter()

    async def ask(turn: int) -> int:
        url = system.webs[turn % 2].url
        return (await system.client.get(f"{url}/api/v1/leads?limit=100", headers=program)).status_code

    asking = asyncio.gather(*(ask(turn) for turn in range(200)))
    while not asking.done():
        rows = await system.sql.fetch(
            "SELECT application_name, count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1"
        )
        most |= Counter({row[0]: row[1] for row in rows})
    assert set(await asking) == {200}
    webs, workers = len(system.webs), len(system.workers)
    assert 1 < most["crm"] <= (webs + workers) * POOL
    assert most["crm-health"] <= webs * 2
    assert 0 < most["crm-worker"] <= workers * worker.CONNECTIONS
    assert set(most) <= {"crm", "crm-health", "crm-worker"}
    allowed = await system.sql.fetchval("SELECT current_setting('max_connections')::int")
    assert (webs + workers) * POOL + webs * 2 + workers * worker.CONNECTIONS < allowed


async def _are_delivered(system: MultiProcessSystem, hook: int, number: int) -> bool:
    found: int = await system.sql.fetchval(
        "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'delivered'", hook
    )
    return found == number


async def _count_sent(system: MultiProcessSystem, number: int) -> list[int]:
    """Webhooks that each worker says it sent, once that is as many as there were."""
    rows = await system.sql.fetch(
        "SELECT coalesce((figures -> 'jobs' -> 'deliver_webhook' ->> 'done')::int, 0) AS done"
        " FROM heartbeats WHERE role = 'worker'"
    )
    done = [row["done"] for row in rows]
    return done if sum(done) >= number else []


async def _is_processed(system: MultiProcessSystem) -> bool:
    return not await system.sql.fetchval("SELECT count(*) FROM submissions WHERE state = 'received'")
