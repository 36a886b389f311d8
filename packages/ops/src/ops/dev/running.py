"""A note in the data folder that says where the house can be reached while it runs, for commands that look for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from house import postgres
from ops.dev.settings import Settings

FILE_NAME = "running.json"


@contextmanager
def noting(settings: Settings) -> Iterator[None]:
    path = settings.data_dir / FILE_NAME
    path.write_text(json.dumps({"site_port": str(settings.site_port), "crm_port": str(settings.crm_port)}), "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def noted(environ: Mapping[str, str]) -> dict[str, str]:
    """Empty where nothing runs. A note outlives a killed house, and then names ports where nobody answers."""
    path = postgres.data_folder(environ) / FILE_NAME
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}
