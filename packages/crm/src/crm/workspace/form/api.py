"""The choices of the form in the API."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import form_choices
from crm.accounts.form_choices import CHOICE_FIELDS, ChangeChoice, NewChoice
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.workspace.form.actions import change_choice, create_choice, delete_choice
from crm.workspace.form.forms import ChoiceFilter, ChoiceList


async def list_all(request: Request) -> Response:
    """Every choice that is not deleted."""
    forms.parse_query(request, ChoiceFilter, strict=True)
    async with request.db.transaction() as conn:
        known = await form_choices.list_all(conn)
    return responses.json(ChoiceList([choice for field in CHOICE_FIELDS for choice in known.list_field(field)]))


async def create(request: Request) -> Response:
    """Add a choice; with an Idempotency-Key, once."""
    form = await forms.read(request, NewChoice)
    async with request.db.transaction() as conn:
        choice = await run_once(request, conn, lambda: create_choice(conn, form, by=request.actor), form_choices.get)
    return responses.record(choice, choice.version, 201, f"/api/v1/choices/{choice.id}")


async def show(request: Request) -> Response:
    """One choice."""
    async with request.db.connection() as conn:
        choice = await form_choices.get(conn, request.id)
    return responses.record(choice, choice.version)


async def change(request: Request) -> Response:
    """Rename, move, retire or restore a choice."""
    version = request.expected_version()
    form = await forms.read(request, ChangeChoice)
    async with request.db.transaction() as conn:
        choice = await form_choices.lock(conn, request.id, version)
        choice = await change_choice(conn, choice, form, by=request.actor)
    return responses.record(choice, choice.version)


async def remove(request: Request) -> Response:
    """Delete a choice that no lead has."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        await delete_choice(conn, await form_choices.lock(conn, request.id, version), by=request.actor)
    return responses.nothing()
