"""A message waits until its channel takes it, and no address is ever written down."""

from __future__ import annotations

import itertools
import json
from typing import Any

from ops.uptime import outbox
from ops.uptime.outbox import Outbox
from ops.uptime.store import Store


def put(box: Outbox, store: Store, *titles: str, now: int = 0) -> None:
    with store.writing() as db:
        for title in titles:
            box.put(db, title, "Why.", now)


async def test_what_is_due_together_rings_once(store: Store, server: Any, behaviors: Any):
    bodies: list[dict[str, Any]] = []

    async def behave(reader: Any, writer: Any) -> None:
        head = server.asked[-1].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        bodies.append(json.loads(await reader.readexactly(length)))
        await behaviors["answering"](b"{}")(reader, writer)

    server.behave = behave
    box = Outbox(store, [f"json://127.0.0.1:{server.port}/a-long-secret"])
    put(box, store, "API is down", "CRM sign-in is down")
    assert await box.deliver(outbox.GATHER_MS - 1, outbox.by_apprise) == []
    assert bodies == []
    assert await box.deliver(outbox.GATHER_MS, outbox.by_apprise) == []
    assert await box.deliver(outbox.GATHER_MS, outbox.by_apprise) == []
    assert [body["title"] for body in bodies] == ["API is down; CRM sign-in is down"]
    assert box.waiting() == 0


async def test_a_channel_that_fails_is_tried_again_ever_more_slowly_and_the_other_hears_it_once(store: Store):
    heard: list[tuple[str, str]] = []
    broken = True

    async def send(url: str, title: str, body: str) -> str:
        if url == "one" and broken:
            return "It does not answer."
        heard.append((url, title))
        return ""

    box = Outbox(store, ["one", "two"])
    put(box, store, "API is down")
    tried, now = [], outbox.GATHER_MS
    for _ in range(600):
        tried += [now] if await box.deliver(now, send) else []
        now += 10_000
    assert heard == [("two", "API is down")]
    waits = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert waits == sorted(waits)
    assert waits[0] == outbox.FIRST_RETRY_MS
    assert len(tried) < 10
    broken = False
    await box.deliver(now + outbox.SLOWEST_RETRY_MS, send)
    assert heard == [("two", "API is down"), ("one", "API is down")]


async def test_what_goes_wrong_is_told_without_the_address(server: Any, behaviors: Any, store: Store):
    server.behave = behaviors["answering"](b"no", "403 Forbidden")
    fault = await outbox.by_apprise(f"json://127.0.0.1:{server.port}/a-long-secret", "Title", "Body")
    assert fault
    assert "a-long-secret" not in fault
    box = Outbox(store, ["json://127.0.0.1/a-long-secret"])
    put(box, store, "API is down")
    assert "secret" not in "".join(store.db.iterdump())


def test_an_address_that_apprise_does_not_understand_is_named_by_its_number():
    assert outbox.unfit(["json://localhost", "nonsense"]) == [
        "Address 2 of UPTIME_ALERT_URLS is none that Apprise understands."
    ]


def test_a_channel_that_was_removed_is_waited_for_no_longer(store: Store):
    put(Outbox(store, ["one"]), store, "API is down")
    kept = Outbox(store, ["two"])
    kept.forget_old(0)
    assert kept.waiting() == 0
