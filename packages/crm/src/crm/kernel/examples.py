"""A command to try each call of the API with, made from its description."""

from __future__ import annotations

import json
import re
from typing import Any

Schema = dict[str, Any]

_EXAMPLES = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "url": "https://example.org/hook",
    "events": ["lead.created"],
    "body": "Called; she wants a proposal by Friday.",
    "status": "contacted",
    "kind": "note",
    "message": "We would like a second pair of eyes on our database.",
    "lead_id": 1,
}


def curl(base: str, path: str, method: str, operation: Schema, body: Schema) -> str:
    """The command that makes the call, each header on a line of its own; `body` is the schema of what is sent."""
    lines = ["curl" + (f" -X {method}" if method not in ("GET", "POST") else "")]
    if operation["security"]:
        lines.append("-H 'Authorization: Bearer oct_…'")
    named_headers = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
    if "If-Match" in named_headers:
        lines.append("-H 'If-Match: \"1\"'")
    if "Idempotency-Key" in named_headers:
        lines.append("-H 'Idempotency-Key: 6f1c2b7e-order-17'")
    if body:
        lines += ["-H 'Content-Type: application/json'", f"-d '{_example(body)}'"]
    lines.append(f"'{base}{re.sub(r'{[^}]+}', '1', path)}'")
    return (" " if len(lines) == 2 else " \\\n  ").join(lines)


def _example(schema: Schema) -> str:
    properties: dict[str, Schema] = schema.get("properties", {})
    chosen = schema.get("required") or [name for name in ("email", "name", "status", *properties) if name in properties]
    names = chosen if schema.get("required") else chosen[:1]
    return json.dumps({name: _EXAMPLES.get(name, _value(properties[name])) for name in names})


def _value(schema: Schema) -> Any:
    if "anyOf" in schema:
        return _value(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    told = schema.get("type")
    if told == "string":
        return {"date": "2026-11-22", "date-time": "2026-11-22T09:00:00Z"}.get(schema.get("format", ""), "…")
    return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True, "array": []}.get(str(told), {})
