"""The commands of the API documentation work as they are shown."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from crm.accounts import api_keys
from crm.apidocs import describe

HTTP_METHODS = ("get", "post", "patch", "delete")
UNREADABLE = (400, 405, 411, 415)


def parse(command: str) -> tuple[str, str, dict[str, str], str | None]:
    """Method, URL, headers and body of a curl command, as curl reads it."""
    words = shlex.split(command.replace("\\\n", " "))[1:]
    method, url, headers, body = "", "", {}, None
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name.lower()] = value
            case "-d" | "--data-binary":
                body = words.pop(0)
            case word:
                url = word
    return method or ("GET" if body is None else "POST"), url, headers, body


async def test_every_example_is_accepted_as_it_is_shown(
    keyed: Callable[..., Awaitable[httpx.AsyncClient]], client: httpx.AsyncClient
):
    document: dict[str, Any] = (await client.get("/api/v1/openapi.json")).json()
    seen = 0
    async with await keyed(*api_keys.models.SCOPES) as program:
        for path, operations in document["paths"].items():
            for name, operation in operations.items():
                if name not in HTTP_METHODS:
                    continue
                command = describe.curl(document, name.upper(), path, {"parameters": [], "security": [], **operation})
                method, url, headers, body = parse(command)
                assert method == name.upper(), command
                headers.pop("authorization", None)
                answer = await program.request(method, httpx.URL(url).raw_path.decode(), headers=headers, content=body)
                assert answer.status_code not in UNREADABLE, f"{command}: {answer.text}"
                seen += 1
    assert seen >= 25


@pytest.mark.parametrize("path", ["{id}/test", "{id}/deliveries/{delivery}/redeliver"])
async def test_a_post_without_a_body_names_its_method(client: httpx.AsyncClient, path: str):
    document: dict[str, Any] = (await client.get("/api/v1/openapi.json")).json()
    operation = document["paths"][f"/api/v1/webhooks/{path}"]["post"]
    assert describe.curl(document, "POST", path, operation).startswith("curl -X POST")
