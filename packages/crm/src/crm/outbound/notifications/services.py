"""The services that notifications can go to, and what their addresses look like.

Only services with fixed public hosts are allowed: with any other, a person could name a host and bypass
`kernel/security/outbound.py`. Options in an address are allowed by name, because some read files or fetch pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from crm.kernel import mail
from crm.outbound.notifications.models import EMAIL


class InvalidTargetError(Exception):
    """The address is not accepted; the message is a sentence for the person who typed it."""


class Service(msgspec.Struct, frozen=True):
    """`schemes` are Apprise's. `hosts` are those of the URLs that the service itself gives out; one with a leading dot
    includes all its subdomains. `options` are the allowed parameters after `?`."""

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
    """An accepted address; `hint` is the part that may be shown."""

    service: str
    url: str
    hint: str


def label(key: str) -> str:
    """The name of a service."""
    return "E-mail" if key == EMAIL else _BY_KEY[key].label if key in _BY_KEY else key


def parse_target(raw: str) -> Target:
    """An e-mail address or a service's URL, as somebody typed it. Raises `InvalidTargetError` with what to do."""
    address = raw.strip()
    if "://" not in address:
        address = address.removeprefix("mailto:")
        if not mail.is_address(address):
            raise InvalidTargetError(f"Write a mail address, or the address of a service such as {SERVICES[0].example}")
        return Target(EMAIL, f"mailto:{address}", address)
    service = _find_service(address)
    load_plugin(service.key, address)
    return Target(service.key, address, f"…{urlsplit(address).path.rstrip('/')[-4:] or address[-4:]}")


def load_plugin(key: str, address: str) -> Any:
    """Apprise's notifier for this address, checked again as Apprise parsed it. Raises `InvalidTargetError`.

    Apprise is imported here, on first use, so that a process without such a channel does not load it.
    """
    import apprise  # noqa: PLC0415

    service = _find_service(address)
    module, name = service.plugin
    kind = getattr(import_module(f"apprise.plugins.{module}"), name)
    native = urlsplit(address).scheme in ("http", "https")
    try:
        parsed = kind.parse_native_url(address) if native else kind.parse_url(address)
        if not parsed:
            raise TypeError
        # No redirects: the request goes only to the host that was checked.
        notifier = kind(asset=apprise.AppriseAsset(http_redirects=False), **parsed)
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidTargetError(
            f"This address of {service.label} is incomplete. Write it as {service.example}"
        ) from error
    _check_host(service, key, notifier)
    return notifier


def _find_service(address: str) -> Service:
    try:
        parts = urlsplit(address)
        host, options = (parts.hostname or "").lower(), parse_qsl(parts.query, keep_blank_values=True)
    except ValueError as error:
        raise InvalidTargetError("This address cannot be read.") from error
    if not address.isprintable() or " " in address or parts.fragment:
        raise InvalidTargetError("Leave blanks, control characters and everything after # out of the address.")
    if parts.scheme in _MAIL:
        raise InvalidTargetError("For mail, write the address alone, such as you@example.com.")
    service = next((each for each in SERVICES if parts.scheme in each.schemes), None)
    if parts.scheme == "https" and not service:
        service = next((each for each in SERVICES if any(_matches(host, known) for known in each.hosts)), None)
    if service is None:
        raise InvalidTargetError(_explain_scheme(parts.scheme))
    for name, _ in options:
        if name not in service.options:
            raise InvalidTargetError(f"Leave “{name[:40]}” out of the address: that option is not allowed.")
    return service


def _check_host(service: Service, key: str, notifier: Any) -> None:
    """The address must lead to the service's own hosts, as Apprise parsed it too."""
    if service.key != key:
        raise InvalidTargetError("This address belongs to another service.")
    if service.key == "ntfy" and (notifier.mode != "cloud" or len(notifier.topics) != 1):
        raise InvalidTargetError(
            "Only topics of ntfy.sh are allowed, not your own server. Write it as ntfy://your-topic"
        )
    if service.key == "teams" and (
        notifier.port not in (None, 443) or not any(_matches(notifier.host.lower(), known) for known in _TEAMS)
    ):
        raise InvalidTargetError(f"A Teams address ends in one of: {', '.join(_TEAMS)}")


def _matches(host: str, known: str) -> bool:
    return host.endswith(known) if known.startswith(".") else host == known


def _explain_scheme(scheme: str) -> str:
    known = ", ".join(service.label for service in SERVICES)
    if scheme in _GENERIC:
        return f"Other addresses are not allowed here; add it as a webhook instead. Services: {known}."
    return f"“{scheme[:40]}” is not supported. Services: {known}."
