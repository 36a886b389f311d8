"""Where a request comes from: our own pages may change things, the site may post enquiries, nobody else may.

Every browser of the last years sends Origin with a POST, so comparing it stops forged requests without a
token in each form, and works without script. (OWASP, Cross-Site Request Forgery Prevention: verifying origin.)
"""

from __future__ import annotations

from urllib.parse import urlsplit

from crm.kernel.errors import Refused
from crm.kernel.http.request import Request

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def same_origin(request: Request) -> None:
    """Let a change pass only when one of our own pages sent it. Raises `Refused`."""
    if request.method in SAFE:
        return
    origin = request.headers.get("origin", "")
    if not origin and request.headers.get("sec-fetch-site") == "same-origin":
        return
    if origin in own_origins(request):
        return
    raise Refused("This form was sent from another site. Open the page again and send it from there.")


def own_origins(request: Request) -> frozenset[str]:
    """The origins of our own pages: the configured one and, on a laptop, whichever name it was opened by."""
    config = request.house.config
    own = {origin_of(config.base_url)}
    if not config.production:
        own.add(f"http://{request.headers.get('host', '')}")
    return frozenset(own)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def cors(request: Request) -> dict[str, str]:
    """Headers that let an allowed site read the answer; none for any other (Fetch standard, CORS protocol)."""
    origin = request.headers.get("origin", "")
    if origin not in request.house.config.origins:
        return {"vary": "origin"}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "retry-after",
        "cross-origin-resource-policy": "cross-origin",
        "vary": "origin",
    }


def preflight(request: Request) -> dict[str, str]:
    """Headers that answer a preflight. Raises `Refused` for a site that is not allowed."""
    headers = cors(request)
    if "access-control-allow-origin" not in headers:
        raise Refused("This site is not among the allowed origins (CORS_ORIGIN).", headers=headers)
    return {
        **headers,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type, idempotency-key",
        "access-control-max-age": "7200",
    }
