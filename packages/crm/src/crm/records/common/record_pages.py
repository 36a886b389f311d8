"""What is different between the pages of leads, contacts and companies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.request import Request
from crm.records.base import Record
from crm.records.common.columns import Column
from crm.records.common.filters import FilterField

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


def _no_value_choices(_: Values) -> Choices:
    return {}


class RecordPages(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages need to know of one kind of record. Its templates are `list_parts.html` and `detail_parts.html`.

    Each function gets a connection first. `list_values` (with request, query and page, and with `filter_choices`,
    `linked_filters` and `tabbed` for the filters) and `detail_values` (with
    request and record) give what those templates show besides the record. `new_values` fill in a new record's form,
    `form_values` a record's edit form. `read_form` (with form, record or None, and who sent it) gives what to save.
    """

    record: Record
    url: str
    heading: str
    """The records as the list and the crumbs call them."""
    avatar_company: bool = False
    heading_field: str = "name"
    """The field that is the heading of the record's page."""
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
    filters: tuple[FilterField, ...] = ()
    """The filters of the list."""
    sorts: tuple[tuple[str, str], ...] = ()
    """The orders of the list, each with its label."""
    columns: tuple[Column, ...] = ()
    """Those of the list, in their usual order. The template macro `cell` shows each."""
    detail_values: Callable[[Connection, Request, Any], Awaitable[Values]]
    list_values: Callable[[Connection, Request, Any, Any], Awaitable[Values]] = _no_values
    new_values: Callable[[Connection, Request], Awaitable[Values]] = _no_values
    read_form: Callable[[Connection, Any, Any, Actor], Awaitable[Values]] = _read_form
    form_values: Callable[[Connection, Any], Awaitable[Values]] = _read_record
    choices: Callable[[Connection], Awaitable[Choices]] = _no_choices
    value_choices: Callable[[Values], Choices] = _no_value_choices
    """The choices of controls that depend on what the form holds."""

    def heading_of(self, record: Any) -> str:
        heading: str = getattr(record, self.heading_field)
        return heading

    def name_of(self, record: Any) -> str:
        return self.message_name.format(name=record.name)
