"""Static files: read once, packed once, named by their content and cached for a year."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
from pathlib import Path

from crm.kernel.errors import NotFound
from crm.kernel.http.answers import Answer
from crm.kernel.http.request import Request
from house import look

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
YEAR = "public, max-age=31536000, immutable"
HERE = Path(__file__).resolve().parent.parent / "static"


class Statics:
    """All static files of the pages, by address. `url("app.css")` gives the address a page links."""

    def __init__(self) -> None:
        files = {path.name: path.read_bytes() for path in HERE.iterdir() if path.suffix in TYPES}
        files |= {name: look.path(name).read_bytes() for name in look.files() if not name.endswith(".css")}
        sheets = ("tokens", "font", "base", "app")
        files["app.css"] = "\n".join(look.css(name, assets="/static/") for name in sheets).encode()
        files["htmx.js"] = _htmx().read_bytes()
        self._urls: dict[str, str] = {}
        self._answers: dict[str, tuple[bytes, bytes | None, str]] = {}
        for name, content in sorted(files.items(), key=lambda item: item[0].endswith((".css", ".js"))):
            self._add(name, content)

    def _add(self, name: str, content: bytes) -> None:
        suffix = Path(name).suffix
        if suffix in (".css", ".js"):
            # What a sheet or a script refers to was added before it, so its final address is known.
            for other, url in self._urls.items():
                content = content.replace(f"/static/{other}".encode(), url.encode())
        mark = hashlib.sha256(content).hexdigest()[:10]
        url = f"/static/{mark}/{name}"
        packed = gzip.compress(content, 9, mtime=0) if suffix not in (".woff2", ".png") else None
        self._urls[name] = url
        self._answers[url] = (content, packed, TYPES[suffix])

    def url(self, name: str) -> str:
        """The address of a file. Raises `KeyError` for one that is not there."""
        return self._urls[name]

    async def answer(self, request: Request) -> Answer:
        """Serve one file; its address changes with its content, so it may be kept for ever."""
        found = self._answers.get(request.scope["path"])
        if found is None:
            raise NotFound("There is no such file.")
        content, packed, kind = found
        headers = {"cache-control": YEAR, "vary": "accept-encoding"}
        if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Answer(packed, kind, headers={**headers, "content-encoding": "gzip"})
        return Answer(content, kind, headers=headers)


def _htmx() -> Path:
    """htmx as it comes in the wheel of django-htmx; Django itself is neither installed nor imported."""
    spec = importlib.util.find_spec("django_htmx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package django-htmx is not installed. Run `make setup`.")
    return Path(spec.submodule_search_locations[0]) / "static" / "django_htmx" / "htmx-4.min.js"
