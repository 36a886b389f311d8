"""The OpenAPI 3.1 document, made from the route table and msgspec's JSON Schemas, so it always matches the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from crm.config import Config
from crm.kernel.errors import TITLES, Problem
from crm.kernel.http.routing import Route

Schema = dict[str, Any]

_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_PARAMETER_TYPES: dict[str, Schema] = {
    "id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    "str": {"type": "string"},
}
_RATE_HEADERS = {
    name: {"schema": {"type": "integer"}, "description": description}
    for name, description in (
        ("RateLimit-Limit", "Requests this key may send per minute."),
        ("RateLimit-Remaining", "Requests left in this minute."),
        ("RateLimit-Reset", "Seconds until the next minute begins."),
    )
}
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_IF_MATCH = {
    "name": "If-Match", "in": "header", "required": True,
    "description": "The ETag of the record as you read it, or * to overwrite whatever is there.",
    "schema": {"type": "string", "pattern": '^(\\*|(W/)?"?[1-9][0-9]{0,8}"?)$'},
}  # fmt: skip
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "The same key with the same body gives the same record, however often it is sent.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 200, "pattern": "^[!-~]+$"},
}  # fmt: skip


def document(routes: Iterable[Route], config: Config) -> Schema:
    """The document of every API route and of the public form."""
    listed = [route for route in routes if route.surface != "page"]
    types = [Problem, *(kind for route in listed for kind in (route.body, route.response) if kind is not None)]
    found, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schemas = dict(zip(map(id, types), found, strict=True))
    _describe_decimals(components)
    paths: dict[str, Schema] = {}
    for route in listed:
        if route.body is not None and route.surface == "api":
            # `forms.read` refuses unknown names. The public form accepts them.
            components[route.body.__name__]["additionalProperties"] = False
        paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{config.site.organization.name} CRM",
            "version": config.version,
            "description": "Read and change leads, contacts, companies and their timelines; receive webhooks.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": config.base_url}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in listed)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key, `oct_…`."}},
        },
    }


def _describe_decimals(schema: Any) -> None:
    """Our encoder writes decimals as numbers, where msgspec describes its default, text."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal" and schema.get("type") == "string":
            schema["type"] = "number"
            del schema["format"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            _describe_decimals(part)


def _operation(route: Route, schemas: dict[int, Schema]) -> Schema:
    scope = route.access.name if route.surface == "api" else ""
    response: Schema = {"description": "OK" if route.response else "Done"}
    if route.gives_bytes:
        response["content"] = _BYTES
    elif route.response is not None:
        response["content"] = {"application/json": {"schema": schemas[id(route.response)]}}
    if scope:
        response["headers"] = _RATE_HEADERS
    operation: Schema = {
        # The module is the noun and the handler the verb: `webhooks.api.create` gives `webhooks_create`.
        "operationId": route.operation_id or f"{route.handler.__module__.split('.')[-2]}_{route.handler.__name__}",
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": _parameters(route),
        "responses": {str(route.status): response, **_errors(route)},
        "security": [{"key": [scope] if ":" in scope else []}] if scope else [],
    }
    if scope:
        operation["description"] = f"Needs a key with the scope `{scope}`." if ":" in scope else "Needs any key."
    if route.takes_bytes:
        operation["requestBody"] = {"required": True, "content": _BYTES}
    elif route.body is not None:
        content = {"application/json": {"schema": schemas[id(route.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[Schema]:
    parameters: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETER_TYPES[kind]}
        for name, kind in _PARAMETER.findall(route.path)
    ]
    for field in msgspec.structs.fields(route.query) if route.query else ():
        schema = msgspec.json.schema(field.type)
        parameter: Schema = {"name": field.encode_name, "in": "query", "required": field.required, "schema": schema}
        if description := schema.pop("description", ""):
            parameter["description"] = description
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        parameters.append(parameter)
    if route.if_match:
        parameters.append(_IF_MATCH)
    if route.method == "POST" and route.status == 201 and not route.idempotent:
        parameters.append(_IDEMPOTENCY_KEY)
    return parameters


def _errors(route: Route) -> Schema:
    statuses = {400, 429, 503}
    if route.surface == "api":
        statuses |= {401, 403}
    if "{" in route.path:
        statuses |= {404}
    if route.method == "POST":
        statuses |= {403, 409, 413, 415, 422}
    if route.body is not None:
        statuses |= {409, 413, 415, 422}
    if route.query is not None:
        statuses |= {422}
    if route.if_match:
        statuses |= {409, 412, 428}
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": TITLES[status], "content": content} for status in sorted(statuses)}
