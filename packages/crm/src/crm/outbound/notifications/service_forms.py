"""The form of each service: its own fields, where to find their values, and the address that they make up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from crm.kernel.errors import FieldError, ValidationError
from crm.outbound.notifications import services
from crm.outbound.notifications.models import EMAIL


class ServiceField(msgspec.Struct, frozen=True):
    """One field of a service. `pattern` matches a value as the service itself writes it."""

    name: str
    label: str
    example: str
    pattern: str = r"[\w.:-]+"
    hint: str = ""


class ServiceForm(msgspec.Struct, frozen=True):
    """`address` is what `services.parse_target` accepts, with the fields in braces."""

    key: str
    label: str
    summary: str
    fields: tuple[ServiceField, ...]
    address: str
    help_text: str
    help_url: str = ""


_ANY = r"\S+"


def _webhook_url(example: str) -> ServiceField:
    return ServiceField("webhook_url", "Webhook URL", example, _ANY)


SERVICE_FORMS: tuple[ServiceForm, ...] = (
    ServiceForm(
        EMAIL, "E-mail", "To any mailbox", (ServiceField("email", "E-mail address", "you@example.com", _ANY),),
        "{email}", "Any mailbox that you read. Send a test next, so that you know it arrives.",
    ),
    ServiceForm(
        "slack", "Slack", "To a channel", (_webhook_url("https://hooks.slack.com/services/…"),), "{webhook_url}",
        "In Slack, create an app with incoming webhooks and choose the channel.",
        "https://api.slack.com/messaging/webhooks",
    ),
    ServiceForm(
        "discord", "Discord", "To a channel", (_webhook_url("https://discord.com/api/webhooks/…"),), "{webhook_url}",
        "In Discord, open the channel's settings, then Integrations, Webhooks, New Webhook, Copy Webhook URL.",
        "https://support.discord.com/hc/en-us/articles/228383668-Intro-to-Webhooks",
    ),
    ServiceForm(
        "teams", "Microsoft Teams", "To a channel or chat", (_webhook_url("https://….logic.azure.com/workflows/…"),),
        "{webhook_url}", "In Teams, add the workflow “Post to a channel when a webhook request is received”.",
        "https://support.microsoft.com/en-us/office/8ae491c7-0394-4861-ba59-055e33f75498",
    ),
    ServiceForm(
        "telegram", "Telegram", "To a chat or group",
        (
            ServiceField("bot_token", "Bot token", "123456789:AAF…", r"\d+:[\w-]+", "From @BotFather."),
            ServiceField("chat_id", "Chat id", "-1001234567890", r"-?\d+|@\w+", "Add the bot to the chat first."),
        ),
        "tgram://{bot_token}/{chat_id}",
        "Create a bot with @BotFather, add it to the chat, and read the chat's id from getUpdates.",
        "https://core.telegram.org/bots/features#creating-a-new-bot",
    ),
    ServiceForm(
        "gchat", "Google Chat", "To a space", (_webhook_url("https://chat.googleapis.com/v1/spaces/…"),),
        "{webhook_url}", "In the space, open Apps & integrations, then Webhooks.",
        "https://developers.google.com/workspace/chat/quickstart/webhooks",
    ),
    ServiceForm(
        "webex", "Webex", "To a space", (_webhook_url("https://webexapis.com/v1/webhooks/incoming/…"),),
        "{webhook_url}", "Add the app Incoming Webhooks to the space and copy its URL.",
        "https://apphub.webex.com/applications/incoming-webhooks-cisco-systems-38054-23307-75252",
    ),
    ServiceForm(
        "ntfy", "ntfy.sh", "To phones, without an account",
        (ServiceField("topic", "Topic", "acme-leads-7f3k", r"[\w-]+"),),
        "ntfy://{topic}", "Choose a topic that nobody can guess, and subscribe to it in the app.",
        "https://docs.ntfy.sh/subscribe/phone/",
    ),
    ServiceForm(
        "pushover", "Pushover", "To phones",
        (
            ServiceField("user_key", "User key", "uQiRzpo4…", r"\w+", "On the first page after you sign in."),
            ServiceField("app_token", "API token of an application", "azGDORe…", r"\w+"),
        ),
        "pover://{user_key}@{app_token}", "Create an application there and copy its API token.",
        "https://pushover.net/apps/build",
    ),
    ServiceForm(
        "pushbullet", "Pushbullet", "To phones and browsers",
        (ServiceField("access_token", "Access token", "o.zJhF…"),),
        "pbul://{access_token}", "In Pushbullet, open Settings, Account, and create an access token.",
        "https://www.pushbullet.com/#settings/account",
    ),
)  # fmt: skip
_BY_KEY: Mapping[str, ServiceForm] = {form.key: form for form in SERVICE_FORMS}
FIELD_NAMES = tuple(dict.fromkeys(field.name for form in SERVICE_FORMS for field in form.fields))


def find_form(key: str) -> ServiceForm | None:
    """The form of a service; None for an unknown one."""
    return _BY_KEY.get(key)


def compose_address(form: ServiceForm, values: Mapping[str, str]) -> str:
    """The address that the values of the fields make up. Raises `ValidationError` with every wrong field."""
    errors = [
        FieldError(field.name, "This field is required." if not value else f"Enter a value such as {field.example}")
        for field in form.fields
        for value in [values.get(field.name, "")]
        if not re.fullmatch(field.pattern, value)
    ]
    if errors:
        raise ValidationError(errors)
    is_whole = form.address.startswith("{")
    return form.address.format_map(
        {field.name: values[field.name] if is_whole else quote(values[field.name], safe=":@-") for field in form.fields}
    )


def check_service(form: ServiceForm, address: str) -> None:
    """Raises `ValidationError` for the first field if the address is invalid or belongs to another service."""
    name = form.fields[0].name
    try:
        target = services.parse_target(address)
    except services.InvalidTargetError as error:
        raise ValidationError([FieldError(name, str(error))]) from error
    if target.service != form.key:
        raise ValidationError(
            [FieldError(name, f"This belongs to {services.label(target.service)}. Enter the one of {form.label}.")]
        )
