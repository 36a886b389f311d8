"""Expected errors. Each class has an HTTP status and its standard phrase; `detail` tells the client what to do.

The API answers them as RFC 9457 problem details, pages as a page or fragment. Any other exception is a bug.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field; `field` is empty if it is about the whole."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details, with `errors` naming each invalid field."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    request_id: str = ""


class AppError(Exception):
    """The base class. Clients see `detail`, so it holds no secrets."""

    status, title = 500, "Internal Server Error"

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = headers or {}
        self.errors: tuple[FieldError, ...] = ()

    def problem(self, request_id: str = "") -> Problem:
        return Problem(self.title, self.status, detail=self.detail, errors=self.errors, request_id=request_id)


class BadRequestError(AppError):
    status, title = 400, "Bad Request"


class UnauthenticatedError(AppError):
    status, title = 401, "Unauthorized"


class SessionEndedError(UnauthenticatedError):
    """The request came with a session that has ended."""


class ForbiddenError(AppError):
    status, title = 403, "Forbidden"


class OriginError(ForbiddenError):
    """Another site sent the request."""


class NotFoundError(AppError):
    status, title = 404, "Not Found"


class MethodNotAllowedError(AppError):
    status, title = 405, "Method Not Allowed"


class ConflictError(AppError):
    status, title = 409, "Conflict"


class PreconditionFailedError(AppError):
    """Somebody else changed the record since it was read (RFC 9110, section 13.1.1)."""

    status, title = 412, "Precondition Failed"


class PayloadTooLargeError(AppError):
    status, title = 413, "Content Too Large"


class UnsupportedMediaTypeError(AppError):
    status, title = 415, "Unsupported Media Type"


class ValidationError(AppError):
    """One or more fields are invalid; all of them are named at once."""

    status, title = 422, "Unprocessable Content"

    def __init__(self, errors: Sequence[FieldError], detail: str = "") -> None:
        super().__init__(detail or "; ".join(f"{f.field}: {f.message}" if f.field else f.message for f in errors))
        self.errors = tuple(errors)


class PreconditionRequiredError(AppError):
    """A change must name the version it is based on (RFC 6585, section 3)."""

    status, title = 428, "Precondition Required"


class RateLimitedError(AppError):
    status, title = 429, "Too Many Requests"


class ServiceUnavailableError(AppError):
    """The database, or another service this response needs, is unreachable. The same request may succeed later."""

    status, title = 503, "Service Unavailable"


TITLES = {AppError.status: AppError.title} | {kind.status: kind.title for kind in AppError.__subclasses__()}
"""The phrase of each status (RFC 9110), which no release of Python spells in another way."""
