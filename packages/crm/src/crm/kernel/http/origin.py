"""Checks the Origin header: our pages may send changes, the site may send enquiries, no other site may send either.

Every browser sends Origin with a POST, so comparing it prevents forged requests without a token in each form.
(OWASP, Cross-Site Request Forgery Prevention: verifying origin.)
"""

from __future__ import annotations

from urllib.parse import urlsplit

from crm.kernel.errors import OriginError
from crm.kernel.http.request import Request

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def same_origin(request: Request) -> None:
    """Raise `OriginError` for a change that none of our own pages sent."""
    origin = request.headers.get("origin", "")
    sent_here = origin in own_origins(request) if origin else request.headers.get("sec-fetch-site") == "same-origin"
    if request.method not in SAFE and not sent_here:
        raise OriginError("This form was sent from another site. Open the page again and send it from there.")


def own_origins(request: Request) -> frozenset[str]:
    """The origins of our own pages: the configured one and, on a laptop, whichever name it was opened by."""
    config = request.app_context.config
    local = [] if config.production else [f"http://{request.headers.get('host', '')}"]
    return frozenset((origin_of(config.base_url), *local))


def origin_of(url: str) -> str:
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
