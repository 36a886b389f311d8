"""`railway.json`: the web service in the older form, which Railway reads until 2026-12-01."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ops.railway.graph import Graph, Service

FILE = Path("railway.json")


def get_web_service(graph: Graph) -> Service:
    """Returns the service with custom domains; the older form describes one service only."""
    return next(service for service in graph.services if service.networking.custom_domains)


def render_railway_json(graph: Graph) -> str:
    service = get_web_service(graph)
    document = {"$schema": "https://railway.com/railway.schema.json", "build": service.build, "deploy": service.deploy}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def is_up_to_date(root: Path, graph: Graph) -> bool:
    file = root / FILE
    return file.is_file() and file.read_text(encoding="utf-8") == render_railway_json(graph)
