"""The OpenAPI document for programs, and a page made from it for people."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.apidocs import describe
from crm.kernel import views
from crm.kernel.http import headers, responses
from crm.kernel.http.request import Request


async def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document."""
    return responses.json(request.app.state.openapi, headers={"cache-control": "public, max-age=300"})


async def show(request: Request) -> Response:
    """Every operation by tag, and every object."""
    document = request.app.state.openapi
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tags.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return views.page(
        request, "apidocs/docs.html", headers={"content-security-policy": headers.PAGE_POLICY}, document=document,
        tags=tags, objects=sorted(document["components"]["schemas"].items()), describe=describe,
        rate=request.app_context.config.api_rate,
    )  # fmt: skip
