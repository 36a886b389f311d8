"""The pages of one lead, contact or company: detail, new, edit, delete, restore."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import BadRequestError, ConflictError, PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records import tags
from crm.records.base import Control, controls, labels
from crm.records.common import edit_conflicts, recent
from crm.records.common.prev_next import find_neighbors, list_query
from crm.records.common.record_pages import Choices, RecordPages, Values

_BACK = re.compile(
    r"/(inbox\?lead=\d{1,18}|(leads|contacts|companies)/\d{1,18}|tasks(\?tab=[a-z]{1,8})?|pipeline(\?[\w=&-]{1,200})?)?"
)
"""The pages, other than that of the record, that a form which changes a record may lead back to."""


class FieldChange(msgspec.Struct, frozen=True):
    """One field that was edited in place. `was` is the value the page showed, `back` the page to go back to."""

    field: str
    value: str = ""
    was: str = ""
    back: str = ""


class Editor(msgspec.Struct, frozen=True):
    """What the detail page needs to edit its fields in place: their controls and values, and a value that failed."""

    url: str
    controls: Mapping[str, Control]
    values: Mapping[str, str]
    choices: Choices
    field: str = ""
    message: str = ""


async def show_record(pages: RecordPages, request: Request) -> Response:
    """The record; for htmx only what is inside the frame."""
    return await render_detail(pages, request)


async def render_detail(
    pages: RecordPages, request: Request, status: int = 200, *, failed: FieldChange | None = None, message: str = "",
    **values: Any,
) -> Response:  # fmt: skip
    """The page of the record. `values` replace those of `detail_values`; `failed` is a field that was not saved."""
    async with request.db.connection() as conn:
        record = await pages.record.table.get(conn, request.id)
        shown = await pages.detail_values(conn, request, record)
        current = await _form_values(pages, conn, record)
        choices = {**await pages.choices(conn), **pages.value_choices(current)}
        tag_set = await tags.read_tags(conn)
        neighbors = await find_neighbors(conn, pages.record, request, record.id)
    query = list_query(pages.record, request)
    edit = Editor(
        f"{pages.url}/{record.id}/field{query}",
        {control.name: control for control in controls(pages.edit_form, pages.fields)}, current, choices,
        field=failed.field if failed else "", message=message,
    )  # fmt: skip
    page = views.page(
        request, "common/detail.html", block="record", status=status, pages=pages,
        parts=f"{pages.record.plural}/detail_parts.html", record=record, edit=edit,
        typed=failed.value if failed else "", list_query=query, neighbors=neighbors, tags=tag_set,
        **{"compose_first": True, **shown, **values},
    )  # fmt: skip
    return recent.remember_opened(request, page, pages.record.plural, record.id)


async def new_record(pages: RecordPages, request: Request) -> Response:
    """The form of a new record."""
    async with request.db.connection() as conn:
        values = await pages.new_values(conn, request)
    preset = {name: value for name, value in request.asked if name in pages.preset}
    return await _form(pages, request, Draft(values | preset))


async def create_record(pages: RecordPages, request: Request) -> Response:
    """Create the record and open it, or the form for another one."""
    draft = await forms.draft(request, pages.new_form)

    async def create() -> str:
        values = await pages.read_form(conn, form, None, request.actor)
        created = await pages.record.create(conn, pages.record.new(**values), by=request.actor)
        if request.query_params.get("again"):
            return f"{pages.url}/new"
        return page_to_show(getattr(form, "back", "-"), f"{pages.url}/{created.id}")

    with draft.collect_errors():
        form = draft.require_form()
        async with request.db.transaction() as conn:
            location = await auth.post_once(request, conn, create)
        return views.redirect_with_toast(location, "Added.")
    return await _form(pages, request, draft)


async def edit_record(pages: RecordPages, request: Request) -> Response:
    """The form with all fields."""
    async with request.db.connection() as conn:
        record = await pages.record.table.get(conn, request.id)
        values = await _form_values(pages, conn, record)
    return await _form(pages, request, Draft(values), record)


async def change_record(pages: RecordPages, request: Request) -> Response:
    """Save the form. If somebody else saved first, show both versions."""
    draft = await forms.draft(request, pages.edit_form)
    version = draft.form.version if draft.form else ANY_VERSION  # type: ignore[attr-defined]
    try:
        with draft.collect_errors():
            async with request.db.transaction() as conn:
                record = await pages.record.table.lock(conn, request.id, version)
                values = await pages.read_form(conn, draft.require_form(), record, request.actor)
                await pages.record.change(conn, record, pages.record.changes(**values), by=request.actor)
            return views.redirect_with_toast(f"{pages.url}/{record.id}", "Saved.")
    except PreconditionFailedError:
        return await _conflict(pages, request, draft)
    return await _form(pages, request, draft, record)


async def change_field(pages: RecordPages, request: Request) -> Response:
    """Save one field that was edited in place, unless someone else has just changed it."""
    change = (await forms.draft(request, FieldChange)).form
    if change is None or change.field not in pages.fields:
        raise BadRequestError("This form names no field of the record. Reload the page and try again.")
    try:
        async with request.db.transaction() as conn:
            record = await pages.record.table.lock(conn, request.id, ANY_VERSION)
            current = await _form_values(pages, conn, record)
            if current[change.field] not in (change.was, change.value):
                text = current[change.field] or "nothing"
                message = f"Someone else has just changed this to: {text}. Save again to replace it."
                return await render_detail(pages, request, 409, failed=change, message=message)
            form = forms.parse({**current, change.field: change.value}, pages.edit_form, typed=False)
            values = await pages.read_form(conn, form, record, request.actor)
            await pages.record.change(conn, record, pages.record.changes(**values), by=request.actor)
    except ValidationError as error:
        names = labels(pages.edit_form)
        message = " ".join(
            field_error.message
            if field_error.field == change.field
            else f"{names.get(field_error.field, field_error.field)}: {field_error.message}"
            for field_error in error.errors
        )
        return await render_detail(pages, request, 422, failed=change, message=message)
    url = f"{pages.url}/{request.id}{list_query(pages.record, request)}"
    return views.redirect_with_toast(page_to_show(change.back, url))


def page_to_show(back: str, default: str) -> str:
    """The page to go to after a change: `back` if it is one that shows the record too."""
    return back if _BACK.fullmatch(back) else default


async def delete_record(pages: RecordPages, request: Request) -> Response:
    """Delete the record. The toast that follows offers to undo it."""
    try:
        async with request.db.transaction() as conn:
            record = await pages.record.table.lock(conn, request.id, ANY_VERSION)
            await pages.record.delete(conn, record, by=request.actor)
    except ConflictError as error:
        return render_cannot_delete(
            request, Draft({}), record, noun=pages.record.noun, url=pages.url, detail=error.detail, status=409
        )
    return views.redirect_with_toast(pages.url, f"Deleted {pages.name_of(record)}.")


def render_cannot_delete(
    request: Request, draft: Draft[Any], record: Any, *, noun: str, url: str, detail: str, status: int
) -> Response:
    """The form that moves away what keeps a record from being deleted, with what was typed and its errors."""
    return views.page(
        request, "common/cannot_delete.html", status=status, draft=draft, record=record, noun=noun, url=url,
        detail=detail,
    )  # fmt: skip


async def restore_record(pages: RecordPages, request: Request) -> Response:
    """Restore a deleted record."""
    async with request.db.transaction() as conn:
        record = await pages.record.restore(conn, request.id, by=request.actor)  # type: ignore[misc]
    return views.redirect_with_toast(f"{pages.url}/{record.id}", f"Restored {pages.name_of(record)}.")


async def _form(pages: RecordPages, request: Request, draft: Draft[Any], record: Any = None) -> Response:
    async with request.db.connection() as conn:
        choices = {**await pages.choices(conn), **pages.value_choices(draft.values)}
    form, more = (pages.edit_form, ()) if record else (pages.new_form, pages.more_fields)
    return views.page(
        request, "common/form.html", draft=draft, pages=pages, record=record,
        parts=f"{pages.record.plural}/detail_parts.html", labels=labels(form),
        choices=choices, controls=controls(form, [name for name in pages.fields if name not in more]),
        more=controls(form, more),
    )  # fmt: skip


async def _conflict(pages: RecordPages, request: Request, draft: Draft[Any]) -> Response:
    async with request.db.connection() as conn:
        record = await pages.record.table.get(conn, request.id)
        current = await _form_values(pages, conn, record)
        choices = await pages.choices(conn)
    url = f"{pages.url}/{record.id}"
    return edit_conflicts.render_conflict(
        request, what=pages.name_of(record), action=url, back=url, version=record.version, yours=draft.values,
        current=current, labels=labels(pages.edit_form),
        words={name: {str(value): label for value, label in pairs} for name, pairs in choices.items()},
    )  # fmt: skip


async def _form_values(pages: RecordPages, conn: Connection, record: Any) -> Values:
    """The values of the edit form as its controls hold them."""
    values = await pages.form_values(conn, record)
    return {name: _form_value(values[name]) for name in pages.edit_form.__struct_fields__}


def _form_value(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"
    return edit_conflicts.format_value(value)
