"""What programs use: the API, the public form, health, API docs and metrics."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import msgspec

from crm import apikeys
from crm.activities import Activity, ActivityFilter, ChangeActivity, NewActivity
from crm.activities import api as activities_api
from crm.apidocs import pages as apidocs_pages
from crm.apikeys import api as apikeys_api
from crm.apikeys.models import Me
from crm.companies import ChangeCompany, Company, CompanyFilter, NewCompany
from crm.companies import api as companies_api
from crm.contacts import ChangeContact, Contact, ContactFilter, NewContact
from crm.contacts import api as contacts_api
from crm.intake import public as intake_public
from crm.intake.forms import Enquiry
from crm.intake.models import Receipt
from crm.kernel.http.access_policy import public
from crm.kernel.http.paging import Page
from crm.kernel.http.request import KB
from crm.kernel.http.routing import Route
from crm.leads import ChangeLead, Lead, LeadFilter, NewLead
from crm.leads import api as leads_api
from crm.monitoring import health
from crm.operations import api as operations_api
from crm.operations import metrics as operations_metrics
from crm.operations import synthetic
from crm.operations.forms import NewBackup, NewRestoreTest
from crm.operations.models import Backup, RestoreTest, SystemStatus
from crm.webhooks import api as webhooks_api
from crm.webhooks.forms import ChangeWebhook, DeliveryFilter, NewWebhook, WebhookFilter
from crm.webhooks.models import CreatedWebhook, DeliveryDetail, Webhook

Struct = type[msgspec.Struct]
_open = partial(Route, access=public)
_api = partial(Route, surface="api")


def table() -> tuple[Route, ...]:
    """Every API route."""
    return (*_relationships(), *_service(), *_enquiries(), *_webhooks(), *_operations())


def _service() -> tuple[Route, ...]:
    status = partial(_open, surface="public", tag="service")
    return (
        status("GET", "/api/v1/health", health.health, "Health check", response=health.Health),
        status("GET", "/api/v1/live", health.live, "Liveness check", response=health.Live),
        _open("GET", "/api/v1/openapi.json", apidocs_pages.openapi, "The OpenAPI document"),
        _open("GET", "/api/docs", apidocs_pages.show, "The API documentation"),
        _open("GET", "/metrics", operations_metrics.show, "Metrics for Prometheus"),
        _api("GET", "/api/v1/me", apikeys_api.show, "Show this key", apikeys.any_key, tag="me", response=Me),
    )


def _enquiries() -> tuple[Route, ...]:
    return (
        _open("OPTIONS", "/api/leads", intake_public.preflight, "CORS preflight of the form on the site"),
        _open(
            "POST", "/api/leads", intake_public.create, "Send an enquiry, as the form on the site does",
            surface="public", tag="enquiries", body=Enquiry, response=Receipt, status=201, body_limit=64 * KB,
        ),
    )  # fmt: skip


def _relationships() -> tuple[Route, ...]:
    return (
        *_records("leads", "lead", leads_api, Lead, (LeadFilter, NewLead, ChangeLead)),
        *_records("contacts", "contact", contacts_api, Contact, (ContactFilter, NewContact, ChangeContact)),
        *_records("companies", "company", companies_api, Company, (CompanyFilter, NewCompany, ChangeCompany)),
        *_records("activities", "activity", activities_api, Activity, (ActivityFilter, NewActivity, ChangeActivity)),
    )


def _records(
    module: str, one: str, api: ModuleType, model: Struct, structs: tuple[Struct, Struct, Struct]
) -> tuple[Route, ...]:
    """The five API routes of a record; the same for each."""
    query, new, change = structs
    every, each = f"/api/v1/{module}", f"/api/v1/{module}/{{id:id}}"
    page: Any = Page[model]  # type: ignore[valid-type]
    a = f"{'an' if one[0] in 'aeiou' else 'a'} {one}"
    read = partial(_api, access=apikeys.scope(f"{module}:read"), tag=module)
    write = partial(_api, access=apikeys.scope(f"{module}:write"), tag=module)
    return (
        read("GET", every, api.list_all, f"List {module}", query=query, response=page),
        write("POST", every, api.create, f"Create {a}", body=new, response=model, status=201),
        read("GET", each, api.show, f"Show {a}", response=model),
        write("PATCH", each, api.change, f"Change {a}", body=change, response=model, if_match=True),
        write("DELETE", each, api.remove, f"Delete {a}", status=204, if_match=True),
    )


def _webhooks() -> tuple[Route, ...]:
    every, each, api = "/api/v1/webhooks", "/api/v1/webhooks/{id:id}", webhooks_api
    read = partial(_api, access=apikeys.scope("webhooks:read"), tag="webhooks")
    write = partial(_api, access=apikeys.scope("webhooks:write"), tag="webhooks")
    return (
        read("GET", every, api.list_all, "List webhooks", query=WebhookFilter, response=Page[Webhook]),
        write(
            "POST", every, api.create, "Create a webhook; only this response holds its secret",
            body=NewWebhook, response=CreatedWebhook, status=201,
        ),
        read("GET", each, api.show, "Show a webhook", response=Webhook),
        write(
            "PATCH", each, api.change, "Change, pause or resume a webhook",
            body=ChangeWebhook, response=Webhook, if_match=True,
        ),
        write("DELETE", each, api.remove, "Delete a webhook with its history", status=204, if_match=True),
        read(
            "GET", f"{each}/deliveries", api.list_deliveries, "List the deliveries of a webhook, with every attempt",
            query=DeliveryFilter, response=Page[DeliveryDetail],
        ),
        write(
            "POST", f"{each}/deliveries/{{delivery:id}}/redeliver", api.redeliver, "Redeliver",
            response=DeliveryDetail, status=202,
        ),
        write("POST", f"{each}/test", api.send_test, "Send a test", response=DeliveryDetail, status=202),
    )  # fmt: skip


def _operations() -> tuple[Route, ...]:
    every, trace = "/api/v1/operations", "/api/v1/operations/synthetic/{reference:str}"
    read = partial(_api, access=apikeys.scope("operations:read"), tag="operations")
    write = partial(_api, access=apikeys.scope("operations:write"), tag="operations")
    return (
        read(
            "GET", every, operations_api.show, "Version, memory, storage, jobs, last backup and last restore test",
            response=SystemStatus,
        ),
        write(
            "POST", f"{every}/backups", operations_api.report_backup, "Report a backup",
            body=NewBackup, response=Backup, status=201, idempotent=True,
        ),
        write(
            "POST", f"{every}/restores", operations_api.report_restore_test, "Report a restore test",
            body=NewRestoreTest, response=RestoreTest, status=201, idempotent=True,
        ),
        read("GET", trace, synthetic.trace, "Show how far a test enquiry has come", response=synthetic.Trace),
        write("DELETE", trace, synthetic.delete, "Delete a test enquiry and what was created from it", status=204),
    )  # fmt: skip
