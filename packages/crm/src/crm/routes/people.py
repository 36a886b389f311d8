"""The pages that people use. Static files are mounted in `app.py`."""

from __future__ import annotations

from functools import partial

from crm.accounts.api_keys import pages as api_keys_pages
from crm.accounts.audit import pages as audit_pages
from crm.accounts.auth import pages as auth_pages
from crm.accounts.auth import sign_in
from crm.accounts.settings import pages as settings_pages
from crm.inbound.intake import pages as intake_pages
from crm.kernel.http.access_policy import visitor
from crm.kernel.http.request import KB
from crm.kernel.http.routing import Route
from crm.outbound.notifications import pages as notifications_pages
from crm.outbound.webhooks import pages as webhooks_pages
from crm.records.activities import pages as activities_pages
from crm.records.common import pages as record_pages
from crm.records.common.record_pages import RecordPages
from crm.records.companies import pages as companies_pages
from crm.records.contacts import pages as contacts_pages
from crm.records.contacts import proposals as contacts_proposals
from crm.records.leads import bulk_actions as leads_bulk
from crm.records.leads import follow_ups as leads_follow_ups
from crm.records.leads import pages as leads_pages
from crm.records.leads import pipeline as leads_pipeline
from crm.records.leads import relinking as leads_relinking
from crm.records.trash import pages as trash_pages
from crm.workspace import layout
from crm.workspace.erasure import pages as erasure_pages
from crm.workspace.operations import pages as operations_pages
from crm.workspace.reports import pages as reports_pages
from crm.workspace.reports.blocks import BLOCKS
from crm.workspace.search import pages as search_pages
from crm.workspace.today import pages as today_pages

_page = partial(Route, access=layout.person)
"""A page for people who are signed in."""


def table() -> tuple[Route, ...]:
    """Every page."""
    return (
        *_account(),
        *_today(),
        *_inbox(),
        *_records(leads_pages.PAGES),
        *_leads(),
        *_records(contacts_pages.PAGES),
        *_proposals(),
        *_records(companies_pages.PAGES),
        *_activities(),
        *_reports(),
        *_trash(),
        *_settings(),
        *_webhooks(),
        *_notifications(),
        *_operations(),
    )


def _account() -> tuple[Route, ...]:
    sessions = "/profile/sessions"
    return (
        Route("GET", "/sign-in", sign_in.show, "Sign in", visitor),
        Route("POST", "/sign-in", sign_in.sign_in, "Sign in", visitor, body_limit=16 * KB),
        # With a form that was sent after its session had ended.
        Route("POST", "/sign-in/again", sign_in.sign_in, "Sign in and keep what was typed", visitor),
        _page("POST", "/sign-out", sign_in.sign_out, "Sign out"),
        _page("GET", "/profile", auth_pages.show, "Profile"),
        _page("POST", "/profile", auth_pages.change, "Change name and theme"),
        _page("POST", "/profile/password", auth_pages.change_password, "Change password"),
        _page("POST", f"{sessions}/{{id:id}}/end", auth_pages.end_session, "End a session"),
        _page("POST", f"{sessions}/end-others", auth_pages.end_other_sessions, "End every other session"),
    )


def _today() -> tuple[Route, ...]:
    return (
        _page("GET", "/", today_pages.show, "Today"),
        _page("POST", "/today/{id:id}/done", today_pages.complete_next_action, "Complete the next step"),
        _page("POST", "/today/{id:id}/snooze", today_pages.snooze, "Snooze a lead"),
        _page("POST", "/today/{id:id}/unsnooze/{before:str}", today_pages.undo_snooze, "Undo a snooze"),
        _page("POST", "/demo/remove", today_pages.remove_demo, "Remove the sample data"),
        _page("GET", "/search", search_pages.show, "Search"),
    )


def _inbox() -> tuple[Route, ...]:
    each = "/inbox/{id:id}"
    return (
        _page("GET", "/inbox", intake_pages.list_all, "Inbox"),
        _page("GET", each, intake_pages.show, "An enquiry"),
        _page("GET", f"{each}/raw", intake_pages.raw, "An enquiry as it was sent"),
        _page("GET", "/inbox/of/{reference:str}", intake_pages.find, "The enquiry with a reference"),
        _page("POST", f"{each}/accept", intake_pages.accept, "Create a lead from an enquiry"),
        _page("POST", f"{each}/dismiss", intake_pages.dismiss, "Dismiss an enquiry"),
        _page("POST", f"{each}/restore", intake_pages.restore, "Restore an enquiry"),
    )


def _records(pages: RecordPages) -> tuple[Route, ...]:
    """The pages that leads, contacts and companies share."""
    noun, every, each = pages.record.noun, pages.url, f"{pages.url}/{{id:id}}"
    return (
        _page("GET", every, partial(record_pages.list_records, pages), pages.heading),
        _page("GET", f"{every}/new", partial(record_pages.new_record, pages), f"New {noun}"),
        _page("POST", every, partial(record_pages.create_record, pages), f"Add a {noun}"),
        _page("GET", each, partial(record_pages.show_record, pages), f"A {noun}"),
        _page("GET", f"{each}/edit", partial(record_pages.edit_record, pages), f"Edit a {noun}"),
        _page("POST", each, partial(record_pages.change_record, pages), f"Save a {noun}"),
        _page("POST", f"{each}/field", partial(record_pages.change_field, pages), f"Save one field of a {noun}"),
        _page("POST", f"{each}/delete", partial(record_pages.delete_record, pages), f"Delete a {noun}"),
        _page("POST", f"{each}/restore", partial(record_pages.restore_record, pages), f"Restore a {noun}"),
    )


def _leads() -> tuple[Route, ...]:
    each = "/leads/{id:id}"
    return (
        _page("POST", "/leads/bulk", leads_bulk.run_bulk_action, "Move or delete several leads"),
        _page("POST", "/leads/back/{to:str}/{moves:str}", leads_bulk.undo_move, "Undo moving several leads"),
        _page("POST", "/leads/restore/{ids:str}", leads_bulk.undo_delete, "Restore several leads"),
        _page("POST", f"{each}/status", leads_pipeline.move, "Change the status of a lead"),
        _page("GET", f"{each}/links", leads_relinking.edit_links, "The contact and company of a lead"),
        _page("POST", f"{each}/links", leads_relinking.change_links, "Move a lead to another contact or company"),
        _page(
            "POST", "/contacts/{id:id}/move-leads", leads_relinking.move_leads_of_contact, "Move the leads of a contact"
        ),
        _page(
            "POST",
            "/companies/{id:id}/move-leads",
            leads_relinking.move_leads_of_company,
            "Move the leads of a company",
        ),
        _page("GET", f"{each}/lost", leads_pipeline.ask_lost_reason, "Why was it lost?"),
        _page("POST", f"{each}/next", leads_pipeline.set_next_step, "Add next step"),
        _page("POST", f"{each}/add-to/{{open:id}}", leads_follow_ups.add, "Add a lead to another open one"),
        _page("POST", f"{each}/separate", leads_follow_ups.keep_separate, "Keep a lead separate"),
        _page("POST", f"{each}/done", leads_pipeline.finish_next_step, "Complete the next step"),
    )


def _proposals() -> tuple[Route, ...]:
    each, undo = "/contacts/{id:id}", contacts_proposals.undo_ignore
    return (
        _page("POST", f"{each}/keep", contacts_proposals.keep, "Keep what an enquiry came with"),
        _page("POST", f"{each}/ignore", contacts_proposals.ignore, "Ignore what an enquiry came with"),
        _page("POST", f"{each}/propose/{{field:str}}/{{lead:id}}", undo, "Propose an ignored value again"),
    )


def _activities() -> tuple[Route, ...]:
    each = "/activities/{id:id}"
    return (
        _page("POST", "/activities", activities_pages.create, "Add an activity"),
        _page("GET", f"{each}/edit", activities_pages.edit, "Edit an activity"),
        _page("POST", each, activities_pages.change, "Save an activity"),
        _page("POST", f"{each}/delete", activities_pages.delete, "Delete an activity"),
    )


def _reports() -> tuple[Route, ...]:
    return (
        _page("GET", "/reports", reports_pages.show, "Reports"),
        *(
            _page(
                "GET", f"/reports/{block.name}.csv", partial(reports_pages.export_block, block), f"CSV: {block.title}"
            )
            for block in BLOCKS
        ),
    )  # fmt: skip


def _trash() -> tuple[Route, ...]:
    return (
        _page("GET", "/trash", trash_pages.list_all, "Trash"),
        _page("GET", "/trash/{id:id}", trash_pages.show, "A deleted record"),
        _page("POST", "/trash/{id:id}/forget", erasure_pages.delete_permanently, "Delete a record permanently"),
    )


def _settings() -> tuple[Route, ...]:
    keys = "/settings/keys"
    return (
        _page("GET", "/settings/audit", audit_pages.show, "Audit log"),
        _page("GET", "/settings", settings_pages.show, "Settings"),
        _page("POST", "/settings", settings_pages.change, "Change the settings"),
        _page("GET", keys, api_keys_pages.list_all, "API keys"),
        _page("GET", f"{keys}/new", api_keys_pages.new, "New API key"),
        _page("POST", keys, api_keys_pages.create, "Create an API key"),
        _page("GET", f"{keys}/{{id:id}}", api_keys_pages.show, "An API key"),
        _page("POST", f"{keys}/{{id:id}}/revoke", api_keys_pages.revoke, "Revoke an API key"),
    )


def _webhooks() -> tuple[Route, ...]:
    every, each, pages = "/settings/webhooks", "/settings/webhooks/{id:id}", webhooks_pages
    delivery = f"{each}/deliveries/{{delivery:id}}"
    return (
        _page("GET", every, pages.list_all, "Webhooks"),
        _page("GET", f"{every}/new", pages.new, "New webhook"),
        _page("POST", every, pages.create, "Add a webhook"),
        _page("GET", each, pages.show, "A webhook"),
        _page("GET", f"{each}/edit", pages.edit, "Edit a webhook"),
        _page("POST", f"{each}/edit", pages.change, "Save a webhook"),
        _page("POST", f"{each}/pause", pages.pause, "Pause a webhook"),
        _page("POST", f"{each}/resume", pages.resume, "Resume a webhook"),
        _page("POST", f"{each}/rotate", pages.rotate, "Rotate the secret"),
        _page("POST", f"{each}/delete", pages.remove, "Delete a webhook"),
        _page("POST", f"{each}/test", pages.send_test, "Send a test"),
        _page("GET", delivery, pages.show_delivery, "A delivery and its attempts"),
        _page("POST", f"{delivery}/redeliver", pages.redeliver, "Redeliver"),
    )


def _notifications() -> tuple[Route, ...]:
    every, each, pages = "/settings/notifications", "/settings/notifications/{id:id}", notifications_pages
    return (
        _page("GET", every, pages.list_all, "Notification channels"),
        _page("GET", f"{every}/new", pages.new, "New channel"),
        _page("POST", every, pages.create, "Add a channel"),
        _page("GET", f"{every}/failed", pages.list_failed, "Failed notifications"),
        _page("POST", f"{every}/failed", pages.dismiss_failed, "Dismiss failed notifications"),
        _page("GET", each, pages.show, "A channel and its notifications"),
        _page("GET", f"{each}/edit", pages.edit, "Edit a channel"),
        _page("POST", f"{each}/edit", pages.change, "Save a channel"),
        _page("POST", f"{each}/on", pages.switch_on, "Turn a channel on"),
        _page("POST", f"{each}/off", pages.switch_off, "Turn a channel off"),
        _page("POST", f"{each}/delete", pages.remove, "Delete a channel"),
        _page("POST", f"{each}/test", pages.send_test, "Send a test"),
        _page("POST", f"{each}/{{notification:id}}/again", pages.send_again, "Send a notification again"),
        _page("GET", "/settings/outbox", pages.list_mails, "Sent mail"),
        _page("GET", "/settings/outbox/{id:id}", pages.show_mail, "A mail"),
    )


def _operations() -> tuple[Route, ...]:
    return (
        _page("GET", "/operations", operations_pages.show, "Operations"),
        _page("POST", "/operations/jobs/{id:id}/again", operations_pages.retry_job, "Retry a failed job"),
    )
