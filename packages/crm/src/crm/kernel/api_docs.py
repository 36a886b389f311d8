"""The API described: the OpenAPI document for programs and the same facts as a page for people."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel import readable, views
from crm.kernel.http import headers, responses
from crm.kernel.http.request import Request


async def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document."""
    return responses.json(request.app.state.openapi, headers={"cache-control": "public, max-age=300"})


async def show(request: Request) -> Response:
    """A page made from the same document; no script, nothing from elsewhere."""
    document = request.app.state.openapi
    policy = {"content-security-policy": headers.PAGE_POLICY}
    return views.page(
        request,
        "docs.html",
        headers=policy,
        document=document,
        sections=readable.sections(document),
        objects=readable.objects(document),
        spoken=readable.spoken,
        rate=request.house.config.api_rate,
    )
