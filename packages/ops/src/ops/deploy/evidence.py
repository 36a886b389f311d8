"""Why it failed: the last lines of the log that knows."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Literal

from ops.deploy import deployments
from ops.deploy.delivery import Delivery, Outcome, Verdict
from ops.deploy.deployments import BAD, Deployment, Event, LogLine
from ops.deploy.github import GitHub, Run
from ops.deploy.plain import plain
from ops.railway.api import Api
from ops.railway.faults import Unanswered

LINES = 15
ERROR = "##[error]"


def gather(
    verdict: Verdict, given: Delivery, events: Sequence[Event], github: GitHub | None, railway: Api | None
) -> list[str]:
    """The last lines that tell the reason. What cannot be had is left out: the verdict stands without it."""
    found: list[str] = []
    try:
        run = given.run(verdict.where)
        if verdict.outcome is Outcome.FAILED and run and github:
            found = _of_run(github, run)
        elif verdict.outcome is Outcome.FAILED and railway:
            found = _of_deployment(railway, given, events)
    except Unanswered as fault:
        found.append(f"The reason could not be asked for: {fault}")
    if railway and verdict.outcome is not Outcome.LIVE:
        with contextlib.suppress(Unanswered):
            found += [incident] if (incident := deployments.incident(railway)) else []
    return [plain(line) for line in found]


def _of_run(github: GitHub, run: Run) -> list[str]:
    found = []
    for job in [job for job in github.jobs(run) if job.failed]:
        steps = [step.name for step in job.steps if step.conclusion not in (None, "success", "skipped", "cancelled")]
        found.append(f"{job.name}: {', '.join(steps) or job.conclusion}")
        if len(found) == 1:
            found += [f"  {line}" for line in _to_the_error(github.log(job))]
    return found


def _to_the_error(lines: list[str]) -> list[str]:
    """The lines up to the last that GitHub marks as an error: after it only the tidying up is told."""
    marked = [number for number, line in enumerate(lines) if line.startswith(ERROR)]
    return lines[: marked[-1] + 1][-LINES:] if marked else lines[-LINES:]


def _of_deployment(railway: Api, given: Delivery, events: Sequence[Event]) -> list[str]:
    bad = [each for each in (given.web, *given.others) if each and each.status in BAD]
    deployment = bad[0] if bad else given.web
    if deployment is None:
        return []
    own = events if deployment is given.web else deployments.events(railway, [deployment.id])[0]
    found = [f"{event.step}: {event.error}" for event in own if event.error]
    kind = _kind(deployment, own)
    lines = deployments.log(railway, deployment, kind)
    return found + [f"  {line}" for line in _last(lines)]


def _kind(deployment: Deployment, events: Sequence[Event]) -> Literal["build", "deployment"]:
    """Which log knows: that of the build, unless the image was made."""
    if deployment.status == "CRASHED" or any(event.step == "PUBLISH_IMAGE" and event.completed_at for event in events):
        return "deployment"
    built = any(event.step == "BUILD_IMAGE" and event.completed_at and not event.error for event in events)
    return "deployment" if built else "build"


def _last(lines: Sequence[LogLine]) -> list[str]:
    """The last errors; where none is marked as one, the last lines."""
    errors = [line for line in lines if (line.severity or "").lower() in ("error", "err", "fatal", "critical")]
    told = [each for line in (errors or lines) for each in line.message.splitlines() if each.strip()]
    return told[-LINES:]
