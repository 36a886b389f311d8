"""Table of contents 1: every surface, its rooms, and who may enter."""

from __future__ import annotations

from crm.kernel.http.routes import Route
from crm.kernel.http.statics import Statics
from crm.routes import people, programs


def table(statics: Statics) -> tuple[Route, ...]:
    """Every address the service answers."""
    return (*programs.table(), *people.table(statics))
