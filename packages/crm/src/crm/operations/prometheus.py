"""Figures in the words of Prometheus. docs/grafana/crm.json draws them; a test holds the two together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from crm.kernel.app_context import AppContext
from crm.monitoring import memory
from crm.monitoring.process_metrics import Figures
from crm.operations.models import Condition
from crm.operations.queries import Sign, StateCount

TABLES = {
    "webhook_deliveries": "crm_deliveries",
    "notifications": "crm_notifications",
    "submissions": "crm_submissions",
}


def text(requests: CollectorRegistry, *told: list[Metric]) -> bytes:
    """The figures of requests and the others, in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ready([family for families in told for family in families]))
    return generate_latest(requests) + generate_latest(registry)


def of_process(context: AppContext) -> list[Metric]:
    """What the process knows without asking anybody."""
    config, taken = context.config, memory.read()
    info = GaugeMetricFamily("crm_build_info", "The release that answers.", labels=("version", "commit"))
    info.add_metric((config.version, config.commit), 1)
    families: list[Metric] = [
        info,
        _one("crm_start_time_seconds", "When the process began, in Unix time.", context.started_at.timestamp()),
        _one("crm_memory_used_bytes", "Memory of the container, or of the process without one.", taken.used_bytes),
        _one("crm_database_connections_in_use", "Connections that requests hold.", context.db.in_use),
        _one("crm_database_connections_limit", "Connections that requests may hold.", config.pool_size),
    ]
    if taken.limit_bytes is not None:
        families.append(_one("crm_memory_limit_bytes", "Memory the container may take.", taken.limit_bytes))
    return families


def of_nothing() -> list[Metric]:
    """The database is away."""
    return [_one("crm_database_up", "Whether the database answers.", 0)]


def of_service(condition: Condition, kept: Iterable[StateCount], signs: Iterable[Sign], now: datetime) -> list[Metric]:
    """What the database knows of the whole service, every process of it."""
    queue = GaugeMetricFamily("crm_queue_jobs", "Jobs that are due and not done, or given up.", labels=("state",))
    queue.add_metric(("waiting",), condition.queue.waiting)
    queue.add_metric(("failed",), condition.queue.failed)
    oldest = condition.queue.oldest_seconds or 0
    families: list[Metric] = [
        _one("crm_database_up", "Whether the database answers.", 1),
        _one("crm_database_bytes", "Size of the database.", condition.storage.database_bytes),
        queue,
        _one("crm_queue_oldest_seconds", "How long the oldest due job has waited.", oldest),
        *_scheduled_metrics(condition),
        *_state_metrics(kept),
        *_processes(signs, now),
    ]
    if (limit := condition.storage.limit_bytes) is not None:
        families.append(_one("crm_database_limit_bytes", "Size the plan of the host allows.", limit))
    if (backup := condition.last_backup) is not None:
        families.append(_one("crm_last_backup_timestamp_seconds", "When it was taken.", backup.taken_at.timestamp()))
    if (restore := condition.last_restore) is not None:
        moment = restore.proven_at.timestamp()
        families.append(_one("crm_last_proven_restore_timestamp_seconds", "When it was proven.", moment))
    return families


def _scheduled_metrics(condition: Condition) -> list[Metric]:
    late = GaugeMetricFamily("crm_job_late", "Whether a recurring job is silent for too long.", labels=("job",))
    last = GaugeMetricFamily("crm_job_last_success_timestamp_seconds", "When it last ended well.", labels=("job",))
    for job in condition.jobs:
        late.add_metric((job.name,), job.late)
        if job.last_succeeded_at is not None:
            last.add_metric((job.name,), job.last_succeeded_at.timestamp())
    return [late, last]


def _state_metrics(kept: Iterable[StateCount]) -> list[Metric]:
    found = {
        table: GaugeMetricFamily(name, f"Rows of {table} that are kept, by state.", labels=("state",))
        for table, name in TABLES.items()
    }
    for row in kept:
        found[row.table].add_metric((row.state,), row.number)
    return [*found.values()]


def _processes(signs: Iterable[Sign], now: datetime) -> list[Metric]:
    age = GaugeMetricFamily("crm_heartbeat_age_seconds", "Since its last sign of life.", labels=("process", "role"))
    held = GaugeMetricFamily("crm_process_memory_bytes", "Memory a process holds.", labels=("process", "role"))
    jobs = CounterMetricFamily("crm_jobs", "Runs of jobs since the worker began.", labels=("process", "job", "outcome"))
    took = SummaryMetricFamily("crm_job_duration_seconds", "Time runs of jobs took.", labels=("process", "job"))
    for sign in signs:
        figures = msgspec.convert(sign.figures, Figures)
        age.add_metric((sign.process, sign.role), (now - sign.seen_at).total_seconds())
        held.add_metric((sign.process, sign.role), figures.memory_bytes)
        for name, tally in figures.jobs.items():
            jobs.add_metric((sign.process, name, "done"), tally.done)
            jobs.add_metric((sign.process, name, "failed"), tally.failed)
            took.add_metric((sign.process, name), count_value=tally.done + tally.failed, sum_value=tally.seconds)
    return [age, held, jobs, took]


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


class _Ready(Collector):
    """Figures that are known already, as the library asks for them."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
