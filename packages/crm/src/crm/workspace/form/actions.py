"""Deletes a choice unless leads have it."""

from __future__ import annotations

from crm.accounts import form_choices
from crm.accounts.form_choices import Choice
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import leads


async def delete_choice(connection: Connection, choice: Choice, *, by: Actor) -> None:
    """Delete a choice that is locked. Raises `ConflictError` for one that leads have, and for the last of its field."""
    is_used = await leads.has_choice(connection, choice.field, choice.key)
    await form_choices.delete(connection, choice, is_used=is_used, by=by)
