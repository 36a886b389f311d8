"""What people and programs submit about files."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from crm.records.base import ListFilter, RecordId, field
from crm.records.files.types import MAX_NAME
from crm.values import Line

Name = Annotated[
    Line,
    field("Name", min_length=1, max_length=MAX_NAME, description="With its ending: `offer.pdf`."),
]  # fmt: skip


class FileFilter(ListFilter, frozen=True):
    """Which files, in which order."""

    lead_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one lead.")] = None
    contact_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one contact.")] = None
    company_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one company.")] = None


class NewFile(msgspec.Struct, frozen=True):
    """The name of a new file, and the one record that it belongs to. The body is its content."""

    name: Name
    lead_id: RecordId | None = None
    contact_id: RecordId | None = None
    company_id: RecordId | None = None


class ChangeFile(msgspec.Struct, frozen=True):
    """A new name. The content of a file never changes."""

    name: Name | UnsetType = UNSET
