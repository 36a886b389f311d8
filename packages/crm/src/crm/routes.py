"""Table of contents 1: every surface, its rooms, and who may enter."""

from __future__ import annotations

from functools import partial

from crm import apikeys, auth
from crm.apikeys import api as apikeys_api
from crm.apikeys import pages as apikeys_pages
from crm.apikeys.models import Me
from crm.auth import doors
from crm.auth import pages as auth_pages
from crm.intake import pages as intake_pages
from crm.intake import public as intake_public
from crm.intake.forms import Enquiry
from crm.intake.models import Receipt
from crm.kernel import documents, health
from crm.kernel.http.entries import public, visitor
from crm.kernel.http.paging import Page
from crm.kernel.http.routes import KB, Route
from crm.kernel.http.statics import Statics
from crm.settings import pages as settings_pages
from crm.today import pages as today_pages
from crm.webhooks import api as webhooks_api
from crm.webhooks import pages as webhooks_pages
from crm.webhooks.deliveries.models import Standing
from crm.webhooks.forms import ChangeWebhook, DeliveryAsk, NewWebhook, WebhookAsk
from crm.webhooks.models import NewlyMade, Webhook

_page = partial(Route, entry=auth.person, surface="page")
"""A page for people who have signed in."""


def table(statics: Statics) -> tuple[Route, ...]:
    """Every address the service answers."""
    return (*_kernel(statics), *_today(), *_auth(), *_apikeys(), *_settings(), *_intake(), *_webhooks())


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
