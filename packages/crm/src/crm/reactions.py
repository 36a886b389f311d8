"""Lists which modules react to which event. They run inside the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping

from crm import notifications, webhooks
from crm.kernel.events import Reaction

_PROGRAMS = (webhooks.fan_out,)
_EVERYBODY = (webhooks.fan_out, notifications.fan_out)

TABLE: Mapping[str, tuple[Reaction, ...]] = {
    "lead.created": _EVERYBODY,
    "lead.synthetic": (webhooks.fan_out, notifications.sink),
    "lead.changed": _PROGRAMS,
    "lead.status_changed": _EVERYBODY,
    "lead.deleted": _PROGRAMS,
    "lead.restored": _PROGRAMS,
    "contact.created": _PROGRAMS,
    "contact.changed": _PROGRAMS,
    "contact.deleted": _PROGRAMS,
    "contact.restored": _PROGRAMS,
    "company.created": _PROGRAMS,
    "company.changed": _PROGRAMS,
    "company.deleted": _PROGRAMS,
    "company.restored": _PROGRAMS,
    "submission.quarantined": _EVERYBODY,
    "submission.failed": _EVERYBODY,
    "webhook.paused": _EVERYBODY,
}
