"""Templates and style sheets: where they are found, and how they are rendered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from blog.faults import Fault, Faulty

if TYPE_CHECKING:
    from minijinja import Environment

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

OWN = os.path.join(os.path.dirname(__file__), "theme")


class Theme:
    """The files of several folders, the first folder that has a name winning. `digest` stands for all of them."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.files: dict[str, str] = {}
        self._environment: Environment | None = None
        for folder in reversed(folders):
            for name, text in _files(folder):
                self.files[name] = text
        self.digest = _digest(self.files)

    def with_files(self, files: dict[str, str]) -> Theme:
        """This theme with more files; those of the theme are replaced by files of the same name."""
        more = Theme([])
        more.files = {**self.files, **files}
        more.digest = _digest(more.files)
        return more

    def render(self, name: str, context: dict[str, Any]) -> str:
        """One template. Raises `Faulty` with its name and line if it is broken."""
        from minijinja import TemplateError

        if self._environment is None:
            self._environment = self._started()
        # The engine writes slashes as entities, which cost bytes everywhere and are never read back inside scripts.
        try:
            return self._environment.render_template(name, **context).replace("&#x2f;", "/")
        except TemplateError as fault:
            words = f"{fault.kind}: {fault.detail or fault.message}"
            raise Faulty([Fault(f"template {fault.name or name}", fault.line or 0, words)]) from fault

    def css(self, name: str) -> str:
        """A sheet of the theme, or else of the house's look."""
        own = self.files.get(f"{name}.css")
        if own is not None:
            return own
        from shared import design

        return design.css(name)

    def _started(self) -> Environment:
        from minijinja import Environment

        def css(name: str) -> str:
            return safe(self.css(name))

        environment = Environment(
            loader=self.files.get,
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            reload_before_render=False,
        )
        environment.add_global("css", cache(css))
        environment.add_global("color", _color)
        environment.add_global("icon", _icon)
        environment.add_global("mark", _mark)
        environment.add_filter("rfc822", rfc822)
        environment.add_filter("host", host)
        return environment


def _digest(files: dict[str, str]) -> bytes:
    digest = blake2b(digest_size=16)
    for name in sorted(files):
        digest.update(f"{name}\0{files[name]}\0".encode())
    return digest.digest()


def _files(folder: str) -> list[tuple[str, str]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entry.name for entry in entries if entry.is_file() and not entry.name.startswith("."))
    except FileNotFoundError:
        return []
    texts = []
    for name in found:
        if name.endswith((".html", ".css", ".xml", ".js", ".txt", ".svg")):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                texts.append((name, file.read()))
    return texts


def safe(html: str) -> str:
    """Text that templates put in as it is."""
    from minijinja import safe as marked

    return marked(html)


@cache
def _icon(name: str, title: str = "") -> str:
    from minijinja import safe

    from shared import design

    return safe(design.icon(name, title))


@cache
def _color(name: str, theme: str) -> str:
    from shared.design import tokens

    return tokens.hexadecimal(name, theme)


@cache
def _mark() -> str:
    from minijinja import safe

    from shared import design

    return safe(design.svg("mark"))


def rfc822(moment: str) -> str:
    """A stored moment as RSS wants it. Written here because `email.utils` brings sockets along."""
    at = datetime.fromisoformat(moment)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {MONTHS[at.month - 1]} {at.year} {moment[11:19]} GMT"


def host(address: str) -> str:
    """The host name of an address, to be read by people."""
    return address.partition("//")[2].split("/")[0]
