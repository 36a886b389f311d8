"""Messages on their way to the owner, through Apprise: chats, pushes and mail alike.

A message is kept until each channel has taken it, and tried again ever more slowly. What is due at the same time goes
as one, so that two targets that fail together ring once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence

from ops.uptime.spans import DAY_MS, MINUTE_MS, SECOND_MS
from ops.uptime.store import Store

GATHER_MS = 15 * SECOND_MS
FIRST_RETRY_MS = 30 * SECOND_MS
SLOWEST_RETRY_MS = 30 * MINUTE_MS
FORGET_MS = 30 * DAY_MS
TIMEOUT_S = 30

Send = Callable[[str, str, str], Awaitable[str]]
"""Sends title and body to a channel's address; gives what went wrong, or nothing."""


class Outbox:
    """`channels` are Apprise addresses, which are secrets: the store knows only their digests."""

    def __init__(self, store: Store, channels: Sequence[str]) -> None:
        self._store = store
        self._channels = {hashlib.sha256(url.encode()).hexdigest()[:16]: url for url in channels}

    def put(self, db: sqlite3.Connection, title: str, body: str, now: int) -> None:
        """Add a message for every channel, within the caller's transaction."""
        for channel in self._channels:
            row = (channel, title, body, now + GATHER_MS)
            db.execute("INSERT INTO messages (channel, title, body, due) VALUES (?, ?, ?, ?)", row)

    async def deliver(self, now: int, send: Send) -> list[str]:
        """Try what is due. Gives what went wrong, a sentence for each channel that did not take it."""
        faults = []
        for channel, url in self._channels.items():
            query = "SELECT id, title, body, tries FROM messages WHERE channel = ? AND sent IS NULL AND due <= ?"
            due = self._store.db.execute(f"{query} ORDER BY id", (channel, now)).fetchall()
            if not due:
                continue
            fault = await send(url, *_as_one([(title, body) for _, title, body, _ in due]))
            self._record([(number, tries) for number, _, _, tries in due], fault, now)
            if fault:
                faults.append(fault)
        return faults

    def waiting(self) -> int:
        """How many messages were not taken yet."""
        return int(self._store.db.execute("SELECT count(*) FROM messages WHERE sent IS NULL").fetchone()[0])

    def forget_old(self, now: int) -> None:
        """Drop what was sent long ago, and what waits for a channel that is no more."""
        known = ", ".join("?" * len(self._channels))
        with self._store.writing() as db:
            db.execute("DELETE FROM messages WHERE sent < ?", (now - FORGET_MS,))
            db.execute(f"DELETE FROM messages WHERE channel NOT IN ({known})", tuple(self._channels))  # noqa: S608 only marks

    def _record(self, tried: Sequence[tuple[int, int]], fault: str, now: int) -> None:
        with self._store.writing() as db:
            for number, tries in tried:
                if fault:
                    due = now + min(FIRST_RETRY_MS * 2**tries, SLOWEST_RETRY_MS)
                    db.execute("UPDATE messages SET tries = tries + 1, due = ? WHERE id = ?", (due, number))
                else:
                    db.execute("UPDATE messages SET tries = tries + 1, sent = ? WHERE id = ?", (now, number))


def _as_one(messages: Sequence[tuple[str, str]]) -> tuple[str, str]:
    if len(messages) == 1:
        return messages[0]
    return "; ".join(title for title, _ in messages), "\n\n".join(f"{title}\n{body}" for title, body in messages)


def unfit(channels: Sequence[str]) -> list[str]:
    """What is wrong with the addresses, a sentence for each, without the address: it is a secret."""
    if not channels:
        return []
    import apprise  # noqa: PLC0415 takes a third of a second

    return [
        f"Address {number} of UPTIME_ALERT_URLS is none that Apprise understands."
        for number, url in enumerate(channels, start=1)
        if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None
    ]


async def by_apprise(url: str, title: str, body: str) -> str:
    """Send one message; gives what went wrong, without any part of the address."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(_notify, url, title, body), TIMEOUT_S)
    except TimeoutError:
        return f"No answer within {TIMEOUT_S} seconds."


def _notify(url: str, title: str, body: str) -> str:
    import apprise  # noqa: PLC0415

    sender = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    sender.add(url)
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
        if sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            return ""
        line = next((line for line in reversed(said.getvalue().splitlines()) if line.strip()), "It was not taken.")
    for part in sorted(set(re.split(r"[/?&=@:]+", url)), key=len, reverse=True):
        if len(part) > 5:
            line = line.replace(part, "…")
    return line[:300]
