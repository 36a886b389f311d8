"""Logs: one JSON object on each line of stdout. Secrets are removed from the rendered line.

So they are also removed from nested values, tracebacks and the lines of libraries.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any
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

Report = Callable[[MutableMapping[str, Any], bool], None]
"""Receives the parts of a log line, and whether the line is ours."""


class Scrubber:
    """Replaces every known secret, in any of its encodings, and everything that looks like a secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # Longest first, so that a secret that holds another is replaced as a whole.
        self._known = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)

    def __call__(self, line: str) -> str:
        for secret in self._known:
            if secret in line:
                line = line.replace(secret, "***")
        for shape, mask in _SHAPES:
            line = shape.sub(mask, line)
        return line


def _forms(secret: str) -> set[str]:
    """The encodings of a secret and, if it is a URL, of its password and of each part as long as a key."""
    parts = {secret}
    with contextlib.suppress(ValueError):
        split = urlsplit(secret)
        parts |= {split.password or "", unquote(split.password or "")}
        if split.scheme:
            parts |= {part for part in (split.username or "", *split.path.split("/")) if len(part) >= _KEY_LENGTH}
    forms = {form for part in parts if len(part) >= _SHORTEST for form in _spellings(part)}
    return {form for form in forms if len(form) >= _SHORTEST}


def _spellings(part: str) -> set[str]:
    raw = part.encode()
    found = {part, quote(part, safe=""), quote_plus(part), json.dumps(part)[1:-1], raw.hex()}
    for before in range(3):
        # In base 64 of a longer text, such as `user:password`, only these letters do not depend on the neighbors.
        settled = slice(-(-before * 8 // 6), (before + len(raw)) * 8 // 6)
        found |= {encode(bytes(before) + raw).decode()[settled] for encode in _BASE_64}
    return found


class _ScrubbingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line and removes the secrets from it."""

    scrub: Scrubber

    def format(self, record: logging.LogRecord) -> str:
        return self.scrub(super().format(record))


def set_up(level: str, scrub: Scrubber, report: Report | None = None) -> None:
    """Log our own lines and those of libraries to stdout as JSON.

    `report` receives every line of an error before it is rendered, and whether the line is ours.
    """
    first: list[Any] = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level]
    ours: list[Any] = [_reporting(report, ours=True)] if report else []
    theirs: list[Any] = [_reporting(report, ours=False)] if report else []
    rest: list[Any] = [structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.format_exc_info]
    formatter = _ScrubbingFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *first, *theirs, *rest],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(default=str),
        ],
    )
    formatter.scrub = scrub
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # Their info lines repeat ours, or report every poll.
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
            # An error in reporting must not keep the line out of the log.
            with contextlib.suppress(Exception):
                report({"logger": getattr(logger, "name", ""), **line}, ours)
        return line

    return tell


def get(name: str) -> structlog.stdlib.BoundLogger:
    return structlog.stdlib.get_logger(name)
