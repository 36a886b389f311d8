"""`railway.json`: the same service in the form that older services still read, until Railway stops on 2026-12-01."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ops.railway.graph import Graph, Service

FILE = Path("railway.json")
SCHEMA = "https://railway.com/railway.schema.json"


def web(graph: Graph) -> Service:
    """The service that people reach; a file of the old form describes one service only."""
    return next(service for service in graph.services if service.networking.custom_domains)


def document(graph: Graph) -> str:
    """The text of `railway.json`."""
    service = web(graph)
    told: dict[str, Any] = {"$schema": SCHEMA, "build": service.build, "deploy": service.deploy}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def equal(file: Path, graph: Graph) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == document(graph)
