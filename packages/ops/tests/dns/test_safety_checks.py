"""An unsafe plan is refused until the person dns_command what is meant."""

from __future__ import annotations

import pytest

ZONE = "octatech.xyz"
OLD_MAIL = "@ MX 10 mail.example."


def load_again(dns_command, knot, text):
    """The zone as it is when all is applied, and `text`."""
    values = "\n".join(line for line in knot.records(ZONE) if " NS " not in line and not line.startswith("ns1."))
    knot.load(ZONE, f"{values}\n{text}")


def expect_refusal(dns_command, kind, *words):
    """Refused, also where another kind is allowed; done where its own is. Gives what was result first."""
    result = dns_command.run("apply", "--yes", *words)
    assert result.status == 3, result
    assert f"Refused as unsafe. If all of it is intended: --force {kind}\n" in result.out
    assert dns_command.run("plan", *words).status == 3
    assert dns_command.run("plan", "--json", *words).json["refused"] == [kind]
    other = "mail" if kind != "mail" else "root"
    assert dns_command.run("apply", "--yes", "--force", other, *words).status == 3
    done = dns_command.run("apply", "--yes", "--force", kind, *words)
    assert done.status == 0, done
    return result.out


def test_mail_records_are_not_removed_by_the_way(applied, knot):
    load_again(applied, knot, OLD_MAIL)
    assert "mail: Mail may be lost or refused: 10 mail.example." in expect_refusal(applied, "mail", "--prune")
    assert knot.ask(ZONE, "MX") == []


@pytest.mark.parametrize(
    ("name", "kind", "old"),
    [
        ("send", "TXT", '"v=spf1 include:other.example -all"'),
        ("send", "MX", "10 other.example."),
        ("_dmarc", "TXT", '"v=DMARC1; p=reject"'),
        ("resend._domainkey", "TXT", '"p=anotherkey"'),
    ],
)
def test_what_mail_rests_on_is_not_changed_by_the_way(dns_command, knot, name, kind, old):
    knot.load(ZONE, f"{name} {kind} {old}")
    expect_refusal(dns_command, "mail")


def test_another_proof_of_the_same_kind_is_no_risk(dns_command, knot):
    knot.load(ZONE, '_railway-verify.crm TXT "railway-verify=before"')
    assert dns_command.run("apply", "--yes").status == 0


def test_a_delegation_is_not_removed_by_the_way(applied, knot):
    load_again(applied, knot, "lab NS ns.lab.example.")
    expect_refusal(applied, "delegation", "--prune")


def test_the_name_servers_of_the_zone_are_not_changed_by_the_way(applied, knot):
    applied.record("@", "NS", "ns1.octatech.xyz.", "ns2.other.example.")
    knot.load(ZONE, "\n".join(line for line in knot.records(ZONE) if " NS " not in line) + "\n@ NS old.example.")
    result = applied.run("apply", "--yes")
    assert result.status == 3
    assert "delegation: The name servers of the zone itself change." in result.out
    assert knot.ask(ZONE, "NS") == ["ns1.octatech.xyz.", "old.example."]


def test_the_site_does_not_lose_its_address_by_the_way(dns_command, knot):
    dns_command.change('site = "octatech.xyz"', 'site = "about.octatech.xyz"')
    dns_command.change("ttl_s = 300", 'ttl_s = 300\nzone = "octatech.xyz"')
    knot.load(ZONE, "@ A 192.0.2.1")
    expect_refusal(dns_command, "root", "--prune")


def test_what_is_in_the_way_of_ours_does_not_go_by_the_way(dns_command, knot):
    knot.load(ZONE, "www A 192.0.2.1")
    assert "conflict: It is not ours, but ours cannot stand beside it." in expect_refusal(dns_command, "conflict")
    assert knot.ask("www.octatech.xyz", "CNAME") == ["galer7.github.io."]


def test_no_wildcard_comes_by_the_way(dns_command, knot):
    dns_command.record("*", "A", "192.0.2.1")
    expect_refusal(dns_command, "wildcard")


def test_an_alias_of_a_host_that_is_not_in_the_zone_dangles(dns_command, knot):
    dns_command.record("shop", "CNAME", "gone.octatech.xyz.")
    assert "dangling: gone.octatech.xyz does not exist" in expect_refusal(dns_command, "dangling")


def test_an_alias_of_a_host_elsewhere_that_does_not_exist_dangles(dns_command, knot):
    knot.load("up.railway.app", "h16ot8 A 192.0.2.1")
    assert "dangling: g05ns7.up.railway.app does not exist; whoever makes it" in expect_refusal(dns_command, "dangling")


def test_where_nobody_can_tell_whether_a_host_exists_it_is_no_risk(dns_command, knot):
    assert dns_command.run("plan").status == 2


def test_an_authority_does_not_lose_its_right_by_the_way(dns_command, knot):
    knot.load(ZONE, '@ CAA 0 issue "digicert.com"')
    expect_refusal(dns_command, "authority")


def test_much_at_once_is_refused(applied, knot):
    applied.change("ttl_s = 300", "ttl_s = 600")
    assert "much: Much changes at once: Too many updates" in expect_refusal(applied, "much")


def test_an_unknown_kind_of_risk_is_refused_by_name(dns_command):
    result = dns_command.run("plan", "--force", "everything")
    assert result.status == 2
    assert "everything" in result.err
