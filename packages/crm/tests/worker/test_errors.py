"""What a running service tells an outside watch of its errors."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import brotli
import factories
import httpx
from crm_process import find_free_port, has_worker_state, run_crm, wait_for
from http_sink import ReceivedRequest, run_http_sink

from crm.kernel.app_context import AppContext

WORDS = "My sister Grace told me of you"
SECRETS = {
    "SESSION_SECRET": "canary-of-the-session-secret-0123456789",
    "METRICS_TOKEN": "canary-of-the-metrics-token-0123456789",
    "RESEND_API_KEY": "canary-of-the-mail-key-0123456789",
}
# It breaks where somebody signs in and where an enquiry is stored, and says all that is private.
TRAP = f"""
CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'cannot keep {WORDS} of canary-of-the-mail-key-0123456789'; END $$;
CREATE TRIGGER trap BEFORE INSERT ON submissions FOR EACH ROW EXECUTE FUNCTION trap();
CREATE TRIGGER trap BEFORE INSERT ON sign_in_failures FOR EACH ROW EXECUTE FUNCTION trap();
"""


def decode(envelope: ReceivedRequest) -> str:
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}[envelope.headers["content-encoding"]]
    return str(unpack(envelope.body).decode())


async def test_errors_reach_sentry_without_secrets_or_anybody_s_words(
    apart: Callable[[str], AppContext], tmp_path: Path
):
    context = apart("errors")
    async with context.db.connection() as conn:
        await conn.execute(TRAP)
    port = find_free_port()
    here = f"http://127.0.0.1:{port}"
    async with run_http_sink() as sentry:
        dsn = f"http://publickeyofsentry@127.0.0.1:{sentry.port}/42"
        variables = SECRETS | {"SENTRY_DSN": dsn, "PORT": str(port), "COMMIT_SHA": "c0ffee" * 6, "CRM_BASE_URL": here}
        async with run_crm(context, tmp_path, "serve", **variables):
            await wait_for(lambda: has_worker_state(port, "late"))
            headers = {"x-secret-thing": "header-of-a-visitor"}
            async with httpx.AsyncClient(trust_env=False, base_url=here, headers=headers) as client:
                enquiry = factories.build_enquiry(message=WORDS)
                answer = await client.post("/api/leads", json=enquiry, headers={"origin": "http://site.test"})
                assert answer.status_code == 503
                await sentry.wait_until(lambda sentry: len(sentry.received) == 1)
                typed = {"email": "grace@navy.example", "password": WORDS}
                answer = await client.post("/sign-in", data=typed, headers={"origin": here})
                assert answer.status_code == 500
                await sentry.wait_until(lambda sentry: len(sentry.received) == 2)
    sent = [decode(envelope) for envelope in sentry.received]
    refused, broken = (json.loads(envelope.splitlines()[2]) for envelope in sent)
    assert refused["message"] == "enquiry_not_stored"
    (raised,) = broken["exception"]["values"]
    assert (raised["type"], broken["message"]) == ("RaiseError", "unhandled")
    assert any(frame["module"] == "crm.accounts.auth.throttle" for frame in raised["stacktrace"]["frames"])
    assert broken["tags"]["request_id"] == answer.headers["x-request-id"]
    assert (broken["release"], broken["environment"]) == ("c0ffee" * 6, "test")
    log = (tmp_path / "serve.log").read_text()
    assert WORDS in log
    for secret in (*SECRETS.values(), "publickeyofsentry", context.config.database_url):
        assert secret not in log
        assert secret not in "".join(sent)
    for private in (WORDS, "Grace Hopper", "grace@navy.example", "header-of-a-visitor", "cannot keep", '"vars"'):
        assert private not in "".join(sent)


async def test_what_watches_is_not_even_loaded_where_nobody_watches():
    asks = "import sys, crm.app, crm.worker, crm.terminal; print({'sentry_sdk', 'prometheus_client'} & {*sys.modules})"
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", asks, stdout=asyncio.subprocess.PIPE)
    said, _ = await running.communicate()
    assert said.strip() == b"set()"
