"""The same monitors as a configuration of Gatus v5, for a Docker host. The keys are those of its README."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ops.uptime.monitors import Monitor

SLOW_MS = 2000
HEAD = "# Made by `ops uptime export gatus`. Alert providers go into another file of this folder: Gatus merges them.\n"


def render_gatus(monitors: Sequence[Monitor], alert: str = "") -> str:
    """Returns the YAML. `alert` is the type of alert that every endpoint names, such as `slack`."""
    alerts = {"alerts": [{"type": alert, "send-on-resolved": True}]} if alert else {}
    endpoints = [{**check, **alerts} for each in monitors if each.url for check in _list_checks(each)]
    jobs = [
        {
            "name": each.job,
            "group": "jobs",
            "token": "${GATUS_TOKEN}",
            "heartbeat": {"interval": f"{each.period_s + each.grace_s}s"},
            **alerts,
        }
        for each in monitors
        if each.job
    ]
    storage = {"type": "sqlite", "path": "/data/data.db"}
    config = {"storage": storage, "endpoints": endpoints, "external-endpoints": jobs}
    return HEAD + msgspec.yaml.encode(config).decode()


def _list_checks(monitor: Monitor) -> list[dict[str, Any]]:
    hours = monitor.expiry_days * 24
    body = [f"[BODY] == pat(*{monitor.keyword}*)"] if monitor.keyword else []
    expiry = [f"[CERTIFICATE_EXPIRATION] > {hours}h"] if hours else []
    conditions = [f"[STATUS] == {monitor.status}", f"[RESPONSE_TIME] < {SLOW_MS}", *body, *expiry]
    check = {"name": monitor.label, "url": monitor.url, "interval": f"{monitor.period_s}s"}
    checks = [{**check, "client": {"ignore-redirect": True}, "conditions": conditions}]
    if hours and monitor.has_domain:
        # Gatus refuses to ask the registry more often than every five minutes, so it is a check of its own.
        conditions = [f"[DOMAIN_EXPIRATION] > {hours}h"]
        checks.append({**check, "name": "Domain", "interval": "12h", "conditions": conditions})
    return checks
