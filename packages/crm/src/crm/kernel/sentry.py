"""Errors are told to Sentry: what is logged as an error, by its kind, its place in the code and its request.

What the error says stays here, in the log: a message may quote what a visitor wrote. So do values of variables,
bodies, headers, addresses and people; the request's id leads from the one to the other. The library is loaded only
where SENTRY_DSN is set.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

from crm.config import Config
from crm.kernel.log import Report, Scrubber

TOLD = ("request_id", "method", "job", "number", "attempts", "status")
"""What goes along of a line of the log: names and numbers of our own, never words of anybody's."""
WITHIN_S = 2.0
"""Seconds that the end of the process waits for errors still on their way."""


def reporter(config: Config, scrub: Scrubber) -> Report:
    """A function that tells of one line of the log; it returns at once."""
    import sentry_sdk  # noqa: PLC0415 costs five megabytes
    from sentry_sdk.utils import event_from_exception  # noqa: PLC0415

    client = sentry_sdk.Client(
        dsn=config.sentry_dsn,
        release=config.commit or config.version,
        environment=config.environment,
        server_name="crm",
        # Nothing is collected that is not said here: each of the library's own ways in would bring more along.
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_request_body_size="never",
        send_default_pii=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        enable_metrics=False,
        enable_backpressure_handling=False,
        propagate_traces=False,
        shutdown_timeout=WITHIN_S,
        before_send=lambda event, _: _scrubbed(event, scrub),
    )

    atexit.register(client.close)

    def tell(line: MutableMapping[str, Any], *, ours: bool) -> None:
        event: dict[str, Any] = {}
        fault = _fault(line.get("exc_info"))
        if fault is not None:
            event, _ = event_from_exception(fault, client_options=client.options)  # type: ignore[assignment]
            for each in event["exception"]["values"]:
                each.pop("value", None)
        event["level"] = line["level"]
        event["logger"] = line["logger"]
        event["tags"] = {name: str(line[name]) for name in TOLD if name in line}
        # What happened is a name in our own lines, and a sentence about anything in those of libraries.
        event["message"] = line["event"] if ours else f"an error of {line['logger']}"
        client.capture_event(event)  # type: ignore[arg-type]

    return tell


def _fault(told: Any) -> tuple[type[BaseException], BaseException, TracebackType | None] | None:
    """What was raised, from any of the forms in which it is given to a log."""
    if told is True:
        told = sys.exc_info()
    if isinstance(told, BaseException):
        told = (type(told), told, told.__traceback__)
    return told if isinstance(told, tuple) and told[0] is not None else None


def _scrubbed(value: Any, scrub: Scrubber) -> Any:
    """`value` with every text in it scrubbed, names included."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {_scrubbed(name, scrub): _scrubbed(part, scrub) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(part, scrub) for part in value]
    return value
