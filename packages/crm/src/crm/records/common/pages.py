"""The pages of leads, contacts and companies: list, detail, new, edit, delete, restore."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records.common import edit_conflicts
from crm.records.common.fields import controls, labels
from crm.records.common.record import Action, Record

Values = dict[str, Any]
Choices = Mapping[str, list[tuple[Any, str]]]


def read_fields(form: Any) -> Values:
    """The fields of a page's form, without the version."""
    return {name: getattr(form, name) for name in form.__struct_fields__ if name != "version"}


async def _read_form(_: Connection, form: Any, __: Any, ___: Actor) -> Values:
    return read_fields(form)


async def _read_record(_: Connection, record: Any) -> Values:
    return msgspec.structs.asdict(record)


async def _no_values(*_: Any) -> Values:
    return {}


async def _no_choices(_: Connection) -> Choices:
    return {}


class RecordPages(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages need to know of one kind of record. Its templates are `list_parts.html` and `detail_parts.html`.

    Each function gets a connection first. `list_values` (with request, query and page) and `detail_values` (with
    request and record) give what those templates show besides the record. `new_values` fill in a new record's form,
    `form_values` a record's edit form. `read_form` (with form, record or None, and who sent it) gives what to save.
    """

    record: Record
    url: str
    heading: str
    """The records as the list and the crumbs call them."""
    avatar_company: bool = False
    message_name: str = "{name}"
    """What messages call one record."""
    new_form: type[msgspec.Struct]
    edit_form: type[msgspec.Struct]
    fields: tuple[str, ...]
    """The controls of the forms, in their order."""
    more_fields: tuple[str, ...] = ()
    """The controls that a new record's form hides behind “More fields”."""
    preset: tuple[str, ...] = ()
    """The fields that a link to the new form may fill in."""
    restore: Action
    detail_values: Callable[[Connection, Request, Any], Awaitable[Values]]
    list_values: Callable[[Connection, Request, Any, Any], Awaitable[Values]] = _no_values
    new_values: Callable[[Connection, Request], Awaitable[Values]] = _no_values
    read_form: Callable[[Connection, Any, Any, Actor], Awaitable[Values]] = _read_form
    form_values: Callable[[Connection, Any], Awaitable[Values]] = _read_record
    choices: Callable[[Connection], Awaitable[Choices]] = _no_choices

    def name_of(self, record: Any) -> str:
        return self.message_name.format(name=record.name)


async def list_records(pages: RecordPages, request: Request) -> Response:
    """The list with search, filters, sort and paging; for htmx only the rows."""
    query = forms.parse_query(request, pages.record.filter)
    async with request.db.connection() as conn:
        page = await pages.record.list_page(conn, query)
        values = await pages.list_values(conn, request, query, page)
    return views.page(
        request, "common/list.html", block="rows", headers=views.clean_url(request), pages=pages,
        parts=f"{pages.record.plural}/list_parts.html", page=page, query=query, **values,
    )  # fmt: skip


async def show_record(pages: RecordPages, request: Request) -> Response:
    """The record; for htmx only what is inside the frame."""
    return await render_detail(pages, request)


async def render_detail(pages: RecordPages, request: Request, status: int = 200, **values: Any) -> Response:
    """The page of the record. `values` replace those of `detail_values`."""
    async with request.db.connection() as conn:
        record = await pages.record.table.get(conn, request.id)
        shown = await pages.detail_values(conn, request, record)
    return views.page(
        request, "common/detail.html", block="record", status=status, pages=pages,
        parts=f"{pages.record.plural}/detail_parts.html", record=record,
        **{"list_query": "", "compose_first": True, **shown, **values},
    )  # fmt: skip


async def new_record(pages: RecordPages, request: Request) -> Response:
    """The form of a new record."""
    async with request.db.connection() as conn:
        values = await pages.new_values(conn, request)
    preset = {name: value for name, value in request.asked if name in pages.preset}
    return await _form(pages, request, Draft(values | preset, {}, None))


async def create_record(pages: RecordPages, request: Request) -> Response:
    """Create the record and open it."""
    draft = await forms.draft(request, pages.new_form)
    if draft.form is not None:

        async def create() -> str:
            values = await pages.read_form(conn, draft.form, None, request.actor)
            created = await pages.record.create(conn, pages.record.new(**values), by=request.actor)
            return f"{pages.url}/{created.id}"

        try:
            async with request.db.transaction() as conn:
                location = await auth.post_once(request, conn, create)
            return views.redirect_with_toast(location, "Added.")
        except ValidationError as error:
            _add_errors(draft, error)
    return await _form(pages, request, draft, status=422)


async def edit_record(pages: RecordPages, request: Request) -> Response:
    """The form with all fields."""
    async with request.db.connection() as conn:
        record = await pages.record.table.get(conn, request.id)
        values = await _form_values(pages, conn, record)
    return await _form(pages, request, Draft(values, {}, None), record)


async def change_record(pages: RecordPages, request: Request) -> Response:
    """Save the form. If somebody else saved first, show both versions."""
    draft = await forms.draft(request, pages.edit_form)
    try:
        async with request.db.transaction() as conn:
            version = draft.form.version if draft.form else ANY_VERSION  # type: ignore[attr-defined]
            record = await pages.record.table.lock(conn, request.id, version)
            if draft.form is not None:
                values = await pages.read_form(conn, draft.form, record, request.actor)
                await pages.record.change(conn, record, pages.record.changes(**values), by=request.actor)
                return views.redirect_with_toast(f"{pages.url}/{record.id}", "Saved.")
    except PreconditionFailedError:
        return await _conflict(pages, request, draft)
    except ValidationError as error:
        _add_errors(draft, error)
    return await _form(pages, request, draft, record, status=422)


async def delete_record(pages: RecordPages, request: Request) -> Response:
    """Delete the record. The toast that follows offers to undo it."""
    try:
        async with request.db.transaction() as conn:
            record = await pages.record.table.lock(conn, request.id, ANY_VERSION)
            await pages.record.delete(conn, record, by=request.actor)
    except ConflictError as error:
        return views.page(
            request, "common/cannot_delete.html", status=409, pages=pages, record=record, detail=error.detail
        )
    undo = f"{pages.url}/{record.id}/restore"
    return views.redirect_with_toast(pages.url, f"Deleted {pages.name_of(record)}.", undo=undo)


async def restore_record(pages: RecordPages, request: Request) -> Response:
    """Restore a deleted record."""
    async with request.db.transaction() as conn:
        record = await pages.restore(conn, request.id, by=request.actor)
    return views.redirect_with_toast(f"{pages.url}/{record.id}", f"Restored {pages.name_of(record)}.")


async def _form(
    pages: RecordPages, request: Request, draft: Draft[Any], record: Any = None, status: int = 200
) -> Response:
    async with request.db.connection() as conn:
        choices = await pages.choices(conn)
    form, more = (pages.edit_form, ()) if record else (pages.new_form, pages.more_fields)
    return views.page(
        request, "common/form.html", status=status, pages=pages, record=record,
        parts=f"{pages.record.plural}/detail_parts.html", values=draft.values, faults=draft.faults, labels=labels(form),
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


def _add_errors(draft: Draft[Any], error: ValidationError) -> None:
    for fault in error.faults:
        draft.blame(fault.field, fault.message)
