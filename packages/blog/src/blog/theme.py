"""Loads templates and style sheets, and renders templates."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from blog.errors import BuildError, Problem
from blog.strings import fill

if TYPE_CHECKING:
    from minijinja import Environment

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

BUILTIN_FOLDER = os.path.join(os.path.dirname(__file__), "theme")


class Theme:
    """The files of several folders. The first folder that has a name wins. `digest` is a hash of all files."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.files: dict[str, str] = {}
        self._environment: Environment | None = None
        for folder in reversed(folders):
            self.files.update(_read_files(folder))
        self.digest = _hash_files(self.files)

    def with_files(self, files: dict[str, str]) -> Theme:
        """Returns this theme with more files. A new file replaces one of the same name."""
        theme = Theme([])
        theme.files = {**self.files, **files}
        theme.digest = _hash_files(theme.files)
        return theme

    def render(self, name: str, context: dict[str, Any]) -> str:
        """Returns the rendered template. Raises `BuildError` with the template's name and line if it fails."""
        from minijinja import TemplateError

        if self._environment is None:
            self._environment = self._create_environment()
        # MiniJinja escapes slashes, which makes pages larger and is not needed in HTML.
        try:
            return self._environment.render_template(name, **context).replace("&#x2f;", "/")
        except TemplateError as error:
            message = f"{error.kind}: {error.detail or error.message}"
            raise BuildError([Problem(f"template {error.name or name}", error.line or 0, message)]) from error

    def get_css(self, name: str) -> str:
        """Returns a style sheet of the theme, or else of the shared design."""
        sheet = self.files.get(f"{name}.css")
        if sheet is not None:
            return sheet
        from shared import design

        return design.css(name)

    def _create_environment(self) -> Environment:
        from minijinja import Environment

        from shared import design

        environment = Environment(
            loader=self.files.get,
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            reload_before_render=False,
        )
        environment.add_global("css", cache(lambda name: mark_safe(self.get_css(name))))
        environment.add_global("color", _get_color)
        environment.add_global("icon", cache(lambda name, title="": mark_safe(design.icon(name, title))))
        environment.add_global("mark", cache(lambda: mark_safe(design.svg("mark"))))
        environment.add_filter("rfc822", format_rfc822)
        environment.add_filter("host", get_host)
        environment.add_filter("fill", fill)
        return environment


def _hash_files(files: dict[str, str]) -> bytes:
    digest = blake2b(digest_size=16)
    for name in sorted(files):
        digest.update(f"{name}\0{files[name]}\0".encode())
    return digest.digest()


def _read_files(folder: str) -> dict[str, str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return {}
    files = {}
    for name in names:
        if name.endswith((".html", ".css", ".xml", ".js", ".txt", ".svg")):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                files[name] = file.read()
    return files


def mark_safe(html: str) -> str:
    """Returns the text marked as HTML, so that templates do not escape it."""
    from minijinja import safe

    return safe(html)


@cache
def _get_color(name: str, theme: str) -> str:
    from shared.design import tokens

    return tokens.hexadecimal(name, theme)


def format_rfc822(timestamp: str) -> str:
    """Returns a timestamp in the format of RFC 822, which RSS needs.

    The standard library's `email.utils` would import sockets, which takes time.
    """
    moment = datetime.fromisoformat(timestamp)
    month = MONTHS[moment.month - 1]
    zone = "GMT" if timestamp.endswith("Z") else timestamp[19:].replace(":", "")
    return f"{DAYS[moment.weekday()]}, {moment.day:02} {month} {moment.year:04} {timestamp[11:19]} {zone}"


def get_host(url: str) -> str:
    """Returns the host name of a URL."""
    return url.partition("//")[2].split("/")[0]
