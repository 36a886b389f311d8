"""What an address takes, told to whoever asks with OPTIONS."""

from __future__ import annotations

from collections.abc import Iterable

from crm.kernel.http import answers
from crm.kernel.http.answers import Answer
from crm.kernel.http.entries import public
from crm.kernel.http.request import Request
from crm.kernel.http.routes import Handler, Route


def truly(table: Iterable[Route]) -> list[Route]:
    """An OPTIONS for each address of the table that has none (RFC 9110, section 9.3.7).

    Litestar's own names the methods of the first handler it meets at an address, and not those of the others.
    """
    taken: dict[str, set[str]] = {}
    for route in table:
        methods = ("GET", "HEAD") if route.method == "GET" else (route.method,)
        taken.setdefault(route.path, set()).update(methods)
    return [
        Route(
            method="OPTIONS", path=path, handler=_telling(methods), entry=public, surface="page",
            summary="What this address takes",
        )
        for path, methods in taken.items()
        if "OPTIONS" not in methods
    ]  # fmt: skip


def _telling(methods: set[str]) -> Handler:
    allowed = ", ".join(sorted({*methods, "OPTIONS"}))

    async def answer(_: Request) -> Answer:
        return answers.nothing({"allow": allowed})

    return answer
