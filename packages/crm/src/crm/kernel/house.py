"""What a running process holds: configuration, database, seal. Built once, passed along, never imported."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import msgspec

from crm.config import Config
from crm.kernel.db import Database
from crm.kernel.notifier import Notifier
from crm.kernel.security.sealing import Seal
from crm.kernel.security.tokens import digest


class House(msgspec.Struct, frozen=True):
    """`process` names this process among all that share the database."""

    config: Config
    db: Database
    notifier: Notifier
    seal: Seal
    process: str
    started_at: datetime

    @classmethod
    def of(cls, config: Config) -> House:
        """Put a house together; nothing is opened yet."""
        database = Database(config.database_url, config.pool_size)
        return cls(
            config=config,
            db=database,
            notifier=Notifier(database),
            seal=Seal.of(config),
            process=secrets.token_hex(6),
            started_at=datetime.now(UTC),
        )

    def digest(self, *parts: str) -> bytes:
        """What is stored of a token or an address: `parts` under the session secret."""
        return digest(self.config.session_secret, *parts)
