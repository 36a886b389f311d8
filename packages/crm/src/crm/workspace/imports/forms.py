"""What people submit about imports."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.values import Line
from crm.workspace.imports.csv_file import Delimiter, Encoding
from crm.workspace.imports.models import DateOrder, MatchRule, Noun


class UploadForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds and how it is written; empty: as it seems."""

    noun: Noun
    encoding: Encoding = ""
    delimiter: Delimiter = ""


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows share. The columns are `column-0` and so on."""

    rule: MatchRule = "new"
    date_order: DateOrder = "day"
    tag: Annotated[Line, msgspec.Meta(title="Tag", max_length=40)] = ""
    notify: bool = False


class StartForm(msgspec.Struct, frozen=True):
    """How many records the page said will be written."""

    expected: int
