"""Checks the Origin header: our pages may send changes, the site may send enquiries, no other site may send either.

Every browser sends Origin with a POST, so comparing it prevents forged requests without a token in each form.
(OWASP, Cross-Site Request Forgery Prevention: verifying origin.)
"""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from crm.kernel.errors import OriginError
from crm.kernel.http.request import Request

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def same_origin(request: Request) -> None:
    """Raise `OriginError` for a change that none of our own pages sent."""
    if request.method in SAFE:
        return
    config, origin = request.app_context.config, request.headers.get("origin", "")
    if not origin:
        sent_here = request.headers.get("sec-fetch-site") == "same-origin"
    else:
        # On a laptop, our pages may be opened by any name.
        opened = "" if config.production else f"http://{request.headers.get('host', '')}"
        sent_here = origin in (opened, origin_of(config.base_url))
    if not sent_here:
        raise OriginError("This form was sent from another site. Open the page again and send it from there.")


@cache
def origin_of(url: str) -> str:
    """The origin of a URL (RFC 6454): scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def cors(request: Request) -> dict[str, str]:
    """Headers that let an allowed site read the answer; none for any other (Fetch standard, CORS protocol)."""
    origin = request.headers.get("origin", "")
    if origin not in request.app_context.config.origins:
        return {"vary": "origin"}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "retry-after",
        "cross-origin-resource-policy": "cross-origin",
        "vary": "origin",
    }


def preflight(request: Request) -> dict[str, str]:
    """Headers that answer a preflight. Raises `OriginError` for a site that is not allowed."""
    headers = cors(request)
    if "access-control-allow-origin" not in headers:
        raise OriginError("This site is not among the allowed origins (CORS_ORIGIN).", headers=headers)
    return {
        **headers,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type, idempotency-key",
        "access-control-max-age": "7200",
    }
