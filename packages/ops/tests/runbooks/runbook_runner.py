"""Somebody who has never seen the system types the laptop blocks of a page, in order, into one shell in a new clone."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from runbooks.pages import ROOT, Block, list_laptop_blocks

TOOLS = Path(sys.executable).parent
TIMEOUT_S = 300
NEXT = "\x1e"
KEPT = re.compile(r"(PATH|HOME|LANG|LC_\w+|TMPDIR|USER|LOGNAME)$")


class RunbookRunner:
    """Typing begins at once; `read_output` waits for the end."""

    def __init__(self, page: str, folder: Path) -> None:
        self.page, self.blocks = page, list_laptop_blocks(page)
        self.clone = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, self.clone], check=True)
        self.clone.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        given = {"PATH": f"{TOOLS}:{os.environ['PATH']}", "PORT": str(_free_ports()), "COLUMNS": "200"}
        self.output = folder / "said"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["bash", "--noprofile", "--norc", "-c", _script([block for block, _ in self.blocks])],
                cwd=self.clone, env={**kept, **given}, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    def read_output(self) -> list[str]:
        """What each block said. Fails where one of them did, and tells which."""
        status = self.process.wait(TIMEOUT_S)
        parts = self.output.read_text(errors="replace").split(NEXT)[1:]
        assert status == 0, f"{self.blocks[len(parts) - 1][0].place} failed with {status}:\n{parts[-1]}"
        return parts


def find_missing_lines(output: str, expected: list[str]) -> list[str]:
    """The expected lines that were not said in that order; `…` stands for anything."""
    lines = iter(output.splitlines())
    return [line for line in expected if not any(_pattern(line).search(spoken) for spoken in lines)]


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in line.split("…")))


def _script(blocks: list[Block]) -> str:
    typed = "".join(f"printf '{NEXT}'\n{block.text}\n" for block in blocks)
    # What a block left running ends with the shell, however it ends.
    end = "status=$?; kill $(jobs -p) 2>/dev/null || true; wait || true; exit $status"
    return f"set -euo pipefail\ntrap '{end}' EXIT\n{typed}"


def _free_ports() -> int:
    """A port that is free, as is the one after it."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
