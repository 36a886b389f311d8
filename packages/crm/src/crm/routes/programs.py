"""What programs may do: the API for keys, the public form, and the service's word on itself."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import msgspec

from crm import apikeys
from crm.activities import Activity, ActivityAsk, ChangeActivity, NewActivity
from crm.activities import api as activities_api
from crm.apikeys import api as apikeys_api
from crm.apikeys.models import Me
from crm.companies import ChangeCompany, Company, CompanyAsk, NewCompany
from crm.companies import api as companies_api
from crm.contacts import ChangeContact, Contact, ContactAsk, NewContact
from crm.contacts import api as contacts_api
from crm.intake import public as intake_public
from crm.intake.forms import Enquiry
from crm.intake.models import Receipt
from crm.kernel import documents, health
from crm.kernel.http.entries import public
from crm.kernel.http.paging import Page
from crm.kernel.http.routes import KB, Route
from crm.leads import ChangeLead, Lead, LeadAsk, NewLead
from crm.leads import api as leads_api
from crm.operations import api as operations_api
from crm.operations import metrics as operations_metrics
from crm.operations import synthetic
from crm.operations.forms import NewBackup, NewRestore
from crm.operations.models import Backup, Condition, Drill
from crm.webhooks import api as webhooks_api
from crm.webhooks.deliveries.models import Standing
from crm.webhooks.forms import ChangeWebhook, DeliveryAsk, NewWebhook, WebhookAsk
from crm.webhooks.models import NewlyMade, Webhook

Form = type[msgspec.Struct]


def table() -> tuple[Route, ...]:
    """Every address for programs."""
    return (*_service(), *_enquiries(), *_apikeys(), *_relationships(), *_webhooks(), *_operations())


def _service() -> tuple[Route, ...]:
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
            method="GET", path="/metrics", handler=operations_metrics.show, entry=public, surface="page",
            summary="Figures for whoever shows METRICS_TOKEN",
        ),
    )  # fmt: skip


def _enquiries() -> tuple[Route, ...]:
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
    )  # fmt: skip


def _apikeys() -> tuple[Route, ...]:
    return (
        Route(
            method="GET", path="/api/v1/me", handler=apikeys_api.show, entry=apikeys.any_key, surface="api", tag="me",
            summary="What this key may do", gives=Me,
        ),
    )  # fmt: skip


def _relationships() -> tuple[Route, ...]:
    return (
        *_records("leads", "lead", leads_api, Lead, (LeadAsk, NewLead, ChangeLead)),
        *_records("contacts", "contact", contacts_api, Contact, (ContactAsk, NewContact, ChangeContact)),
        *_records("companies", "company", companies_api, Company, (CompanyAsk, NewCompany, ChangeCompany)),
        *_records("activities", "activity", activities_api, Activity, (ActivityAsk, NewActivity, ChangeActivity)),
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


def _webhooks() -> tuple[Route, ...]:
    api, read, write = "/api/v1/webhooks", apikeys.scope("webhooks:read"), apikeys.scope("webhooks:write")
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
    )  # fmt: skip


def _operations() -> tuple[Route, ...]:
    api, write = "/api/v1/operations", apikeys.scope("operations:write")
    entry = partial(Route, surface="api", tag="operations")
    return (
        entry(
            method="GET", path=api, handler=operations_api.show, entry=apikeys.scope("operations:read"),
            gives=Condition, summary="Version, memory, storage, jobs, queue, last backup and last proven restore",
        ),
        entry(
            method="POST", path=f"{api}/backups", handler=operations_api.tell_backup, entry=write, takes=NewBackup,
            gives=Backup, status=201, named=True, summary="Tell of a backup that was made",
        ),
        entry(
            method="POST", path=f"{api}/restores", handler=operations_api.tell_restore, entry=write,
            takes=NewRestore, gives=Drill, status=201, named=True, summary="Tell of a drill, whatever came of it",
        ),
        entry(
            method="GET", path=f"{api}/synthetic/{{reference:str}}", handler=synthetic.trace,
            entry=apikeys.scope("operations:read"), gives=synthetic.Trace, summary="How far a test enquiry has come",
        ),
        entry(
            method="DELETE", path=f"{api}/synthetic/{{reference:str}}", handler=synthetic.forget, entry=write,
            status=204, summary="Remove a test enquiry with all that was made for it",
        ),
    )  # fmt: skip
