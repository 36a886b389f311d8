"""The pages that people use. Static files are mounted in `app.py`."""

from __future__ import annotations

from functools import partial

from crm.inbound.intake import pages as intake_pages
from crm.kernel.http.request import KB
from crm.kernel.http.routing import Handler, Route
from crm.records.activities import pages as activities_pages
from crm.records.common import column_sizes, list_page, tagging
from crm.records.common import pages as record_pages
from crm.records.common.record_pages import RecordPages
from crm.records.companies import pages as companies_pages
from crm.records.contacts import pages as contacts_pages
from crm.records.contacts import proposals as contacts_proposals
from crm.records.files import pages as files_pages
from crm.records.leads import follow_ups as leads_follow_ups
from crm.records.leads import pages as leads_pages
from crm.records.leads import pipeline as leads_pipeline
from crm.records.leads import relinking as leads_relinking
from crm.records.saved_views import pages as saved_views_pages
from crm.records.tasks import pages as tasks_pages
from crm.records.trash import pages as trash_pages
from crm.routes import account, mail, settings
from crm.workspace import layout
from crm.workspace.bulk_changes import pages as bulk_changes_pages
from crm.workspace.erasure import pages as erasure_pages
from crm.workspace.imports import pages as imports_pages
from crm.workspace.imports.models import MAX_BYTES
from crm.workspace.pipeline import pages as pipeline_pages
from crm.workspace.reports import pages as reports_pages
from crm.workspace.reports.blocks import BLOCKS
from crm.workspace.search import pages as search_pages
from crm.workspace.tagging import pages as tagging_pages
from crm.workspace.today import pages as today_pages
from crm.workspace.undo import pages as undo_pages

_own = partial(Route, access=layout.own)
"""A page of one's own account, for everybody who is signed in."""
_read = partial(Route, access=layout.read)
_write = partial(Route, access=layout.write)
"""The pages of records. The other two are for everybody, and for owners; see `accounts/permissions.py`."""
_manage = partial(Route, access=layout.manage)


def table() -> tuple[Route, ...]:
    """Every page."""
    return (
        *account.table(),
        *_today(),
        *_inbox(),
        *_records(leads_pages.PAGES, leads_pages.show_list),
        *_leads(),
        *_records(contacts_pages.PAGES),
        *_proposals(),
        *_records(companies_pages.PAGES),
        *_imports(),
        *_saved_views(),
        *_tags(),
        *_tasks(),
        *_files(),
        *_activities(),
        *mail.table(),
        *_reports(),
        *_trash(),
        *_changes(),
        *settings.table(),
    )


def _today() -> tuple[Route, ...]:
    return (
        _read("GET", "/", today_pages.show, "Today"),
        _write("POST", "/today/{id:id}/done", today_pages.complete_next_action, "Complete the next step"),
        _write("POST", "/today/{id:id}/snooze", today_pages.snooze, "Snooze a lead"),
        _manage("POST", "/demo/remove", today_pages.remove_demo, "Remove the sample data"),
        _read("GET", "/search", search_pages.show, "Search"),
        _own("GET", "/shortcuts", search_pages.show_shortcuts, "Keyboard shortcuts"),
    )


def _inbox() -> tuple[Route, ...]:
    each = "/inbox/{id:id}"
    return (
        _read("GET", "/inbox", intake_pages.list_all, "Inbox"),
        _read("GET", each, intake_pages.show, "An enquiry"),
        _read("GET", f"{each}/raw", intake_pages.raw, "An enquiry as it was sent"),
        _read("GET", "/inbox/of/{reference:str}", intake_pages.find, "The enquiry with a reference"),
        _write("POST", f"{each}/accept", intake_pages.accept, "Create a lead from an enquiry"),
        _write("POST", f"{each}/dismiss", intake_pages.dismiss, "Dismiss an enquiry"),
        _write("POST", f"{each}/restore", intake_pages.restore, "Restore an enquiry"),
    )


def _records(pages: RecordPages, show_list: Handler | None = None) -> tuple[Route, ...]:
    """The pages that leads, contacts and companies share. `show_list` stands in for the common list."""
    noun, plural, every, each = pages.record.noun, pages.record.plural, pages.url, f"{pages.url}/{{id:id}}"
    bulk = bulk_changes_pages
    return (
        _read("GET", every, show_list or partial(list_page.list_records, pages), pages.heading),
        _write("GET", f"{every}/new", partial(record_pages.new_record, pages), f"New {noun}"),
        _write("POST", every, partial(record_pages.create_record, pages), f"Add a {noun}"),
        _read("GET", each, partial(record_pages.show_record, pages), f"A {noun}"),
        _write("GET", f"{each}/edit", partial(record_pages.edit_record, pages), f"Edit a {noun}"),
        _write("POST", each, partial(record_pages.change_record, pages), f"Save a {noun}"),
        _write("POST", f"{each}/field", partial(record_pages.change_field, pages), f"Save one field of a {noun}"),
        _own(
            "POST",
            f"{every}/column-sizes",
            partial(column_sizes.save, pages),
            f"Size the columns of the list of {plural}",
        ),
        _write("GET", f"{every}/change", partial(bulk.ask, pages), f"Change all {plural} of a list"),
        _write("POST", f"{every}/change", partial(bulk.start, pages), f"Start a change of all {plural} of a list"),
        _write("POST", f"{every}/bulk", partial(bulk.run_selected, pages), f"Change several {plural}"),
        _write("POST", f"{each}/tags", partial(tagging.change_tags, pages), f"Save the tags of a {noun}"),
        _write("POST", f"{each}/delete", partial(record_pages.delete_record, pages), f"Delete a {noun}"),
        _write("POST", f"{each}/restore", partial(record_pages.restore_record, pages), f"Restore a {noun}"),
    )


def _leads() -> tuple[Route, ...]:
    each = "/leads/{id:id}"
    return (
        _read("GET", "/pipeline", pipeline_pages.show, "Pipeline"),
        _write("POST", "/pipeline/move", leads_pipeline.move_on_board, "Move a card"),
        _write("GET", f"{each}/move", leads_pipeline.choose_move, "Where to move a lead"),
        _write("POST", f"{each}/status", leads_pipeline.move, "Change the status of a lead"),
        _write("GET", f"{each}/links", leads_relinking.edit_links, "The contact and company of a lead"),
        _write("POST", f"{each}/links", leads_relinking.change_links, "Move a lead to another contact or company"),
        _write(
            "POST", "/contacts/{id:id}/move-leads", leads_relinking.move_leads_of_contact, "Move the leads of a contact"
        ),
        _write(
            "POST",
            "/companies/{id:id}/move-leads",
            leads_relinking.move_leads_of_company,
            "Move the leads of a company",
        ),
        _write("GET", f"{each}/lost", leads_pipeline.ask_lost_reason, "Why was it lost?"),
        _write("GET", f"{each}/won", leads_pipeline.ask_win, "What was won?"),
        _write("POST", f"{each}/won", leads_pipeline.win, "Win a lead"),
        _write("POST", f"{each}/next", leads_pipeline.set_next_step, "Add next step"),
        _write("POST", f"{each}/add-to/{{open:id}}", leads_follow_ups.add, "Add a lead to another open one"),
        _write("POST", f"{each}/separate", leads_follow_ups.keep_separate, "Keep a lead separate"),
        _write("POST", f"{each}/done", leads_pipeline.finish_next_step, "Complete the next step"),
    )


def _imports() -> tuple[Route, ...]:
    every, each, pages = "/imports", "/imports/{id:id}", imports_pages
    return (
        _write("GET", every, pages.list_all, "Imports"),
        _write("GET", f"{every}/new", pages.new, "Import a file"),
        _write("POST", every, pages.upload, "Upload a file", body_limit=MAX_BYTES + 64 * KB),
        _write("GET", f"{every}/samples/{{records:str}}.csv", pages.download_sample, "A sample file"),
        _write("GET", each, pages.show, "An import"),
        _write("GET", f"{each}/columns", pages.edit_columns, "The columns of an import"),
        _write("POST", f"{each}/columns", pages.change_columns, "Choose the field of each column"),
        _write("GET", f"{each}/values", pages.edit_values, "The values of an import"),
        _write("POST", f"{each}/values", pages.change_values, "Choose what values mean"),
        _write("POST", f"{each}/run", pages.start, "Start an import"),
        _write("POST", f"{each}/stop", pages.stop, "Stop an import"),
        _write("POST", f"{each}/undo", pages.undo, "Undo an import"),
        _write("POST", f"{each}/delete", pages.delete, "Delete a file that was not imported"),
        _write("GET", f"{each}/errors.csv", pages.download_errors, "The rows of an import with errors"),
    )


def _proposals() -> tuple[Route, ...]:
    each = "/contacts/{id:id}"
    return (
        _write("POST", f"{each}/keep", contacts_proposals.keep, "Keep what an enquiry came with"),
        _write("POST", f"{each}/ignore", contacts_proposals.ignore, "Ignore what an enquiry came with"),
    )


def _tags() -> tuple[Route, ...]:
    each, pages = "/tags/{id:id}", tagging_pages
    return (
        _read("GET", "/tags", pages.list_all, "Tags"),
        _write("POST", "/tags", pages.create, "Add a tag"),
        _write("POST", each, pages.change, "Rename a tag, or change its color"),
        _write("POST", f"{each}/merge", pages.merge, "Merge a tag into another"),
        _write("POST", f"{each}/delete", pages.delete, "Delete a tag"),
    )


def _saved_views() -> tuple[Route, ...]:
    each, pages = "/views/{id:id}", saved_views_pages
    return (
        _own("GET", each, pages.show, "A saved view"),
        _own("POST", "/views", pages.save, "Save a view"),
        _own("POST", each, pages.change, "Change a saved view"),
        _own("POST", f"{each}/pin", pages.pin, "Show a view in the sidebar"),
        _own("POST", f"{each}/unpin", pages.unpin, "Take a view out of the sidebar"),
        _own("POST", f"{each}/delete", pages.delete, "Delete a saved view"),
    )


def _tasks() -> tuple[Route, ...]:
    every, each, pages = "/tasks", "/tasks/{id:id}", tasks_pages
    return (
        _read("GET", every, pages.show_list, "Tasks"),
        _write("GET", f"{every}/new", partial(record_pages.new_record, pages.PAGES), "New task"),
        _write("POST", every, partial(record_pages.create_record, pages.PAGES), "Add a task"),
        _read("GET", each, pages.show, "A task"),
        _write("GET", f"{each}/edit", partial(record_pages.edit_record, pages.PAGES), "Edit a task"),
        _write("POST", each, partial(record_pages.change_record, pages.PAGES), "Save a task"),
        _write("POST", f"{each}/done", pages.complete, "Complete a task"),
        _write("POST", f"{each}/reopen", pages.reopen, "Reopen a task"),
        _write("POST", f"{each}/snooze", pages.snooze, "Snooze a task"),
        _write("POST", f"{each}/delete", pages.delete, "Delete a task"),
    )


def _files() -> tuple[Route, ...]:
    each = "/files/{id:id}"
    return (
        *(
            _write("POST", f"{pages.url}/{{id:id}}/files", partial(files_pages.add, pages), "Add files to a record")
            for pages in (leads_pages.PAGES, contacts_pages.PAGES, companies_pages.PAGES)
        ),
        _read("GET", f"{each}/raw", files_pages.download, "The content of a file"),
        _write("POST", f"{each}/rename", files_pages.rename, "Rename a file"),
        _write("POST", f"{each}/delete", files_pages.delete, "Delete a file"),
    )


def _activities() -> tuple[Route, ...]:
    each = "/activities/{id:id}"
    return (
        _write("POST", "/activities", activities_pages.create, "Add an activity"),
        _write("GET", f"{each}/edit", activities_pages.edit, "Edit an activity"),
        _write("POST", each, activities_pages.change, "Save an activity"),
        _write("POST", f"{each}/delete", activities_pages.delete, "Delete an activity"),
    )


def _reports() -> tuple[Route, ...]:
    return (
        _read("GET", "/reports", reports_pages.show, "Reports"),
        *(
            _read(
                "GET", f"/reports/{block.name}.csv", partial(reports_pages.export_block, block), f"CSV: {block.title}"
            )
            for block in BLOCKS
        ),
    )  # fmt: skip


def _trash() -> tuple[Route, ...]:
    return (
        _read("GET", "/trash", trash_pages.list_all, "Trash"),
        _read("GET", "/trash/{id:id}", trash_pages.show, "A deleted record"),
        _manage("POST", "/trash/{id:id}/forget", erasure_pages.delete_permanently, "Delete a record permanently"),
    )


def _changes() -> tuple[Route, ...]:
    each = "/changes/{id:id}"
    return (
        _read("GET", "/changes", undo_pages.list_all, "Recent changes"),
        _read("GET", each, undo_pages.show, "A change"),
        _write("GET", "/bulk-changes/{id:id}", bulk_changes_pages.show, "A change of several records"),
        _own("POST", f"{each}/undo", undo_pages.undo, "Undo a change"),
    )
