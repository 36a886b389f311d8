"""The OpenAPI 3.1 document, made from the route table; there is no second description to keep in step."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from crm.config import Config
from crm.kernel.errors import Problem
from crm.kernel.http.routing import Route

_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_REASONS = {
    400: "The request cannot be read", 401: "No valid key", 403: "The key lacks the scope, or the site is not allowed",
    404: "No such record", 409: "It does not fit what is there", 412: "The record has changed since it was read",
    413: "The body is too large", 415: "Not a type we read", 422: "Some fields need another look",
    428: "If-Match is missing", 429: "Too many requests", 503: "A part it needs cannot be reached",
}  # fmt: skip
_RATE_HEADERS = {
    name: {"schema": {"type": "integer"}, "description": said}
    for name, said in (
        ("RateLimit-Limit", "Requests this key may make a minute."),
        ("RateLimit-Remaining", "How many are left in this minute."),
        ("RateLimit-Reset", "Seconds until the next minute begins."),
    )
}


def document(routes: Iterable[Route], config: Config) -> dict[str, Any]:
    """The document for every route programs may use."""
    listed = [route for route in routes if route.surface != "page"]
    kinds = [kind for route in listed for kind in (route.body, route.response) if kind is not None]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template="#/components/schemas/{name}")
    _tell_numbers(components)
    by_kind = {id(kind): schema for kind, schema in zip([*kinds, Problem], schemas, strict=True)}
    for route in listed:
        if route.body is not None and route.surface == "api":
            # `forms.read` takes no names it does not know; the enquiry form does.
            components[route.body.__name__]["additionalProperties"] = False
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{config.site.organization.name} CRM",
            "version": config.version,
            "description": "Read and change leads, contacts, companies and their timelines; receive webhooks.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": config.base_url}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in listed if route.tag)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key of this CRM, `oct_…`."}
            },
        },
    }


def _tell_numbers(schema: Any) -> None:
    """Decimals leave as numbers (`responses.json`), where msgspec describes the text it would write by itself."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal" and schema.get("type") == "string":
            schema["type"] = "number"
            del schema["format"]
        for part in schema.values():
            _tell_numbers(part)
    elif isinstance(schema, list):
        for part in schema:
            _tell_numbers(part)


def _operation(route: Route, by_kind: dict[int, Any]) -> dict[str, Any]:
    keyed = route.access.name != "public"
    answer: dict[str, Any] = {"description": "Done" if route.response is None else "The answer"}
    if route.response is not None:
        answer["content"] = {"application/json": {"schema": by_kind[id(route.response)]}}
    if keyed:
        answer["headers"] = dict(_RATE_HEADERS)
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "tags": [route.tag] if route.tag else [],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": {str(route.status): answer, **_refusals(route, keyed)},
        "security": [{"key": []}] if keyed else [],
    }
    if keyed:
        operation["description"] = f"Needs a key with the scope `{route.access.name}`."
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": by_kind[id(route.body)]}},
        }
    return operation


def _operation_id(route: Route) -> str:
    # A handler's name is its verb and its module's parent is its noun: `leads.api.create` gives `leads_create`.
    room = route.handler.__module__.split(".")[1]
    return f"{room}_{route.handler.__name__}"


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    kinds: dict[str, dict[str, Any]] = {
        "id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        "str": {"type": "string"},
    }
    return [
        {"name": name, "in": "path", "required": True, "schema": kinds[kind or "str"]}
        for name, kind in _PARAMETER.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    listed = []
    for field in msgspec.structs.fields(route.query):
        schema = msgspec.json.schema(field.type)
        parameter: dict[str, Any] = {"name": field.encode_name, "in": "query", "required": field.required}
        if said := schema.pop("description", ""):
            parameter["description"] = said
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        listed.append(parameter | {"schema": schema})
    return listed


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    listed = []
    if route.if_match:
        said = "The ETag of the record as you read it, or * to overwrite whatever is there."
        schema: dict[str, Any] = {"type": "string", "pattern": '^(\\*|(W/)?"?[1-9][0-9]{0,8}"?)$'}
        listed.append({"name": "If-Match", "in": "header", "required": True, "description": said, "schema": schema})
    if route.method == "POST" and route.status == 201 and not route.idempotent:
        said = "The same key with the same body gives the same record, however often it is sent."
        schema = {"type": "string", "minLength": 8, "maxLength": 200, "pattern": "^[!-~]+$"}
        listed.append(
            {"name": "Idempotency-Key", "in": "header", "required": False, "description": said, "schema": schema}
        )
    return listed


def _refusals(route: Route, keyed: bool) -> dict[str, Any]:
    statuses = {400, 429, 503}
    if keyed:
        statuses |= {401, 403}
    elif route.method == "POST":
        statuses |= {403}
    if "{" in route.path:
        statuses |= {404}
    if route.body is not None or route.method == "POST":
        statuses |= {409, 413, 415, 422}
    if route.query is not None:
        statuses |= {422}
    if route.if_match:
        statuses |= {409, 412, 428}
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": _REASONS[status], "content": body} for status in sorted(statuses)}
