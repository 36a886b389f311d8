"""Cookies that remember for a year what a person chose or opened in this browser."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http.request import Request

AGE_S = 365 * 24 * 3600


def set_cookie(request: Request, response: Response, name: str, value: str) -> Response:
    """The response, with the cookie unless the browser has sent this value."""
    if request.cookies.get(name, "") != value:
        secure = "; Secure" if request.app_context.config.secure else ""
        cookie = f"{name}={value}; Path=/; Max-Age={AGE_S}; HttpOnly; SameSite=Lax{secure}"
        response.headers.append("set-cookie", cookie)
    return response
