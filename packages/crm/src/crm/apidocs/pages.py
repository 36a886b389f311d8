"""The OpenAPI document for programs, and pages made from it for people: one for each tag."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.apidocs import describe
from crm.kernel import views
from crm.kernel.errors import NotFoundError
from crm.kernel.http import headers, responses
from crm.kernel.http.request import Request


async def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document."""
    return responses.json(request.app.state.openapi, headers={"cache-control": "public, max-age=300"})


async def show(request: Request) -> Response:
    """The conventions, and every operation by tag."""
    return _page(request, "docs.html", rate=request.app_context.config.api_rate)


async def show_tag(request: Request) -> Response:
    """The operations of one tag, and the objects that they take and return."""
    document, tag = request.app.state.openapi, request.path_params["tag"]
    operations = _list_operations(document).get(tag)
    if operations is None:
        raise NotFoundError("There is nothing at this URL.")
    schemas = document["components"]["schemas"]
    objects = describe.find_objects(schemas, [operation for _, _, operation in operations])
    return _page(
        request, "tag.html", tag=tag, operations=operations, objects=[(name, schemas[name]) for name in objects],
        describe=describe,
    )  # fmt: skip


def _list_operations(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Method, path and operation of each call, by tag."""
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tags.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return tags


def _page(request: Request, template: str, **values: Any) -> Response:
    document = request.app.state.openapi
    return views.page(
        request, f"apidocs/{template}", headers={"content-security-policy": headers.PAGE_POLICY}, document=document,
        tags=_list_operations(document), **values,
    )  # fmt: skip
