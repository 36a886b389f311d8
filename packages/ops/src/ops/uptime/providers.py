"""UptimeRobot (API v3) and Better Stack (Uptime API v2). `specs/uptime.md` says what could not be tried live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from ops.cli import SystemClock, UsageError
from ops.uptime.monitors import Monitor
from ops.uptime.plan import Change, Existing
from ops.uptime.provider import TIMEOUT_S, Measurement, Provider

UPTIMEROBOT_URL = "https://api.uptimerobot.com/v3"
UPTIMEROBOT_HEARTBEAT_URL = "https://heartbeat.uptimerobot.com/"
BETTERSTACK_URL = "https://uptime.betterstack.com/api/v2"
# In these states, in small letters, nothing is checked, and UptimeRobot calls a monitor 100 % available.
UNMEASURED = ("paused", "pending", "started")


class UptimeRobot(Provider):
    name, variable = "UptimeRobot", "UPTIMEROBOT_API_KEY"
    kinds = ("monitors",)

    def to_creation(self, monitor: Monitor) -> Change:
        fields: dict[str, Any] = {"friendlyName": monitor.name, "interval": monitor.period_s}
        if monitor.job:
            fields |= {"type": "HEARTBEAT", "gracePeriod": monitor.grace_s}
            return Change(kind="monitors", name=monitor.name, fields=fields)
        fields |= {
            "type": "KEYWORD" if monitor.keyword else "HTTP",
            "url": monitor.url,
            "timeout": TIMEOUT_S,
            "httpMethodType": "GET",
            "followRedirections": False,
            "successHttpResponseCodes": [str(monitor.status)],
            "sslExpirationReminder": monitor.expiry_days > 0,
            "domainExpirationReminder": monitor.expiry_days > 0 and monitor.has_domain,
        }
        keyword = {"keywordType": "ALERT_NOT_EXISTS", "keywordValue": monitor.keyword} if monitor.keyword else {}
        return Change(kind="monitors", name=monitor.name, fields={**fields, **keyword})

    def read_row(self, kind: str, row: Any) -> Existing:
        # Of a heartbeat's URL the API gives the last part.
        url = UPTIMEROBOT_HEARTBEAT_URL + row["url"].rpartition("/")[2] if row["type"] == "HEARTBEAT" else ""
        active = row["status"].lower() not in UNMEASURED
        return Existing(str(row["id"]), kind, row["friendlyName"], row, active, url)

    def apply(self, change: Change) -> None:
        if change.action == "create":
            fields = {**change.fields, "assignedAlertContacts": self._alert_contacts}
            # The case is written as a name and read as a number, so the plan does not compare it.
            case = {"keywordCaseType": "CaseSensitive"} if "keywordValue" in fields else {}
            change = msgspec.structs.replace(change, fields={**fields, **case})
        super().apply(change)

    def measure(self, existing: Existing, start: datetime, end: datetime) -> Measurement:
        window = {"from": f"{start:%Y-%m-%dT%H:%M:%SZ}", "to": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        with self.expect_documented():
            row = self.request("GET", f"/monitors/{existing.id}/stats/uptime", params=window).json()
            return Measurement(float(row["uptime"]), round(row["total_downtime_seconds"]), int(row["incident_count"]))

    @cached_property
    def _alert_contacts(self) -> list[dict[str, Any]]:
        # All contacts of the account, because the documentation names no default for a monitor made by the API.
        with self.expect_documented():
            contacts = self.request("GET", "/user/alert-contacts").json()
            return [{"alertContactId": contact["id"], "threshold": 0, "recurrence": 0} for contact in contacts]


class BetterStack(Provider):
    name, variable = "Better Stack", "BETTERSTACK_API_TOKEN"
    kinds = ("monitors", "heartbeats")

    def to_creation(self, monitor: Monitor) -> Change:
        if monitor.job:
            beat = {"name": monitor.name, "period": monitor.period_s, "grace": monitor.grace_s}
            return Change(kind="heartbeats", name=monitor.name, fields=beat)
        check: dict[str, Any] = {"monitor_type": "keyword", "required_keyword": monitor.keyword}
        if not monitor.keyword:
            check = {"monitor_type": "expected_status_code", "expected_status_codes": [monitor.status]}
        expiry_days = monitor.expiry_days or None
        fields = {
            "pronounceable_name": monitor.name,
            "url": monitor.url,
            "check_frequency": monitor.period_s,
            "request_timeout": TIMEOUT_S,
            "follow_redirects": False,
            "verify_ssl": True,
            "ssl_expiration": expiry_days,
            "domain_expiration": expiry_days if monitor.has_domain else None,
        }
        return Change(kind="monitors", name=monitor.name, fields={**fields, **check})

    def read_row(self, kind: str, row: Any) -> Existing:
        fields = row["attributes"]
        name, url = (fields["name"], fields["url"]) if kind == "heartbeats" else (fields["pronounceable_name"], "")
        active = fields.get("status") not in UNMEASURED and not fields.get("paused_at")
        return Existing(str(row["id"]), kind, name or "", fields, active, url)

    def measure(self, existing: Existing, start: datetime, end: datetime) -> Measurement:
        days = {"from": f"{start:%Y-%m-%d}", "to": f"{end:%Y-%m-%d}"}
        with self.expect_documented():
            row = self.request("GET", f"/monitors/{existing.id}/sla", params=days).json()["data"]["attributes"]
            return Measurement(float(row["availability"]), round(row["total_downtime"]), row["number_of_incidents"])


def open_provider(environ: Mapping[str, str], report_wait: Callable[[str], None]) -> Provider:
    """Returns the provider whose token is set. Raises `UsageError` where none is, or both are."""
    key, token = environ.get("UPTIMEROBOT_API_KEY", "").strip(), environ.get("BETTERSTACK_API_TOKEN", "").strip()
    if key and token:
        raise UsageError("UPTIMEROBOT_API_KEY and BETTERSTACK_API_TOKEN are both set. Unset that of the other account.")
    if not all("!" <= letter <= "~" for letter in key + token):
        raise UsageError("UPTIMEROBOT_API_KEY or BETTERSTACK_API_TOKEN holds what is no token. Copy it again.")
    if key:
        return UptimeRobot(environ.get("UPTIMEROBOT_API_URL", "") or UPTIMEROBOT_URL, key, report_wait, SystemClock())
    if token:
        return BetterStack(environ.get("BETTERSTACK_API_URL", "") or BETTERSTACK_URL, token, report_wait, SystemClock())
    raise UsageError("No uptime provider: set UPTIMEROBOT_API_KEY or BETTERSTACK_API_TOKEN.")
