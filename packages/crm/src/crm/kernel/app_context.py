"""What a process shares between its modules: configuration, database and encryption. It is built once and passed on."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime

import msgspec

from crm.config import Config
from crm.kernel.db import Database
from crm.kernel.notifier import Notifier
from crm.kernel.security.encryption import SecretBox


class AppContext(msgspec.Struct, frozen=True):
    """`process` is the name of this process among all that share the database."""

    config: Config
    db: Database
    notifier: Notifier
    seal: SecretBox
    process: str
    started_at: datetime

    @classmethod
    def of(cls, config: Config) -> AppContext:
        """The context of a process; it opens no connection yet."""
        database = Database(config.database_url, config.pool_size)
        return cls(
            config=config,
            db=database,
            notifier=Notifier(database),
            seal=SecretBox.of(config),
            process=secrets.token_hex(6),
            started_at=datetime.now(UTC),
        )

    def digest(self, *parts: str) -> bytes:
        """HMAC-SHA-256 (RFC 2104) with the session secret, stored in place of a token or an address.

        The key prevents guessing.
        """
        return hmac.digest(self.config.session_secret.encode(), "\x1f".join(parts).encode(), "sha256")
