"""The API of the records: leads, contacts, companies, tasks, e-mails, files and what belongs to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.responses import Response

from crm.accounts import api_keys
from crm.inbound.mailbox import pages as mailbox_pages
from crm.inbound.mailbox import public as mailbox_public
from crm.inbound.mailbox.store import MAX_SIZE
from crm.kernel.http.access_policy import public
from crm.kernel.http.paging import Page
from crm.kernel.http.request import Request
from crm.kernel.http.routing import Method, Route
from crm.records.activities import api as activities_api
from crm.records.base import Record
from crm.records.base import api as record_api
from crm.records.change_sets import ChangeSet
from crm.records.companies import api as companies_api
from crm.records.contacts import api as contacts_api
from crm.records.email_templates import api as templates_api
from crm.records.emails import api as emails_api
from crm.records.emails.forms import AttachEmail, EmailFilter, SendEmail
from crm.records.emails.models import Email
from crm.records.files import api as files_api
from crm.records.files import pages as files_pages
from crm.records.files.forms import NewFile
from crm.records.files.models import File
from crm.records.leads import Lead
from crm.records.leads import api as leads_api
from crm.records.leads.forms import PlaceLead
from crm.records.saved_views import api as saved_views_api
from crm.records.tags import api as tags_api
from crm.records.tags.forms import MergeTag
from crm.records.tags.models import Tag
from crm.records.tasks import api as tasks_api
from crm.workspace.bulk_changes import api as bulk_changes_api
from crm.workspace.bulk_changes.forms import NewBulkChange
from crm.workspace.bulk_changes.models import BulkChange
from crm.workspace.imports import api as imports_api
from crm.workspace.imports.forms import NewImport
from crm.workspace.imports.models import MAX_BYTES, Import, ImportErrors
from crm.workspace.pipeline import api as stages_api
from crm.workspace.pipeline.forms import BoardFilter, DeleteStage
from crm.workspace.pipeline.models import Board
from crm.workspace.reports import api as reports_api
from crm.workspace.reports.blocks import BLOCKS
from crm.workspace.search import api as search_api
from crm.workspace.search.forms import SearchForm
from crm.workspace.search.models import SearchResult
from crm.workspace.undo import api as undo_api
from crm.workspace.undo.forms import ChangeSetFilter, Undo
from crm.workspace.undo.models import ChangeSetDetail, UndoResult

_open = partial(Route, access=public)
_api = partial(Route, surface="api")
RecordHandler = Callable[[Record, Request], Awaitable[Response]]


def table() -> tuple[Route, ...]:
    """The API routes of the records."""
    return (
        *_relationships(),
        *_files(),
        *_records(saved_views_api.RECORD),
        *_imports(),
        *_tags(),
        *_stages(),
        *_search(),
        *_reports(),
        *_emails(),
        *_changes(),
    )


def _relationships() -> tuple[Route, ...]:
    records = (
        leads_api.RECORD, contacts_api.RECORD, companies_api.RECORD, activities_api.RECORD, tasks_api.RECORD,
        templates_api.RECORD,
    )  # fmt: skip
    place = _api(
        "POST", "/api/v1/leads/{id:id}/move", leads_api.place, "Move a lead on the board",
        api_keys.scope("leads:write"), tag="leads", body=PlaceLead, response=Lead, if_match=True, idempotent=True,
        operation_id="leads_move",
    )  # fmt: skip
    several = (route for record in records[:3] for route in _bulk_changes(record))
    return (*(route for record in records for route in _records(record)), *several, place)


def _files() -> tuple[Route, ...]:
    every, content = "/api/v1/files", "/api/v1/files/{id:id}/content"
    # A file is created of its content, not of JSON.
    common = tuple(route for route in _records(files_api.RECORD) if route.method != "POST")
    return (
        *common,
        _api(
            "POST", every, files_api.create, "Add a file to a record; the body is its content",
            api_keys.scope("files:write"), tag="files", query=NewFile, response=File, status=201, takes_bytes=True,
        ),
        _api(
            "GET", content, files_pages.download, "Read the content of a file", api_keys.scope("files:read"),
            tag="files", gives_bytes=True,
        ),
    )  # fmt: skip


def _bulk_changes(record: Record) -> tuple[Route, ...]:
    plural, every = record.plural, f"/api/v1/{record.plural}/bulk-changes"
    return (
        _api(
            "POST", every, partial(bulk_changes_api.create, record), f"Change several {plural}",
            api_keys.scope(f"{plural}:write"), tag=plural, body=NewBulkChange, response=BulkChange, status=201,
            operation_id=f"{plural}_change_several",
        ),
        _api(
            "GET", f"{every}/{{id:id}}", partial(bulk_changes_api.show, record),
            f"Show how far a change of several {plural} is", api_keys.scope(f"{plural}:read"), tag=plural,
            response=BulkChange, operation_id=f"{plural}_show_change",
        ),
    )  # fmt: skip


def _imports() -> tuple[Route, ...]:
    every, each, api = "/api/v1/imports", "/api/v1/imports/{id:id}", imports_api
    read = partial(_api, access=api_keys.scope("imports:read"), tag="imports")
    write = partial(_api, access=api_keys.scope("imports:write"), tag="imports", response=Import)
    limit = MAX_BYTES + MAX_BYTES // 4
    return (
        write("POST", every, api.create, "Import a CSV file", body=NewImport, status=201, body_limit=limit),
        read("GET", each, api.show, "Show how far an import is", response=Import),
        read("GET", f"{each}/errors", api.list_errors, "List the rows that were left out", response=ImportErrors),
        write("POST", f"{each}/run", api.start, "Import the rows of a checked file"),
        write("POST", f"{each}/undo", api.undo, "Undo an import"),
    )


def _tags() -> tuple[Route, ...]:
    merge = _api(
        "POST", "/api/v1/tags/{id:id}/merge", tags_api.merge, "Merge a tag into another", api_keys.scope("tags:write"),
        tag="tags", body=MergeTag, response=Tag,
    )  # fmt: skip
    return (*_records(tags_api.RECORD), merge)


def _stages() -> tuple[Route, ...]:
    remove = _api(
        "DELETE", "/api/v1/stages/{id:id}", stages_api.remove, "Delete a stage; its leads move to another one",
        api_keys.scope("stages:write"), tag="stages", query=DeleteStage, status=204, if_match=True,
        operation_id="stages_remove",
    )  # fmt: skip
    board = _api(
        "GET", "/api/v1/pipeline", stages_api.show_board,
        "Show the board: open stages with totals and their first leads", api_keys.scope("leads:read"), tag="leads",
        query=BoardFilter, response=Board, operation_id="pipeline",
    )  # fmt: skip
    return (*(route for route in _records(stages_api.RECORD) if route.method != "DELETE"), remove, board)


def _search() -> tuple[Route, ...]:
    return (
        _api(
            "GET", "/api/v1/search", search_api.search, "Search the records that this key may read", api_keys.any_key,
            tag="search", query=SearchForm, response=SearchResult, operation_id="search",
        ),
    )  # fmt: skip


def _reports() -> tuple[Route, ...]:
    return tuple(
        _api(
            "GET", f"/api/v1/reports/{block.name}", partial(reports_api.show_block, block), f"Report: {block.title}",
            api_keys.scope("leads:read"), tag="reports", query=block.query, response=block.report,
            operation_id=f"reports_{block.name.replace('-', '_')}",
        )
        for block in BLOCKS
    )  # fmt: skip


def _emails() -> tuple[Route, ...]:
    each = "/api/v1/emails/{id:id}"
    read = partial(_api, access=api_keys.scope("emails:read"), tag="emails", response=Email)
    write = partial(_api, access=api_keys.scope("emails:write"), tag="emails", response=Email, idempotent=True)
    return (
        _api(
            "GET", "/api/v1/emails", emails_api.list_all, "List received and sent e-mails",
            api_keys.scope("emails:read"), tag="emails", query=EmailFilter, response=Page[Email],
        ),
        _api(
            "POST", "/api/v1/emails", emails_api.create, "Send an e-mail in the name of whoever created the key",
            api_keys.scope("emails:write"), tag="emails", body=SendEmail, response=Email, status=201,
        ),
        read("GET", each, emails_api.show, "Show an e-mail"),
        write("POST", f"{each}/attach", emails_api.attach, "Attach an e-mail to a lead or a contact", body=AttachEmail),
        write("POST", f"{each}/dismiss", emails_api.dismiss, "Dismiss an e-mail that belongs to no record"),
        _api(
            "GET", f"{each}/attachments/{{position:id}}/content", mailbox_pages.download_attachment,
            "Read the content of a file of an e-mail, the first being 1", api_keys.scope("emails:read"), tag="emails",
            gives_bytes=True,
        ),
        _open(
            "POST", "/api/mail/inbound", mailbox_public.receive, "Hand over a received message (RFC 5322), signed",
            body_limit=MAX_SIZE,
        ),
        _open("POST", "/api/mail/resend", mailbox_public.receive_from_resend, "Take a signed event of Resend"),
    )  # fmt: skip


def _changes() -> tuple[Route, ...]:
    every, each = "/api/v1/changes", "/api/v1/changes/{id:id}"
    read = partial(_api, access=api_keys.scope("changes:read"), tag="changes")
    return (
        read("GET", every, undo_api.list_all, "List change sets", query=ChangeSetFilter, response=Page[ChangeSet]),
        read("GET", each, undo_api.show, "Show what a change set changed", response=ChangeSetDetail),
        _api(
            "POST", f"{each}/undo", undo_api.undo, "Undo a change set", api_keys.scope("changes:write"), tag="changes",
            body=Undo, response=UndoResult, idempotent=True,
        ),
        read("GET", f"{each}/undo", undo_api.show_undo, "Show how far the undo of a large one is", response=BulkChange),
    )  # fmt: skip


def _records(record: Record) -> tuple[Route, ...]:
    """The five API routes of a record."""
    plural, every, each = record.plural, f"/api/v1/{record.plural}", f"/api/v1/{record.plural}/{{id:id}}"
    model: Any = record.table.build
    page: Any = Page[model]
    a = f"{'an' if record.noun[0] in 'aeiou' else 'a'} {record.noun}"

    def route(method: Method, path: str, handler: RecordHandler, verb: str, summary: str, **more: Any) -> Route:
        scope = api_keys.scope(f"{plural}:{'read' if method == 'GET' else 'write'}")
        return _api(
            method, path, partial(handler, record), summary, access=scope, tag=plural, operation_id=f"{plural}_{verb}",
            **more,
        )  # fmt: skip

    return (
        route("GET", every, record_api.list_records, "list_all", f"List {plural}", query=record.filter, response=page),
        route(
            "POST", every, record_api.create_record, "create", f"Create {a}",
            body=record.new, response=model, status=201,
        ),
        route("GET", each, record_api.get_record, "show", f"Show {a}", response=model),
        route(
            "PATCH", each, record_api.change_record, "change", f"Change {a}",
            body=record.changes, response=model, if_match=True,
        ),
        route("DELETE", each, record_api.delete_record, "remove", f"Delete {a}", status=204, if_match=True),
    )  # fmt: skip
