"""Static files, served by Starlette under a URL that holds a digest of their content and so never expires."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any

import starlette.staticfiles
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from shared import design

CACHE_CONTROL = "public, max-age=31536000, immutable"
FOLDER = Path(__file__).resolve().parent.parent / "static"
STYLE_SHEETS = ("tokens", "font", "base", "app", "records", "reports", "board")
FILE_NAMES = {"htmx.js": "htmx-4.min.js"}
"""Files that a template names otherwise than their package does."""


class StaticFiles(starlette.staticfiles.StaticFiles):
    """The files of three packages, and their style sheets as one. `url("app.css")` is the URL that a page links."""

    def __init__(self) -> None:
        packages: list[str | tuple[str, str]] = [("shared", "design"), ("django_htmx", "static/django_htmx")]
        super().__init__(directory=FOLDER, packages=packages)
        mimetypes.add_type("text/javascript", ".js")
        mimetypes.add_type("font/woff2", ".woff2")
        self._style_sheet = "\n".join(design.css(name, assets="") for name in STYLE_SHEETS).encode()
        names = {path.name for path in FOLDER.iterdir()} | {*FILE_NAMES.values()}
        names |= {name for name in design.files() if not name.endswith(".css")}
        digest = hashlib.sha256(self._style_sheet)
        for name in sorted(names):
            digest.update(name.encode() + Path(self.lookup_path(name)[0]).read_bytes())
        self._names = names | {"app.css"}
        self.path = f"/static/{digest.hexdigest()[:10]}"

    def url(self, name: str) -> str:
        """The URL of a file. Raises `KeyError` if there is no such file."""
        file = FILE_NAMES.get(name, name)
        if file not in self._names:
            raise KeyError(name)
        return f"{self.path}/{file}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serves the listed files alone: the packages hold programs as well."""
        if path not in self._names:
            raise HTTPException(404)
        if path != "app.css":
            return await super().get_response(path, scope)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405)
        return Response(self._style_sheet, media_type="text/css", headers={"cache-control": CACHE_CONTROL})

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["cache-control"] = CACHE_CONTROL
        return response
