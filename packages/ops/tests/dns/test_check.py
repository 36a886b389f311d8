"""`ops dns check` is green on the zone as it should be, and red for each way of breaking it, with what to paste."""

from __future__ import annotations

import dns.query
import dns.update
import pytest
from knot_dns import run_knot

from ops.cli import UnreachableError
from ops.dns import servers

ZONE = "octatech.xyz"


def break_it(knot, name, kind, *values):
    """Put other values in the place of a set of records; none takes it out."""
    update = dns.update.UpdateMessage(ZONE, keyring=knot.key)
    update.delete(name, kind)
    if values:
        update.add(name, 300, kind, *values)
    assert dns.query.tcp(update, knot.host, port=knot.port).rcode() == 0


def test_the_zone_as_applied_is_what_the_world_sees(applied):
    result = applied.run("check")
    assert result.status == 0
    assert result.out.startswith("No problem in 14 record sets, by 127.0.0.1:")


def test_an_empty_zone_tells_every_value_to_paste(dns_command):
    result = dns_command.run("check")
    assert result.status == 1
    lines = [line.strip() for line in result.out.splitlines()]
    assert "add  CNAME  www.octatech.xyz  300  galer7.github.io." in lines
    assert "add  TXT  _railway-verify.api.octatech.xyz  300  railway-verify=api" in lines
    assert "add  AAAA  octatech.xyz  300  2606:50c0:8000::153" in lines
    assert "add  MX  send.octatech.xyz  300  10 feedback-smtp.eu-west-1.amazonses.com." in lines


@pytest.mark.parametrize(
    ("name", "kind", "values", "what", "paste"),
    [
        ("@", "A", ["185.199.108.153"], "differs", "add  A  octatech.xyz  300  185.199.109.153"),
        ("@", "A", [], "missing", "add  A  octatech.xyz  300  185.199.111.153"),
        ("@", "AAAA", ["2606:50c0:8000::154"], "differs", "remove  AAAA  octatech.xyz  2606:50c0:8000::154"),
        ("@", "CAA", ['0 issue "other.example"'], "differs", 'add  CAA  octatech.xyz  300  0 issue "letsencrypt.org"'),
        ("@", "CAA", [], "missing", 'add  CAA  octatech.xyz  300  0 issue "letsencrypt.org"'),
        ("www", "CNAME", ["octatech.xyz."], "differs", "add  CNAME  www.octatech.xyz  300  galer7.github.io."),
        ("blog", "CNAME", [], "missing", "add  CNAME  blog.octatech.xyz  300  galer7.github.io."),
        ("api", "CNAME", ["old.up.railway.app."], "differs", "remove  CNAME  api.octatech.xyz  old.up.railway.app."),
        (
            "_railway-verify.crm",
            "TXT",
            ["railway-verify=old"],
            "differs",
            "add  TXT  _railway-verify.crm.octatech.xyz  300  railway-verify=crm",
        ),
        (
            "_github-pages-challenge-galer7",
            "TXT",
            [],
            "missing",
            "add  TXT  _github-pages-challenge-galer7.octatech.xyz  300  0123456789abcdef",
        ),
        ("send", "MX", ["10 other.example."], "differs", "remove  MX  send.octatech.xyz  10 other.example."),
        (
            "send",
            "TXT",
            ['"v=spf1 include:amazonses.com ~all"', '"v=spf1 -all"'],
            "twice",
            "remove  TXT  send.octatech.xyz  v=spf1 -all",
        ),
        (
            "_dmarc",
            "TXT",
            ['"v=DMARC1; p=none; rua=mailto:hello@octatech.xyz"', '"v=DMARC1; p=reject"'],
            "twice",
            "remove  TXT  _dmarc.octatech.xyz  v=DMARC1; p=reject",
        ),
        ("_dmarc", "TXT", [], "missing", "add  TXT  _dmarc.octatech.xyz  300  v=DMARC1; p=none; rua=mailto:hello@o"),
    ],
)
def test_each_way_of_breaking_a_record_is_seen(applied, knot, name, kind, values, what, paste):
    break_it(knot, name, kind, *values)
    result = applied.run("check", "--json")
    assert result.status == 1
    assert [finding["what"] for finding in result.json["findings"]] == [what]
    assert any(line.startswith(paste) for line in result.json["findings"][0]["paste"])
    assert paste in applied.run("check").out


def test_addresses_in_the_place_of_an_alias_are_seen(applied, knot):
    break_it(knot, "www", "CNAME")
    break_it(knot, "www", "A", "192.0.2.1")
    (found,) = applied.run("check", "--json").json["findings"]
    assert (found["what"], found["name"], found["add"]) == ("missing", "www.octatech.xyz", ["galer7.github.io."])


def test_an_alias_in_the_place_of_a_text_is_seen_as_what_must_go(applied, knot):
    break_it(knot, "_dmarc", "TXT")
    break_it(knot, "_dmarc", "CNAME", "other.example.")
    (found,) = applied.run("check", "--json").json["findings"]
    assert found["what"] == "differs"
    assert "There is an alias of other.example. in its place" in found["why"]


@pytest.mark.parametrize(("kind", "value"), [("A", "192.0.2.1"), ("CNAME", "other.example."), ("TXT", '"anything"')])
def test_a_wildcard_is_seen(applied, knot, kind, value):
    break_it(knot, "*", kind, value)
    (found,) = applied.run("check", "--json").json["findings"]
    assert (found["what"], found["name"], found["type"]) == ("wildcard", "*.octatech.xyz", kind)


def test_an_alias_of_a_host_that_does_not_exist_is_seen(applied, knot):
    knot.load("up.railway.app", "g05ns7 A 192.0.2.1")
    (found,) = applied.run("check", "--json").json["findings"]
    assert (found["what"], found["name"]) == ("dangling", "crm.octatech.xyz")


def test_texts_of_others_are_no_error(applied, knot):
    break_it(knot, "send", "TXT", '"v=spf1 include:amazonses.com ~all"', '"MS=1"')
    assert applied.run("check").status == 0


def test_what_is_awaited_counts_only_while_nothing_is_there(applied, knot):
    applied.change('values = ["g05ns7.up.railway.app."]\n', "")
    assert applied.run("check").status == 0
    break_it(knot, "api", "CNAME")
    result = applied.run("check")
    assert result.status == 1
    assert "api.octatech.xyz CNAME: It is not there, and nobody has given its value. Ask Railway" in result.out


def test_a_long_key_is_shown_whole_on_one_line(dns_command):
    key = "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" * 13
    dns_command.record("long._domainkey", "TXT", key)
    assert f"  add  TXT  long._domainkey.octatech.xyz  300  {key}" in dns_command.run("check").out.splitlines()


def test_one_server_of_two_that_lags_behind_is_named(applied, knot):
    with run_knot() as other:
        other.load(ZONE)
        result = applied.run("check", "--resolver", other.resolver, "--json")
        assert result.status == 1
        assert {tuple(finding["servers"]) for finding in result.json["findings"]} == {(other.resolver,)}
        assert result.json["servers"] == [other.resolver, knot.resolver]


def test_the_servers_of_the_zone_are_found_through_a_resolver(applied, knot):
    (resolver,) = servers.parse_servers([knot.resolver])
    assert servers.find_zone_servers(ZONE, [resolver], knot.port) == [("ns1.octatech.xyz", "127.0.0.1", knot.port)]
    with pytest.raises(UnreachableError, match=r"the servers of other\.example"):
        servers.find_zone_servers("other.example", [resolver])


def test_where_nobody_answers_it_is_unknown(applied, knot):
    knot.stop()
    result = applied.run("check")
    assert result.status == 2
    assert f"{knot.resolver} is silent" in result.out


def test_a_server_that_does_not_answer_for_the_zone_says_so(applied):
    with run_knot() as other:
        applied.resolver = other.resolver
        result = applied.run("check")
    assert result.status == 2
    assert f"{other.resolver} answers REFUSED for octatech.xyz" in result.out


@pytest.mark.parametrize("resolver", ["nobody:port", "127.0.0.1:0", "127.0.0.1:99999", "no.such.host.invalid:53"])
def test_a_resolver_that_cannot_be_is_one_line(dns_command, resolver):
    dns_command.resolver = resolver
    result = dns_command.run("check")
    assert result.status == 2
    assert f"{resolver} " in result.err
    assert len(result.err.splitlines()) == 1
