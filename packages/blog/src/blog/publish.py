"""Writes the files of a build plan to the output folder.

It renders only what changed, and it renders everything before it changes the output folder. It removes old files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from blog.cache import Cache, sign_file
from blog.errors import BuildError, Problem
from blog.parallel import run_in_two_processes

MARKER = "build.json"
"""Every output folder holds this file. A folder with other files and without it is never overwritten."""

_STAGING = ".staging-"


class OutputFile(NamedTuple):
    """A file of the plan. `render` is called only if `key` changed, so `key` must cover all that `render` reads."""

    key: bytes
    render: Callable[[], bytes]


BuildPlan = dict[str, OutputFile]
"""Maps each path below the output folder to its file."""


class PublishResult(NamedTuple):
    """How many files were written, removed, and are in the output altogether."""

    written: int
    removed: int
    total: int


def publish(plan: BuildPlan, out: str, cache: Cache) -> PublishResult:
    """Brings the folder `out` to the state of the plan.

    Raises `BuildError` if the folder holds files of another program. If a file cannot be rendered, the exception passes
    through and the folder stays unchanged.
    """
    previous = cache.load_outputs(out)
    if not previous or not os.path.isdir(out):
        _empty_output(out)
    changed = [path for path, file in plan.items() if _needs_write(out, path, file, previous.get(path))]
    removed = [path for path in previous if path not in plan]
    if not changed and not removed:
        return PublishResult(0, 0, len(plan))
    staging = _create_staging(out)
    try:
        staged = _write_staged(plan, changed, staging)
        # The cache learns of the files before they exist: after a crash, the next build can remove them.
        cache.save_outputs(out, [(path, b"", "") for path in changed])
        cache.commit()
        _remove_files(out, removed)
        written = _move_staged(out, staging, staged)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    cache.delete_outputs(out, removed)
    cache.save_outputs(out, [(path, plan[path].key, signature) for path, signature in written])
    return PublishResult(len(written), len(removed), len(plan))


def _needs_write(out: str, path: str, file: OutputFile, previous: tuple[bytes, str] | None) -> bool:
    if previous is None or previous[0] != file.key:
        return True
    try:
        return sign_file(os.stat(f"{out}/{path}")) != previous[1]
    except OSError:
        return True


def _empty_output(out: str) -> None:
    """Empties an output folder that the cache does not know. It keeps hidden entries, such as `.git`."""
    folder = Path(out)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BuildError([Problem(out, 0, "This is a file, but the site needs a folder. Choose another path.")])
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    if entries and not (folder / MARKER).is_file():
        raise BuildError([Problem(out, 0, "The folder holds files that this program did not write. Choose another.")])
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _create_staging(out: str) -> str:
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    staging = folder / f"{_STAGING}{os.getpid()}"
    staging.mkdir()
    return str(staging)


def _write_staged(plan: BuildPlan, paths: list[str], staging: str) -> dict[str, str]:
    """Writes the files below `staging` and returns their signatures by path.

    Two processes share many files, because creating a file takes as long as rendering a page.
    """

    def work(some: Sequence[str]) -> list[tuple[str, str, list[tuple[str, int, str]]]]:
        folders = {staging}
        results: list[tuple[str, str, list[tuple[str, int, str]]]] = []
        for path in some:
            try:
                data = plan[path].render()
            except BuildError as error:
                results.append((path, "", [problem[:3] for problem in error.problems]))
                continue
            file = f"{staging}/{path}"
            folder = file.rpartition("/")[0]
            if folder not in folders:
                _make_folder(folder)
                folders.add(folder)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                # A local disk takes all the data in one call; the loop is for disks that do not.
                sent = os.write(descriptor, data)
                while sent < len(data):
                    sent += os.write(descriptor, data[sent:])
                results.append((path, sign_file(os.fstat(descriptor)), []))
            finally:
                os.close(descriptor)
        return results

    results = run_in_two_processes(paths, work)
    problems = [Problem(*problem) for _, _, found in results for problem in found]
    if problems:
        raise BuildError(problems)
    return {path: signature for path, signature, _ in results}


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)


def _move_staged(out: str, staging: str, staged: dict[str, str], below: str = "") -> list[tuple[str, str]]:
    """Moves the staged files into the output and returns their paths and signatures.

    It moves a folder as a whole if the output has none of this name. A file that is moved alone gets a new change time,
    and with it a new signature.
    """
    for entry in os.scandir(f"{staging}/{below}"):
        path = f"{below}{entry.name}"
        target = f"{out}/{path}"
        if not entry.is_dir():
            os.replace(entry.path, target)
            staged[path] = sign_file(os.stat(target))
        elif os.path.isdir(target):
            _move_staged(out, staging, staged, f"{path}/")
        else:
            os.rename(entry.path, target)
    return list(staged.items())


def _remove_files(out: str, paths: list[str]) -> None:
    """Removes files, and folders that become empty."""
    for path in paths:
        file = Path(out, path)
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == Path(out):
                break
            try:
                folder.rmdir()
            except OSError:
                break
