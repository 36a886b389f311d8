"""The templates under Settings."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.errors import PreconditionFailedError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.records.base import labels
from crm.records.common import render_conflict
from crm.records.email_templates import actions
from crm.records.email_templates.forms import EDITED, ChangeEmailTemplate, EditEmailTemplate
from crm.records.email_templates.models import EmailTemplate
from crm.records.email_templates.placeholders import FACTS, fill_in

URL = "/settings/templates"
LABELS = labels(EditEmailTemplate)
_EXAMPLES = {name: example for name, (_, example) in FACTS.items()}


async def list_all(request: Request) -> Response:
    """Show all templates, filled in with an example."""
    async with request.db.connection() as conn:
        templates = await actions.list_all(conn)
    previews = {each.id: (fill_in(each.subject, _EXAMPLES), fill_in(each.body, _EXAMPLES)) for each in templates}
    return views.page(request, "email_templates/list.html", templates=templates, previews=previews)


async def new(request: Request) -> Response:
    """The empty form."""
    return _form(request, None, Draft({}))


async def create(request: Request) -> Response:
    """Add a template."""
    draft = await forms.draft(request, EditEmailTemplate)

    async def add() -> str:
        await actions.create(conn, form)
        return URL

    with draft.collect_errors():
        form = draft.require_form()
        async with request.db.transaction() as conn:
            location = await auth.post_once(request, conn, add)
        return views.redirect_with_toast(location, "Template added.")
    return _form(request, None, draft)


async def edit(request: Request) -> Response:
    """The form of a template."""
    async with request.db.connection() as conn:
        template = await actions.get(conn, request.id)
    return _form(request, template, Draft(msgspec.structs.asdict(template)))


async def change(request: Request) -> Response:
    """Save a template."""
    draft = await forms.draft(request, EditEmailTemplate)
    async with request.db.connection() as conn:
        template = await actions.get(conn, request.id)
    try:
        with draft.collect_errors():
            form = draft.require_form()
            async with request.db.transaction() as conn:
                locked = await actions.lock(conn, template.id, form.version)
                changes = ChangeEmailTemplate(**{name: getattr(form, name) for name in EDITED})
                await actions.change(conn, locked, changes)
            return views.redirect_with_toast(URL, "Saved.")
    except PreconditionFailedError:
        return _conflict(request, template, draft)
    return _form(request, template, draft)


async def delete(request: Request) -> Response:
    """Delete a template. The toast offers to undo this."""
    async with request.db.transaction() as conn:
        template = await actions.lock(conn, request.id)
        await actions.delete(conn, template)
    return views.redirect_with_toast(URL, f"Deleted “{template.name}”.")


def _conflict(request: Request, template: EmailTemplate, draft: Draft[Any]) -> Response:
    return render_conflict(
        request, what="this template", action=f"{URL}/{template.id}", back=URL, version=template.version,
        yours=draft.values, current=msgspec.structs.asdict(template), labels=LABELS,
    )  # fmt: skip


def _form(request: Request, template: EmailTemplate | None, draft: Draft[Any]) -> Response:
    return views.page(
        request, "email_templates/form.html", draft=draft, record=template, labels=LABELS, placeholders=FACTS
    )
