"""The pages where people choose what they are told, and see whether it arrived; and the outbox."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.kernel import mail, views
from crm.kernel.errors import NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.notifications import actions, queries, services
from crm.notifications.forms import EditChannel, NewChannel
from crm.notifications.models import EVENTS, USUAL, Channel

HERE = "/settings/notifications"


async def list_all(request: Request) -> Response:
    """All channels, each with how its last notification went."""
    async with request.db.connection() as conn:
        rows = await queries.overview(conn)
    return views.page(
        request,
        "notifications/list.html",
        rows=rows,
        label=services.label,
        carrier=mail.carrier(request.app_context.config),
    )


async def new(request: Request) -> Response:
    """The form for a channel."""
    return _form(request, Draft({"events": list(USUAL)}, {}, None))


async def create(request: Request) -> Response:
    """Add a channel."""
    given = await forms.draft(request, NewChannel)
    if given.form is not None:
        try:
            async with request.db.transaction() as conn:
                channel = await actions.create(conn, request.app_context, given.form)
            return views.redirect_with_toast(f"{HERE}/{channel.id}", "Added. Send a test to see whether it arrives.")
        except ValidationError as trouble:
            _blame(given, trouble)
    return _form(request, given, status=422)


async def show(request: Request) -> Response:
    """One channel and what was sent to it."""
    async with request.db.connection() as conn:
        channel = await actions.get(conn, request.id)
        history = await queries.latest(conn, channel.id)
    return views.page(
        request, "notifications/show.html", block="history", channel=channel, history=history, events=EVENTS,
        label=services.label, carrier=mail.carrier(request.app_context.config),
    )  # fmt: skip


async def edit(request: Request) -> Response:
    """The form that changes a channel."""
    async with request.db.connection() as conn:
        channel = await actions.get(conn, request.id)
    return _form(request, Draft(msgspec.structs.asdict(channel), {}, None), channel)


async def change(request: Request) -> Response:
    """Change a channel; when somebody else did meanwhile, show both and lose nothing."""
    given = await forms.draft(request, EditChannel)
    async with request.db.connection() as conn:
        current = await actions.get(conn, request.id)
    if given.form is None:
        return _form(request, given, current, status=422)
    try:
        async with request.db.transaction() as conn:
            channel = await actions.lock(conn, current.id, given.form.version)
            await actions.change(conn, request.app_context, channel, given.form)
    except ValidationError as trouble:
        _blame(given, trouble)
        return _form(request, given, current, status=422)
    except PreconditionFailedError:
        return _form(request, given, current, status=409)
    return views.redirect_with_toast(f"{HERE}/{current.id}", "Saved.")


async def switch_on(request: Request) -> Response:
    """Tell it of what happens from now on."""
    return await _switch(request, on=True)


async def switch_off(request: Request) -> Response:
    """Tell it of nothing more."""
    return await _switch(request, on=False)


async def remove(request: Request) -> Response:
    """Remove a channel and its history, once its name was typed."""
    typed = dict(await forms.read_form(request)).get("name", "").strip()
    async with request.db.transaction() as conn:
        channel = await actions.lock(conn, request.id, ANY_VERSION)
        if typed != channel.name:
            fault = {"name": f"Type the name as it stands here: {channel.name}"}
            return _form(request, Draft(msgspec.structs.asdict(channel), {}, None), channel, status=422, removing=fault)
        await actions.remove(conn, channel)
    return views.redirect_with_toast(HERE, f"The channel “{channel.name}” is gone.")


async def send_test(request: Request) -> Response:
    """Send a test and stay, where its fate shows."""
    async with request.db.transaction() as conn:
        channel = await actions.get(conn, request.id)
        await actions.send_test(conn, channel)
    return views.redirect_with_toast(f"{HERE}/{channel.id}", "The test is on its way.")


async def send_again(request: Request) -> Response:
    """Send a notification once more."""
    async with request.db.transaction() as conn:
        channel = await actions.get(conn, request.id)
        await actions.send_again(conn, channel, request.number("notification"))
    return views.redirect_with_toast(f"{HERE}/{channel.id}", "On its way again.")


async def list_mails(request: Request) -> Response:
    """The latest mails, as they left or would have left."""
    async with request.db.connection() as conn:
        mails = await mail.latest(conn)
    return views.page(
        request, "notifications/outbox.html", mails=mails, carrier=mail.carrier(request.app_context.config)
    )


async def show_mail(request: Request) -> Response:
    """One mail."""
    async with request.db.connection() as conn:
        found = await mail.find(conn, request.id)
    if found is None:
        raise NotFoundError("There is no such mail. Old ones are deleted after the days chosen in the settings.")
    return views.page(request, "notifications/mail.html", mail=found)


async def _switch(request: Request, *, on: bool) -> Response:
    async with request.db.transaction() as conn:
        channel = await actions.lock(conn, request.id, ANY_VERSION)
        await actions.switch(conn, channel, on=on)
    back = f"{HERE}/{channel.id}"
    if on:
        return views.redirect_with_toast(back, "On. It is told of what happens from now on.")
    return views.redirect_with_toast(back, "Off. It is told of nothing more.", undo=f"{back}/on")


def _blame(given: Draft[Any], trouble: ValidationError) -> None:
    for fault in trouble.faults:
        given.blame(fault.field, fault.message)


def _form(
    request: Request,
    given: Draft[Any],
    current: Channel | None = None,
    *,
    status: int = 200,
    removing: dict[str, str] | None = None,
) -> Response:
    return views.page(
        request, "notifications/form.html", status=status, values=given.values, faults=given.faults, channel=current,
        events=EVENTS, services=services.SERVICES, label=services.label, stale=status == 409, removing=removing or {},
    )  # fmt: skip
