"""Table of contents 1: every surface, its rooms, and who may enter."""

from __future__ import annotations

from functools import partial

from crm import apikeys, auth
from crm.apikeys import api as apikeys_api
from crm.apikeys import pages as apikeys_pages
from crm.apikeys.models import Me
from crm.auth import doors
from crm.auth import pages as auth_pages
from crm.kernel import documents, health
from crm.kernel.http.entries import public, visitor
from crm.kernel.http.routes import Route
from crm.kernel.http.statics import Statics
from crm.settings import pages as settings_pages

_page = partial(Route, entry=auth.person, surface="page")
"""A page for people who have signed in."""


def table(statics: Statics) -> tuple[Route, ...]:
    """Every address the service answers."""
    return (*_kernel(statics), *_auth(), *_apikeys(), *_settings())


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
            method="GET", path="/api/docs", handler=documents.readable, entry=public, surface="page",
            summary="The API, readable",
        ),
        Route(
            method="GET", path="/static/{mark:str}/{name:str}", handler=statics.answer, entry=public, surface="page",
            summary="Static files",
        ),
    )  # fmt: skip


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
