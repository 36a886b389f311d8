"""What is planned is done on a real name server, once, and nothing else."""

from __future__ import annotations

import re

import dns.query
import dns.rdata
import dns.update
import pytest

from ops.dns import command
from ops.dns.context import DnsContext

ZONE = "octatech.xyz"


def change_by_hand(knot, name, kind, *values):
    """What another person does to the zone."""
    update = dns.update.UpdateMessage(ZONE, keyring=knot.key)
    update.replace(name, 300, kind, *values)
    assert dns.query.tcp(update, knot.host, port=knot.port).rcode() == 0


def test_a_plan_shows_every_record_and_changes_nothing(dns_command, knot):
    before = knot.records(ZONE)
    result = dns_command.run("plan")
    assert result.status == 2
    assert re.search(r"^\+ +www.octatech.xyz +CNAME +galer7.github.io.", result.out, re.MULTILINE)
    assert "14 to add, 0 to change, 0 to delete." in result.out
    assert knot.records(ZONE) == before


def test_what_is_applied_is_there(dns_command, knot):
    result = dns_command.run("apply", "--yes")
    assert (result.status, result.err) == (0, "")
    assert "Done, and read back" in result.out
    assert knot.ask("www.octatech.xyz", "CNAME") == ["galer7.github.io."]
    assert knot.ask("api.octatech.xyz", "CNAME") == ["g05ns7.up.railway.app."]
    assert len(knot.ask(ZONE, "A")) == len(knot.ask(ZONE, "AAAA")) == 4
    assert '0 issue "letsencrypt.org"' in knot.ask(ZONE, "CAA")


def test_applied_again_there_is_nothing_to_do(applied, knot):
    serial = knot.serial(ZONE)
    result = applied.run("apply", "--yes")
    assert (result.status, result.out) == (0, "Nothing to do.\n")
    assert knot.serial(ZONE) == serial
    assert applied.run("plan").status == 0


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_a_yes_nothing_is_done(dns_command, knot, answer):
    before = knot.records(ZONE)
    result = dns_command.run("apply", typed=answer)
    assert result.status != 0
    assert knot.records(ZONE) == before


def run_apply(dns_command, knot, confirm):
    """Runs `ops dns apply` with somebody at the terminal."""
    context = DnsContext(dns_command.environ, resolvers=[knot.resolver], facts=dns_command.facts())
    return command.run_plan(lambda: context, prune=False, allowed=(), as_json=False, confirm=lambda *_: confirm())


def test_a_yes_on_the_terminal_is_enough(dns_command, knot):
    assert run_apply(dns_command, knot, lambda: True) == 0
    assert knot.ask("www.octatech.xyz", "CNAME")


def test_unrelated_records_are_kept_and_named(dns_command, knot):
    knot.load(ZONE, "shop CNAME shops.example.\n@ MX 10 mail.example.\nlab NS ns.lab.example.")
    result = dns_command.run("apply", "--yes")
    assert result.status == 0
    assert "Kept, because they are unrelated: lab.octatech.xyz NS, octatech.xyz MX" in result.out
    assert knot.ask("shop.octatech.xyz", "CNAME") == ["shops.example."]
    assert knot.ask(ZONE, "MX") == ["10 mail.example."]


def test_records_of_every_type_are_kept(dns_command, knot):
    others = [
        '@ HTTPS 1 . alpn="h2"',
        "_imap._tcp SRV 0 1 993 mail.example.",
        'old SPF "v=spf1 -all"',
        "where LOC 44 26 0.000 N 26 6 0.000 E 70m 1m 1m 1m",
        "_443._tcp.x TLSA 3 1 1 " + "ab" * 32,
        "key SSHFP 4 2 " + "cd" * 32,
        'phone NAPTR 1 1 "u" "sip" "!^.*$!sip:x@example.!" .',
        "back PTR host.example.",
        "Upper MX 0 .",
        'text TXT "a \\"quoted\\" \\\\ \\195\\169"',
        "odd CERT 1 2 3 q83v",
        '* TXT "of a star"',
    ]
    knot.load(ZONE, "\n".join(others))
    before = knot.records(ZONE)
    assert len(before) == len(others) + 2
    assert dns_command.run("apply", "--yes").status == 0
    assert before < knot.records(ZONE)
    assert dns_command.run("plan").status == 0


def test_pruned_it_goes_but_for_the_name_servers_of_the_zone(dns_command, knot):
    knot.load(ZONE, "shop CNAME shops.example.\nold A 192.0.2.1")
    assert dns_command.run("apply", "--yes", "--prune").status == 0
    assert knot.ask("shop.octatech.xyz", "CNAME") == knot.ask("old.octatech.xyz", "A") == []
    assert knot.ask(ZONE, "NS") == ["ns1.octatech.xyz."]


def test_what_is_awaited_is_never_pruned(dns_command, knot):
    dns_command.change('values = ["g05ns7.up.railway.app."]\n', "")
    knot.load(ZONE, "api CNAME made-by-hand.up.railway.app.")
    result = dns_command.run("apply", "--yes", "--prune")
    assert result.status == 0
    assert "Awaited: api.octatech.xyz CNAME." in result.out
    assert knot.ask("api.octatech.xyz", "CNAME") == ["made-by-hand.up.railway.app."]


def test_another_record_at_an_awaited_name_is_not_pruned_either(dns_command, knot):
    dns_command.change('values = ["g05ns7.up.railway.app."]\n', "")
    knot.load(ZONE, "api A 192.0.2.1")
    assert dns_command.run("apply", "--yes", "--prune").status == 0
    assert knot.ask("api.octatech.xyz", "A") == ["192.0.2.1"]


def test_texts_of_others_stay_beside_ours_and_an_old_one_of_ours_goes(dns_command, knot):
    knot.load(ZONE, '@ TXT "MS=1"\n_railway-verify.api TXT "railway-verify=old"')
    dns_command.record("@", "TXT", "google-site-verification=1")
    assert dns_command.run("apply", "--yes").status == 0
    assert knot.ask(ZONE, "TXT") == ['"MS=1"', '"google-site-verification=1"']
    assert knot.ask("_railway-verify.api.octatech.xyz", "TXT") == ['"railway-verify=api"']


@pytest.mark.parametrize(
    "text",
    [
        "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" * 13,
        "with a ; semicolon; and more",
        "  blanks before and after  ",
        "k" * 255 + "l" * 255 + "m",
    ],
)
def test_every_text_arrives_as_it_was_written_and_stays(dns_command, knot, text):
    dns_command.record("text", "TXT", text)
    assert dns_command.run("apply", "--yes").status == 0
    values = dns.rdata.from_text("IN", "TXT", knot.ask("text.octatech.xyz", "TXT")[0])
    assert b"".join(values.strings).decode() == text
    assert dns_command.run("apply", "--yes").out == "Nothing to do.\n"
    assert dns_command.run("check").status == 0


@pytest.mark.parametrize("text", ["a \\ backslash", 'a "word"'])
def test_a_text_that_would_not_arrive_as_it_is_is_refused(dns_command, knot, text):
    dns_command.record("text", "TXT", text)
    result = dns_command.run("apply", "--yes")
    assert (result.status, "text.octatech.xyz TXT: octoDNS cannot carry" in result.err) == (1, True)
    assert knot.ask("www.octatech.xyz", "CNAME") == []


def test_of_two_people_at_once_the_later_is_asked_to_look_again(dns_command, knot):
    def change_and_confirm():
        change_by_hand(knot, "www", "CNAME", "elsewhere.example.")
        return True

    assert run_apply(dns_command, knot, change_and_confirm) == 1
    assert knot.ask("www.octatech.xyz", "CNAME") == ["elsewhere.example."]
    assert knot.ask("api.octatech.xyz", "CNAME") == []


def test_of_two_people_with_one_plan_the_later_has_nothing_to_do(dns_command, knot, capsys):
    assert dns_command.run("apply", "--yes").status == 0
    serial = knot.serial(ZONE)
    assert run_apply(dns_command, knot, lambda: True) == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert knot.serial(ZONE) == serial


def test_a_changed_value_and_a_changed_ttl_are_fixed(applied, knot):
    change_by_hand(knot, "www", "CNAME", "elsewhere.example.")
    applied.change("ttl_s = 300", "ttl_s = 600")
    assert "TTL 300 s → 600 s" in applied.run("plan").out
    result = applied.run("plan", "--json", "--force", "much")
    values = {(change["name"], change["type"]): change for change in result.json["changes"]}
    assert values["www.octatech.xyz", "CNAME"]["before"] == ["elsewhere.example."]
    assert {change["action"] for change in values.values()} == {"change"}
    assert applied.run("apply", "--yes", "--force", "much").status == 0
    assert "www.octatech.xyz. 600 IN CNAME galer7.github.io." in knot.records(ZONE)


def test_programs_get_one_document(dns_command):
    result = dns_command.run("apply", "--yes", "--json")
    assert result.status == 0
    assert result.json["applied"] is True
    assert {change["name"] for change in result.json["changes"]} >= {"octatech.xyz", "www.octatech.xyz"}
    assert dns_command.run("apply", "--yes", "--json").json["applied"] is False


def test_an_alias_at_the_top_is_refused_by_a_provider_that_cannot_flatten(dns_command):
    dns_command.change('site = "octatech.xyz"', 'site = "about.octatech.xyz"')
    dns_command.change("ttl_s = 300", 'ttl_s = 300\nzone = "octatech.xyz"')
    dns_command.record("@", "ALIAS", "g05ns7.up.railway.app.")
    result = dns_command.run("plan")
    assert result.status == 1
    assert "The provider cannot do this" in result.err
    assert "ALIAS" in result.err


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("DNS_SERVER", "", "DNS_SERVER is missing"),
        ("DNS_SERVER", "ns1.octatech.xyz", "DNS_SERVER is missing"),
        ("DNS_SERVER", "127.0.0.1:9", "refuses"),
        ("DNS_KEY", "", "DNS_KEY is missing"),
        ("DNS_KEY", "hmac-sha256:tests:d3Jvbmc=", "refuses"),
        ("DNS_KEY", "hmac-sha256:nobody:d3Jvbmc=", "refuses"),
    ],
)
def test_an_error_of_the_name_server_is_one_line(dns_command, variable, value, why):
    dns_command.environ[variable] = value
    result = dns_command.run("plan")
    assert result.status == 1
    assert why in result.err
    assert len(result.err.splitlines()) == 1
    assert "d3Jvbmc" not in result.err


def test_a_zone_that_the_server_does_not_keep_is_one_line(dns_command, knot):
    dns_command.change("ttl_s = 300", 'ttl_s = 300\nzone = "xyz"')
    result = dns_command.run("plan")
    assert result.status == 1
    assert result.err.startswith("Error: The name server refuses")


@pytest.mark.parametrize("has_network", [True, False])
def test_without_a_network_nobody_else_is_blamed(dns_command, knot, has_network, capsys):
    """0.0.0.0 stands for a host elsewhere that does not answer."""
    environ = {**dns_command.environ, "DNS_SERVER": "0.0.0.0:1"}
    control = (knot.host, knot.port) if has_network else (knot.host, 1)
    context = DnsContext(environ, facts=dns_command.facts(), network_controls=[control])
    assert command.run_plan(lambda: context, prune=False, allowed=(), as_json=False) == 1
    error = capsys.readouterr().err
    assert error.startswith("Error: The name server refuses" if has_network else "Error: This machine has no network.")


def test_at_80_columns_no_name_and_no_value_is_cut(dns_command, knot):
    dns_command.environ["COLUMNS"] = "80"
    key = "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" * 13
    dns_command.record("a-rather-long-selector._domainkey", "TXT", key)
    for words in (["plan"], ["export", "--format", "table"]):
        lines = dns_command.run(*words).out.splitlines()
        assert max(map(len, lines)) <= 80
        assert key.rpartition("p=")[2] in "".join(line.split()[-1] for line in lines if line.strip())
        assert "…" not in "".join(lines)
