"""Keys looked up in the last moments, so that a busy program does not cost a query for each request."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from time import monotonic
from weakref import WeakKeyDictionary

from crm.apikeys import queries
from crm.apikeys.models import ApiKey
from crm.kernel import clock
from crm.kernel.db import Database

KEEP_S = 2.0
"""How long a lookup holds: a key revoked by another process works no longer than this."""
USED_EVERY = timedelta(minutes=1)
MOST = 1000


class KeyCache:
    """The keys one process has seen. An unknown key is asked for each time and never kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[float, ApiKey]] = OrderedDict()

    async def find(self, database: Database, token_hash: bytes) -> ApiKey | None:
        """The key whose secret has this digest."""
        kept = self._kept.get(token_hash)
        moment = monotonic()
        if kept is not None and moment - kept[0] < KEEP_S:
            return kept[1]
        async with database.connection() as connection:
            key = await queries.by_hash(connection, token_hash)
            if key is None:
                self._kept.pop(token_hash, None)
                return None
            if _needs_record(key):
                await queries.record_use(connection, key.id, clock.now())
        self._kept[token_hash] = (moment, key)
        self._kept.move_to_end(token_hash)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return key

    def forget(self, number: int) -> None:
        """Look this key up again at its next use."""
        for token_hash in [each for each, (_, key) in self._kept.items() if key.id == number]:
            del self._kept[token_hash]


def _needs_record(key: ApiKey) -> bool:
    """Its last use is written at most once a minute, and never for a key that holds no longer."""
    at = clock.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
        return False
    return key.last_used_at is None or at - key.last_used_at >= USED_EVERY


_rings: WeakKeyDictionary[Database, KeyCache] = WeakKeyDictionary()


def of(database: Database) -> KeyCache:
    """The ring of this process for `database`."""
    found = _rings.get(database)
    if found is None:
        found = _rings[database] = KeyCache()
    return found


def forget(database: Database, number: int) -> None:
    """After a key was revoked: refuse it in this process at once; others do within `KEEP_S` seconds."""
    of(database).forget(number)
