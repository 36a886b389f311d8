"""Mine or everybody's: whose leads Today and the list show. A cookie remembers the choice."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from crm.kernel.http.request import Request
from crm.records.common import cookies

Whose = Literal["mine", "everybody"]
PARAMETER, COOKIE = "whose", "whose"


def read(request: Request) -> Whose:
    """What the URL says, or else what was chosen last; everybody's at first."""
    chosen = dict(request.asked).get(PARAMETER) or request.cookies.get(COOKIE, "")
    return "mine" if chosen == "mine" else "everybody"


def remember(request: Request, response: Response, whose: Whose) -> Response:
    """The response, with the cookie if the choice is another one than before."""
    if request.cookies.get(COOKIE, "everybody") == whose:
        return response
    return cookies.set_cookie(request, response, COOKIE, whose)
