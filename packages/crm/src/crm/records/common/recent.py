"""The records that a person opened last. A cookie holds their ids and no other data of them."""

from __future__ import annotations

import re

from starlette.responses import Response

from crm.kernel.http.request import Request
from crm.records.common import cookies

COOKIE = "recent"
MOST = 8
_VALUE = re.compile(r"(\d{1,18}):((?:[a-z]{1,20}-\d{1,18}\.?){1,20})")


def read(request: Request) -> list[tuple[str, int]]:
    """Kind (`leads`) and id of each record, the last one first. What another person opened is left out."""
    value = _VALUE.fullmatch(request.cookies.get(COOKIE, ""))
    if value is None or int(value[1]) != request.actor.id:
        return []
    pairs = (part.split("-") for part in value[2].split(".") if part)
    return [(kind, int(record_id)) for kind, record_id in pairs][:MOST]


def remember_opened(request: Request, response: Response, kind: str, record_id: int) -> Response:
    """The response, with the cookie in which this record comes first."""
    opened = (kind, record_id)
    others = [each for each in read(request) if each != opened]
    value = ".".join(f"{kind}-{record_id}" for kind, record_id in [opened, *others][:MOST])
    return cookies.set_cookie(request, response, COOKIE, f"{request.actor.id}:{value}")
