"""Functions that create what the tests need, in one call each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from argon2 import PasswordHasher

from crm.accounts import api_keys, auth
from crm.accounts.auth import queries as people
from crm.accounts.permissions import Role
from crm.inbound import intake
from crm.inbound.intake import actions
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.outbound import notifications, webhooks
from crm.outbound.notifications.models import Channel
from crm.outbound.webhooks.models import Webhook
from crm.workspace import operations

PASSWORD = "eight quiet strokes"


@cache
def _hash_password(password: str) -> str:
    # Cheap on purpose, and once for each password: hashing is tried where it is promised.
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


async def create_user(
    conn: Connection,
    name: str = "Ada Lovelace",
    *,
    email: str = "",
    password: str = PASSWORD,
    at: datetime | None = None,
    role: Role = "owner",
) -> auth.models.User:
    """Somebody who can sign in with `password`."""
    address = email or f"{name.split(maxsplit=1)[0].lower()}@crm.test"
    user = await people.insert(
        conn, email=address, name=name, password_hash=_hash_password(password), at=at or clock.now(), role=role
    )
    assert user is not None, f"{address} is taken"
    return user


async def create_api_key(
    conn: Connection,
    *scopes: str,
    name: str = "A program",
    by: Actor = SYSTEM,
    expires_at: datetime | None = None,
) -> tuple[api_keys.models.ApiKey, str]:
    """A key with `scopes` (none: it may do nothing) and its secret."""
    wanted: Iterable[str] = scopes
    return await api_keys.create(conn, name=name, scopes=wanted, by=by, expires_at=expires_at)


def build_enquiry(**changes: Any) -> dict[str, Any]:
    """What a visitor sends with the form; None leaves a field out."""
    sent = {
        "name": "Grace Hopper", "email": "grace@navy.example", "company": "Navy", "phone": "+1 555 0100",
        "budget": "from_5k_to_15k", "project_type": "existing_system", "source": "blog",
        "message": "Our compiler is slow. Could you look at it in May?",
    } | changes  # fmt: skip
    return {name: value for name, value in sent.items() if value is not None}


async def create_submission(
    conn: Connection,
    *,
    at: datetime | None = None,
    origin: str = "http://site.test",
    address: str = "a",
    **changes: Any,
) -> intake.models.Submission:
    """An enquiry that was stored, and then nothing."""
    form, extras = intake.forms.check(build_enquiry(**changes), typed=True)
    sender = intake.store.Sender(origin, address.encode(), "Firefox on Linux", rate=1_000_000)
    with clock.at(at or clock.now()):
        receipt = await intake.store.store_submission(conn, intake.store.Post(form, extras, sender, None))
    return await actions.get_by_reference(conn, receipt.reference)


async def create_webhook(
    conn: Connection, context: AppContext, url: str, *kinds: str, name: str = "Accounting"
) -> tuple[Webhook, str]:
    """A webhook endpoint for `kinds`, and its secret."""
    form = msgspec.convert({"name": name, "url": url, "events": list(kinds) or ["*"]}, webhooks.forms.NewWebhook)
    return await webhooks.actions.create(conn, context, form)


async def create_channel(
    conn: Connection, context: AppContext, *kinds: str, target: str = "ada@crm.test", name: str = "Ada's mailbox"
) -> Channel:
    """A notification channel for `kinds`."""
    form = msgspec.convert(
        {"name": name, "target": target, "events": list(kinds) or list(notifications.EVENTS)},
        notifications.forms.NewChannel,
    )
    return await notifications.actions.create(conn, context, form)


async def create_backup(conn: Connection, **changes: Any) -> operations.models.Backup:
    """A backup that was reported."""
    fields: dict[str, Any] = {
        "name": "000042-20260301T030000Z",
        "taken_at": clock.now(),
        "bytes": 48_000,
        "destination": "s3://safe/crm",
    }
    return await operations.actions.store_backup(conn, operations.forms.NewBackup(**fields | changes))


async def create_restore_test(conn: Connection, **changes: Any) -> operations.models.RestoreTest:
    """A restore test that was reported; it proved the backup."""
    now = clock.now()
    fields: dict[str, Any] = {
        "name": "000042-20260301T030000Z", "taken_at": now, "proven_at": now, "recovery_seconds": 3.25,
        "data_age_seconds": 7200.0, "tables": 21, "rows": 1200, "proven": True, "findings": [],
    }  # fmt: skip
    return await operations.actions.store_restore_test(conn, operations.forms.NewRestoreTest(**fields | changes))
