"""The pages where people choose how they get notified, and see whether it arrived; and the sent mail."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.event_names import group_by_record
from crm.kernel import mail, views
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import ANY_VERSION, Request
from crm.outbound.deliveries import TargetPages, post_once
from crm.outbound.notifications import actions, deliveries, queries, services
from crm.outbound.notifications.forms import (
    AddChannel,
    DismissFailed,
    EditChannel,
    NewChannel,
    ServiceChoice,
    ServiceValues,
)
from crm.outbound.notifications.messages import EVENTS
from crm.outbound.notifications.models import DEFAULT_EVENTS, Channel
from crm.outbound.notifications.service_forms import (
    FIELD_NAMES,
    SERVICE_FORMS,
    check_service,
    compose_address,
    find_form,
)

URL = "/settings/notifications"
LABELS = {name.value: name.label for name in EVENTS}
FORM: TargetPages[Channel] = TargetPages(
    url=URL,
    template="notifications/form.html",
    new_values={"events": DEFAULT_EVENTS},
    extras={"events": LABELS, "event_groups": group_by_record(EVENTS), "find_form": find_form, "label": services.label},
    table=actions.TABLE,
)
edit, remove = FORM.edit, FORM.remove


async def list_all(request: Request) -> Response:
    """All channels, each with the result of its last notification."""
    async with request.db.connection() as conn:
        rows = await queries.list_overview(conn)
    return _page(request, "list.html", rows=rows)


async def new(request: Request) -> Response:
    """The services to choose from, then the form of the chosen one."""
    service = find_form(forms.parse_query(request, ServiceChoice).service)
    if service is None:
        return _page(request, "choose.html", forms=SERVICE_FORMS)
    values = {**FORM.new_values, "service": service.key, "name": service.label}
    return await msgspec.structs.replace(FORM, new_values=values).new(request)


async def create(request: Request) -> Response:
    """Add a channel."""

    async def insert(conn: Connection, form: AddChannel) -> Response:
        new_channel = NewChannel(form.name, await _read_address(form, form.service, required=True), form.events)

        async def add() -> str:
            return f"{URL}/{(await actions.create(conn, request.app_context, new_channel, by=request.actor)).id}"

        location = await auth.post_once(request, conn, add)
        return views.redirect_with_toast(location, "Added. Send a test to see whether it arrives.")

    return await FORM.create(request, AddChannel, insert)


async def show(request: Request) -> Response:
    """One channel and what was sent to it."""
    async with request.db.connection() as conn:
        channel = await actions.get(conn, request.id)
        history = await deliveries.list_latest(conn, channel.id)
    return _page(request, "show.html", block="history", channel=channel, history=history, events=LABELS)


async def change(request: Request) -> Response:
    """Save the form."""

    async def update(conn: Connection, form: EditChannel) -> Response:
        channel = await actions.lock(conn, request.id, form.version)
        target = await _read_address(form, form.service or channel.service)
        changed = msgspec.structs.replace(form, target=target)
        await actions.change(conn, request.app_context, channel, changed, by=request.actor)
        return views.redirect_with_toast(f"{URL}/{channel.id}", "Saved.")

    return await FORM.change(request, EditChannel, update)


async def switch_on(request: Request) -> Response:
    """Send it what happens from now on."""
    back = await _set_active(request, active=True)
    return views.redirect_with_toast(back, "Switched on. New events are sent from now on.")


async def switch_off(request: Request) -> Response:
    """Send it nothing more."""
    back = await _set_active(request, active=False)
    return views.redirect_with_toast(back, "Switched off. No events are sent.", undo=f"{back}/on")


async def send_test(request: Request) -> Response:
    """Send a test and stay on the page, which shows the result."""

    async def send(conn: Connection) -> str:
        channel = await actions.get(conn, request.id)
        await deliveries.send_test(conn, channel)
        return f"{URL}/{channel.id}"

    return await post_once(request, send, "The test is on its way.")


async def send_again(request: Request) -> Response:
    """Send a notification again."""

    async def send(conn: Connection) -> str:
        channel = await actions.get(conn, request.id)
        await deliveries.send_again(conn, channel, request.number("notification"))
        return f"{URL}/{channel.id}"

    return await post_once(request, send, "Sent again.")


async def list_failed(request: Request) -> Response:
    """The notifications that were given up, of all channels."""
    async with request.db.connection() as conn:
        failed = await deliveries.list_failed(conn)
    return _page(request, "failed.html", failed=failed)


async def dismiss_failed(request: Request) -> Response:
    """Delete the failed notifications that the page showed."""
    draft = await forms.draft(request, DismissFailed)
    if draft.form is None:
        raise ValidationError([FieldError(name, message) for name, message in draft.errors.items()])
    async with request.db.transaction() as conn:
        number = await deliveries.dismiss_failed(conn, draft.form.up_to)
    return views.redirect_with_toast(f"{URL}/failed", f"Dismissed {views.plural(number, 'notification')}.")


async def list_mails(request: Request) -> Response:
    """The latest mails, as they were sent or would have been."""
    async with request.db.connection() as conn:
        mails = await queries.list_mails(conn)
    return _page(request, "outbox.html", mails=mails)


async def show_mail(request: Request) -> Response:
    """One mail."""
    async with request.db.connection() as conn:
        found = await queries.find_mail(conn, request.id)
    if found is None:
        raise NotFoundError("There is no such mail. Old ones are deleted after the days chosen in the settings.")
    return _page(request, "mail.html", mail=found)


async def _read_address(form: ServiceValues, key: str, *, required: bool = False) -> str:
    """The address in a form: `target`, or what the fields of the service make up; empty if all are."""
    service = find_form(key)
    values = {name: getattr(form, name) for name in FIELD_NAMES}
    if form.target or service is None or not (required or any(values.values())):
        if required and not form.target:
            raise ValidationError([FieldError("target", "This field is required.")])
        return form.target
    address = compose_address(service, values)
    # In a thread, because the first address of a service loads Apprise.
    await asyncio.to_thread(check_service, service, address)
    return address


async def _set_active(request: Request, *, active: bool) -> str:
    """Switch the channel on or off; returns the URL of its page."""
    async with request.db.transaction() as conn:
        channel = await actions.lock(conn, request.id, ANY_VERSION)
        await actions.set_active(conn, channel, active=active, by=request.actor)
    return f"{URL}/{channel.id}"


def _page(request: Request, template: str, *, block: str = "", **values: Any) -> Response:
    carrier = mail.carrier(request.app_context.config)
    return views.page(
        request, f"notifications/{template}", block=block, label=services.label, carrier=carrier, **values
    )
