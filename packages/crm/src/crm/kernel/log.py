"""Logs: one JSON object a line on stdout, each scrubbed of secrets after it is rendered.

Rendering first and scrubbing after covers nested values, tracebacks and other libraries' lines alike; a filter
by key would miss all three.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from contextvars import ContextVar
from typing import Any, Protocol, TextIO
from urllib.parse import quote, quote_plus, unquote, urlsplit

import structlog

_SHAPES = (
    (re.compile(r"(\w+://[^\s:/@\"]*):[^\s@\"]+@"), r"\1:***@"),
    (re.compile(r"\b(oct_|sk-|re_|whsec_|gh[pousr]_)[A-Za-z0-9_\-+/=]{8,}"), r"\1***"),
    (re.compile(r"(?i)(authorization\W{1,6}bearer\s+)[^\s\"]+"), r"\1***"),
)
_SHORTEST = 6
_KEY_LENGTH = 16
_BASE_64 = (base64.b64encode, base64.urlsafe_b64encode)


class Report(Protocol):
    """Takes a line of the log as its parts."""

    def __call__(self, line: MutableMapping[str, Any], *, ours: bool) -> None: ...


request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request a line was written for; the outermost layer of the web application sets it."""


class Scrubber:
    """Replaces every known secret, in the forms it may take on its way into a line, and every secret shape."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                forms |= _forms(secret)
        # Longest first, so that a secret that holds another is taken whole.
        self._known = sorted(forms, key=len, reverse=True)

    def __call__(self, line: str) -> str:
        for secret in self._known:
            if secret in line:
                line = line.replace(secret, "***")
        for shape, mask in _SHAPES:
            line = shape.sub(mask, line)
        return line


def _forms(secret: str) -> set[str]:
    return {form for part in _parts(secret) for form in _spellings(part) if len(form) >= _SHORTEST}


def _parts(secret: str) -> set[str]:
    """The whole, and of an address what in it is secret by itself: the password, and whatever is as long as a key."""
    try:
        split = urlsplit(secret)
    except ValueError:
        return {secret}
    password = split.password or ""
    long = [part for part in (split.username or "", *split.path.split("/")) if len(part) >= _KEY_LENGTH]
    found = {secret, password, unquote(password), *(long if split.scheme else [])}
    return {part for part in found if len(part) >= _SHORTEST}


def _spellings(part: str) -> set[str]:
    raw = part.encode()
    found = {part, quote(part, safe=""), quote_plus(part), json.dumps(part)[1:-1], raw.hex()}
    for before in range(3):
        # Within a longer text, such as `user:password`, it begins anywhere in a group of three bytes: the letters that
        # do not depend on its neighbors are looked for.
        settled = slice(-(-before * 8 // 6), (before + len(raw)) * 8 // 6)
        found |= {encode(bytes(before) + raw).decode()[settled] for encode in _BASE_64}
    return found


class _Scrubbing:
    """A stream that scrubs whole lines before they leave the process."""

    def __init__(self, stream: TextIO, scrub: Scrubber) -> None:
        self._stream = stream
        self._scrub = scrub

    def write(self, text: str) -> int:
        return self._stream.write(self._scrub(text))

    def flush(self) -> None:
        self._stream.flush()


def set_up(level: str, scrub: Scrubber, report: Report | None = None) -> None:
    """Send everything the process logs, our own and libraries' lines, to stdout as scrubbed JSON lines.

    `report` is given every line that tells of an error, before it is rendered, and whether the line is ours.
    """
    stream: Any = _Scrubbing(sys.stdout, scrub)
    first: list[Any] = [_with_request, structlog.stdlib.add_log_level]
    ours: list[Any] = [_reporting(report, ours=True)] if report else []
    theirs: list[Any] = [_reporting(report, ours=False)] if report else []
    rest: list[Any] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *first, *theirs, *rest],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(default=str),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # Their info lines repeat ours, or tell of every poll.
    for noisy in ("httpx", "httpcore", "pgqueuer", "uvicorn.access", "apprise", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*first, *ours, *rest, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _reporting(report: Report, *, ours: bool) -> Any:
    def tell(logger: Any, _: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if line["level"] in ("error", "critical"):
            # Whatever keeps it from being told must not keep it out of the log.
            with contextlib.suppress(Exception):
                report({"logger": getattr(logger, "name", ""), **line}, ours=ours)
        return line

    return tell


def _with_request(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if said := request_id.get():
        line["request_id"] = said
    return line


def get(room: str) -> structlog.stdlib.BoundLogger:
    """The log of one room."""
    return structlog.stdlib.get_logger(room)
