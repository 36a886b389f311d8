"""What people submit about imports."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from crm.values import Line
from crm.workspace.imports.csv_file import Delimiter, Encoding
from crm.workspace.imports.models import MAX_BYTES, DateOrder, MatchRule, Noun


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


class NewImport(msgspec.Struct, frozen=True, kw_only=True):
    """A CSV file, and what it holds. Columns that `mapping` does not name are left out; without one it is guessed."""

    records: Annotated[
        Literal["companies", "contacts", "leads"], msgspec.Meta(description="What the rows of the file are.")
    ]
    file: Annotated[
        str,
        msgspec.Meta(
            min_length=1, max_length=MAX_BYTES, examples=["Name,E-mail\nAda Lovelace,ada@acme.example\n"],
            description="The text of a CSV file with a header, up to 20,000 rows.",
        ),
    ]  # fmt: skip
    file_name: Annotated[Line, msgspec.Meta(max_length=200, description="What people call the file.")] = "file.csv"
    mapping: Annotated[
        dict[str, str] | None,
        msgspec.Meta(description="The field of each column, by heading, such as `job_title`; `company` is a name."),
    ] = None
    rule: Annotated[
        MatchRule,
        msgspec.Meta(
            description="What happens to records that are here already: `new` leaves them, `update` changes them."
        ),
    ] = "new"
    date_order: Annotated[
        DateOrder, msgspec.Meta(description="What comes first in `03/04/2026`: the day or the month.")
    ] = "day"
    tag: Annotated[Line, msgspec.Meta(max_length=40, description="A tag for every record of the file.")] = ""
    notify: Annotated[
        bool, msgspec.Meta(description="Whether webhooks and notifications are sent for each record.")
    ] = False
    values: Annotated[
        dict[str, dict[str, str]],
        msgspec.Meta(
            description="By field, what values of the file mean that are no choices: ids of users for `owner_id`, keys "
            "of stages for `status`. Others are left out."
        ),
    ] = {}
    run: Annotated[
        bool, msgspec.Meta(description="Whether to import the rows without errors; `false` only checks them.")
    ] = True


class StartForm(msgspec.Struct, frozen=True):
    """How many records the page said will be written."""

    expected: int
