"""Table of contents 1: every surface, its rooms, and who may enter."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import msgspec

from crm import apikeys, auth
from crm.activities import Activity, ActivityAsk, ChangeActivity, NewActivity
from crm.activities import api as activities_api
from crm.activities import pages as activities_pages
from crm.apikeys import api as apikeys_api
from crm.apikeys import pages as apikeys_pages
from crm.apikeys.models import Me
from crm.auth import doors
from crm.auth import pages as auth_pages
from crm.companies import ChangeCompany, Company, CompanyAsk, NewCompany
from crm.companies import api as companies_api
from crm.companies import pages as companies_pages
from crm.companies import record as companies_record
from crm.contacts import ChangeContact, Contact, ContactAsk, NewContact
from crm.contacts import api as contacts_api
from crm.contacts import pages as contacts_pages
from crm.contacts import record as contacts_record
from crm.intake import pages as intake_pages
from crm.intake import public as intake_public
from crm.intake.forms import Enquiry
from crm.intake.models import Receipt
from crm.kernel import background, documents, health
from crm.kernel.http.entries import public, visitor
from crm.kernel.http.paging import Page
from crm.kernel.http.routes import KB, Route
from crm.kernel.http.statics import Statics
from crm.leads import ChangeLead, Lead, LeadAsk, NewLead
from crm.leads import api as leads_api
from crm.leads import editing as leads_editing
from crm.leads import pages as leads_pages
from crm.leads import record as leads_record
from crm.notifications import pages as notifications_pages
from crm.settings import pages as settings_pages
from crm.today import pages as today_pages
from crm.webhooks import api as webhooks_api
from crm.webhooks import pages as webhooks_pages
from crm.webhooks.deliveries.models import Standing
from crm.webhooks.forms import ChangeWebhook, DeliveryAsk, NewWebhook, WebhookAsk
from crm.webhooks.models import NewlyMade, Webhook

_page = partial(Route, entry=auth.person, surface="page")
"""A page for people who have signed in."""


Form = type[msgspec.Struct]


def table(statics: Statics) -> tuple[Route, ...]:
    """Every address the service answers."""
    return (
        *_kernel(statics),
        *_today(),
        *_auth(),
        *_apikeys(),
        *_settings(),
        *_intake(),
        *_webhooks(),
        *_notifications(),
        *_relationships(),
        *_lead_pages(),
        *_record_pages("contacts", "contact", contacts_pages, contacts_record),
        *_record_pages("companies", "company", companies_pages, companies_record),
    )


def _kernel(statics: Statics) -> tuple[Route, ...]:
    return (
        Route(
            method="GET", path="/api/v1/health", handler=health.health, entry=public, surface="public", tag="service",
            summary="Is the service well?", gives=health.Health,
        ),
        Route(
            method="GET", path="/api/v1/live", handler=health.live, entry=public, surface="public", tag="service",
            summary="Does the process answer?", gives=health.Live,
        ),
        Route(
            method="GET", path="/api/v1/openapi.json", handler=documents.openapi, entry=public, surface="page",
            summary="The OpenAPI document",
        ),
        Route(
            method="GET", path="/api/docs", handler=documents.show, entry=public, surface="page",
            summary="The API, readable",
        ),
        Route(
            method="GET", path="/static/{mark:str}/{name:str}", handler=statics.answer, entry=public, surface="page",
            summary="Static files",
        ),
        _page(method="GET", path=background.PATH, handler=background.show, summary="What runs behind the pages"),
        _page(
            method="POST", path=f"{background.PATH}/{{id:int}}/again", handler=background.try_again,
            summary="Try a job again that was given up",
        ),
    )  # fmt: skip


def _today() -> tuple[Route, ...]:
    return (
        _page(method="GET", path="/", handler=today_pages.show, summary="Today"),
        _page(method="POST", path="/today/{id:int}/done", handler=today_pages.done, summary="The next action is done"),
        _page(method="POST", path="/today/{id:int}/snooze", handler=today_pages.snooze, summary="Put a lead off"),
        _page(method="POST", path="/demo/remove", handler=today_pages.remove_demo, summary="Remove the sample data"),
    )


def _auth() -> tuple[Route, ...]:
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


def _apikeys() -> tuple[Route, ...]:
    return (
        Route(
            method="GET", path="/api/v1/me", handler=apikeys_api.show, entry=apikeys.any_key, surface="api", tag="me",
            summary="What this key may do", gives=Me,
        ),
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


def _intake() -> tuple[Route, ...]:
    return (
        # Before its POST: Litestar gives an address its own answer to OPTIONS where none is known yet.
        Route(
            method="OPTIONS", path="/api/leads", handler=intake_public.preflight, entry=public, surface="page",
            summary="May a page of this site send enquiries?",
        ),
        Route(
            method="POST", path="/api/leads", handler=intake_public.create, entry=public, surface="public",
            tag="enquiries", summary="Send an enquiry, as the form on the site does", takes=Enquiry, gives=Receipt,
            status=201, body_limit=64 * KB,
        ),
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


def _webhooks() -> tuple[Route, ...]:
    api, read, write = "/api/v1/webhooks", apikeys.scope("webhooks:read"), apikeys.scope("webhooks:write")
    page = "/settings/webhooks"
    entry = partial(Route, surface="api", tag="webhooks")
    return (
        entry(
            method="GET", path=api, handler=webhooks_api.list_all, entry=read, summary="Receivers of webhooks",
            asks=WebhookAsk, gives=Page[Webhook],
        ),
        entry(
            method="POST", path=api, handler=webhooks_api.create, entry=write, takes=NewWebhook, gives=NewlyMade,
            status=201, summary="Add a receiver; the answer alone holds its secret",
        ),
        entry(
            method="GET", path=f"{api}/{{id:int}}", handler=webhooks_api.show, entry=read, gives=Webhook,
            summary="One receiver",
        ),
        entry(
            method="PATCH", path=f"{api}/{{id:int}}", handler=webhooks_api.change, entry=write, takes=ChangeWebhook,
            gives=Webhook, matches=True, summary="Change, pause or resume a receiver",
        ),
        entry(
            method="DELETE", path=f"{api}/{{id:int}}", handler=webhooks_api.remove, entry=write, matches=True,
            status=204, summary="Remove a receiver with its history",
        ),
        entry(
            method="GET", path=f"{api}/{{id:int}}/deliveries", handler=webhooks_api.list_deliveries, entry=read,
            asks=DeliveryAsk, gives=Page[Standing], summary="What was sent to a receiver, with every attempt",
        ),
        entry(
            method="POST", path=f"{api}/{{id:int}}/deliveries/{{delivery:int}}/redeliver", entry=write, status=202,
            handler=webhooks_api.redeliver, gives=Standing, summary="Send a message once more",
        ),
        entry(
            method="POST", path=f"{api}/{{id:int}}/test", handler=webhooks_api.send_test, entry=write, status=202,
            gives=Standing, summary="Send a test message",
        ),
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


def _relationships() -> tuple[Route, ...]:
    return (
        *_records("leads", "lead", leads_api, Lead, (LeadAsk, NewLead, ChangeLead)),
        *_records("contacts", "contact", contacts_api, Contact, (ContactAsk, NewContact, ChangeContact)),
        *_records("companies", "company", companies_api, Company, (CompanyAsk, NewCompany, ChangeCompany)),
        *_records("activities", "activity", activities_api, Activity, (ActivityAsk, NewActivity, ChangeActivity)),
    )


def _record_pages(room: str, one: str, pages: ModuleType, record: ModuleType) -> tuple[Route, ...]:
    each = f"/{room}/{{id:int}}"
    return (
        _page(method="GET", path=f"/{room}", handler=pages.list_all, summary=room.capitalize()),
        _page(method="GET", path=f"/{room}/new", handler=pages.new, summary=f"A new {one}"),
        _page(method="POST", path=f"/{room}", handler=pages.create, summary=f"Add a {one}"),
        _page(method="GET", path=each, handler=record.show, summary=f"A {one}"),
        _page(method="GET", path=f"{each}/edit", handler=record.edit, summary=f"Edit a {one}"),
        _page(method="POST", path=each, handler=record.change, summary=f"Save a {one}"),
        _page(method="GET", path=f"{each}/delete", handler=record.ask_remove, summary=f"Delete a {one}?"),
        _page(method="POST", path=f"{each}/delete", handler=record.remove, summary=f"Delete a {one}"),
    )


def _lead_pages() -> tuple[Route, ...]:
    each, line = "/leads/{id:int}", "/activities/{id:int}"
    return (
        _page(method="GET", path="/leads", handler=leads_pages.list_all, summary="Leads"),
        _page(method="GET", path="/leads/new", handler=leads_pages.new, summary="A new lead"),
        _page(method="POST", path="/leads", handler=leads_pages.create, summary="Add a lead"),
        _page(method="GET", path=each, handler=leads_record.show, summary="A lead"),
        _page(method="GET", path=f"{each}/edit", handler=leads_editing.edit, summary="Edit a lead"),
        _page(method="POST", path=each, handler=leads_editing.change, summary="Save a lead"),
        _page(method="POST", path=f"{each}/status", handler=leads_record.move, summary="Move a lead"),
        _page(method="GET", path=f"{each}/lost", handler=leads_record.lost, summary="Why was it lost?"),
        _page(method="POST", path=f"{each}/next", handler=leads_record.plan, summary="Set the next step"),
        _page(method="POST", path=f"{each}/done", handler=leads_record.finish, summary="The next step is done"),
        _page(method="GET", path=f"{each}/delete", handler=leads_editing.ask_remove, summary="Delete a lead?"),
        _page(method="POST", path=f"{each}/delete", handler=leads_editing.remove, summary="Delete a lead"),
        _page(method="POST", path="/activities", handler=activities_pages.create, summary="Add to a timeline"),
        _page(method="GET", path=f"{line}/edit", handler=activities_pages.edit, summary="Correct a line"),
        _page(method="POST", path=line, handler=activities_pages.change, summary="Save a line"),
        _page(method="POST", path=f"{line}/delete", handler=activities_pages.remove, summary="Remove a line"),
    )


def _records(room: str, one: str, api: ModuleType, model: Form, takes: tuple[Form, Form, Form]) -> tuple[Route, ...]:
    """What programs may do with the records of a room; the same five everywhere."""
    ask, new, change = takes
    every, each = f"/api/v1/{room}", f"/api/v1/{room}/{{id:int}}"
    page: Any = Page[model]  # type: ignore[valid-type]
    a = f"{'an' if one[0] in 'aeiou' else 'a'} {one}"
    read = partial(Route, entry=apikeys.scope(f"{room}:read"), surface="api", tag=room)
    write = partial(Route, entry=apikeys.scope(f"{room}:write"), surface="api", tag=room)
    return (
        read(method="GET", path=every, handler=api.list_all, asks=ask, gives=page, summary=f"List {room}"),
        write(method="POST", path=every, handler=api.create, takes=new, gives=model, status=201, summary=f"Create {a}"),
        read(method="GET", path=each, handler=api.show, gives=model, summary=f"Show {a}"),
        write(
            method="PATCH", path=each, handler=api.change, takes=change, gives=model, matches=True,
            summary=f"Change {a}",
        ),
        write(method="DELETE", path=each, handler=api.remove, status=204, matches=True, summary=f"Delete {a}"),
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
