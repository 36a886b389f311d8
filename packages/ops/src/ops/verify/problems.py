"""What the API says when it says no: one shape (RFC 9457), the right status, and nothing from inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx
import msgspec

from ops.verify.checks import Broken, Check
from ops.verify.client import Client

PROBLEM_TYPE = "application/problem+json"
LARGE = 65 * 1024
"""Bytes; the form takes 64 KiB."""
LOOK = "Look at kernel/http/trouble.py of the CRM."


class Refusal(NamedTuple):
    """A request that must be refused with `status`; `how` is given to httpx."""

    status: int
    method: str
    path: str
    how: Mapping[str, Any] = MappingProxyType({})


def refusals(site_url: str) -> list[Refusal]:
    """One for each kind of trouble that a stranger can cause; none of them stores anything."""
    form, page = "/api/leads", {"origin": site_url, "accept": "application/json"}
    typed = {**page, "content-type": "application/json"}
    return [
        Refusal(400, "POST", form, {"headers": typed, "content": b'{"name": '}),
        Refusal(401, "GET", "/api/v1/leads"),
        Refusal(401, "GET", "/api/v1/leads/1", {"headers": {"authorization": "Bearer oct_of_nobody"}}),
        Refusal(403, "POST", form, {"headers": {**typed, "origin": "https://evil.example"}, "content": b"{}"}),
        Refusal(404, "GET", "/api/v1/no-such-thing"),
        Refusal(405, "DELETE", "/api/v1/health"),
        Refusal(413, "POST", form, {"headers": typed, "content": b" " * LARGE}),
        Refusal(415, "POST", form, {"headers": {**page, "content-type": "text/plain"}, "content": b"hello"}),
        Refusal(422, "POST", form, {"headers": typed, "content": b"{}"}),
    ]


class Problems:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = client.target.api_url

    def checks(self) -> list[Check]:
        return [Check("problems", "Every refusal of the API has one shape and the right status", self.shapes)]

    async def shapes(self) -> str:
        asked = refusals(self.client.target.site_url)
        for refusal in asked:
            answer = await self.client.ask(refusal.method, self.url + refusal.path, expect=None, **refusal.how)
            faults = wrong(refusal, answer)
            if faults:
                raise Broken(f"{refusal.method} {refusal.path}: {faults[0]}", LOOK)
        return ", ".join(str(status) for status in sorted({refusal.status for refusal in asked}))


def wrong(refusal: Refusal, answer: httpx.Response) -> Sequence[str]:
    """What the answer lacks, the worst first."""
    if answer.status_code != refusal.status:
        return [f"answers {answer.status_code}, not {refusal.status}"]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind != PROBLEM_TYPE:
        return [f"{refusal.status} comes as {kind or 'nothing'}, not as {PROBLEM_TYPE}"]
    try:
        told = msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        return [f"{refusal.status} holds no JSON object"]
    faults = []
    if told.get("status") != refusal.status or not told.get("title"):
        faults.append(f"{refusal.status} states no title and status of its own")
    if not told.get("request_id") or told["request_id"] != answer.headers.get("x-request-id"):
        faults.append(f"{refusal.status} does not name its request, so it cannot be found in the log")
    if refusal.status == httpx.codes.UNPROCESSABLE_ENTITY and not told.get("errors"):
        faults.append("422 names no faulty field")
    if refusal.status == httpx.codes.METHOD_NOT_ALLOWED and not answer.headers.get("allow"):
        faults.append("405 does not say in Allow what is possible")
    if refusal.status == httpx.codes.UNAUTHORIZED and not answer.headers.get("www-authenticate"):
        faults.append("401 does not say in WWW-Authenticate how to come in")
    return faults
