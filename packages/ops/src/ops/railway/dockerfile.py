"""What a Dockerfile copies from the repository and which port it exposes, and which patterns watch a file."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path


def list_copied_paths(dockerfile: Path) -> list[str]:
    """Returns the files and folders that `COPY` takes from the build context."""
    text = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ")
    copies = [line.split() for line in re.findall(r"^COPY\s+(.+)$", text, re.MULTILINE)]
    own = [words[:-1] for words in copies if not words[0].startswith("--from=")]
    return [word.rstrip("/") for words in own for word in words if not word.startswith("--")]


def get_exposed_port(dockerfile: Path) -> int | None:
    return next(map(int, re.findall(r"^EXPOSE\s+(\d+)", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)), None)


def is_watched(path: str, patterns: list[str], *, folder: bool) -> bool:
    """Returns whether a pattern matches the file, or any file directly in the folder."""
    return any(fnmatchcase(f"{path}/file" if folder else path, pattern) for pattern in patterns)


def list_unwatched_paths(root: Path, dockerfile: str, patterns: list[str]) -> list[str]:
    """Returns what the build of `dockerfile` reads and no pattern matches."""
    paths = [dockerfile, ".dockerignore", *list_copied_paths(root / dockerfile)]
    return [path for path in paths if not is_watched(path, patterns, folder=(root / path).is_dir())]
