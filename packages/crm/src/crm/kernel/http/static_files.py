"""Static files, served by Starlette under a URL that holds a digest of their content and so never expires."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import starlette.staticfiles
from starlette.responses import Response

from shared import design

CACHE_CONTROL = "public, max-age=31536000, immutable"
FOLDER = Path(__file__).resolve().parent.parent / "static"
SHEETS = ("tokens", "font", "base", "app")


class StaticFiles(starlette.staticfiles.StaticFiles):
    """The files of all packages in one folder. `url("app.css")` is the URL that a page links."""

    def __init__(self) -> None:
        super().__init__(packages=[("django_htmx", "static/django_htmx")])
        mimetypes.add_type("text/javascript", ".js")
        mimetypes.add_type("font/woff2", ".woff2")
        files = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
        files |= {name: design.path(name).read_bytes() for name in design.files() if not name.endswith(".css")}
        files["app.css"] = "\n".join(design.css(name, assets="") for name in SHEETS).encode()
        files["htmx.js"] = (Path(self.all_directories[0]) / "htmx-4.min.js").read_bytes()
        self._folder = TemporaryDirectory(prefix="crm-static-")
        digest = hashlib.sha256()
        for name, content in sorted(files.items()):
            (Path(self._folder.name) / name).write_bytes(content)
            digest.update(name.encode() + content)
        self.all_directories = [self._folder.name]
        self.path = f"/static/{digest.hexdigest()[:10]}"
        self._urls = {name: f"{self.path}/{name}" for name in files}

    def url(self, name: str) -> str:
        """The URL of a file. Raises `KeyError` if there is no such file."""
        return self._urls[name]

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["cache-control"] = CACHE_CONTROL
        return response
