"""Runs `ops dns …`: plans, asks, applies, checks, and returns the exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence

import msgspec

from ops.cli import CliOutput, OpsError, UnreachableError, format_count, run_command
from ops.dns import ExportFormat, RiskKind, report, servers
from ops.dns.context import DnsContext
from ops.dns.plan import DnsPlan
from ops.dns.propagation import check_propagation
from ops.dns.safety_checks import check_record

DONE, FAILED, PENDING, REFUSED = 0, 1, 2, 3
DIFFERS, UNKNOWN = 1, 2

OpenContext = Callable[[], DnsContext]
Confirm = Callable[[CliOutput, str], bool]


def run_plan(
    open_context: OpenContext,
    *,
    prune: bool,
    allowed: Collection[RiskKind],
    as_json: bool,
    confirm: Confirm = lambda *_: False,
) -> int:
    """Returns 0 when the zone is as it should be, 2 when changes are pending, 3 when they are unsafe, 1 on failure."""
    output = CliOutput(as_json=as_json)

    def work(context: DnsContext) -> int:
        plan, _ = context.make_plan(prune=prune)
        report.print_plan(output, plan, context.awaited)
        refused = plan.list_refused(allowed)
        status = REFUSED if refused else PENDING if plan.changes else DONE
        if refused:
            output.print(_describe_refusal(refused))
        elif plan.changes and confirm(output, f"Apply this to {plan.zone} at {context.site.dns.provider}?"):
            _apply(output, context, plan, prune=prune)
            status = DONE
            output.print(f"Done, and read back: {plan.zone} is as it should be.")
        if as_json:
            document = {"applied": status == DONE and bool(plan.changes), **msgspec.structs.asdict(plan)}
            output.json({**document, "refused": refused, "awaited": context.awaited})
        return status

    return _run(output, open_context, work)


def check(open_context: OpenContext, *, as_json: bool) -> int:
    """Returns 0 when the world sees all of it, 1 when not, 2 when nobody answers."""
    output = CliOutput(as_json=as_json)

    def work(context: DnsContext) -> int:
        zone = context.site.zone
        asked = servers.parse_servers(context.resolvers) or servers.find_zone_servers(zone)
        with output.status("Asking the name servers"):
            exists = context.make_lookup()
            found = check_propagation(zone, context.records, asked, awaited=context.awaited, exists=exists)
        is_silent = bool(found) and all(finding.what == "unanswered" for finding in found)
        if is_silent:
            context.require_network()
        labels = [server.label for server in asked]
        if as_json:
            findings = [{**msgspec.structs.asdict(finding), "paste": finding.paste} for finding in found]
            output.json({"zone": zone, "ok": not found, "servers": labels, "findings": findings})
        else:
            report.print_findings(output, found)
            count = format_count(len(found), "problem") if found else "No problem"
            output.print(f"{count} in {format_count(len(context.records), 'record set')}, by {', '.join(labels)}.")
        return UNKNOWN if is_silent else DIFFERS if found else DONE

    return _run(output, open_context, work, error_status=UNKNOWN)


def export_zone(open_context: OpenContext, form: ExportFormat, *, allowed: Collection[RiskKind], as_json: bool) -> int:
    """Prints the records. Returns 0, 1 when they are wrong, 3 when they are unsafe."""
    output = CliOutput(as_json=as_json)

    def work(context: DnsContext) -> int:
        zone, records, awaited = context.site.zone, context.records, context.awaited
        risks = [(each, risk) for each in records for risk in check_record(each, records, zone, lambda _: None)]
        if refused := sorted({risk.kind for _, risk in risks} - set(allowed)):
            reasons = [f"{each.name} {each.type}: {risk.kind}: {risk.why}" for each, risk in risks]
            output.error("\n".join([_describe_refusal(refused), *reasons]))
            return REFUSED
        if as_json:
            output.json({"zone": zone, "records": records, "awaited": awaited})
        elif form is ExportFormat.TABLE:
            report.print_records(output, records, awaited)
        elif form is ExportFormat.BIND:
            sys.stdout.write(report.export_bind(zone, records, awaited))
        else:
            write = report.export_octodns if form is ExportFormat.OCTODNS else report.export_cloudflare
            sys.stdout.write(write(zone, records))
        return DONE

    return _run(output, open_context, work)


def _run(
    output: CliOutput, open_context: OpenContext, work: Callable[[DnsContext], int], error_status: int = FAILED
) -> int:
    def run() -> int:
        context = open_context()
        try:
            context.load()
            return work(context)
        except UnreachableError:
            context.require_network()
            raise

    return run_command(output, run, error_status=error_status)


def _apply(output: CliOutput, context: DnsContext, shown: DnsPlan, *, prune: bool) -> None:
    """Applies what was confirmed, and nothing else. Raises `OpsError`."""
    plan, apply_plan = context.make_plan(prune=prune)
    if plan.changes != shown.changes:
        raise OpsError("The zone was changed meanwhile, so nothing was done. Run it again and look at the new plan.")
    with output.status("Applying"):
        apply_plan()
        after, _ = context.make_plan(prune=prune)
    if after.changes:
        names = ", ".join(f"{change.name} {change.type}" for change in after.changes)
        raise OpsError(f"Applied, but the zone read back differs at {names}. Run it again and look at the new plan.")


def _describe_refusal(kinds: Sequence[RiskKind]) -> str:
    return f"Refused as unsafe. If all of it is intended: {' '.join(f'--force {kind}' for kind in kinds)}"
