"""The generators whose folders can be imported. Each has a file here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from blog.importing.sources.astro import read_astro
from blog.importing.sources.ghost import read_ghost
from blog.importing.sources.hugo import read_hugo
from blog.importing.sources.jekyll import read_jekyll
from blog.importing.sources.pelican import read_pelican
from blog.importing.sources.source_folder import SourceDocument, SourceFolder

__all__ = ["READERS", "SourceDocument", "SourceFolder", "read_source"]

READERS: dict[str, Callable[[Path, SourceFolder], None]] = {
    "hugo": read_hugo,
    "jekyll": read_jekyll,
    "astro": read_astro,
    "pelican": read_pelican,
    "ghost": read_ghost,
}


def read_source(kind: str, folder: Path) -> SourceFolder:
    """Returns what the folder of a generator holds. `kind` is one of `READERS`."""
    source = SourceFolder()
    READERS[kind](folder, source)
    return source
