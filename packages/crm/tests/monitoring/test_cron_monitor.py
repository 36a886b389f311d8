from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

from conftest import environment
from http_sink import Reply, run_http_sink
from structlog.testing import capture_logs

from crm.config import Config, load
from crm.monitoring.cron_monitor import CronMonitor


def load_config(database_url: str, url: str) -> Config:
    return load(environment(database_url, HEARTBEAT_URL=url))


async def test_a_run_is_reported_as_it_begins_and_with_its_exit_status_by_the_name_of_the_job(database_url: str):
    async with run_http_sink() as watch:
        pings = CronMonitor(load_config(database_url, watch.url))
        for error in ("", "OSError"):
            pings.report_end(pings.report_start("tidy_jobs"), error)
            await watch.wait_until(lambda watch: len(watch.received) % 2 == 0 and watch.received)
        await pings.aclose()
    urls = [urlsplit(one.path) for one in watch.received]
    assert [one.path for one in urls] == [f"/hook/tidy_jobs/{what}" for what in ("start", "0", "start", "1")]
    assert [one.body for one in watch.received] == [b"", b"", b"", b"OSError"]
    first, second, third, _ = [parse_qs(one.query)["rid"] for one in urls]
    assert first == second != third


async def test_a_heartbeat_of_a_provider_is_sent_at_the_end_of_a_good_run_only(database_url: str):
    async with run_http_sink() as provider:
        pings = CronMonitor(load_config(database_url, f"tidy_jobs={provider.url}/secret other={provider.url}/else"))
        for error in ("OSError", ""):
            pings.report_end(pings.report_start("tidy_jobs"), error)
        pings.report_end(pings.report_start("unknown_job"))
        await provider.wait_until(lambda provider: provider.received)
        await pings.aclose()
    assert [one.path for one in provider.received] == ["/hook/secret"]


async def test_gatus_hears_the_outcome_with_its_token(database_url: str):
    async with run_http_sink() as gatus:
        pings = CronMonitor(load_config(database_url, f"{gatus.url.replace('://', '://the-token@')}/api/v1/endpoints"))
        for error in ("", "OSError"):
            pings.report_end(pings.report_start("tidy_jobs"), error)
            await gatus.wait_until(lambda gatus, error=error: len(gatus.received) == (2 if error else 1))
        await pings.aclose()
    path = "/hook/api/v1/endpoints/jobs_tidy-jobs/external"
    assert [one.path for one in gatus.received] == [
        f"{path}?success=true",
        f"{path}?success=false&error=exit+status+1",
    ]
    assert {one.headers["authorization"] for one in gatus.received} == {"Bearer the-token"}


async def test_a_watch_that_hangs_holds_no_job_up_and_no_end(database_url: str):
    async with run_http_sink() as watch:
        watch.replies = [Reply(silent=True)]
        pings = CronMonitor(load_config(database_url, watch.url))
        async with asyncio.timeout(60):
            for _ in range(1000):
                pings.report_end(pings.report_start("tidy_jobs"))
            await pings.aclose()
        assert len(watch.received) <= 100


async def test_a_watch_that_is_away_is_logged_once_and_again_after_it_was_back(database_url: str):
    async with run_http_sink() as watch:
        watch.replies = [Reply(503)] * 4 + [Reply()] * 2 + [Reply(503), Reply()]
        pings = CronMonitor(load_config(database_url, watch.url))
        with capture_logs() as lines:
            for number in (2, 4, 6, 8):
                pings.report_end(pings.report_start("tidy_jobs"))
                await watch.wait_until(lambda watch, number=number: len(watch.received) == number)  # type: ignore[misc]
                await pings.aclose()
    assert [(line["event"], line["error"]) for line in lines] == [("cron_monitor_unreachable", "It answers 503.")] * 2


async def test_without_a_watch_nothing_is_begun(settings: Config):
    pings = CronMonitor(settings)
    assert pings.report_start("tidy_jobs") is None
    await pings.aclose()
