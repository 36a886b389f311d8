"""Which services may be told, and by what address.

Only services whose messages go to fixed public hosts: whatever lets people name the host would go around the one
way out (`kernel/security/outbound.py`). Options in an address are let through by name, because some read
files or fetch pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from crm.kernel import mail
from crm.notifications.models import EMAIL


class InvalidTargetError(Exception):
    """The address is not taken; the message is a sentence for the person who typed it."""


class Service(msgspec.Struct, frozen=True):
    """`schemes` are Apprise's own; `hosts` are those of the address the service itself hands out, beginning with a dot
    where any name below is one. `options` are the parts after `?` that are let through."""

    key: str
    label: str
    schemes: tuple[str, ...]
    plugin: tuple[str, str]
    example: str
    hosts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


_TEAMS = (".logic.azure.com", ".api.powerplatform.com")

SERVICES: tuple[Service, ...] = (
    Service("discord", "Discord", ("discord",), ("discord", "NotifyDiscord"),
            "https://discord.com/api/webhooks/…", ("discord.com", "discordapp.com"), ("thread",)),
    Service("slack", "Slack", ("slack",), ("slack", "NotifySlack"),
            "https://hooks.slack.com/services/…", ("hooks.slack.com",)),
    Service("telegram", "Telegram", ("tgram",), ("telegram", "NotifyTelegram"),
            "tgram://bot-token/chat-id", (), ("topic", "thread", "silent")),
    Service("teams", "Microsoft Teams", ("workflows", "workflow"), ("workflows", "NotifyWorkflows"),
            "https://….logic.azure.com/workflows/…", _TEAMS, ("api-version", "sp", "sv", "sig")),
    Service("ntfy", "ntfy.sh", ("ntfys", "ntfy"), ("ntfy", "NotifyNtfy"),
            "ntfy://your-topic", ("ntfy.sh",), ("priority",)),
    Service("pushover", "Pushover", ("pover",), ("pushover", "NotifyPushover"),
            "pover://user-key@app-token", (), ("priority", "sound")),
    Service("pushbullet", "Pushbullet", ("pbul",), ("pushbullet", "NotifyPushBullet"), "pbul://access-token"),
    Service("gchat", "Google Chat", ("gchat",), ("google_chat", "NotifyGoogleChat"),
            "https://chat.googleapis.com/v1/spaces/…", ("chat.googleapis.com",), ("key", "token", "threadKey")),
    Service("webex", "Webex", ("wxteams", "webex"), ("webexteams", "NotifyWebexTeams"),
            "https://webexapis.com/v1/webhooks/incoming/…", ("webexapis.com", "api.ciscospark.com")),
)  # fmt: skip
_BY_KEY: Mapping[str, Service] = {service.key: service for service in SERVICES}
_GENERIC = ("json", "jsons", "xml", "xmls", "form", "forms", "http", "https", "apprise", "apprises")
_MAIL = ("mailto", "mailtos")


class Target(msgspec.Struct, frozen=True):
    """An address that was taken: whose it is, the address itself, and what may be shown of it."""

    service: str
    url: str
    hint: str


def label(key: str) -> str:
    """The name people know a service by."""
    return "E-mail" if key == EMAIL else _BY_KEY[key].label if key in _BY_KEY else key


def read(raw: str) -> Target:
    """A mail address or a service's address, as somebody typed it. Raises `InvalidTargetError` with what to do."""
    address = raw.strip()
    if "://" not in address:
        address = address.removeprefix("mailto:")
        if not mail.is_address(address):
            raise InvalidTargetError(f"Write a mail address, or the address of a service such as {SERVICES[0].example}")
        return Target(EMAIL, f"mailto:{address}", address)
    service = _service_of(address)
    plugin_of(service.key, address)
    return Target(service.key, address, f"…{urlsplit(address).path.rstrip('/')[-4:] or address[-4:]}")


def plugin_of(key: str, address: str) -> Any:
    """Apprise's notifier for this address, judged once more as it understood it. Raises `InvalidTargetError`.

    Apprise is imported here, on first need: a service without such a channel does not carry it.
    """
    import apprise  # noqa: PLC0415

    service = _service_of(address)
    module, name = service.plugin
    kind = getattr(import_module(f"apprise.plugins.{module}"), name)
    native = urlsplit(address).scheme in ("http", "https")
    try:
        understood = kind.parse_native_url(address) if native else kind.parse_url(address)
        if not understood:
            raise TypeError
        # No redirects: the host that was judged is the host that is called.
        notifier = kind(asset=apprise.AppriseAsset(http_redirects=False), **understood)
    except (TypeError, ValueError, AttributeError) as fault:
        raise InvalidTargetError(
            f"This is no complete address of {service.label}. Write it as {service.example}"
        ) from fault
    _judge(service, key, notifier)
    return notifier


def _service_of(address: str) -> Service:
    try:
        parts = urlsplit(address)
        host, options = (parts.hostname or "").lower(), parse_qsl(parts.query, keep_blank_values=True)
    except ValueError as fault:
        raise InvalidTargetError("This address cannot be read.") from fault
    if not address.isprintable() or " " in address or parts.fragment:
        raise InvalidTargetError("Leave blanks, control characters and everything after # out of the address.")
    if parts.scheme in _MAIL:
        raise InvalidTargetError("For mail, write the address alone, such as you@example.com.")
    service = next((each for each in SERVICES if parts.scheme in each.schemes), None)
    if parts.scheme == "https" and not service:
        service = next((each for each in SERVICES if any(_is(host, known) for known in each.hosts)), None)
    if service is None:
        raise InvalidTargetError(_refusal(parts.scheme))
    for name, _ in options:
        if name not in service.options:
            raise InvalidTargetError(f"Leave “{name[:40]}” out of the address: that option is not taken.")
    return service


def _judge(service: Service, key: str, notifier: Any) -> None:
    """What Apprise made of the address must still lead to the service's own hosts."""
    if service.key != key:
        raise InvalidTargetError("This address belongs to another service.")
    if service.key == "ntfy" and (notifier.mode != "cloud" or len(notifier.topics) != 1):
        raise InvalidTargetError(
            "Only topics of ntfy.sh are taken, not servers of one's own. Write it as ntfy://your-topic"
        )
    if service.key == "teams" and (
        notifier.port not in (None, 443) or not any(_is(notifier.host.lower(), known) for known in _TEAMS)
    ):
        raise InvalidTargetError(f"A Teams address ends in one of: {', '.join(_TEAMS)}")


def _is(host: str, known: str) -> bool:
    return host.endswith(known) if known.startswith(".") else host == known


def _refusal(scheme: str) -> str:
    known = ", ".join(service.label for service in SERVICES)
    if scheme in _GENERIC:
        return f"An address of any kind is not taken here; add it as a webhook instead. Services: {known}."
    return f"“{scheme[:40]}” is not taken: only services with a public host of their own are. These are: {known}."
