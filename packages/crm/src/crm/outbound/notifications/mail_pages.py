"""The page of outgoing mail: the provider, the sender, and a test that shows at once what the provider says."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from crm.config import Config
from crm.kernel import mail, views
from crm.kernel.http.request import Request
from crm.kernel.mail import MailError
from crm.kernel.security.tokens import new_token
from crm.outbound.notifications import queries

URL = "/settings/mail-provider"


async def show(request: Request) -> Response:
    """Show how mail leaves."""
    return await _page(request)


async def send_test(request: Request) -> Response:
    """Send a test mail to oneself, now, and show the error if the provider refuses it."""
    config, person = request.app_context.config, views.layout_context(request).person
    name = config.site.organization.name
    body = f"{person.name} has sent this test from the CRM of {name}:\n{config.base_url}{URL}\n\nMail arrives.\n"
    try:
        carrier = await mail.send(
            request.app_context, to=person.email, subject=f"A test from the CRM of {name}", body=body,
            key=new_token("test-"),
        )  # fmt: skip
    except MailError as error:
        return await _page(request, error=str(error), status=422)
    message = "Stored under Sent mail, because no provider is set up." if carrier == "outbox" else "Sent."
    return views.redirect_with_toast(URL, f"{message} It is for {person.email}.")


async def _page(request: Request, error: str = "", *, status: int = 200) -> Response:
    config = request.app_context.config
    async with request.db.connection() as conn:
        latest = await queries.list_mails(conn, limit=1)
    return views.page(
        request, "notifications/mail_settings.html", status=status, error=error, provider=_describe_provider(config),
        sender=config.mail_from, latest=latest[0] if latest else None, carrier=mail.carrier(config),
    )  # fmt: skip


def _describe_provider(config: Config) -> str:
    """The provider, without its password."""
    parts = urlsplit(config.smtp_url)
    server = f"{parts.hostname}:{parts.port or (465 if parts.scheme == 'smtps' else 587)}"
    names = {"resend": "Resend", "smtp": f"The mail server {server}", "outbox": "None: mail is stored, and not sent"}
    return names[mail.carrier(config)]
