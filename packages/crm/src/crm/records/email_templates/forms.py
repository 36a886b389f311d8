"""What people and programs submit about templates."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.records.base import ListFilter, NameSort, change_form, field, page_form
from crm.values import Line


class NewEmailTemplate(msgspec.Struct, frozen=True):
    """A template to add."""

    name: Annotated[Line, field("Name", {"hint": "How you find it when you write."}, min_length=1, max_length=80)]
    subject: Annotated[Line, field("Subject", min_length=1, max_length=200)]
    body: Annotated[str, field("Text", {"kind": "textarea", "rows": 10}, min_length=1, max_length=20_000)]


EDITED = ("name", "subject", "body")
ChangeEmailTemplate = change_form("ChangeEmailTemplate", NewEmailTemplate, "What is to change; the rest stays.")
EditEmailTemplate = page_form("EditEmailTemplate", NewEmailTemplate, "The pages of a template.", EDITED)


class EmailTemplateFilter(ListFilter, frozen=True):
    """The order of the templates."""

    sort: NameSort = ""
