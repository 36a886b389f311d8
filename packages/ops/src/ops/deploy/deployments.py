"""A deployment, the same for GitHub Actions and for Railway: what brings a commit to hosts, and how far it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

import msgspec

from ops.cli import UnreachableError

State = Literal["running", "approval", "done", "skipped", "replaced", "canceled", "failed"]
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0a-\x1f\x7f-\x9f]")
CI = "CI"


class Deployment(msgspec.Struct, frozen=True):
    """`part` is what it deploys (site, blog, service), empty where no host shows it. `status` is the platform's word.

    `started` and `since`, when the status began, are seconds since 1970.
    """

    id: str
    where: str
    part: str
    commit: str
    status: str
    state: State
    started: float
    since: float
    url: str


def choose(deployments: Iterable[Deployment], where: str, commits: Sequence[str]) -> Deployment | None:
    """Returns the newest deployment `where` of the first of `commits` that has one.

    GitHub cancels a waiting run when a later one comes, which releases the same; then the later one is returned.
    """
    own = sorted((each for each in deployments if each.where == where), key=lambda each: each.started, reverse=True)
    for commit in commits:
        if found := next((each for each in own if each.commit == commit), None):
            return own[0] if found.state == "canceled" else found
    return None


@contextmanager
def parsing(platform: str) -> Iterator[None]:
    """Raises `UnreachableError` where an answer of the platform's API has another form than expected."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreachableError(f"{platform}'s API answered something unexpected: {error!r}") from None


def parse_time(text: str) -> float:
    """Returns seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def sanitize(text: str, width: int = 500) -> str:
    """Returns one line that is safe for a terminal: nothing in it moves the cursor or changes colors."""
    return CONTROL.sub("", text)[:width]
