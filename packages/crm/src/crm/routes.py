"""Table of contents 1: every surface, its rooms, and who may enter."""

from __future__ import annotations

from crm import apikeys
from crm.apikeys import api as apikeys_api
from crm.apikeys.models import Me
from crm.kernel import documents, health
from crm.kernel.http.entries import public
from crm.kernel.http.routes import Route
from crm.kernel.http.statics import Statics


def table(statics: Statics) -> tuple[Route, ...]:
    """Every address the service answers."""
    return (*_kernel(statics), *_apikeys())


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


def _apikeys() -> tuple[Route, ...]:
    return (
        Route(
            method="GET", path="/api/v1/me", handler=apikeys_api.show, entry=apikeys.any_key, surface="api", tag="me",
            summary="What this key may do", gives=Me,
        ),
    )  # fmt: skip
