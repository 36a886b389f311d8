"""Expected trouble while the house comes up or lives."""

from __future__ import annotations

import signal


class Trouble(Exception):
    """Something that people can read and mend; the first line says what it is, the others are evidence."""


class Died(Trouble):
    """A command of ours that expects the trouble says `crm: what is wrong`; then that is all there is to say."""

    def __init__(self, name: str, status: int | None, lines: list[str]) -> None:
        mark = name.partition(" ")[0] + ": "
        spoken = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
        how = f"was ended by {signal.Signals(-status).name}" if status and status < 0 else f"ended with status {status}"
        super().__init__("\n".join(spoken or [f"`{name}` {how}.", *(f"  {line}" for line in lines)]))
