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


Headers = tuple[tuple[bytes, bytes], ...]


def of_programs(config: Config) -> Headers:
    """What every answer of the API carries, unless the answer says otherwise itself."""
    return ((b"content-security-policy", API_POLICY.encode()), *_everywhere(config))


def of_pages(config: Config) -> Headers:
    """What every page and file carries, unless the answer says otherwise itself."""
    return (
        (b"content-security-policy", PAGE_POLICY.encode()),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        *_everywhere(config),
    )


def _everywhere(config: Config) -> Headers:
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
        *(((b"strict-transport-security", b"max-age=63072000; includeSubDomains"),) if config.secure else ()),
    )
