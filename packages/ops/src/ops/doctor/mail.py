"""Whether mail would leave, checked without sending any."""

from __future__ import annotations

import re
import shlex
import smtplib
import ssl
from email.utils import parseaddr
from functools import partial
from urllib.parse import urlsplit

from ops.doctor.context import LOOPBACK, DoctorContext
from ops.doctor.findings import FINE, WEAK, WRONG, Findings

TIMEOUT_S = 8


def check(context: DoctorContext, findings: Findings) -> None:
    key, url, sender = context.value("RESEND_API_KEY"), context.value("SMTP_URL"), context.value("MAIL_FROM")
    organization, domain = context.facts.organization, context.facts.domains.site
    address = parseaddr(sender or organization.email)[1]
    is_ours = f".{address.rpartition('@')[2].lower()}".endswith(f".{domain}")
    suggestion = context.suggest("MAIL_FROM", f"{organization.name} <{organization.email}>")
    findings.expect(
        (not key or re.fullmatch(r"re_\w{16,}", key), WRONG, "RESEND_API_KEY has not the shape of a key",
         "Copy a key from resend.com/api-keys"),
        (not key or not url, WEAK, "RESEND_API_KEY and SMTP_URL are both set; Resend is used", "Remove one of the two"),
        (key or url or not context.is_production, WEAK, "No mail is sent: it is only stored under Sent mail",
         "Set RESEND_API_KEY to a key from resend.com/api-keys, or SMTP_URL to a mail server"),
        ("@" in address, WRONG, f"MAIL_FROM holds no address: {sender}", suggestion),
        (is_ours or "@" not in address or not context.is_production or not (key or url), WEAK,
         f"MAIL_FROM is not of {domain}, so others may refuse it as forged", suggestion),
    )  # fmt: skip
    if url and not key:
        _check_smtp(context, findings, url)
    elif not findings.all:
        key_text = "RESEND_API_KEY has the shape of a key; Resend was not asked"
        findings.add(FINE, key_text if key else "Mail is stored under Sent mail")


def _check_smtp(context: DoctorContext, findings: Findings, url: str) -> None:
    """Greets the server, and asks for TLS where it is offered. The password is not sent."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "localhost", parts.port or (465 if parts.scheme == "smtps" else 587)
    except ValueError:
        findings.add(WRONG, "SMTP_URL cannot be read", "Write it as smtps://USER:PASSWORD@HOST:465")
        return
    target = f"{host}:{port}"
    try:
        encrypted = _greet(parts.scheme, host, port)
    except ssl.SSLError as error:
        what = f"{target} has no certificate we trust: {error.reason or type(error).__name__}"
        findings.add(WRONG, what, f"openssl s_client -connect {shlex.quote(target)}")
    except (OSError, smtplib.SMTPException) as error:
        context.require_network(host)
        what = f"{target} does not greet us: {getattr(error, 'strerror', None) or type(error).__name__}"
        findings.add(WRONG, what, f"nc -vz {shlex.quote(host)} {port}")
    else:
        safe = encrypted or not parts.username or host in LOOPBACK
        greeting = f"{target} greets us{' over TLS' if encrypted else ''}; nothing was sent"
        no_tls = (WRONG, f"{target} offers no TLS, so the password is never sent", "Set a port with TLS in SMTP_URL")
        findings.add(*((FINE, greeting) if safe else no_tls))


def _greet(scheme: str, host: str, port: int) -> bool:
    """Returns whether the session is encrypted in the end. Raises `OSError` or `SMTPException`."""
    trust, is_tls = ssl.create_default_context(), scheme == "smtps"
    connect = partial(smtplib.SMTP_SSL, context=trust) if is_tls else smtplib.SMTP
    with connect(host, port, timeout=TIMEOUT_S) as server:
        server.ehlo_or_helo_if_needed()
        if has_starttls := not is_tls and server.has_extn("starttls"):
            server.starttls(context=trust)
        return is_tls or has_starttls
