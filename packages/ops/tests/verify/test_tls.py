"""Each way in which certificates and versions go wrong is told by exactly one check."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from verify.walking import asked, the_broken_one

from ops.verify.checks import Broken, Group, State
from ops.verify.tls import DAYS_LEFT, Tls

HOST = "api.octatech.xyz"


def expired(house):
    house.edge.certificates[HOST] = house.authority.certified(HOST, days=-2)


def about_to_end(house):
    house.edge.certificates[HOST] = house.authority.certified(HOST, days=10.5)


def for_another_host(house):
    house.edge.certificates[HOST] = house.authority.certified("api.example.org")


def signed_by_nobody_known(house):
    house.edge.certificates[HOST] = house.authority.certified(HOST, by=trustme.CA())


def without_the_one_that_signed(house):
    house.edge.certificates[HOST] = house.authority.certified(HOST, chain=False)


def outdated(house):
    house.edge.lowest = ssl.TLSVersion.TLSv1_1


BREAKAGES = (
    (expired, "days left", "api.octatech.xyz ended on", "not renewed"),
    (about_to_end, "days left", "in 10 days", "not renewed"),
    (for_another_host, "certificates", "for api.example.org", "Railway: Settings, Networking"),
    (signed_by_nobody_known, "certificates", "unable to get local issuer", "CAA must allow letsencrypt.org"),
    (without_the_one_that_signed, "certificates", "unable to get local issuer", "Railway: Settings, Networking"),
    (outdated, "TLS versions", "still speaks TLSv1.1", "TLS 1.2 and 1.3"),
)


@pytest.mark.parametrize(("change", "name", "said", "fix"), BREAKAGES, ids=lambda given: getattr(given, "__name__", ""))
async def test_exactly_the_check_that_watches_it_is_red(lookalike, change, name, said, fix):
    change(lookalike)
    broken = await the_broken_one(lookalike, Group.TLS)
    assert broken.name == name
    assert said in broken.detail
    assert fix in broken.hint


async def test_a_host_that_shakes_no_hand_is_told_of_once(lookalike):
    del lookalike.edge.certificates[HOST]
    broken = await the_broken_one(lookalike, Group.TLS)
    assert broken.name == "certificates"
    assert "api.octatech.xyz:443 shakes no hand" in broken.detail
    assert "Railway: Settings, Networking" in broken.hint


async def test_where_no_host_shakes_hands_nothing_is_called_well(lookalike):
    lookalike.edge.certificates.clear()
    found = await asked(lookalike, Group.TLS)
    assert {result.state for result in found.values()} == {State.BROKEN}


async def test_days_are_counted_from_now(lookalike):
    soon = Tls(lookalike.target, lambda: datetime.now(UTC) + timedelta(days=90 - DAYS_LEFT + 1))
    with pytest.raises(Broken, match=r"in (19|20) days"):
        await soon.days()
    assert "days and more" in await Tls(lookalike.target).days()


async def test_what_is_agreed_on_is_told(lookalike):
    lookalike.edge.highest = ssl.TLSVersion.TLSv1_2
    found = await asked(lookalike, Group.TLS)
    assert found["TLS versions"].detail == "TLSv1.2; nothing older"
