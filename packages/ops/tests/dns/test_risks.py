"""An unsafe plan is refused until the person names what is meant."""

from __future__ import annotations

import pytest

ZONE = "octatech.xyz"
OLD_MAIL = "@ MX 10 mail.example."


def load_again(names, knot, text):
    """The zone as it is when all is applied, and `text`."""
    told = "\n".join(line for line in knot.records(ZONE) if " NS " not in line and not line.startswith("ns1."))
    knot.load(ZONE, f"{told}\n{text}")


def refused(names, kind, *words):
    """Refused, also where another kind is allowed; done where its own is. Gives what was said first."""
    said = names.run("apply", "--yes", *words)
    assert said.status == 3, said
    assert f"Refused as unsafe. If all of it is meant: --force {kind}\n" in said.out
    assert names.run("plan", *words).status == 3
    assert names.run("plan", "--json", *words).json["refused"] == [kind]
    other = "mail" if kind != "mail" else "dot"
    assert names.run("apply", "--yes", "--force", other, *words).status == 3
    done = names.run("apply", "--yes", "--force", kind, *words)
    assert done.status == 0, done
    return said.out


def test_mail_records_are_not_removed_by_the_way(there, knot):
    load_again(there, knot, OLD_MAIL)
    assert "mail: Mail may be lost or refused: 10 mail.example." in refused(there, "mail", "--prune")
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
def test_what_mail_rests_on_is_not_changed_by_the_way(names, knot, name, kind, old):
    knot.load(ZONE, f"{name} {kind} {old}")
    refused(names, "mail")


def test_another_proof_of_the_same_kind_is_no_risk(names, knot):
    knot.load(ZONE, '_railway-verify.crm TXT "railway-verify=before"')
    assert names.run("apply", "--yes").status == 0


def test_a_delegation_is_not_removed_by_the_way(there, knot):
    load_again(there, knot, "lab NS ns.lab.example.")
    refused(there, "delegation", "--prune")


def test_the_name_servers_of_the_zone_are_not_changed_by_the_way(there, knot):
    there.record("@", "NS", "ns1.octatech.xyz.", "ns2.other.example.")
    knot.load(ZONE, "\n".join(line for line in knot.records(ZONE) if " NS " not in line) + "\n@ NS old.example.")
    said = there.run("apply", "--yes")
    assert said.status == 3
    assert "delegation: The name servers of the zone itself change." in said.out
    assert knot.ask(ZONE, "NS") == ["ns1.octatech.xyz.", "old.example."]


def test_the_site_does_not_lose_its_address_by_the_way(names, knot):
    names.change('site = "octatech.xyz"', 'site = "about.octatech.xyz"')
    names.change("ttl_s = 300", 'ttl_s = 300\nzone = "octatech.xyz"')
    knot.load(ZONE, "@ A 192.0.2.1")
    refused(names, "root", "--prune")


def test_what_is_in_the_way_of_ours_does_not_go_by_the_way(names, knot):
    knot.load(ZONE, "www A 192.0.2.1")
    assert "conflict: It is not ours, but ours cannot stand beside it." in refused(names, "conflict")
    assert knot.ask("www.octatech.xyz", "CNAME") == ["galer7.github.io."]


def test_no_wildcard_comes_by_the_way(names, knot):
    names.record("*", "A", "192.0.2.1")
    refused(names, "wildcard")


def test_a_name_without_its_final_dot_is_asked_about_and_taken_as_a_full_name(names, knot):
    names.record("shop", "CNAME", "shops.example")
    assert "dot: shops.example has no final dot." in refused(names, "dot")
    assert knot.ask("shop.octatech.xyz", "CNAME") == ["shops.example."]


def test_an_alias_of_a_host_that_is_not_in_the_zone_dangles(names, knot):
    names.record("shop", "CNAME", "gone.octatech.xyz.")
    assert "dangling: gone.octatech.xyz does not exist" in refused(names, "dangling")


def test_an_alias_of_a_host_elsewhere_that_does_not_exist_dangles(names, knot):
    knot.load("up.railway.app", "h16ot8 A 192.0.2.1")
    assert "dangling: g05ns7.up.railway.app does not exist; whoever makes it" in refused(names, "dangling")


def test_where_nobody_can_tell_whether_a_host_exists_it_is_no_risk(names, knot):
    assert names.run("plan").status == 2


def test_an_authority_does_not_lose_its_right_by_the_way(names, knot):
    knot.load(ZONE, '@ CAA 0 issue "digicert.com"')
    refused(names, "authority")


def test_much_at_once_is_refused(there, knot):
    there.change("ttl_s = 300", "ttl_s = 600")
    assert "much: Much changes at once: Too many updates" in refused(there, "much")


def test_an_unknown_kind_of_risk_is_refused_by_name(names):
    said = names.run("plan", "--force", "everything")
    assert said.status == 2
    assert "everything" in said.err
