"""Headers of every response (OWASP ASVS 5.0, section 3.4). A response may set its own value."""

from __future__ import annotations

from crm.config import Config

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"

Headers = list[tuple[bytes, bytes]]


def for_api(config: Config) -> Headers:
    return _encode({"content-security-policy": API_POLICY, **_common(config)})


def for_pages(config: Config) -> Headers:
    return _encode({"content-security-policy": PAGE_POLICY, **_common(config)})


def _common(config: Config) -> dict[str, str]:
    return {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "cache-control": "no-store",
        **({"strict-transport-security": "max-age=63072000; includeSubDomains"} if config.secure else {}),
    }


def _encode(headers: dict[str, str]) -> Headers:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
