"""Sends logged errors to Sentry: their type, their place in the code, and the id of their request.

The message of an error stays in the log, because it may quote what a visitor wrote. Variables, bodies, headers,
addresses and people stay there too. The library is only loaded if SENTRY_DSN is set, since it takes 5 MB of memory.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import MutableMapping
from typing import Any

from crm.config import Config
from crm.kernel.log import Report, Scrubber

TAGS = ("request_id", "method", "job", "number", "attempts", "status")
"""The parts of a log line that are sent: names and numbers of our own, never anyone's words."""
SHUTDOWN_S = 2.0
"""Seconds that the end of the process waits for errors on the way."""


def reporter(config: Config, scrub: Scrubber) -> Report:
    """A function that reports one line of the log, without waiting."""
    import sentry_sdk  # noqa: PLC0415
    from sentry_sdk.utils import event_from_exception  # noqa: PLC0415

    client = sentry_sdk.Client(
        dsn=config.sentry_dsn,
        release=config.commit or config.version,
        environment=config.environment,
        server_name="crm",
        # Each integration of the library would collect more than is listed here.
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
        shutdown_timeout=SHUTDOWN_S,
        before_send=lambda event, _: _scrub(event, scrub),
    )
    atexit.register(client.close)

    def report(line: MutableMapping[str, Any], ours: bool) -> None:
        event: dict[str, Any] = {}
        error = line.get("exc_info")
        if error is True:
            error = sys.exc_info()
        if isinstance(error, BaseException) or (isinstance(error, tuple) and error[0] is not None):
            event, _ = event_from_exception(error, client_options=client.options)  # type: ignore[assignment]
            for each in event["exception"]["values"]:
                each.pop("value", None)
        event["level"] = line["level"]
        event["logger"] = line["logger"]
        event["tags"] = {name: str(line[name]) for name in TAGS if name in line}
        # Our own lines are named; a library's line is a sentence that may hold anything.
        event["message"] = line["event"] if ours else f"an error of {line['logger']}"
        client.capture_event(event)  # type: ignore[arg-type]

    return report


def _scrub(value: Any, scrub: Scrubber) -> Any:
    """`value` with every text in it scrubbed, names included."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {_scrub(name, scrub): _scrub(part, scrub) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(part, scrub) for part in value]
    return value
