"""The pages of the settings: the organization, the team, the pipeline, connections, operations."""

from __future__ import annotations

from functools import partial

from crm.accounts.api_keys import pages as api_keys_pages
from crm.accounts.audit import pages as audit_pages
from crm.accounts.settings import pages as settings_pages
from crm.kernel.http.routing import Route
from crm.outbound.notifications import mail_pages, personal_pages
from crm.outbound.notifications import pages as notifications_pages
from crm.outbound.webhooks import pages as webhooks_pages
from crm.workspace import layout
from crm.workspace.exports import pages as exports_pages
from crm.workspace.form import pages as form_pages
from crm.workspace.operations import pages as operations_pages
from crm.workspace.pipeline import settings_pages as stages_pages
from crm.workspace.team import pages as team_pages

_own = partial(Route, access=layout.own)
_manage = partial(Route, access=layout.manage)
_sensitive = partial(Route, access=layout.sensitive)


def table() -> tuple[Route, ...]:
    """Every page of the settings."""
    return (
        *_settings(),
        *_team(),
        *_stages(),
        *_form(),
        *_webhooks(),
        *_notifications(),
        *_operations(),
    )


def _settings() -> tuple[Route, ...]:
    keys = "/settings/keys"
    return (
        _manage("GET", "/settings/audit", audit_pages.show, "Audit log"),
        _own("GET", "/settings/search", settings_pages.search, "Search the settings"),
        _manage("GET", "/settings", settings_pages.show, "Settings"),
        _manage("POST", "/settings", settings_pages.change, "Change the settings"),
        _manage("GET", "/settings/data", settings_pages.show_data, "Data"),
        _manage("POST", "/settings/data", settings_pages.change_retention, "Change how long data is kept"),
        _sensitive("GET", "/settings/data/export.zip", exports_pages.download, "Download all records"),
        _manage("GET", keys, api_keys_pages.list_all, "API keys"),
        _sensitive("GET", f"{keys}/new", api_keys_pages.new, "New API key"),
        _sensitive("POST", keys, api_keys_pages.create, "Create an API key"),
        _manage("GET", f"{keys}/{{id:id}}", api_keys_pages.show, "An API key"),
        _manage("POST", f"{keys}/{{id:id}}/revoke", api_keys_pages.revoke, "Revoke an API key"),
    )


def _team() -> tuple[Route, ...]:
    every, each, invitation = "/settings/team", "/settings/team/{id:id}", "/settings/team/invitations/{id:id}"
    return (
        _manage("GET", every, team_pages.list_all, "Team"),
        _sensitive("GET", f"{every}/invite", team_pages.new, "Invite to the team"),
        _sensitive("POST", every, team_pages.invite, "Send an invitation"),
        _manage("GET", invitation, team_pages.show_invitation, "An invitation"),
        _sensitive("POST", f"{invitation}/resend", team_pages.resend_invitation, "Send an invitation again"),
        _sensitive("POST", f"{invitation}/revoke", team_pages.revoke_invitation, "Revoke an invitation"),
        _manage("GET", each, team_pages.show, "A person of the team"),
        _sensitive("POST", f"{each}/role", team_pages.change_role, "Change a role"),
        _sensitive("POST", f"{each}/disable", team_pages.disable, "Disable a user"),
        _sensitive("POST", f"{each}/enable", team_pages.enable, "Enable a user"),
    )


def _stages() -> tuple[Route, ...]:
    every, each, pages = "/settings/pipeline", "/settings/pipeline/{id:id}", stages_pages
    return (
        _manage("GET", every, pages.list_all, "Pipeline"),
        _manage("POST", every, pages.create, "Add a stage"),
        _manage("GET", each, pages.show, "A stage"),
        _manage("POST", each, pages.change, "Save a stage"),
        _manage("POST", f"{each}/shift", pages.shift, "Move a stage up or down"),
        _manage("POST", f"{each}/delete", pages.remove, "Delete a stage"),
        _manage("POST", f"{each}/restore", pages.restore, "Restore a stage"),
    )


def _form() -> tuple[Route, ...]:
    every, each, pages = "/settings/form", "/settings/form/{id:id}", form_pages
    return (
        _manage("GET", every, pages.list_all, "Form"),
        _manage("GET", f"{every}/published", pages.show_published, "Compare the public form"),
        _manage("POST", every, pages.create, "Add a choice"),
        _manage("GET", each, pages.show, "A choice"),
        _manage("POST", each, pages.change, "Rename a choice"),
        _manage("POST", f"{each}/shift", pages.shift, "Move a choice up or down"),
        _manage("POST", f"{each}/retire", pages.retire, "Retire a choice"),
        _manage("POST", f"{each}/restore", pages.restore, "Restore a choice"),
        _manage("POST", f"{each}/delete", pages.remove, "Delete a choice"),
    )


def _webhooks() -> tuple[Route, ...]:
    every, each, pages = "/settings/webhooks", "/settings/webhooks/{id:id}", webhooks_pages
    delivery = f"{each}/deliveries/{{delivery:id}}"
    return (
        _manage("GET", every, pages.list_all, "Webhooks"),
        _sensitive("GET", f"{every}/new", pages.new, "New webhook"),
        _sensitive("POST", every, pages.create, "Add a webhook"),
        _manage("GET", each, pages.show, "A webhook"),
        _sensitive("GET", f"{each}/edit", pages.edit, "Edit a webhook"),
        _sensitive("POST", f"{each}/edit", pages.change, "Save a webhook"),
        _manage("POST", f"{each}/pause", pages.pause, "Pause a webhook"),
        _manage("POST", f"{each}/resume", pages.resume, "Resume a webhook"),
        _sensitive("POST", f"{each}/rotate", pages.rotate, "Rotate the secret"),
        _manage("POST", f"{each}/delete", pages.remove, "Delete a webhook"),
        _manage("POST", f"{each}/test", pages.send_test, "Send a test"),
        _manage("GET", delivery, pages.show_delivery, "A delivery and its attempts"),
        _manage("POST", f"{delivery}/redeliver", pages.redeliver, "Redeliver"),
    )


def _notifications() -> tuple[Route, ...]:
    every, each, pages = "/settings/notifications", "/settings/notifications/{id:id}", notifications_pages
    own = "/profile/notifications"
    return (
        _manage("GET", every, pages.list_all, "Notification channels"),
        _sensitive("GET", f"{every}/new", pages.new, "New channel"),
        _sensitive("POST", every, pages.create, "Add a channel"),
        _manage("GET", f"{every}/failed", pages.list_failed, "Failed notifications"),
        _manage("POST", f"{every}/failed", pages.dismiss_failed, "Dismiss failed notifications"),
        _manage("GET", each, pages.show, "A channel and its notifications"),
        _sensitive("GET", f"{each}/edit", pages.edit, "Edit a channel"),
        _sensitive("POST", f"{each}/edit", pages.change, "Save a channel"),
        _manage("POST", f"{each}/on", pages.switch_on, "Turn a channel on"),
        _manage("POST", f"{each}/off", pages.switch_off, "Turn a channel off"),
        _manage("POST", f"{each}/delete", pages.remove, "Delete a channel"),
        _manage("POST", f"{each}/test", pages.send_test, "Send a test"),
        _manage("POST", f"{each}/{{notification:id}}/again", pages.send_again, "Send a notification again"),
        _own("GET", own, personal_pages.show, "Your notifications"),
        _own("POST", own, personal_pages.change, "Choose your notifications"),
        _own("POST", f"{own}/test", personal_pages.send_test, "Send yourself a test"),
        _manage("GET", "/settings/mail-provider", mail_pages.show, "Mail provider"),
        _manage("POST", "/settings/mail-provider/test", mail_pages.send_test, "Send a test mail"),
        _manage("GET", "/settings/outbox", pages.list_mails, "Sent mail"),
        _manage("GET", "/settings/outbox/{id:id}", pages.show_mail, "A mail"),
    )


def _operations() -> tuple[Route, ...]:
    return (
        _manage("GET", "/operations", operations_pages.show, "Operations"),
        _manage("POST", "/operations/jobs/{id:id}/again", operations_pages.retry_job, "Retry a failed job"),
    )
