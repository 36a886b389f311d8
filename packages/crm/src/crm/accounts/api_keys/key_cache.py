"""Caches API keys for a moment, so that a busy program does not cost a query for each request."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from time import monotonic
from weakref import WeakKeyDictionary

from crm.accounts.api_keys import queries
from crm.accounts.api_keys.models import ApiKey
from crm.kernel import clock
from crm.kernel.db import Database

KEEP_S = 2.0
"""How long a key is cached. A key revoked by another process works at most this long."""
USED_EVERY = timedelta(minutes=1)
MAX_KEYS = 1000


class KeyCache:
    """The cache of one process. Unknown keys are not cached."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[float, ApiKey]] = OrderedDict()

    async def find(self, database: Database, token_hash: bytes) -> ApiKey | None:
        """Find the key with this hash."""
        entry = self._entries.get(token_hash)
        moment = monotonic()
        if entry is not None and moment - entry[0] < KEEP_S:
            return entry[1]
        async with database.connection() as connection:
            key = await queries.find_by_hash(connection, token_hash)
            if key is None:
                self._entries.pop(token_hash, None)
                return None
            if _needs_record(key):
                await queries.record_use(connection, key.id, clock.now())
        self._entries[token_hash] = (moment, key)
        self._entries.move_to_end(token_hash)
        while len(self._entries) > MAX_KEYS:
            self._entries.popitem(last=False)
        return key

    def forget(self, key_id: int) -> None:
        """Remove this key from the cache."""
        for token_hash in [each for each, (_, key) in self._entries.items() if key.id == key_id]:
            del self._entries[token_hash]


def _needs_record(key: ApiKey) -> bool:
    """Whether to record this use. Happens at most once a minute, and only for active keys."""
    at = clock.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
        return False
    return key.last_used_at is None or at - key.last_used_at >= USED_EVERY


_caches: WeakKeyDictionary[Database, KeyCache] = WeakKeyDictionary()


def get_cache(database: Database) -> KeyCache:
    """The cache of this process for `database`."""
    cache = _caches.get(database)
    if cache is None:
        cache = _caches[database] = KeyCache()
    return cache


def forget_all(database: Database) -> None:
    """Empty the cache of this process, because several keys were revoked."""
    _caches.pop(database, None)


def forget(database: Database, key_id: int) -> None:
    """Remove a revoked key from the cache of this process. Others refuse it within `KEEP_S` seconds."""
    get_cache(database).forget(key_id)
