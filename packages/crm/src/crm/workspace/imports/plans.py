"""What is to happen to rows of a file: the values that each gives a record, the record it is about, and what is wrong.

It writes nothing. The values go through the forms of an edit, so a row may hold what a page takes, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from crm.accounts import auth, form_choices, settings
from crm.accounts.form_choices import CHOICE_FIELDS
from crm.kernel.db import Connection
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.records import companies, leads, stages, tags
from crm.records.base import changed_values, sort_ids
from crm.values import clean_line, is_in_range, read_safe_cell
from crm.workspace.imports import matching, queries
from crm.workspace.imports.cells import normalize_date, normalize_number, parse_moment
from crm.workspace.imports.fields import PAGES, list_fields
from crm.workspace.imports.models import CellError, Import, ImportRow, Outcome

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_MAX_TAG = 40
_SPECIAL = ("first_name", "last_name", "company", "tags", "reference", "received_at", "first_touch", "last_touch")
"""What no form of a change holds, or not as a file has it. The company of a lead is a text of its form."""


class Plan(msgspec.Struct, frozen=True):
    """What is to happen to one row. `values` are those of the form, `special` those that no form holds."""

    outcome: Outcome
    values: dict[str, Any]
    special: dict[str, Any]
    record: Any = None
    form: Any = None
    changed: list[str] = []
    key: str = ""
    errors: list[CellError] = []

    @property
    def name(self) -> str:
        """What people call the record."""
        return str(getattr(self.record, "name", "") or self.values.get("name", ""))


Read = tuple[dict[str, Any], dict[str, Any], list[CellError]]
"""The values of a row by field, those that no form holds, and what is wrong."""


class Context(msgspec.Struct, frozen=True):
    """What all rows of an import share."""

    imported: Import
    names: dict[str, str]
    """The heading of each field's column."""
    choices: Mapping[str, Mapping[str, str]]
    """What a cell of a field with choices stands for, in small letters."""
    zone: str
    known_tags: tags.TagSet


async def read_context(connection: Connection, imported: Import) -> Context:
    """Read what planning the rows of an import needs."""
    names = {field: imported.header[column] for column, field in enumerate(imported.mapping) if field}
    for part in ("last_name", "first_name"):
        if "name" not in imported.mapping and part in names:
            names["name"] = names[part]
    choices = {
        name: {text.casefold(): value for value, label in pairs for text in (value, label)}
        for name, pairs in (await list_choices(connection)).items()
    }
    for user in await auth.list_assignable(connection):
        choices["owner_id"].setdefault(user.email.casefold(), str(user.id))
    for name in CHOICE_FIELDS:  # those that are retired too
        for choice in (await form_choices.read(connection)).list_field(name):
            choices[name] |= {choice.key.casefold(): choice.key, choice.label.casefold(): choice.key}
    for name, meanings in imported.value_map.items():
        choices[name] |= {text.casefold(): value for text, value in meanings.items()}
    zone = (await settings.read(connection)).time_zone
    return Context(imported, names, choices, zone, await tags.read_tags(connection))


async def list_choices(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """The choices of the fields that have some, as a form offers them: value and label."""
    known = await form_choices.read(connection)
    return {
        "owner_id": [(str(user.id), user.name) for user in await auth.list_assignable(connection)],
        "status": [(stage.key, stage.name) for stage in (await stages.read(connection)).stages],
        **{name: known.list_options(name) for name in CHOICE_FIELDS},
    }


async def plan_rows(connection: Connection, context: Context, rows: Sequence[ImportRow]) -> list[Plan]:
    """What is to happen to each of the rows, whatever the others do."""
    imported = context.imported
    record = PAGES[imported.noun].record
    read = [_read_cells(context, row) for row in rows]
    parsed = [_parse(values, record.changes, errors, context) for values, _, errors in read]
    keys = [
        matching.build_keys(imported.noun, {**_texts(form), "reference": special.get("reference", "")})
        for form, (_, special, _) in zip(parsed, read, strict=True)
    ]
    found = await matching.find_records(connection, imported.noun, keys)
    employers = [each.company_id for each in found if imported.noun == "contact" and each and each.company_id]
    names = await companies.list_names(connection, employers)
    return [
        _plan_row(context, each, found_by, known, names)
        for each, found_by, known in zip(read, zip(parsed, keys, strict=True), found, strict=True)
    ]


async def find_repeated(connection: Connection, import_id: int, plans: Sequence[tuple[int, Plan]]) -> dict[int, int]:
    """The rows that are about the same record as an earlier row, each with that row."""
    first = await queries.find_first_rows(connection, import_id, [plan.key for _, plan in plans if plan.key])
    repeated = {}
    for number, plan in plans:
        if plan.key and plan.outcome != "wrong" and first.setdefault(plan.key, number) != number:
            repeated[number] = first[plan.key]
    return repeated


def _plan_row(
    context: Context, read: Read, found_by: tuple[Any, Sequence[str]], known: Any, names: Mapping[int, str]
) -> Plan:
    """The plan of one row. `found_by` is the form of a change, and the keys in it, by which its record was found."""
    values, special, errors = read
    form, keys = found_by
    noun = context.imported.noun
    joined = f"#{known.id}" if known else matching.join_keys(noun, keys)
    if known is None and not errors:
        form = _parse(values, PAGES[noun].record.new, errors, context)
    if noun == "lead" and not errors:
        _check_lead(form, known, errors, context)
    if errors:
        return Plan("wrong", values, special, known, key=joined, errors=errors)
    if known is None:
        return Plan("new", values, special, form=form, key=joined)
    form, changed = _compare(context, known, form, special, names)
    outcome: Outcome = "change" if changed and context.imported.rule == "update" else "same"
    return Plan(outcome, values, special, known, form, changed, joined)


def _read_cells(context: Context, row: ImportRow) -> Read:
    """The values of a row by field, those that no form holds, and what is wrong. Empty cells are left out."""
    imported = context.imported
    kinds = {field.name: field.kind for field in list_fields(imported.noun)}
    errors: list[CellError] = []
    more = [cell for cell in row.cells[len(imported.header) :] if cell.strip()]
    if more:
        message = (
            f"This row has {len(row.cells)} cells, and the header has {len(imported.header)}. Put text with a "
            "separator in quotation marks."
        )
        errors.append(CellError("", message))
    texts = {
        field: text
        for field, cell in zip(imported.mapping, row.cells, strict=False)
        if field and (text := read_safe_cell(cell).strip())
    }
    values: dict[str, Any] = {}
    for field, text in texts.items():
        try:
            value = _read_cell(context, field, kinds[field], text)
        except ValueError as error:
            errors.append(CellError(context.names[field], str(error)))
            continue
        if value not in ("", None):
            values[field] = value
    given = " ".join(values[part] for part in ("first_name", "last_name") if part in values)
    if given:
        values.setdefault("name", given)
    taken = [name for name in _SPECIAL if not (name == "company" and imported.noun == "lead")]
    special = {name: values.pop(name) for name in taken if name in values}
    return values, special, errors


def _read_cell(context: Context, field: str, kind: str, text: str) -> Any:
    """The value of a cell. Raises `ValueError` with what to enter."""
    order = context.imported.date_order
    if kind == "choice":
        return _read_choice(context, field, text)
    if kind == "moment":
        return _check_moment(parse_moment(text, order, context.zone))
    if kind == "date":
        return normalize_date(text, order)
    if field == "reference" and not _REFERENCE.fullmatch(text):
        raise ValueError("Use at most 40 letters, digits, points, hyphens and underscores.")
    read = {"number": normalize_number, "visit": _read_visit, "tags": _read_tags}.get(kind)
    return read(text) if read else text


def _read_choice(context: Context, field: str, text: str) -> str:
    """The value that a text stands for; empty if it is to be left out. Stages and users may be gone since the check."""
    chosen = context.choices[field].get(text.casefold())
    if chosen is None and field in ("status", "owner_id"):
        raise ValueError("This is none of the choices any more. Change the columns, and choose what it stands for.")
    return chosen or ""


def _check_moment(moment: datetime) -> datetime:
    if not is_in_range(moment):
        raise ValueError("Enter a date between 1900 and 2200.")
    return moment


def _read_visit(text: str) -> Any:
    try:
        return msgspec.convert(json.loads(text), leads.Touch)
    except (ValueError, RecursionError):
        raise ValueError("Enter a visit as the export of this CRM writes it, or do not import this column.") from None


def _read_tags(text: str) -> list[str]:
    names = [name for part in re.split(r"[,;|]", text) if (name := clean_line(part))]
    if too_long := [name for name in names if len(name) > _MAX_TAG]:
        raise ValueError(f"The tag “{too_long[0][:_MAX_TAG]}…” is too long. Use at most {_MAX_TAG} characters.")
    return names


def _parse(values: dict[str, Any], form: Any, errors: list[CellError], context: Context) -> Any:
    """The values as a form. What is wrong with them is added to `errors`; then it is None, or holds the rest."""
    try:
        return forms.parse(dict(values), form, typed=False)
    except ValidationError as error:
        wrong = {each.field for each in error.errors}
        errors += [
            CellError(context.names.get(each.field, ""), _name_missing(each.field, each.message, context))
            for each in error.errors
        ]
        try:
            return forms.parse({name: value for name, value in values.items() if name not in wrong}, form, typed=False)
        except ValidationError:
            return None


def _check_lead(form: Any, known: Any, errors: list[CellError], context: Context) -> None:
    """Add what the rules of a lead refuse: being lost without a reason, and a date without a next step."""
    after = msgspec.structs.asdict(known) if known else {}
    after |= {name: value for name in form.__struct_fields__ if (value := getattr(form, name)) is not UNSET}
    if known and after["status"] != "lost" == known.status:
        after["lost_reason"] = ""
    try:
        leads.check_lost_reason(after["status"], after["lost_reason"])
        leads.check_next_action(after["next_action"], dated=after["next_action_on"] is not None)
    except ValidationError as error:
        errors += [CellError(context.names.get(each.field, ""), each.message) for each in error.errors]


def _name_missing(field: str, message: str, context: Context) -> str:
    if field in context.names:
        return message
    return f"A new {context.imported.noun} needs a {field}: no column goes to it, so add one."


def _texts(form: Any) -> dict[str, str]:
    return {} if form is None else {
        name: value for name in form.__struct_fields__ if isinstance(value := getattr(form, name), str)
    }  # fmt: skip


def _compare(
    context: Context, known: Any, form: Any, special: Mapping[str, Any], names: Mapping[int, str]
) -> tuple[Any, list[str]]:
    """The form of what changes at a known record, and the fields that do. Nothing is overwritten with nothing."""
    noun = context.imported.noun
    form = msgspec.structs.replace(form, **dict.fromkeys(matching.FIXED[noun], UNSET))
    if tag_ids := [tag.id for name in list_tags(context, special) if (tag := find_tag(context, name))]:
        form = msgspec.structs.replace(form, tag_ids=sort_ids([*known.tag_ids, *tag_ids]))
    convert = {"value": leads.round_value} if noun == "lead" else {}
    changed = [*changed_values(known, form, tag_ids=sort_ids, **convert)]
    form = msgspec.structs.replace(
        form, **{name: UNSET for name in form.__struct_fields__ if name not in changed}
    )  # so that two who import at once change only what they say
    company = special.get("company", "")
    if company and clean_line(company).casefold() != names.get(getattr(known, "company_id", 0) or 0, "").casefold():
        changed.append("company")
    if "tag_ids" not in changed and any(find_tag(context, name) is None for name in list_tags(context, special)):
        changed.append("tag_ids")
    return form, changed


def list_tags(context: Context, special: Mapping[str, Any]) -> list[str]:
    """The names of the tags that a row gives its record, with the one that all rows get."""
    return [*special.get("tags", ()), *([context.imported.tag] if context.imported.tag else [])]


def find_tag(context: Context, name: str) -> Any:
    """The tag with this name, or None."""
    return next((tag for tag in context.known_tags.every if tag.name.casefold() == name.casefold()), None)
