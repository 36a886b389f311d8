"""Headers every answer carries (OWASP ASVS 5.0, section 3.4)."""

from __future__ import annotations

from crm.config import Config

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


def fixed(config: Config) -> list[tuple[bytes, bytes]]:
    """What does not depend on the answer."""
    headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]
    if config.secure:
        headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return headers
