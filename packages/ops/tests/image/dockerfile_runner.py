"""Carries a Dockerfile out without a Docker engine: the same commands, in folders that stand for the image.

Every absolute path of the Dockerfile lies below one folder, `here`, which at each moment is the root of the stage
being built. The base image is a fresh virtual environment that already has the pinned uv, as a warm layer has.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from dockerfile_parse import DockerfileParser
from pathspec import PathSpec

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
UV = re.compile(r"uv-[0-9.]+\.dist-info|uv")
TOOLS = Path(sys.executable).parent
# Folders of the image that a command or a variable may name.
OURS = re.compile(r"(?<![\w./-])/(?=(?:app|src|usr/local)\b)")


class Image:
    """A Dockerfile built in `place`; afterwards its attributes are what its containers have."""

    def __init__(self, dockerfile: Path, place: Path, **given: str) -> None:
        self.place, self.given = place, given
        self.context = copy_build_context(place / "context")
        self.here = place / "root"
        self.stages: dict[str, Path] = {}
        self.command: list[str] = []
        self.health: list[str] = []
        self.user = ""
        self.environ: dict[str, str] = {}
        self.folder = self.here
        with dockerfile.open("rb") as opened:
            steps = DockerfileParser(fileobj=opened).structure
        for step in steps:
            if step["instruction"] != "COMMENT":
                getattr(self, f"_{step['instruction'].lower()}")(step["value"])

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        """A container: the image's variables and the given ones, nothing of this machine."""
        return subprocess.Popen(
            self._find_program(list(command) or self.command),
            cwd=self.folder,
            env={**self.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def megabytes(self) -> float:
        """What the finished image lays on top of its base, uncompressed."""
        files = (path for path in (self.here / "app").rglob("*") if not path.is_symlink() and path.is_file())
        return sum(path.stat().st_size for path in files) / 1e6

    def _from(self, value: str) -> None:
        name = value.partition(" AS ")[2] or "final"
        if not self.stages:
            self._enter("base")
            self._make_base(self.here / "usr/local")
        self._enter(name)
        shutil.copytree(self.stages["base"], self.stages[name], symlinks=True, copy_function=_link_or_copy)
        self.folder = self.here
        self.environ = {"PATH": f"{self.here}/usr/local/bin:/usr/bin:/bin", "HOME": "/", "UV_OFFLINE": "1"}
        self.environ |= {name: os.environ[name] for name in ("UV_CACHE_DIR", "XDG_CACHE_HOME") if name in os.environ}
        self.environ.setdefault("UV_CACHE_DIR", _find_cache())

    def _enter(self, name: str) -> None:
        self.stages[name] = self.place / name
        self.here.unlink(missing_ok=True)
        self.here.symlink_to(self.stages[name])

    def _make_base(self, base: Path) -> None:
        self.stages["base"].mkdir()
        subprocess.run([sys.executable, "-m", "venv", base], check=True)
        for kept in Path(sys.prefix, "lib").glob("python3.*/site-packages/uv*"):
            if UV.fullmatch(kept.name):
                shutil.copytree(kept, next(base.glob("lib/python3.*/site-packages")) / kept.name)
        shutil.copy2(TOOLS / "uv", base / "bin" / "uv")

    def _arg(self, value: str) -> None:
        name, _, default = value.partition("=")
        self.environ[name] = self.given.get(name, default.strip('"'))

    def _env(self, value: str) -> None:
        for name, text in re.findall(r"(\w+)=(\S+)", value):
            expanded = re.sub(r"\$(\w+)", lambda found: self.environ.get(found[1], ""), self._inside(text))
            self.environ[name] = expanded
        # What is never changed need not be copied, so that the test costs a third.
        self.environ["UV_LINK_MODE"] = "hardlink"

    def _workdir(self, value: str) -> None:
        self.folder = self.here / value.lstrip("/")
        self.folder.mkdir(parents=True, exist_ok=True)

    def _copy(self, value: str) -> None:
        *sources, target = value.split()
        origin = self.context
        if sources[0].startswith("--from="):
            origin = self.stages[sources.pop(0).removeprefix("--from=")]
        onto = self.here / target.lstrip("/") if target.startswith("/") else self.folder / target
        for source in sources:
            found = origin / source.lstrip("/")
            if found.is_dir():
                shutil.copytree(found, onto, symlinks=True, dirs_exist_ok=True, copy_function=_link_or_copy)
            else:
                onto.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, onto)

    def _run(self, value: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-c", self._inside(value)],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"RUN {value}\n{done.stdout}{done.stderr}"

    def _user(self, value: str) -> None:
        self.user = value

    def _expose(self, value: str) -> None:
        self.port = int(value)

    def _healthcheck(self, value: str) -> None:
        words = value.partition("CMD ")[2]
        self.health = json.loads(words) if words else []

    def _cmd(self, value: str) -> None:
        self.command = json.loads(value)
        del self.environ["UV_OFFLINE"], self.environ["UV_CACHE_DIR"]

    def _inside(self, text: str) -> str:
        return OURS.sub(f"{self.here}/", text)

    def _find_program(self, command: list[str]) -> list[str]:
        program = shutil.which(command[0], path=self.environ["PATH"])
        assert program, f"{command[0]} is not in the image"
        return [program, *command[1:]]


def _find_cache() -> str:
    return subprocess.run([TOOLS / "uv", "cache", "dir"], check=True, capture_output=True, text=True).stdout.strip()


def _link_or_copy(source: str, target: str) -> None:
    if not Path(source).is_relative_to(ROOT):
        Path(target).hardlink_to(source)
    else:
        shutil.copy2(source, target)


def copy_build_context(place: Path) -> Path:
    """The folder an engine would be sent: what is in the repository and `.dockerignore` lets through."""
    spec = PathSpec.from_lines("gitignore", (ROOT / ".dockerignore").read_text().splitlines())
    listed = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if not spec.match_file(name) and (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    return place


def read_bases(file: Path) -> set[str]:
    """Returns the images that a Dockerfile begins with, without its own stages."""
    steps = re.findall(r"^FROM (\S+)(?: AS (\w+))?$", file.read_text(), re.MULTILINE)
    return {base for base, _ in steps} - {stage for _, stage in steps}
