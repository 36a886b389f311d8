"""A file in the data folder that tells other commands on which ports `ops dev` runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ops.dev.settings import Settings
from shared import embedded_postgres

FILE_NAME = "running.json"


@contextmanager
def write_runtime_file(settings: Settings) -> Iterator[None]:
    """Keeps the file for the length of a block."""
    path = settings.data_dir / FILE_NAME
    path.write_text(json.dumps({"site_port": str(settings.site_port), "crm_port": str(settings.crm_port)}), "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def read_runtime_file(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the ports, or nothing where `ops dev` does not run. After kill -9 the file names ports of nobody."""
    path = embedded_postgres.data_folder(environ) / FILE_NAME
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}
