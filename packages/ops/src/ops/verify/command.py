"""Runs `ops verify`: loads the target, chooses and runs its checks, prints and writes the results."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ops.cli import CliOutput, UnreachableError, UsageError, format_count, require_network, run_command
from ops.deploy.targets import load_targets
from ops.verify import (
    api,
    availability,
    dns,
    exposure,
    headers,
    leaks,
    operations,
    ordinary_enquiry,
    public_site,
    redirects,
    service,
    speed,
    synthetic_enquiry,
    tls,
)
from ops.verify.checks import Check, CheckSkippedError, Group, Result, State, run_check, run_checks
from ops.verify.context import VerifyContext
from ops.verify.report import Report, make_report, render_junit, render_markdown, render_text
from ops.verify.target import load_target

MODULES = (
    dns, tls, redirects, public_site, headers, service, api, speed, synthetic_enquiry, exposure, leaks, operations,
    availability,
)  # fmt: skip
"""Where the checks are. To add checks, write them in a module and name the module here."""

CLEANUP = Check(Group.OPERATIONS, "cleanup", "What this run created is removed", VerifyContext.remove_created)
OVER_HTTPS = (public_site.site_answers.name, service.service_answers.name, tls.check_certificates.name)
SHOWN_NAMES = 3


def run(
    environ: Mapping[str, str],
    target: str,
    only: Collection[Group] = (),
    *,
    commit: str = "",
    junit: Path | None = None,
    summary: Path | None = None,
    as_json: bool = False,
) -> int:
    """Returns the exit status: 0 when no check failed, 1 when one did, 2 when the checks cannot run."""
    output = CliOutput(as_json=as_json)

    def work() -> int:
        resolved = load_targets().commits.resolve(commit) if commit else ""
        report = asyncio.run(verify(VerifyContext(load_target(target, environ), environ, resolved), only, output))
        _write_files(report, environ, junit, summary)
        output.result(render_text(report, output), report)
        return 0 if report.ok else 1

    return run_command(output, work, error_status=2)


async def verify(context: VerifyContext, only: Collection[Group] = (), output: CliOutput | None = None) -> Report:
    """Raises `UnreachableError` where it is clear why no host of the target is reached."""
    checks = list_checks(local=context.target.local, only=only)
    start = context.now()
    async with context:
        with (output or CliOutput()).status("Running checks …") as update:
            results = await run_checks(checks, context, lambda *now: update(_describe_progress(len(checks), *now)))
        if context.created:
            results.append(await run_check(CLEANUP, context))
        await _require_reachable(context, results)
        return make_report(context.target.name, start, context.now() - start, results)


def list_checks(*, local: bool, only: Collection[Group] = ()) -> Sequence[Check]:
    """Returns the checks of these groups, in their order, and those that they need; all where no group is named."""
    modules = [*MODULES, ordinary_enquiry] if local else MODULES
    values = (value for module in modules for value in vars(module).values())
    # What a module imports comes before what it defines, so each check follows those that it needs.
    checks = list(dict.fromkeys(value for value in values if isinstance(value, Check)))
    chosen = {check for check in checks if not only or check.group in only}
    for check in reversed(checks):
        chosen.update(check.needs if check in chosen else ())
    return sorted((check for check in checks if check in chosen), key=lambda check: list(Group).index(check.group))


def _describe_progress(total: int, running: Collection[Check], results: Sequence[Result]) -> str:
    """Returns `12 of 40 checks, 1 failed: health, CORS allowed`."""
    failed = sum(result.state is State.FAILED for result in results)
    names = ", ".join([check.name for check in running][:SHOWN_NAMES])
    return f"{len(results)} of {format_count(total, 'check')}{f', {failed} failed' if failed else ''}: {names}"


async def _require_reachable(context: VerifyContext, results: Sequence[Result]) -> None:
    """Raises `UnreachableError` where no network, or a captive portal, is why no host was reached."""
    states = {result.name: result.state for result in results}
    https = {states[name] for name in OVER_HTTPS if name in states}
    reached = {*https, states.get(dns.zone_answers.name)}
    if context.target.local or State.FAILED not in reached:
        return
    if State.PASSED not in reached:
        require_network(context.target.controls)
    if State.FAILED in https and State.PASSED not in https:
        await _require_own_certificates(context)


async def _require_own_certificates(context: VerifyContext) -> None:
    """Raises `UnreachableError` where all hosts show certificates of one issuer that this machine does not trust."""
    try:
        probes = await context.once(tls.probe_hosts)
    except CheckSkippedError:
        return
    issuers = {probe.issuer for probe in probes}
    if len(probes) > 1 and len(issuers) == 1 and all(probe.distrust for probe in probes):
        raise UnreachableError(
            f"Something between this machine and {context.target.name} answers in its place.\n"
            f"Every host shows a certificate of {issuers.pop()}, which this machine does not trust.\n"
            "Sign in to the network, or trust the proxy's authority, and run the command again."
        )


def _write_files(report: Report, environ: Mapping[str, str], junit: Path | None, summary: Path | None) -> None:
    """Adds to GitHub's summary of the step where no other summary is named. Raises `UsageError` with the file."""
    step = environ.get("GITHUB_STEP_SUMMARY", "")
    try:
        if junit:
            junit.write_bytes(render_junit(report))
        if summary:
            summary.write_text(render_markdown(report), "utf-8")
        elif step:
            with Path(step).open("a", encoding="utf-8") as file:
                file.write(render_markdown(report))
    except OSError as error:
        raise UsageError(str(error)) from error
