"""Writes the content folders that `blog_build.py` builds. The same number always gives the same post."""

from __future__ import annotations

import math
import random
import shutil
from pathlib import Path

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


def generate_sentence(rng: random.Random) -> str:
    text = f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)} {rng.choice(TAILS)}"
    words = text.split()
    index = rng.randrange(len(words))
    words[index] = rng.choice(("{}", "{}", "{}", "**{}**", "*{}*", "`{}`")).format(words[index])
    return f"{' '.join(words)[0].upper()}{' '.join(words)[1:]}."


def generate_paragraph(rng: random.Random) -> str:
    return " ".join(generate_sentence(rng) for _ in range(rng.randrange(3, 6)))


def draw_length(rng: random.Random) -> int:
    """Returns the words of a post as real blogs have them: the median is 900, one in twenty has more than 4,000."""
    return min(9000, max(60, round(rng.lognormvariate(math.log(900), 0.91))))


def generate_post(number: int, *, real: bool = False) -> str:
    rng = random.Random(number)
    noun = rng.choice(("harbor", "ledger", "tide", "lamp"))
    length = draw_length(rng) if real else 0
    sections: list[list[str]] = [[f"## Part {part + 1}: {rng.choice(SUBJECTS)}"] for part in range(7)]
    if real:
        words = 0
        while words < length:
            rng.choice(sections).append(paragraph := generate_paragraph(rng))
            words += len(paragraph.split())
    else:
        for section in sections:
            section += [generate_paragraph(rng) for _ in range(3)]
    blocks = [block for section in sections for block in section]
    if not real or rng.random() < 0.3:
        for language, source in CODE.items():
            code = source.format(n=noun, N=noun.capitalize(), k=rng.randrange(2, 60), m=rng.randrange(1, 9))
            blocks.insert(rng.randrange(4, len(blocks)), f"```{language}\n{code}```")
        rows = "\n".join(f"| {rng.choice(TAGS)} | {rng.randrange(999)} | {rng.randrange(99)} % |" for _ in range(5))
        blocks.insert(9, f"| What | Count | Share |\n|:--|--:|--:|\n{rows}")
    blocks.insert(12, "\n".join(f"- {generate_sentence(rng)}" for _ in range(4)))
    blocks.insert(15, "![A chart of the harbor](/images/chart.png)")
    blocks.insert(18, f"> {generate_sentence(rng)}")
    if number:
        blocks.append(
            f"More in [an earlier entry](/posts/entry-{rng.randrange(number):04}/) and [elsewhere](https://example.org/)."
        )
    head = [
        f'title: "Entry {number + 1}: {rng.choice(SUBJECTS)}"',
        f'description: "{generate_sentence(rng).translate({96: None, 42: None})}"',
        f"date: {2020 + number // 300}-{number % 300 // 25 + 1:02}-{number % 25 + 1:02}T09:00:00Z",
        f"tags: [{', '.join(rng.sample(TAGS, 3))}]",
        "image: /images/chart.png",
    ]
    return "---\n" + "\n".join(head) + "\n---\n\n" + "\n\n".join(blocks) + "\n"


def write_corpus(count: int, root: Path, *, real: bool = False) -> None:
    """Writes a content folder of generated posts. With `real`, they have the lengths of real blogs."""
    (root / "content").mkdir(parents=True)
    (root / "images").mkdir()
    (root / "images/chart.png").write_bytes(PIXEL)
    for number in range(count):
        (root / f"content/entry-{number:04}.md").write_text(generate_post(number, real=real), encoding="utf-8")


def copy_corpus(source: Path, count: int, root: Path) -> None:
    """Writes a content folder with the first posts of another."""
    posts = next(folder for folder in ("content/posts", "content", "posts") if list((source / folder).glob("*.md")))
    (root / "content").mkdir(parents=True)
    for file in sorted((source / posts).glob("*.md"))[:count]:
        shutil.copy(file, root / "content")
    for folder in ("images", "static"):
        if (source / folder).is_dir():
            shutil.copytree(source / folder, root / folder)
