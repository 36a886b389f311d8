from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import factories
import httpx
import pytest
from conftest import ROOT, environment, serving
from prometheus_client.parser import text_string_to_metric_families

from crm.config import load
from crm.kernel import clock, jobs
from crm.kernel.app_context import AppContext
from crm.monitoring import heartbeat, job_runs
from crm.monitoring.process_metrics import Figures

TOKEN = "a token of the tests, long enough for anything"
SHOWN = {"authorization": f"Bearer {TOKEN}"}
DASHBOARD = ROOT / "docs/grafana/crm.json"
NAME = re.compile(r"\bcrm_[a-z_]+")


@pytest.fixture(scope="module")
async def measured(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(load(environment(database_url, METRICS_TOKEN=TOKEN))) as client:
        yield client


class Metrics:
    """The metrics of a response: `metrics("crm_queue_jobs", state="waiting")` is a number, or None."""

    def __init__(self, text: str) -> None:
        samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
        self._values = {(one.name, frozenset(one.labels.items())): one.value for one in samples}
        self.names = {one.name for one in samples}

    def __call__(self, name: str, **labels: str) -> float | None:
        return self._values.get((name, frozenset(labels.items())))


async def read_metrics(client: httpx.AsyncClient) -> Metrics:
    answer = await client.get("/metrics", headers=SHOWN)
    assert answer.status_code == 200, answer.text
    return Metrics(answer.text)


async def test_without_a_token_in_the_configuration_there_is_no_such_page(client: httpx.AsyncClient):
    assert (await client.get("/metrics", headers=SHOWN)).status_code == 404


@pytest.mark.parametrize("shown", ["", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer \u00e9"])
async def test_only_whoever_shows_the_token_reads_it(measured: httpx.AsyncClient, shown: str):
    answer = await measured.get("/metrics", headers={"authorization": shown.encode()})
    assert answer.status_code == 401
    assert "crm_" not in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_requests_are_counted_by_route_method_and_outcome(measured: httpx.AsyncClient, clean: AppContext):
    before = await read_metrics(measured)
    for path in ("/api/v1/live", "/api/v1/live", "/leads/7", "/leads/8", "/nothing/here", "/nor/here"):
        await measured.get(path)
    await measured.request("BREW", "/api/v1/live")
    after = await read_metrics(measured)

    def more(route: str, method: str, status: str) -> float:
        name, labels = "crm_http_request_duration_seconds_count", {"route": route, "method": method, "status": status}
        return (after(name, **labels) or 0) - (before(name, **labels) or 0)

    assert more("/api/v1/live", "GET", "2xx") == 2
    assert more("/leads/{id}", "GET", "3xx") == 2
    assert more("none", "GET", "4xx") == 2
    assert more("/api/v1/live", "other", "4xx") == 1
    route = {"route": "/api/v1/live", "method": "GET", "status": "2xx"}
    assert after("crm_http_request_duration_seconds_bucket", le="0.2", **route) is not None
    assert after("crm_http_requests_in_flight") == 1


async def test_what_workers_did_and_what_waits_is_reported(measured: httpx.AsyncClient, clean: AppContext):
    done = Figures()
    done.count("deliver_webhook", 0.5, failed=False)
    done.count("deliver_webhook", 1.5, failed=True)
    async with clean.db.transaction() as conn:
        with clock.at(clock.now() - timedelta(seconds=30)):
            await heartbeat.beat(conn, clean, "worker", done)
        await job_runs.register(conn, [("tidy_jobs", "23 * * * *", timedelta(hours=3))])
        await job_runs.record_end(conn, "tidy_jobs", clock.now() - timedelta(hours=4))
        await jobs.enqueue(conn, "deliver_webhook", {}, at=clock.now() - timedelta(minutes=1))
        await factories.create_submission(conn)
        await factories.create_backup(conn, taken_at=clock.now())
        await factories.create_restore_test(conn)
    metrics = await read_metrics(measured)
    worker = {"process": f"worker-{clean.process}"}
    job = worker | {"job": "deliver_webhook"}
    assert metrics("crm_jobs_total", outcome="done", **job) == metrics("crm_jobs_total", outcome="failed", **job) == 1
    assert metrics("crm_job_duration_seconds_sum", **job) == 2
    assert 30 <= (metrics("crm_heartbeat_age_seconds", role="worker", **worker) or 0) < 300
    assert (metrics("crm_process_memory_bytes", role="worker", **worker) or 0) > 10_000_000
    assert metrics("crm_job_late", job="tidy_jobs") == 1
    assert (metrics("crm_queue_jobs", state="waiting") or 0) >= 1
    assert (metrics("crm_queue_oldest_seconds") or 0) >= 60
    assert metrics("crm_submissions", state="received") == 1
    assert metrics("crm_database_connections_in_use") == 0
    assert clock.now().timestamp() - (metrics("crm_last_backup_timestamp_seconds") or 0) < 300
    assert metrics("crm_database_up") == 1


async def test_while_the_database_is_away_it_says_so_and_tells_the_rest():
    away = load(environment("postgresql://nobody@127.0.0.1:1/none", METRICS_TOKEN=TOKEN))
    async with serving(away) as client:
        metrics = await read_metrics(client)
    assert metrics("crm_database_up") == 0
    assert (metrics("crm_start_time_seconds") or 0) > 0
    assert "crm_queue_oldest_seconds" not in metrics.names


async def test_the_dashboard_draws_only_what_is_really_reported(measured: httpx.AsyncClient, clean: AppContext):
    async with clean.db.transaction() as conn:
        one = Figures()
        one.count("deliver_webhook", 0.5, failed=False)
        await heartbeat.beat(conn, clean, "worker", one)
        await factories.create_backup(conn)
        await factories.create_restore_test(conn)
    await measured.get("/api/v1/live")
    answer = await measured.get("/metrics", headers=SHOWN)
    # Kinds of figures count too: some have no sample until something happens, or a limit is known.
    metrics = Metrics(answer.text).names | set(re.findall(r"^# TYPE (\S+)", answer.text, re.MULTILINE))
    metrics |= {"crm_memory_limit_bytes", "crm_database_limit_bytes"}
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    named = {name for query in asked for name in NAME.findall(query)}
    assert len(asked) >= 15
    assert named - metrics == set()
    assert {"crm_http_request_duration_seconds_bucket", "crm_job_late", "crm_queue_oldest_seconds"} <= named


def test_the_dashboard_is_whole() -> None:
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert board["title"] == "CRM"
    assert board["schemaVersion"] >= 39
    assert [variable["name"] for variable in board["templating"]["list"]] == ["source"]
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}, panel["title"]
            assert panel["description"], panel["title"]
