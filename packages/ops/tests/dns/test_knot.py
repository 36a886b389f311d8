"""The name server of the tests does what the ones in the world do."""

from __future__ import annotations

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
import pytest


def change(knot, **signed):
    update = dns.update.UpdateMessage("octatech.example", **signed)
    update.add("added", 60, "A", "192.0.2.2")
    return dns.query.tcp(update, knot.host, port=knot.port)


def test_what_is_loaded_is_answered(knot):
    knot.load("octatech.example", "@ A 192.0.2.1\nwww CNAME pages.example.")
    assert knot.ask("octatech.example", "A") == ["192.0.2.1"]
    assert knot.ask("www.octatech.example", "CNAME") == ["pages.example."]
    assert knot.ask("nobody.octatech.example", "A") == []


def test_a_zone_loaded_again_has_lost_what_it_had(knot):
    knot.load("octatech.example", "old A 192.0.2.1")
    change(knot, keyring=knot.key)
    knot.load("octatech.example", "new A 192.0.2.1")
    assert {line.split(".")[0] for line in knot.records("octatech.example")} == {"octatech", "ns1", "new"}


def test_a_signed_update_is_taken_and_raises_the_serial(knot):
    knot.load("octatech.example")
    before = knot.serial("octatech.example")
    assert change(knot, keyring=knot.key).rcode() == dns.rcode.NOERROR
    assert knot.ask("added.octatech.example", "A") == ["192.0.2.2"]
    assert knot.serial("octatech.example") > before


@pytest.mark.parametrize("key", [{}, {"keyring": dns.tsigkeyring.from_text({"tests.": "d3Jvbmc="})}])
def test_an_update_without_the_right_key_is_refused(knot, key):
    knot.load("octatech.example")
    try:
        refused = change(knot, **key).rcode() != dns.rcode.NOERROR
    except dns.tsig.PeerError:
        refused = True
    assert refused
    assert knot.ask("added.octatech.example", "A") == []


def test_servers_stand_beside_each_other(knot):
    from knot_dns import run_knot

    knot.load("octatech.example", "@ A 192.0.2.1")
    with run_knot() as other:
        other.load("octatech.example", "@ A 192.0.2.9")
        assert other.resolver != knot.resolver
        assert knot.ask("octatech.example", "A") == ["192.0.2.1"]
    assert other.process.poll() is not None
