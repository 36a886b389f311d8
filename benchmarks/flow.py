"""How far a reader has to go: our functions and files that one request passes, counted while it runs.

`benchmarks/flow.py` prints the table; `benchmarks/flow.py --list` names every function as well, its steps with a star.
Status 1 if a count exceeds its limit, which docs/decisions/0044-flow.md explains.
"""

from __future__ import annotations

import asyncio
import http.server
import inspect
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import httpx
import lead_database
import msgspec

from crm import app, config, migrate, timetable
from crm.event_names import EventName
from crm.inbound import intake
from crm.kernel.app_context import AppContext
from crm.outbound import webhooks
from shared import embedded_postgres

SOURCES = str(Path(__file__).resolve().parents[1] / "packages")
EMAIL, PASSWORD = "flow@octatech.example", "counted in one quiet run"


class Flow(NamedTuple):
    """The functions that were called, as `file:name`, in the order of their first call.

    Those that wait, for the network, the database or each other, are its steps.
    """

    name: str
    functions: list[str]
    steps: list[str]
    most_functions: int
    most_files: int
    most_steps: int

    @property
    def files(self) -> list[str]:
        return list_files(self.functions)

    @property
    def exceeds(self) -> bool:
        """True if a count is over its limit."""
        return (
            len(self.functions) > self.most_functions
            or len(self.files) > self.most_files
            or len(self.steps) > self.most_steps
        )


def list_files(functions: list[str]) -> list[str]:
    """The files of some functions, each once."""
    return sorted({each.partition(":")[0] for each in functions})


@contextmanager
def count_calls() -> Iterator[dict[str, bool]]:
    """Every function of ours that is called within the block, by `sys.setprofile`, and whether it waits."""
    called: dict[str, bool] = {}

    def profile(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if (
            event == "call"
            and code.co_filename.startswith(SOURCES)
            and code.co_filename.endswith(".py")
            and code.co_name.isidentifier()
        ):
            name = f"{code.co_filename.removeprefix(SOURCES)[1:]}:{code.co_qualname}"
            called.setdefault(name, bool(code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR)))

    sys.setprofile(profile)
    try:
        yield called
    finally:
        sys.setprofile(None)


async def measure() -> list[Flow]:
    """An enquiry up to its webhook delivery, the list API and the list page, each after a first run that warms up."""
    with embedded_postgres.scratch({}) as cluster, tempfile.TemporaryDirectory() as folder, run_hook() as address:
        url = cluster.dsn()
        migrate.migrate(url)
        environ = lead_database.build_environment(
            url, WORKER="separate", WEBHOOKS_ALLOW_LOOPBACK="1", DATA_DIR=folder, CRM_BASE_URL="http://crm",
            ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD,
        )  # fmt: skip
        await asyncio.to_thread(lead_database.seed, environ)
        key = await asyncio.to_thread(lead_database.create_key, url)
        settings = config.load(environ)
        service, context = app.build(settings), AppContext.of(settings)
        form = msgspec.convert(
            {"name": "Flow", "url": address, "events": [EventName.LEAD_CREATED]}, webhooks.forms.NewWebhook
        )
        async with context.db.transaction() as connection:
            await connection.execute("DELETE FROM channels")  # the flow that is counted ends at the webhook
            await webhooks.actions.create(connection, context, form)
        transport = httpx.ASGITransport(app=service)  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://crm", headers={"origin": "http://crm"}
        ) as client:
            signed = await client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
            signed.raise_for_status() if signed.status_code >= 400 else None
            program = {"authorization": f"Bearer {key}"}
            flows = [
                await _measure_flow(
                    "an enquiry, up to its webhook delivery", lambda: _send_enquiry(client, context), (125, 53), 50
                ),
                await _measure_flow(
                    "list of leads, API", lambda: client.get("/api/v1/leads", headers=program), (42, 21), 20
                ),
                await _measure_flow("list of leads, page", lambda: client.get("/leads"), (115, 46), 27),
            ]
        await context.db.close()
        return flows


async def _measure_flow(
    name: str, work: Callable[[], Awaitable[object]], most: tuple[int, int], most_steps: int
) -> Flow:
    for _ in range(2):
        await work()
    with count_calls() as called:
        await work()
    steps = [each for each, waits in called.items() if waits]
    return Flow(name, list(called), steps, *most, most_steps)


_sent = 0


async def _send_enquiry(client: httpx.AsyncClient, context: AppContext) -> None:
    global _sent  # noqa: PLW0603 each enquiry differs from the one before
    _sent += 1
    enquiry = {"name": "Grace", "email": f"grace{_sent}@navy.example", "company": "Navy", "message": f"Call {_sent}."}
    answer = await client.post("/api/leads", json=enquiry)
    answer.raise_for_status()
    await intake.process.process_batch(context.db)
    async with context.db.connection() as connection:
        rows = await connection.fetch("DELETE FROM pgqueuer WHERE status = 'queued' RETURNING entrypoint, payload")
    assert rows, "No delivery was queued."
    for row in rows:
        await timetable.JOBS[row["entrypoint"]](context, msgspec.json.decode(row["payload"]))


@contextmanager
def run_hook() -> Iterator[str]:
    """A webhook endpoint on this machine; gives its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def format_table(flows: list[Flow]) -> list[str]:
    """The counts as rows of a Markdown table."""
    return [
        "| What runs | steps | at most | in files | functions | at most | in files | at most |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {flow.name} | {len(flow.steps)} | {flow.most_steps} | {len(list_files(flow.steps))} "
            f"| {len(flow.functions)} | {flow.most_functions} | {len(flow.files)} | {flow.most_files} |"
            for flow in flows
        ),
    ]


def main() -> None:
    """Count and print."""
    flows = asyncio.run(measure())
    print("\n".join(format_table(flows)))
    if "--list" in sys.argv:
        for flow in flows:
            names = (f"* {each}" if each in flow.steps else f"  {each}" for each in flow.functions)
            print(f"\n{flow.name}", *names, sep="\n  ")
    if any(flow.exceeds for flow in flows):
        raise SystemExit("flow: A request passes more functions than its limit. See docs/decisions/0044-flow.md.")


if __name__ == "__main__":
    main()
