"""The pages of an import, step by step: upload, columns, values, check and progress, result."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import BadRequestError, NotFoundError, PayloadTooLargeError
from crm.kernel.http import forms, responses
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.records.change_sets import UNDO_PERIOD
from crm.values import make_safe_cell, read_safe_cell
from crm.workspace.imports import actions, matching, plans, queries
from crm.workspace.imports.csv_file import ENCODINGS
from crm.workspace.imports.fields import NOUNS, PAGES, label_of, list_fields
from crm.workspace.imports.forms import ImportOptions, StartForm, UploadForm
from crm.workspace.imports.jobs import run
from crm.workspace.imports.models import AT_ONCE, MAX_BYTES, MAX_ROWS, Import, ImportRow, Noun
from crm.workspace.imports.samples import SAMPLES

SHOWN = 100
"""How many rows of a kind a page lists."""
_SAMPLE = 10
_FIRST = 3
_MAX_FORM_FIELDS = 10


async def list_all(request: Request) -> Response:
    """The imports of the last 30 days."""
    async with request.db.connection() as conn:
        found = await queries.list_newest(conn, SHOWN)
    return views.page(request, "imports/list.html", imports=found, pages=PAGES, days=UNDO_PERIOD.days)


async def new(request: Request) -> Response:
    """The form that uploads a file. `records` in the query says of what."""
    noun = NOUNS.get(request.query_params.get("records", ""), "contact")
    return _upload_page(request, Draft({"noun": noun}))


async def upload(request: Request) -> Response:
    """Store a file, and go on to its columns."""
    draft, name, content = await _read_upload(request)
    with draft.collect_errors():
        form = draft.require_form()
        async with request.db.transaction() as conn:
            import_id = await actions.upload(
                conn, form.noun, name, content, by=request.actor, encoding=form.encoding, delimiter=form.delimiter
            )
            await actions.repeat_options(conn, import_id)
        return responses.see_other(f"/imports/{import_id}/columns")
    return _upload_page(request, draft)


async def download_sample(request: Request) -> Response:
    """A file with the columns of a record and two rows, to fill in."""
    noun = NOUNS.get(request.path_params["records"])
    if noun is None:
        raise NotFoundError(f"There are samples of {', '.join(NOUNS)}.")
    header = [label_of(noun, name) for name in SAMPLES[noun][0]]
    rows = [header, *([make_safe_cell(cell) for cell in row.values()] for row in SAMPLES[noun])]
    return _send_csv(rows, f"{PAGES[noun].record.plural}-sample.csv")


async def edit_columns(request: Request) -> Response:
    """Where each column goes, and how records are found."""
    async with request.db.connection() as conn:
        imported = await actions.get(conn, request.id)
    if imported.is_started:
        return responses.see_other(f"/imports/{imported.id}")
    return await _columns_page(request, imported, Draft({}))


async def change_columns(request: Request) -> Response:
    """Store where each column goes. If values of the file are unknown, ask about them, else check the rows."""
    draft = await forms.draft(request, ImportOptions)
    async with request.db.connection() as conn:
        imported = await actions.get(conn, request.id)
    mapping = [str(draft.values.get(f"column-{column}", "")) for column in range(len(imported.header))]
    with draft.collect_errors():
        options = msgspec.structs.asdict(draft.require_form())
        async with request.db.transaction() as conn:
            unknown = await actions.map_columns(conn, imported, {**options, "mapping": mapping})
        return responses.see_other(f"/imports/{imported.id}/values") if unknown else await _go_on(request, imported)
    return await _columns_page(request, imported, draft, mapping)


async def edit_values(request: Request) -> Response:
    """What values of the file mean that are no choices here: owners, statuses, budgets."""
    async with request.db.connection() as conn:
        imported = await actions.get(conn, request.id)
        if imported.is_started:
            return responses.see_other(f"/imports/{imported.id}")
        unknown = await actions.list_unknown_values(conn, imported)
        choices = await plans.list_choices(conn)
        last = await queries.find_last_like(conn, imported)
    chosen = imported.value_map or (last.value_map if last else {})
    return views.page(
        request, "imports/values.html", imported=imported, fields=_name_values(imported.noun, chosen, unknown, choices)
    )


async def change_values(request: Request) -> Response:
    """Store what values of the file mean, and check the rows. A value that is not chosen is left out."""
    pairs = dict(await forms.read_form(request))
    async with request.db.transaction() as conn:
        imported = await actions.get(conn, request.id)
        unknown = await actions.list_unknown_values(conn, imported)
        chosen = {
            field: {text: pairs.get(f"{field}-{position}", "") for position, text in enumerate(values)}
            for field, values in unknown.items()
        }
        await actions.choose_values(conn, imported, chosen)
    return await _go_on(request, imported)


async def show(request: Request) -> Response:
    """Where an import stands: its check, its progress, or its result. For htmx only that part."""
    async with request.db.connection() as conn:
        imported = await actions.get(conn, request.id)
        if imported.state == "uploaded":
            return responses.see_other(f"/imports/{imported.id}/columns")
        wrong = await queries.list_rows(conn, imported.id, ["wrong", "kept"], SHOWN)
        written = await queries.list_rows(conn, imported.id, ["created", "changed"], SHOWN)
        sample = await _read_sample(conn, imported) if imported.state == "checked" else []
    return views.page(
        request, "imports/show.html", block="progress", imported=imported, pages=PAGES[imported.noun],
        wrong=[(row, _find_cell(imported, row)) for row in wrong], written=written, sample=sample, most=SHOWN,
        fields=[field for field in list_fields(imported.noun) if field.name in imported.mapping],
        rule=matching.FOUND_BY[imported.noun], days=UNDO_PERIOD.days,
    )  # fmt: skip


async def start(request: Request) -> Response:
    """Write the records of a checked import."""
    draft = await forms.draft(request, StartForm)
    async with request.db.transaction() as conn:
        imported = await actions.get(conn, request.id)
        if draft.form is None or draft.form.expected != imported.new + imported.change:
            return views.redirect_with_toast(
                f"/imports/{imported.id}", "The check has changed. Look again, then import."
            )
        imported = await actions.start_run(conn, imported.id, by=request.actor)
    return await _go_on(request, imported)


async def stop(request: Request) -> Response:
    """Stop a running import."""
    async with request.db.transaction() as conn:
        await actions.stop(conn, request.id)
    return views.redirect_with_toast(f"/imports/{request.id}", "Stopped.")


async def undo(request: Request) -> Response:
    """Undo an import, except what somebody has changed since."""
    async with request.db.transaction() as conn:
        imported = await actions.start_undo(conn, request.id, by=request.actor)
    return await _go_on(request, imported)


async def delete(request: Request) -> Response:
    """Delete a file that was not imported."""
    async with request.db.transaction() as conn:
        await actions.delete(conn, request.id)
    return views.redirect_with_toast("/imports", "The file is deleted. Nothing was imported.")


async def download_errors(request: Request) -> Response:
    """The rows that were left out, with their own columns and the reason, to correct and import again."""
    async with request.db.connection() as conn:
        imported = await actions.get(conn, request.id)
        rows, after = [[*imported.header, "Error"]], 0
        while batch := await queries.list_rows(conn, imported.id, ["wrong"], 1000, after=after):
            after = batch[-1].number
            rows += [
                [*map(_clean, _pad(row.cells, len(imported.header))), " ".join(map(_describe, row.errors))]
                for row in batch
            ]
    return _send_csv(rows, f"import-{imported.id}-errors.csv")


async def _go_on(request: Request, imported: Import) -> Response:
    """Do a small import at once, and show the import."""
    if imported.total <= AT_ONCE:
        await run(request.app_context, {"id": imported.id})
    return responses.see_other(f"/imports/{imported.id}")


async def _read_upload(request: Request) -> tuple[Draft[UploadForm], str, bytes]:
    """The form of an upload, and the name and content of its file."""
    try:
        await request.body()  # which knows the limit of the route
        sent = await request.form(max_files=1, max_fields=_MAX_FORM_FIELDS)
    except PayloadTooLargeError:
        error = {"file": f"This file is larger than {MAX_BYTES // 1024**2} MB. Split it, and import the parts."}
        return Draft({"noun": NOUNS.get(request.query_params.get("records", ""), "contact")}, error), "", b""
    except HTTPException as error:
        raise BadRequestError("The form cannot be read. Open the page again, and choose the file once more.") from error
    pairs = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    draft = await forms.draft(request, UploadForm, pairs)
    file = sent.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        draft.add_error("file", "Choose a CSV file.")
        return draft, "", b""
    return draft, file.filename, await file.read()


def _upload_page(request: Request, draft: Draft[UploadForm]) -> Response:
    return views.page(
        request, "imports/new.html", draft=draft, values={"encoding": "", "delimiter": "", **draft.values},
        pages=PAGES, encodings=[*ENCODINGS.items()], rules=matching.FOUND_BY, most=MAX_ROWS,
        megabytes=MAX_BYTES // 1024**2, noun=draft.values.get("noun", "contact"),
    )  # fmt: skip


async def _columns_page(
    request: Request, imported: Import, draft: Draft[Any], mapping: list[str] | None = None
) -> Response:
    async with request.db.connection() as conn:
        first = await queries.list_rows(conn, imported.id, ["waiting", "new", "change", "same", "wrong"], _FIRST)
        last = await queries.find_last_like(conn, imported)
    columns = [
        (column, name, [row.cells[column] for row in first if column < len(row.cells) and row.cells[column].strip()])
        for column, name in enumerate(imported.header)
    ]
    stored = {name: getattr(imported, name) for name in ImportOptions.__struct_fields__}
    # A box that is not ticked is not sent.
    values = {**stored, "notify": False, **draft.values} if draft.values else stored
    return views.page(
        request, "imports/columns.html", draft=draft, values=values, imported=imported, last=last,
        columns=columns, mapping=mapping or imported.mapping,
        choices=[(field.name, field.label) for field in list_fields(imported.noun)],
        pages=PAGES[imported.noun], rule=matching.FOUND_BY[imported.noun], encodings=ENCODINGS,
    )  # fmt: skip


def _name_values(
    noun: Noun, chosen: actions.ValueMap, unknown: dict[str, list[str]], choices: dict[str, list[tuple[str, str]]]
) -> list[tuple[str, str, list[tuple[str, str]], list[tuple[int, str, str]]]]:
    """For each field with unknown values: its name, label and choices, and each value with what it means so far."""
    return [
        (field, label_of(noun, field), choices[field],
         [(position, text, chosen.get(field, {}).get(text, "")) for position, text in enumerate(values)])
        for field, values in unknown.items()
    ]  # fmt: skip


async def _read_sample(conn: Any, imported: Import) -> list[tuple[ImportRow, dict[str, str]]]:
    """The first rows, with the cells by field."""
    rows = await queries.list_rows(conn, imported.id, ["new", "change", "same", "wrong"], _SAMPLE)
    return [
        (row, {field: cell for field, cell in zip(imported.mapping, row.cells, strict=False) if field}) for row in rows
    ]


def _find_cell(imported: Import, row: ImportRow) -> str:
    """The cell that the first error of a row is about."""
    column = row.errors[0].column if row.errors else ""
    cells = dict(zip(imported.header, row.cells, strict=False))
    return cells.get(column, "")


def _clean(cell: str) -> str:
    """The cell of a file that somebody else may have written, so that no spreadsheet runs it."""
    return str(make_safe_cell(read_safe_cell(cell)))


def _describe(error: Any) -> str:
    return f"{error.column}: {error.message}" if error.column else str(error.message)


def _pad(cells: list[str], length: int) -> list[str]:
    """The cells below the headings. Those beyond the last one are kept in it, because the reason follows."""
    cells = [*cells, *([""] * (length - len(cells)))]
    return [*cells[: length - 1], " ".join(cells[length - 1 :]).rstrip()]


def _send_csv(rows: list[list[Any]], name: str) -> Response:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    # The mark tells spreadsheets that it is UTF-8.
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
