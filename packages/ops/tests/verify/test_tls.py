"""Each way in which certificates and versions go wrong fails exactly one check."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import trustme
from verify.running_checks import find_failed, find_only_failure, get_evidence, run_group

from ops.verify.checks import Group, State
from ops.verify.context import VerifyContext
from ops.verify.tls import DAYS_LEFT

HOST = "api.octatech.xyz"


def expire(system):
    system.edge.certificates[HOST] = system.authority.issue(HOST, days=-2)


def about_to_end(system):
    system.edge.certificates[HOST] = system.authority.issue(HOST, days=10.5)


def for_another_host(system):
    system.edge.certificates[HOST] = system.authority.issue("api.example.org")


def signed_by_nobody_known(system):
    system.edge.certificates[HOST] = system.authority.issue(HOST, by=trustme.CA())


def without_the_one_that_signed(system):
    system.edge.certificates[HOST] = system.authority.issue(HOST, chain=False)


def use_old_tls(system):
    system.edge.lowest = ssl.TLSVersion.TLSv1_1


BREAKAGES = (
    (expire, "days left", "api.octatech.xyz was not renewed: its certificate ends on", "Railway"),
    (about_to_end, "days left", "in 10 days", "Railway"),
    (for_another_host, "certificates", "for api.example.org", "Railway: Settings, Networking"),
    (signed_by_nobody_known, "certificates", "unable to get local issuer", "CAA must allow letsencrypt.org"),
    (without_the_one_that_signed, "certificates", "unable to get local issuer", "Railway: Settings, Networking"),
    (use_old_tls, "TLS versions", "still speaks TLSv1.1", "TLS 1.2 and 1.3"),
)


@pytest.mark.parametrize(
    ("change", "name", "detail", "hint"), BREAKAGES, ids=lambda value: getattr(value, "__name__", "")
)
async def test_exactly_the_check_that_watches_it_fails(fake_production, change, name, detail, hint):
    change(fake_production)
    failed = await find_only_failure(fake_production, Group.TLS)
    assert failed.name == name
    assert detail in failed.detail
    assert hint in failed.hint


async def test_a_host_that_completes_no_handshake_is_named_once(fake_production):
    del fake_production.edge.certificates[HOST]
    failed = await find_only_failure(fake_production, Group.TLS)
    assert failed.name == "certificates"
    assert "api.octatech.xyz:443 completes no handshake" in failed.detail
    assert "Railway: Settings, Networking" in failed.hint


async def test_where_no_host_completes_a_handshake_every_check_fails(fake_production, context):
    fake_production.edge.certificates.clear()
    results = await run_group(context, Group.TLS)
    assert {result.state for result in results.values()} == {State.FAILED}


async def test_days_are_counted_from_now(context):
    assert "days and more" in await get_evidence(context, "days left")
    soon = (datetime.now(UTC) + timedelta(days=90 - DAYS_LEFT + 1)).timestamp()
    context.clock = type("SetClock", (), {"now": lambda self: soon})()
    assert re.search(r"in (19|20) days", (await find_failed(context, "days left"))["days left"].detail)


async def test_the_version_that_was_agreed_on_is_reported(fake_production, context):
    fake_production.edge.highest = ssl.TLSVersion.TLSv1_2
    assert await get_evidence(context, "TLS versions") == "TLSv1.2; nothing older"


async def test_a_host_that_cannot_be_resolved_is_not_blamed_for_its_certificate(fake_production):
    target = msgspec.structs.replace(fake_production.target, connect={"*:443": "no-such-host.invalid:443"})
    failed = (await find_failed(VerifyContext(target, {}), "certificates"))["certificates"]
    assert "api.octatech.xyz cannot be resolved" in failed.detail
    assert "the resolver of this machine" in failed.hint
    assert "Railway" not in failed.hint
