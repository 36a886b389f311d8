"""Files from a plan: only what changed is made, all of it before anything is touched, and nothing stale stays.

A plan maps each path below the output folder to an `Output`. Folders exist only as long as files are in them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from blog.cache import Cache, signature
from blog.faults import Fault, Faulty
from blog.parallel import in_two

MARK = "build.json"
"""In every output folder; a folder with other files and without it is not ours to write to."""

_STAGING = ".staging-"


class Output(NamedTuple):
    """One file to be. `key` stands for everything `make` looks at: while it stays, the file is not made again."""

    key: bytes
    make: Callable[[], bytes]


Plan = dict[str, Output]


class Published(NamedTuple):
    """What a build did: number of files written, removed, and in the output altogether."""

    written: int
    removed: int
    total: int


def publish(plan: Plan, out: str, cache: Cache) -> Published:
    """Bring the folder `out` to the state of the plan. Raises `Faulty` if the folder holds somebody else's files.

    If a file cannot be made, the exception passes through and the folder is as it was.
    """
    known = cache.outputs(out)
    if not known or not os.path.isdir(out):
        _claim(out)
    changed = [path for path, output in plan.items() if _is_due(out, path, output, known.get(path))]
    stale = [path for path in known if path not in plan]
    if not changed and not stale:
        return Published(0, 0, len(plan))
    staging = _staging(out)
    try:
        staged = _make(plan, changed, staging)
        # Noted before they exist, so that a build that dies here leaves no file nobody knows.
        cache.keep_outputs(out, [(path, b"", "") for path in changed])
        cache.commit()
        _remove(out, stale)
        written = _move(out, staging, staged)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    cache.forget_outputs(out, stale)
    cache.keep_outputs(out, [(path, plan[path].key, seen) for path, seen in written])
    return Published(len(written), len(stale), len(plan))


def _is_due(out: str, path: str, output: Output, known: tuple[bytes, str] | None) -> bool:
    if known is None or known[0] != output.key:
        return True
    try:
        return signature(os.stat(f"{out}/{path}")) != known[1]
    except OSError:
        return True


def _claim(out: str) -> None:
    """Empty an output folder of an earlier life. Hidden entries (a `.git`, say) are left alone."""
    folder = Path(out)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise Faulty([Fault(out, 0, "This is a file, and the site needs a folder. Name another one.")])
    found = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    if found and not (folder / MARK).is_file():
        raise Faulty([Fault(out, 0, "The folder holds files that this program did not write. Name an empty one.")])
    for entry in found:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _staging(out: str) -> str:
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    staging = folder / f"{_STAGING}{os.getpid()}"
    staging.mkdir()
    return str(staging)


def _make(plan: Plan, paths: list[str], staging: str) -> dict[str, str]:
    """Lays the files below `staging` as they will lie in the output, by two processes when there are many: making a
    folder and a file costs the disk as much as the page costs the processor. Gives their signatures."""

    def work(some: Sequence[str]) -> list[tuple[str, str]]:
        folders = {staging}
        done = []
        for path in some:
            file = f"{staging}/{path}"
            folder = file.rpartition("/")[0]
            if folder not in folders:
                _folder(folder)
                folders.add(folder)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                data = plan[path].make()
                # One call writes all of it on a local disk; the loop is for the disks where it does not.
                sent = os.write(descriptor, data)
                while sent < len(data):
                    sent += os.write(descriptor, data[sent:])
                done.append((path, signature(os.fstat(descriptor))))
            finally:
                os.close(descriptor)
        return done

    return dict(in_two(paths, work))


def _folder(path: str) -> None:
    try:
        os.mkdir(path)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)


def _move(out: str, staging: str, staged: dict[str, str], below: str = "") -> list[tuple[str, str]]:
    """Moves what was laid into the output, whole folders at once where there are none of their name yet.

    A file that is moved by itself gets a new change time, and with it another signature.
    """
    for entry in os.scandir(f"{staging}/{below}"):
        path = f"{below}{entry.name}"
        target = f"{out}/{path}"
        if not entry.is_dir():
            os.replace(entry.path, target)
            staged[path] = signature(os.stat(target))
        elif os.path.isdir(target):
            _move(out, staging, staged, f"{path}/")
        else:
            os.rename(entry.path, target)
    return list(staged.items())


def _remove(out: str, paths: list[str]) -> None:
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
