"""JSON Schema in words, and an example command for each operation. The template calls these functions."""

from __future__ import annotations

import json
import re
from typing import Any

from crm.event_names import EventName

Schema = dict[str, Any]

MAX_ID = 2**63 - 1
_FORMATS = {"date-time": "date and time", "date": "date", "decimal": "number"}
_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "": "anything"}
_RULES = {
    "minLength": "at least {} characters", "maxLength": "at most {} characters", "minimum": "from {}",
    "exclusiveMinimum": "more than {}", "maximum": "up to {}", "exclusiveMaximum": "less than {}",
    "maxItems": "at most {} of them",
}  # fmt: skip
_EXAMPLES = {
    "name": "Ada Lovelace", "email": "ada@example.org", "url": "https://example.org/hook",
    "events": [EventName.LEAD_CREATED],
    "body": "Called; she wants a proposal by Friday.", "status": "contacted", "kind": "note", "lead_id": 1,
    "message": "We would like a second pair of eyes on our database.",
}  # fmt: skip


def fields(schema: Schema) -> list[Schema]:
    """The properties of an object, in the shape of OpenAPI parameters."""
    required = schema.get("required", ())
    properties: Schema = schema.get("properties", {})
    return [
        {"name": name, "in": "body", "schema": part, "required": name in required} for name, part in properties.items()
    ]


def type_of(schema: Schema) -> str:
    """The type of a value, such as `text`, `list of Lead` or `one of: new, won`."""
    if "$ref" in schema:
        return title(objects_in(schema)[0])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_of(part) for part in schema["anyOf"]))
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return ("one of: " if len(values) > 1 else "") + ", ".join(str(value) or '""' for value in values)
    name: str = schema.get("type", "")
    if name == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    return _FORMATS.get(schema.get("format", "")) or _TYPES.get(name, name)


def objects_in(schema: Schema) -> list[str]:
    """The names of the objects that a schema refers to."""
    names = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
    parts = [*schema.get("anyOf", ()), *([schema["items"]] if schema.get("items") else [])]
    return names + [name for part in parts for name in objects_in(part)]


def find_objects(schemas: Schema, part: Any) -> list[str]:
    """The names of all objects that a part of the document refers to, directly or through others."""
    names: list[str] = []
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            name = each.get("$ref", "").rpartition("/")[2] if isinstance(each.get("$ref"), str) else ""
            if name and name not in names:
                names.append(name)
                waiting.append(schemas[name])
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return sorted(names)


def title(name: str) -> str:
    """The name of an object as people read it: `Page_Lead_` is `Page of Lead`."""
    return name.strip("_").replace("_", " of ")


def about(schema: Schema, description: str = "") -> str:
    """The description of a value, with its limits and its default."""
    # An id has the limits of its type, which say nothing to people.
    parts = [part for part in (schema, *schema.get("anyOf", ())) if part.get("maximum") != MAX_ID]
    rules = [text.format(part[rule]) for part in parts for rule, text in _RULES.items() if rule in part]
    if schema.get("default") not in (None, "", []):
        rules.append(f"default {json.dumps(schema['default'])}")
    text = description or next(
        (part["description"] for part in (schema, *schema.get("anyOf", ())) if part.get("description")), ""
    )
    text = text.replace("`", "").strip()
    return f"{text}{'.' if text and text[-1] not in '.?!' else ''} {', '.join(rules).capitalize()}".strip()


def content(part: Schema) -> Schema:
    """The schema of a request body or a response; empty if there is none."""
    return next((media["schema"] for media in part.get("content", {}).values()), {})


def body(document: Schema, operation: Schema) -> Schema:
    """The object that an operation reads; empty if it reads none."""
    names = objects_in(content(operation.get("requestBody", {})))
    return document["components"]["schemas"][names[0]] if names else {}


def curl(document: Schema, method: str, path: str, operation: Schema) -> str:
    """A command that calls the operation, with one header on each line."""
    schema = body(document, operation)
    # With a body curl posts by itself.
    is_file = "application/octet-stream" in operation.get("requestBody", {}).get("content", {})
    lines = ["curl" + (f" -X {method}" if method != "GET" and not (method == "POST" and (schema or is_file)) else "")]
    if operation["security"]:
        lines.append("-H 'Authorization: Bearer oct_…'")
    examples = {"If-Match": '"1"', "Idempotency-Key": "6f1c2b7e-order-17"}
    lines += [f"-H '{each['name']}: {examples[each['name']]}'" for each in operation["parameters"]
              if each["name"] in examples]  # fmt: skip
    if schema:
        lines += ["-H 'Content-Type: application/json'", f"-d '{_example(schema)}'"]
    if is_file:
        lines += ["-H 'Content-Type: application/octet-stream'", "--data-binary @offer.pdf"]
        path += "?name=offer.pdf&lead_id=1"
    lines.append(f"'{document['servers'][0]['url']}{re.sub(r'{[^}]+}', '1', path)}'")
    return (" " if len(lines) == 2 else " \\\n  ").join(lines)


def _example(schema: Schema) -> str:
    properties: Schema = schema.get("properties", {})
    names = (
        schema.get("required") or [name for name in ("email", "name", "status", *properties) if name in properties][:1]
    )
    return json.dumps({name: _EXAMPLES.get(name, _value(properties[name])) for name in names})


def _value(schema: Schema) -> Any:
    if "anyOf" in schema:
        return _value(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "string":
        return {"date": "2026-11-22", "date-time": "2026-11-22T09:00:00Z"}.get(schema.get("format", ""), "…")
    return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True, "array": []}.get(
        schema.get("type", ""), {}
    )
