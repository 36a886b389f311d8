"""Lists every URL, the function that handles it, and who may use it."""

from __future__ import annotations

from crm.kernel.http.routing import Route
from crm.routes import people, programs


def table() -> tuple[Route, ...]:
    """Every route of the service. API routes come first, because routes are matched in this order."""
    return (*programs.table(), *people.table())
