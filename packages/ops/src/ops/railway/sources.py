"""What a build reads: the files that a Dockerfile copies from the repository, and whether a pattern watches them."""

from __future__ import annotations

import re
from pathlib import Path


def copied(dockerfile: Path) -> list[str]:
    """Files and folders that come from the context, as the Dockerfile writes them."""
    text = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ")
    found: list[str] = []
    for line in re.findall(r"^COPY\s+(.+)$", text, re.MULTILINE):
        words = line.split()
        if not words[0].startswith("--from="):
            found += [word.rstrip("/") for word in words[:-1] if not word.startswith("--")]
    return found


def port(dockerfile: Path) -> int | None:
    """The port that the image says it listens on."""
    told = re.search(r"^EXPOSE\s+(\d+)", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
    return int(told[1]) if told else None


def watched(path: str, patterns: list[str], *, folder: bool) -> bool:
    """Whether a change of the file, or of anything in the folder, would be seen."""
    if not folder:
        return any(pattern in (path, "**") or _covers(pattern, path) for pattern in patterns)
    return any(pattern == "**" or _covers(pattern, path) or pattern == f"{path}/**" for pattern in patterns)


def unwatched(root: Path, dockerfile: str, patterns: list[str]) -> list[str]:
    """What the build of `dockerfile` reads and no pattern watches."""
    read = [dockerfile, ".dockerignore", *copied(root / dockerfile)]
    return [path for path in read if not watched(path, patterns, folder=(root / path).is_dir())]


def _covers(pattern: str, path: str) -> bool:
    return pattern.endswith("/**") and path.startswith(pattern.removesuffix("**"))
