"""Settings → Form: add, rename, order, retire and delete the choices, and see what the public form shows."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth, form_choices
from crm.accounts.form_choices import CHOICE_FIELDS, ChangeChoice, NewChoice
from crm.kernel import views
from crm.kernel.errors import BadRequestError, ConflictError, PreconditionFailedError
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request
from crm.workspace.form.actions import change_choice, create_choice, delete_choice, restore_choice
from crm.workspace.form.forms import EditChoice, ShiftChoice
from crm.workspace.form.published import compare

URL = "/settings/form"


async def list_all(request: Request) -> Response:
    """The choices of each field, and the forms of new ones."""
    return await _list(request, Draft({}))


async def create(request: Request) -> Response:
    """Add a choice as the last one of its field."""
    posted = await draft(request, NewChoice)

    async def add() -> str:
        await create_choice(conn, form, by=request.actor)
        return f"{URL}#{form.field}"

    with posted.collect_errors(conflict="label"):
        form = posted.require_form()
        async with request.db.transaction() as conn:
            location = await auth.post_once(request, conn, add)
        return views.redirect_with_toast(location, f"{form.label} added.")
    return await _list(request, posted)


async def show(request: Request) -> Response:
    """One choice: its label, and what can become of it."""
    return await _show(request)


async def change(request: Request) -> Response:
    """Rename a choice, unless somebody else has just changed it."""
    posted = await draft(request, EditChoice)
    try:
        with posted.collect_errors():
            form = posted.require_form()
            async with request.db.transaction() as conn:
                before = await form_choices.lock(conn, request.id, form.version)
                after = await change_choice(conn, before, ChangeChoice(form.label), by=request.actor)
            is_same = after.label == before.label
            message = "Nothing changed." if is_same else f"{before.label} is called {after.label} now."
            return views.redirect_with_toast(f"{URL}#{after.field}", message)
    except PreconditionFailedError:
        posted.add_conflict("label", "Somebody else has just changed this choice. Check the label and save again.")
    return await _show(request, posted)


async def shift(request: Request) -> Response:
    """Move a choice one place up or down."""
    form = (await draft(request, ShiftChoice)).form
    if form is None:
        raise BadRequestError("This form names no direction. Reload the page and try again.")
    async with request.db.transaction() as conn:
        choice = await form_choices.lock(conn, request.id)
        position = choice.position + (1 if form.by == "down" else -1)
        if choice.active and position > 0:
            await change_choice(conn, choice, ChangeChoice(position=position), by=request.actor)
    return views.redirect_with_toast(f"{URL}#choice-{choice.id}")


async def retire(request: Request) -> Response:
    """Take a choice off new forms."""
    try:
        async with request.db.transaction() as conn:
            choice = await form_choices.lock(conn, request.id)
            await change_choice(conn, choice, ChangeChoice(active=False), by=request.actor)
    except ConflictError as error:
        return await _show(request, refused=error.detail)
    return views.redirect_with_toast(f"{URL}#{choice.field}", f"{choice.label} retired.")


async def restore(request: Request) -> Response:
    """Offer a retired or deleted choice again."""
    try:
        async with request.db.transaction() as conn:
            choice = await restore_choice(conn, request.id, by=request.actor)
    except ConflictError as error:
        return views.redirect_with_toast(URL, error.detail)
    return views.redirect_with_toast(f"{URL}#{choice.field}", f"{choice.label} is back.")


async def remove(request: Request) -> Response:
    """Delete a choice that no lead has."""
    try:
        async with request.db.transaction() as conn:
            choice = await form_choices.lock(conn, request.id)
            await delete_choice(conn, choice, by=request.actor)
    except ConflictError as error:
        return await _show(request, refused=error.detail)
    return views.redirect_with_toast(f"{URL}#{choice.field}", f"{choice.label} deleted.")


async def show_published(request: Request) -> Response:
    """What differs between the public form and the settings; for htmx only that."""
    config = request.app_context.config
    comparison = await compare(config, form_choices.current().take_snapshot())
    return views.page(
        request, "form/published.html", block="published", comparison=comparison, site_url=config.site_url
    )


async def _list(request: Request, posted: Draft[Any]) -> Response:
    async with request.db.transaction() as conn:
        known = await form_choices.list_all(conn)
    fields = [(field, known.list_field(name)) for name, field in CHOICE_FIELDS.items()]
    return views.page(request, "form/choices.html", draft=posted, fields=fields)


async def _show(request: Request, posted: Draft[Any] | None = None, *, refused: str = "") -> Response:
    async with request.db.connection() as conn:
        choice = await form_choices.get(conn, request.id)
    return views.page(
        request, "form/choice.html", status=409 if refused else None, refused=refused, choice=choice,
        field=CHOICE_FIELDS[choice.field], draft=posted or Draft(msgspec.structs.asdict(choice)),
    )  # fmt: skip
