"""Expected trouble: each kind has a class, a status and words that say what to do.

One shape for programs (RFC 9457 problem details) and the same fact as a page or a fragment for people.
Whatever is not one of these is a bug, and loud.
"""

from __future__ import annotations

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one field; `field` is empty when it is about the whole."""

    field: str
    message: str


class Trouble(Exception):
    """Base of all expected trouble. `detail` is shown to the caller, so it holds nothing secret."""

    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = headers or {}
        self.faults: tuple[Fault, ...] = ()


class Malformed(Trouble):
    status = 400
    title = "The request cannot be read"


class Unauthenticated(Trouble):
    status = 401
    title = "Sign in first"


class Refused(Trouble):
    status = 403
    title = "Not allowed"


class NotFound(Trouble):
    status = 404
    title = "Not found"


class NotAllowed(Trouble):
    status = 405
    title = "Not possible here"


class Conflict(Trouble):
    status = 409
    title = "It does not fit what is there"


class Stale(Trouble):
    """Somebody else changed the record since it was read (RFC 9110, section 13.1.1)."""

    status = 412
    title = "The record has changed"


class TooLarge(Trouble):
    status = 413
    title = "Too large"


class Unsupported(Trouble):
    status = 415
    title = "Not a type we read"


class Faulty(Trouble):
    """What was sent does not hold; every faulty field is named at once."""

    status = 422
    title = "Some fields need another look"

    def __init__(self, faults: list[Fault] | tuple[Fault, ...], detail: str = "") -> None:
        super().__init__(detail or "; ".join(f"{f.field}: {f.message}" if f.field else f.message for f in faults))
        self.faults = tuple(faults)


class PreconditionNeeded(Trouble):
    """A change must name the version it is based on (RFC 6585, section 3)."""

    status = 428
    title = "Name the version you read"


class TooMany(Trouble):
    status = 429
    title = "Too many requests"


class Away(Trouble):
    """The database, or another part this answer needs, cannot be reached; the same request may succeed later."""

    status = 503
    title = "Back in a moment"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details, with `errors` naming each faulty field."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    errors: tuple[Fault, ...] = ()
    request_id: str = ""


def problem_of(trouble: Trouble, request_id: str = "") -> Problem:
    return Problem(
        title=trouble.title,
        status=trouble.status,
        detail=trouble.detail,
        errors=trouble.faults,
        request_id=request_id,
    )
