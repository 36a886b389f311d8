"""The OpenAPI document as people read it: sections of operations, objects with their fields, a command to try each."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from crm.kernel import examples

Schema = dict[str, Any]

_REF = "#/components/schemas/"
_FORMATS = {"date-time": "date and time", "date": "date", "decimal": "number"}
_RULES = (
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minimum", "from {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "up to {}"),
    ("exclusiveMaximum", "less than {}"),
    ("maxItems", "at most {} of them"),
)


class Field(msgspec.Struct, frozen=True):
    """One named value. `objects` are the names of the objects its type speaks of."""

    name: str
    type: str
    required: bool
    said: str
    objects: tuple[str, ...] = ()
    place: str = ""


class Answer(msgspec.Struct, frozen=True):
    status: str
    said: str
    objects: tuple[str, ...]


class Operation(msgspec.Struct, frozen=True):
    """`scope` is what a key needs; empty where none is asked for."""

    id: str
    method: str
    path: str
    summary: str
    scope: str
    parameters: list[Field]
    body: str
    fields: list[Field]
    answers: list[Answer]
    curl: str


class Section(msgspec.Struct, frozen=True):
    name: str
    operations: list[Operation]


class Object(msgspec.Struct, frozen=True):
    name: str
    said: str
    fields: list[Field]


def sections(document: Schema) -> list[Section]:
    """All operations, by tag, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation["tags"] or ["other"])[0]
            found.setdefault(tag, []).append(_operation(document, path, method, operation))
    return [Section(name, operations) for name, operations in found.items()]


def objects(document: Schema) -> list[Object]:
    """All objects that are read or answered, by name."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    return [Object(name, _said(schema), fields(schema)) for name, schema in sorted(schemas.items())]


def fields(schema: Schema) -> list[Field]:
    """The fields of an object's schema."""
    required = set(schema.get("required", ()))
    return [
        Field(name, kind(part), name in required, _about(part), named(part))
        for name, part in schema.get("properties", {}).items()
    ]


def kind(schema: Schema) -> str:
    """A schema's type in words: `text`, `list of Lead`, `one of: new, won`."""
    if "$ref" in schema:
        return spoken(_name(schema))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind(part) for part in schema["anyOf"]))
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return ("one of: " if len(values) > 1 else "") + ", ".join(str(value) or '""' for value in values)
    told = schema.get("type", "")
    if told == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if told == "string":
        return _FORMATS.get(schema.get("format", ""), "text")
    return {"integer": "whole number", "boolean": "true or false", "null": "null", "": "anything"}.get(told, str(told))


def spoken(name: str) -> str:
    """An object's name as it is said: `Page_Lead_` is a `Page of Lead`."""
    return name.strip("_").replace("_", " of ")


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).removeprefix(_REF)


def named(schema: Schema) -> tuple[str, ...]:
    """The objects a schema speaks of."""
    parts = [*schema.get("anyOf", ()), schema.get("items") or {}]
    own = (_name(schema),) if "$ref" in schema else ()
    return own + tuple(name for part in parts if part for name in named(part))


def _operation(document: Schema, path: str, method: str, operation: Schema) -> Operation:
    body = _content(operation.get("requestBody", {}))
    of_body = _resolved(document, body)
    scope = re.search(r"`(.+?)`", operation.get("description", ""))
    parameters = [
        Field(each["name"], kind(each["schema"]), each["required"], _about(each["schema"], each.get("description", "")),
              place=each["in"])
        for each in operation["parameters"]
    ]  # fmt: skip
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        scope=scope.group(1) if scope else "",
        parameters=parameters,
        body=" or ".join(named(body)),
        fields=fields(of_body),
        answers=[
            Answer(status, answer["description"], named(_content(answer)))
            for status, answer in sorted(operation["responses"].items())
        ],
        curl=examples.curl(document["servers"][0]["url"], path, method.upper(), operation, of_body),
    )


def _content(part: Schema) -> Schema:
    return next((told["schema"] for told in part.get("content", {}).values()), {})


def _resolved(document: Schema, schema: Schema) -> Schema:
    if "$ref" in schema:
        found: Schema = document["components"]["schemas"][_name(schema)]
        return found
    return schema


def _said(schema: Schema) -> str:
    return str(schema.get("description", "")).replace("`", "").strip()


def _about(schema: Schema, said: str = "") -> str:
    parts = [schema, *schema.get("anyOf", ())]
    rules = [words.format(part[rule]) for part in parts for rule, words in _RULES if rule in part]
    if schema.get("default") not in (None, "", []):
        rules.append(f"{json.dumps(schema['default'])} unless given")
    told = said.replace("`", "") or next((text for part in parts if (text := _said(part))), "")
    stop = "." if told and told[-1] not in ".?!" else ""
    return f"{told}{stop} {', '.join(rules).capitalize()}".strip()
