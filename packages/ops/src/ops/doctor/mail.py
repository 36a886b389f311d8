"""Mail: whether it would leave, found out without sending any."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.utils import parseaddr
from urllib.parse import urlsplit

from ops.doctor.case import Case
from ops.doctor.findings import Finding, Group, Ward

PATIENCE_S = 8
_RESEND = re.compile(r"re_\w{16,}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def findings(case: Case) -> list[Finding]:
    ward = Ward(Group.MAIL)
    key, url, sender = case.value("RESEND_API_KEY"), case.value("SMTP_URL"), case.value("MAIL_FROM")
    if key and url:
        ward.weak("RESEND_API_KEY and SMTP_URL are both set; Resend is used", "Take one of the two away")
    if key:
        _resend(case, ward, key)
    elif url:
        _smtp(case, ward, url)
    elif case.production:
        ward.weak("No mail leaves: it is only kept on the page Outbox", case.line("RESEND_API_KEY", "re_…"))
    else:
        ward.fine("Mail is kept on the page Outbox")
    if sender and "@" not in parseaddr(sender)[1]:
        ward.wrong(f"MAIL_FROM holds no address: {sender}", case.line("MAIL_FROM", _usual(case)))
    elif case.production and (key or url) and not _ours(case, sender):
        ward.weak(
            f"MAIL_FROM is not of {case.facts.domains.site}, so others may refuse it as forged",
            case.line("MAIL_FROM", _usual(case)),
        )
    return ward.findings


def _usual(case: Case) -> str:
    return f"'{case.facts.organization.name} <{case.facts.organization.email}>'"


def _ours(case: Case, sender: str) -> bool:
    domain = parseaddr(sender or case.facts.organization.email)[1].rpartition("@")[2].lower()
    return domain == case.facts.domains.site or domain.endswith(f".{case.facts.domains.site}")


def _resend(case: Case, ward: Ward, key: str) -> None:
    if _RESEND.fullmatch(key):
        ward.fine("RESEND_API_KEY has the shape of a key; Resend was not asked")
    else:
        ward.wrong(
            "RESEND_API_KEY has not the shape of a key", case.line("RESEND_API_KEY", "re_… from resend.com/api-keys")
        )


def _smtp(case: Case, ward: Ward, url: str) -> None:
    """Greets the server, and asks for TLS where it is offered. The password is not sent."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "localhost", parts.port
    except ValueError:
        ward.wrong("SMTP_URL cannot be read", case.line("SMTP_URL", "smtp://user:password@host:587"))
        return
    port = port or (465 if parts.scheme == "smtps" else 587)
    try:
        secure = _greeted(parts.scheme, host, port)
    except ssl.SSLError as fault:
        why = fault.reason or type(fault).__name__
        ward.wrong(f"{host}:{port} has no certificate we trust: {why}", f"openssl s_client -connect {host}:{port}")
        return
    except (OSError, smtplib.SMTPException) as fault:
        why = getattr(fault, "strerror", None) or type(fault).__name__
        ward.wrong(f"{host}:{port} does not greet us: {why}", f"nc -vz {host} {port}")
        return
    if parts.username and not secure and host not in _LOOPBACK:
        ward.wrong(
            f"{host}:{port} offers no TLS, so the password is never sent",
            case.line("SMTP_URL", f"smtps://…@{host}:465"),
        )
    else:
        ward.fine(f"{host}:{port} greets us{' over TLS' if secure else ''}; nothing was sent")


def _greeted(scheme: str, host: str, port: int) -> bool:
    """Whether the session is encrypted in the end. Raises `OSError` or `SMTPException`."""
    trust = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=PATIENCE_S, context=trust)
        if scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=PATIENCE_S)
    ) as server:
        server.ehlo_or_helo_if_needed()
        if scheme == "smtps":
            return True
        if server.has_extn("starttls"):
            server.starttls(context=trust)
            return True
        return False
