"""What people see: the pages, and the files they are made of."""

from __future__ import annotations

from functools import partial
from types import ModuleType

from crm import auth
from crm.activities import pages as activities_pages
from crm.apikeys import pages as apikeys_pages
from crm.auth import doors
from crm.auth import pages as auth_pages
from crm.companies import pages as companies_pages
from crm.companies import record as companies_record
from crm.contacts import pages as contacts_pages
from crm.contacts import record as contacts_record
from crm.intake import pages as intake_pages
from crm.kernel.http.entries import public, visitor
from crm.kernel.http.routes import Route
from crm.kernel.http.statics import Statics
from crm.leads import bulk as leads_bulk
from crm.leads import editing as leads_editing
from crm.leads import pages as leads_pages
from crm.leads import record as leads_record
from crm.notifications import pages as notifications_pages
from crm.operations import pages as operations_pages
from crm.settings import pages as settings_pages
from crm.today import pages as today_pages
from crm.trash import pages as trash_pages
from crm.webhooks import pages as webhooks_pages

_page = partial(Route, entry=auth.person, surface="page")
"""A page for people who have signed in."""


def table(statics: Statics) -> tuple[Route, ...]:
    """Every address for people."""
    return (
        *_house(statics),
        *_doors(),
        *_today(),
        *_inbox(),
        *_leads(),
        *_records("contacts", "contact", contacts_pages, contacts_record),
        *_records("companies", "company", companies_pages, companies_record),
        *_trash(),
        *_keys(),
        *_settings(),
        *_webhooks(),
        *_notifications(),
        *_operations(),
    )


def _house(statics: Statics) -> tuple[Route, ...]:
    return (
        Route(
            method="GET", path="/static/{mark:str}/{name:str}", handler=statics.answer, entry=public, surface="page",
            summary="Static files",
        ),
    )  # fmt: skip


def _doors() -> tuple[Route, ...]:
    return (
        Route(
            method="GET", path="/sign-in", handler=doors.sign_in, entry=visitor, surface="page", summary="Sign in",
        ),
        Route(
            method="POST", path="/sign-in", handler=doors.enter, entry=visitor, surface="page", summary="Sign in",
        ),
        _page(method="POST", path="/sign-out", handler=doors.leave, summary="Sign out"),
        _page(method="GET", path="/profile", handler=auth_pages.show, summary="Profile"),
        _page(method="POST", path="/profile", handler=auth_pages.change, summary="Change name and theme"),
        _page(method="POST", path="/profile/password", handler=auth_pages.change_password, summary="Change password"),
        _page(method="POST", path="/profile/sessions/{id:int}/end", handler=auth_pages.end_session, summary="End one"),
        _page(
            method="POST", path="/profile/sessions/end-others", handler=auth_pages.end_other_sessions,
            summary="End every other session",
        ),
    )  # fmt: skip


def _today() -> tuple[Route, ...]:
    return (
        _page(method="GET", path="/", handler=today_pages.show, summary="Today"),
        _page(method="POST", path="/today/{id:int}/done", handler=today_pages.done, summary="The next action is done"),
        _page(method="POST", path="/today/{id:int}/snooze", handler=today_pages.snooze, summary="Put a lead off"),
        _page(method="POST", path="/demo/remove", handler=today_pages.remove_demo, summary="Remove the sample data"),
    )


def _inbox() -> tuple[Route, ...]:
    return (
        _page(method="GET", path="/inbox", handler=intake_pages.list_all, summary="The inbox"),
        _page(method="GET", path="/inbox/{id:int}", handler=intake_pages.show, summary="One enquiry as it came"),
        _page(method="GET", path="/inbox/{id:int}/raw", handler=intake_pages.raw, summary="An enquiry as it was sent"),
        _page(
            method="GET", path="/inbox/of/{reference:str}", handler=intake_pages.find,
            summary="The enquiry with a reference",
        ),
        _page(method="POST", path="/inbox/{id:int}/accept", handler=intake_pages.accept, summary="Make a lead of it"),
        _page(method="POST", path="/inbox/{id:int}/dismiss", handler=intake_pages.dismiss, summary="Put it aside"),
        _page(method="POST", path="/inbox/{id:int}/restore", handler=intake_pages.restore, summary="Bring it back"),
    )  # fmt: skip


def _leads() -> tuple[Route, ...]:
    each, line = "/leads/{id:int}", "/activities/{id:int}"
    return (
        _page(method="GET", path="/leads", handler=leads_pages.list_all, summary="Leads"),
        _page(method="GET", path="/leads/new", handler=leads_pages.new, summary="A new lead"),
        _page(method="POST", path="/leads", handler=leads_pages.create, summary="Add a lead"),
        _page(method="POST", path="/leads/bulk", handler=leads_bulk.act, summary="Move or delete several leads"),
        _page(
            method="POST", path="/leads/back/{to:str}/{moves:str}", handler=leads_bulk.put_back,
            summary="Move several leads back",
        ),
        _page(
            method="POST", path="/leads/restore/{numbers:str}", handler=leads_bulk.restore,
            summary="Bring several leads back",
        ),
        _page(method="GET", path=each, handler=leads_record.show, summary="A lead"),
        _page(method="GET", path=f"{each}/edit", handler=leads_editing.edit, summary="Edit a lead"),
        _page(method="POST", path=each, handler=leads_editing.change, summary="Save a lead"),
        _page(method="POST", path=f"{each}/status", handler=leads_record.move, summary="Move a lead"),
        _page(method="GET", path=f"{each}/lost", handler=leads_record.lost, summary="Why was it lost?"),
        _page(method="POST", path=f"{each}/next", handler=leads_record.plan, summary="Set the next step"),
        _page(method="POST", path=f"{each}/done", handler=leads_record.finish, summary="The next step is done"),
        _page(method="POST", path=f"{each}/delete", handler=leads_editing.remove, summary="Delete a lead"),
        _page(method="POST", path=f"{each}/restore", handler=leads_editing.restore, summary="Bring a lead back"),
        _page(method="POST", path="/activities", handler=activities_pages.create, summary="Add to a timeline"),
        _page(method="GET", path=f"{line}/edit", handler=activities_pages.edit, summary="Correct a line"),
        _page(method="POST", path=line, handler=activities_pages.change, summary="Save a line"),
        _page(method="POST", path=f"{line}/delete", handler=activities_pages.remove, summary="Remove a line"),
    )  # fmt: skip


def _records(room: str, one: str, pages: ModuleType, record: ModuleType) -> tuple[Route, ...]:
    each = f"/{room}/{{id:int}}"
    return (
        _page(method="GET", path=f"/{room}", handler=pages.list_all, summary=room.capitalize()),
        _page(method="GET", path=f"/{room}/new", handler=pages.new, summary=f"A new {one}"),
        _page(method="POST", path=f"/{room}", handler=pages.create, summary=f"Add a {one}"),
        _page(method="GET", path=each, handler=record.show, summary=f"A {one}"),
        _page(method="GET", path=f"{each}/edit", handler=record.edit, summary=f"Edit a {one}"),
        _page(method="POST", path=each, handler=record.change, summary=f"Save a {one}"),
        _page(method="POST", path=f"{each}/delete", handler=record.remove, summary=f"Delete a {one}"),
        _page(method="POST", path=f"{each}/restore", handler=record.restore, summary=f"Bring a {one} back"),
    )


def _trash() -> tuple[Route, ...]:
    return (
        _page(method="GET", path="/trash", handler=trash_pages.list_all, summary="What was deleted"),
        _page(method="GET", path="/trash/{id:int}", handler=trash_pages.show, summary="A deleted record"),
        _page(method="POST", path="/trash/{id:int}/forget", handler=trash_pages.forget, summary="End it for good"),
    )


def _keys() -> tuple[Route, ...]:
    return (
        _page(method="GET", path="/settings/keys", handler=apikeys_pages.list_all, summary="API keys"),
        _page(method="GET", path="/settings/keys/new", handler=apikeys_pages.new, summary="A new API key"),
        _page(method="POST", path="/settings/keys", handler=apikeys_pages.create, summary="Create an API key"),
        _page(method="GET", path="/settings/keys/{id:int}", handler=apikeys_pages.show, summary="An API key"),
        _page(
            method="POST", path="/settings/keys/{id:int}/revoke", handler=apikeys_pages.revoke,
            summary="Revoke an API key",
        ),
    )  # fmt: skip


def _settings() -> tuple[Route, ...]:
    return (
        _page(method="GET", path="/settings", handler=settings_pages.show, summary="Settings"),
        _page(method="POST", path="/settings", handler=settings_pages.change, summary="Change the settings"),
    )


def _webhooks() -> tuple[Route, ...]:
    page = "/settings/webhooks"
    return (
        _page(method="GET", path=page, handler=webhooks_pages.list_all, summary="Receivers of webhooks"),
        _page(method="GET", path=f"{page}/new", handler=webhooks_pages.new, summary="A new receiver"),
        _page(method="POST", path=page, handler=webhooks_pages.create, summary="Add a receiver"),
        _page(method="GET", path=f"{page}/{{id:int}}", handler=webhooks_pages.show, summary="A receiver"),
        _page(method="GET", path=f"{page}/{{id:int}}/edit", handler=webhooks_pages.edit, summary="Change a receiver"),
        _page(method="POST", path=f"{page}/{{id:int}}/edit", handler=webhooks_pages.change, summary="Change it"),
        _page(method="POST", path=f"{page}/{{id:int}}/pause", handler=webhooks_pages.pause, summary="Pause it"),
        _page(method="POST", path=f"{page}/{{id:int}}/resume", handler=webhooks_pages.resume, summary="Resume it"),
        _page(method="POST", path=f"{page}/{{id:int}}/rotate", handler=webhooks_pages.rotate, summary="A new secret"),
        _page(method="POST", path=f"{page}/{{id:int}}/delete", handler=webhooks_pages.remove, summary="Remove it"),
        _page(method="POST", path=f"{page}/{{id:int}}/test", handler=webhooks_pages.send_test, summary="Send a test"),
        _page(
            method="GET", path=f"{page}/{{id:int}}/deliveries/{{delivery:int}}", handler=webhooks_pages.show_delivery,
            summary="One message and its answers",
        ),
        _page(
            method="POST", path=f"{page}/{{id:int}}/deliveries/{{delivery:int}}/redeliver",
            handler=webhooks_pages.redeliver, summary="Send a message once more",
        ),
    )  # fmt: skip


def _notifications() -> tuple[Route, ...]:
    page, pages = "/settings/notifications", notifications_pages
    return (
        _page(method="GET", path=page, handler=pages.list_all, summary="Channels of notifications"),
        _page(method="GET", path=f"{page}/new", handler=pages.new, summary="A new channel"),
        _page(method="POST", path=page, handler=pages.create, summary="Add a channel"),
        _page(method="GET", path=f"{page}/{{id:int}}", handler=pages.show, summary="A channel and what it was told"),
        _page(method="GET", path=f"{page}/{{id:int}}/edit", handler=pages.edit, summary="Change a channel"),
        _page(method="POST", path=f"{page}/{{id:int}}/edit", handler=pages.change, summary="Change it"),
        _page(method="POST", path=f"{page}/{{id:int}}/on", handler=pages.switch_on, summary="Switch it on"),
        _page(method="POST", path=f"{page}/{{id:int}}/off", handler=pages.switch_off, summary="Switch it off"),
        _page(method="POST", path=f"{page}/{{id:int}}/delete", handler=pages.remove, summary="Remove it"),
        _page(method="POST", path=f"{page}/{{id:int}}/test", handler=pages.send_test, summary="Send a test"),
        _page(
            method="POST", path=f"{page}/{{id:int}}/{{notification:int}}/again", handler=pages.send_again,
            summary="Send a notification once more",
        ),
        _page(method="GET", path="/settings/outbox", handler=pages.list_mails, summary="Mail that left"),
        _page(method="GET", path="/settings/outbox/{id:int}", handler=pages.show_mail, summary="One mail"),
    )  # fmt: skip


def _operations() -> tuple[Route, ...]:
    return (
        _page(method="GET", path="/operations", handler=operations_pages.show, summary="What runs behind the pages"),
        _page(
            method="POST", path="/operations/jobs/{id:int}/again", handler=operations_pages.try_again,
            summary="Try a job again that was given up",
        ),
    )  # fmt: skip
