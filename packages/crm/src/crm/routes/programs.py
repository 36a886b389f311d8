"""What programs use: the API, the public form, health, API docs and metrics. Records have a list of their own."""

from __future__ import annotations

from functools import partial

from crm.accounts import api_keys
from crm.accounts.api_keys import api as api_keys_api
from crm.accounts.api_keys.models import Me
from crm.accounts.audit import api as audit_api
from crm.accounts.audit.forms import AuditFilter
from crm.accounts.audit.models import AuditEntry
from crm.accounts.form_choices import ChangeChoice, Choice, NewChoice
from crm.accounts.users import api as users_api
from crm.accounts.users.forms import UserFilter
from crm.accounts.users.models import TeamUser
from crm.apidocs import pages as apidocs_pages
from crm.inbound.intake import public as intake_public
from crm.inbound.intake.forms import Enquiry
from crm.inbound.intake.models import Receipt
from crm.kernel.http.access_policy import public
from crm.kernel.http.paging import Page
from crm.kernel.http.request import KB
from crm.kernel.http.routing import Route
from crm.monitoring import health
from crm.outbound.webhooks import api as webhooks_api
from crm.outbound.webhooks.forms import ChangeWebhook, DeliveryFilter, NewWebhook, WebhookFilter
from crm.outbound.webhooks.models import CreatedWebhook, DeliveryDetail, Webhook
from crm.routes import records_api
from crm.workspace.form import api as choices_api
from crm.workspace.form import public as form_public
from crm.workspace.form.forms import ChoiceFilter, ChoiceList
from crm.workspace.operations import api as operations_api
from crm.workspace.operations import metrics as operations_metrics
from crm.workspace.operations import synthetic
from crm.workspace.operations.forms import NewBackup, NewRestoreTest
from crm.workspace.operations.models import Backup, RestoreTest, SystemStatus
from shared.form_snapshot import FormSnapshot

_open = partial(Route, access=public)
_api = partial(Route, surface="api")


def table() -> tuple[Route, ...]:
    """Every API route."""
    return (
        *records_api.table(),
        *_choices(),
        *_service(),
        *_enquiries(),
        *_webhooks(),
        *_users(),
        *_audit(),
        *_operations(),
    )


def _service() -> tuple[Route, ...]:
    status = partial(_open, surface="public", tag="service")
    return (
        status("GET", "/api/v1/health", health.health, "Health check", response=health.Health),
        status("GET", "/api/v1/live", health.live, "Liveness check", response=health.Live),
        _open("GET", "/api/v1/openapi.json", apidocs_pages.openapi, "The OpenAPI document"),
        _open("GET", "/api/docs", apidocs_pages.show, "The API documentation"),
        _open("GET", "/api/docs/{tag:str}", apidocs_pages.show_tag, "The API documentation of one tag"),
        _open("GET", "/metrics", operations_metrics.show, "Metrics for Prometheus"),
        _api("GET", "/api/v1/me", api_keys_api.show, "Show this key", api_keys.any_key, tag="me", response=Me),
    )


def _enquiries() -> tuple[Route, ...]:
    return (
        _open("OPTIONS", "/api/leads", intake_public.preflight, "CORS preflight of the form on the site"),
        _open(
            "POST", "/api/leads", intake_public.create, "Send an enquiry, as the form on the site does",
            surface="public", tag="enquiries", body=Enquiry, response=Receipt, status=201, body_limit=64 * KB,
        ),
        _open(
            "GET", "/api/form", form_public.show, "Show the choices of the form, for the build of the site",
            surface="public", tag="enquiries", response=FormSnapshot,
        ),
    )  # fmt: skip


def _choices() -> tuple[Route, ...]:
    every, each, api = "/api/v1/choices", "/api/v1/choices/{id:id}", choices_api
    read = partial(_api, access=api_keys.scope("choices:read"), tag="choices")
    write = partial(_api, access=api_keys.scope("choices:write"), tag="choices", response=Choice)
    return (
        read(
            "GET", every, api.list_all, "List the choices of the enquiry form", query=ChoiceFilter, response=ChoiceList,
            operation_id="choices_list_all",
        ),
        write("POST", every, api.create, "Add a choice", body=NewChoice, status=201, operation_id="choices_create"),
        read("GET", each, api.show, "Show a choice", response=Choice, operation_id="choices_show"),
        write(
            "PATCH", each, api.change, "Rename, move, retire or restore a choice", body=ChangeChoice, if_match=True,
            operation_id="choices_change",
        ),
        _api(
            "DELETE", each, api.remove, "Delete a choice that no lead has", api_keys.scope("choices:write"),
            tag="choices", status=204, if_match=True, operation_id="choices_remove",
        ),
    )  # fmt: skip


def _webhooks() -> tuple[Route, ...]:
    every, each, api = "/api/v1/webhooks", "/api/v1/webhooks/{id:id}", webhooks_api
    read = partial(_api, access=api_keys.scope("webhooks:read"), tag="webhooks")
    write = partial(_api, access=api_keys.scope("webhooks:write"), tag="webhooks")
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


def _users() -> tuple[Route, ...]:
    return (
        _api(
            "GET", "/api/v1/users", users_api.list_all, "List the users", api_keys.scope("users:read"), tag="users",
            query=UserFilter, response=Page[TeamUser],
        ),
    )  # fmt: skip


def _audit() -> tuple[Route, ...]:
    return (
        _api(
            "GET", "/api/v1/audit", audit_api.list_all, "List the audit log", api_keys.scope("audit:read"), tag="audit",
            query=AuditFilter, response=Page[AuditEntry],
        ),
    )  # fmt: skip


def _operations() -> tuple[Route, ...]:
    every, trace = "/api/v1/operations", "/api/v1/operations/synthetic/{reference:str}"
    read = partial(_api, access=api_keys.scope("operations:read"), tag="operations")
    write = partial(_api, access=api_keys.scope("operations:write"), tag="operations")
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
