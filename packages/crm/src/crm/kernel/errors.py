"""Expected errors. Each class has an HTTP status and a title; `detail` tells the client what to do.

The API answers them as RFC 9457 problem details, pages as a page or fragment. Any other exception is a bug.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one field; `field` is empty if it is about the whole."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details, with `errors` naming each faulty field."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    errors: tuple[Fault, ...] = ()
    request_id: str = ""


class Trouble(Exception):
    """The base class. Clients see `detail`, so it holds no secrets."""

    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = headers or {}
        self.faults: tuple[Fault, ...] = ()

    def problem(self, request_id: str = "") -> Problem:
        return Problem(self.title, self.status, detail=self.detail, errors=self.faults, request_id=request_id)


class Malformed(Trouble):
    status, title = 400, "The request cannot be read"


class Unauthenticated(Trouble):
    status, title = 401, "Sign in first"


class Refused(Trouble):
    status, title = 403, "Not allowed"


class NotFound(Trouble):
    status, title = 404, "Not found"


class NotAllowed(Trouble):
    status, title = 405, "Not possible here"


class Conflict(Trouble):
    status, title = 409, "It does not fit what is there"


class Stale(Trouble):
    """Somebody else changed the record since it was read (RFC 9110, section 13.1.1)."""

    status, title = 412, "The record has changed"


class TooLarge(Trouble):
    status, title = 413, "Too large"


class Unsupported(Trouble):
    status, title = 415, "Not a type we read"


class Faulty(Trouble):
    """One or more fields are invalid; all of them are named at once."""

    status, title = 422, "Some fields need another look"

    def __init__(self, faults: Sequence[Fault], detail: str = "") -> None:
        super().__init__(detail or "; ".join(f"{f.field}: {f.message}" if f.field else f.message for f in faults))
        self.faults = tuple(faults)


class PreconditionNeeded(Trouble):
    """A change must name the version it is based on (RFC 6585, section 3)."""

    status, title = 428, "Name the version you read"


class TooMany(Trouble):
    status, title = 429, "Too many requests"


class Away(Trouble):
    """The database, or another service this response needs, is unreachable. The same request may succeed later."""

    status, title = 503, "Back in a moment"
