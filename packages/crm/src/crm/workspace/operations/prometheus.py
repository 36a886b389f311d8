"""Collects the metrics for Prometheus. docs/grafana/crm.json draws them; a test keeps the two in step."""

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
from crm.workspace.operations.models import SystemStatus
from crm.workspace.operations.queries import Heartbeat, StateCount

TABLES = {
    "webhook_deliveries": "crm_deliveries",
    "notifications": "crm_notifications",
    "submissions": "crm_submissions",
}


def render(requests: CollectorRegistry, *groups: list[Metric]) -> bytes:
    """Render the request metrics and `groups` in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected([family for families in groups for family in families]))
    return generate_latest(requests) + generate_latest(registry)


def collect_process_metrics(context: AppContext) -> list[Metric]:
    """Collect what this process knows without a query."""
    config, used = context.config, memory.read()
    info = GaugeMetricFamily("crm_build_info", "The running release.", labels=("version", "commit"))
    info.add_metric((config.version, config.commit), 1)
    families: list[Metric] = [
        info,
        _gauge("crm_start_time_seconds", "Start of the process, in Unix time.", context.started_at.timestamp()),
        _gauge(
            "crm_memory_used_bytes", "Memory of the container, or of the process if there is none.", used.used_bytes
        ),
        _gauge("crm_database_connections_in_use", "Connections in use by requests.", context.db.in_use),
        _gauge("crm_database_connections_limit", "Connections that requests may use.", config.pool_size),
    ]
    if used.limit_bytes is not None:
        families.append(_gauge("crm_memory_limit_bytes", "Memory limit of the container.", used.limit_bytes))
    return families


def report_database_down() -> list[Metric]:
    """Report that the database is unreachable."""
    return [_gauge("crm_database_up", "Whether the database is reachable.", 0)]


def collect_system_metrics(
    status: SystemStatus, states: Iterable[StateCount], heartbeats: Iterable[Heartbeat], now: datetime
) -> list[Metric]:
    """Collect what the database knows about every process of the system."""
    queue = GaugeMetricFamily("crm_queue_jobs", "Due jobs that wait, and failed jobs.", labels=("state",))
    queue.add_metric(("waiting",), status.queue.waiting)
    queue.add_metric(("failed",), status.queue.failed)
    oldest = status.queue.oldest_seconds or 0
    families: list[Metric] = [
        _gauge("crm_database_up", "Whether the database is reachable.", 1),
        _gauge("crm_database_bytes", "Size of the database.", status.storage.database_bytes),
        queue,
        _gauge("crm_queue_oldest_seconds", "How long the oldest due job has waited.", oldest),
        *_scheduled_metrics(status),
        *_state_metrics(states),
        *_heartbeat_metrics(heartbeats, now),
    ]
    if (limit := status.storage.limit_bytes) is not None:
        families.append(_gauge("crm_database_limit_bytes", "Size limit of the hosting plan.", limit))
    if (backup := status.last_backup) is not None:
        families.append(
            _gauge("crm_last_backup_timestamp_seconds", "When the last backup was taken.", backup.taken_at.timestamp())
        )
    if (restore := status.last_restore) is not None:
        moment = restore.proven_at.timestamp()
        families.append(
            _gauge("crm_last_proven_restore_timestamp_seconds", "When the last restore test passed.", moment)
        )
    return families


def _scheduled_metrics(status: SystemStatus) -> list[Metric]:
    late = GaugeMetricFamily("crm_job_late", "Whether a scheduled job is late.", labels=("job",))
    last = GaugeMetricFamily(
        "crm_job_last_success_timestamp_seconds", "Last success of a scheduled job.", labels=("job",)
    )
    for job in status.jobs:
        late.add_metric((job.name,), job.late)
        if job.last_succeeded_at is not None:
            last.add_metric((job.name,), job.last_succeeded_at.timestamp())
    return [late, last]


def _state_metrics(states: Iterable[StateCount]) -> list[Metric]:
    families = {
        table: GaugeMetricFamily(name, f"Rows of {table}, by state.", labels=("state",))
        for table, name in TABLES.items()
    }
    for row in states:
        families[row.table].add_metric((row.state,), row.number)
    return [*families.values()]


def _heartbeat_metrics(heartbeats: Iterable[Heartbeat], now: datetime) -> list[Metric]:
    age = GaugeMetricFamily("crm_heartbeat_age_seconds", "Time since the last heartbeat.", labels=("process", "role"))
    memory_used = GaugeMetricFamily("crm_process_memory_bytes", "Memory of a process.", labels=("process", "role"))
    jobs = CounterMetricFamily("crm_jobs", "Job runs since the worker started.", labels=("process", "job", "outcome"))
    duration = SummaryMetricFamily("crm_job_duration_seconds", "Duration of job runs.", labels=("process", "job"))
    for heartbeat in heartbeats:
        figures = msgspec.convert(heartbeat.figures, Figures)
        age.add_metric((heartbeat.process, heartbeat.role), (now - heartbeat.seen_at).total_seconds())
        memory_used.add_metric((heartbeat.process, heartbeat.role), figures.memory_bytes)
        for name, tally in figures.jobs.items():
            jobs.add_metric((heartbeat.process, name, "done"), tally.done)
            jobs.add_metric((heartbeat.process, name, "failed"), tally.failed)
            duration.add_metric(
                (heartbeat.process, name), count_value=tally.done + tally.failed, sum_value=tally.seconds
            )
    return [age, memory_used, jobs, duration]


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


class _Collected(Collector):
    """Gives collected metrics to the library."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
