"""The zone in the forms of others is the same zone."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ZONE = "octatech.xyz"
OPS = Path(sys.executable).parent / "ops"


def test_a_name_server_loads_the_zone_file(dns_command, knot):
    knot.load(ZONE, dns_command.run("export").out)
    assert dns_command.run("check").status == 0
    assert dns_command.run("plan").out == "Nothing to do.\n"


def test_the_zone_file_names_what_is_awaited(dns_command, knot):
    dns_command.change('values = ["g05ns7.up.railway.app."]\n', "")
    text = dns_command.run("export").out
    assert "; awaited: api.octatech.xyz. CNAME (ask Railway" in text
    knot.load(ZONE, text)


def test_an_alias_at_the_top_is_a_comment_in_a_zone_file(dns_command, knot):
    dns_command.change('site = "octatech.xyz"', 'site = "about.octatech.xyz"')
    dns_command.change("ttl_s = 300", 'ttl_s = 300\nzone = "octatech.xyz"')
    dns_command.record("@", "ALIAS", "g05ns7.up.railway.app.")
    text = dns_command.run("export").out
    assert "; ALIAS cannot be in a zone file: octatech.xyz. 300 IN ALIAS g05ns7.up.railway.app." in text
    knot.load(ZONE, text)


def test_octodns_reads_its_own_form_as_the_same_records(dns_command, knot, tmp_path):
    from octodns.provider.yaml import YamlProvider
    from octodns.zone import Zone

    from ops.dns import zone
    from ops.dns.provider import from_octo

    (tmp_path / f"{ZONE}.yaml").write_text(dns_command.run("export", "--format", "octodns").out)
    read = Zone(f"{ZONE}.", [])
    YamlProvider("file", str(tmp_path)).populate(read)
    assert {from_octo(each) for each in read.records} == set(zone.build_records(dns_command.facts()))


def test_cloudflare_takes_its_form_in_one_request(dns_command):
    posts = json.load(io.StringIO(dns_command.run("export", "--format", "cloudflare").out))["posts"]
    values = {(post["type"], post["name"]): post for post in posts}
    assert values["CNAME", "www.octatech.xyz"]["content"] == "galer7.github.io."
    assert values["MX", "send.octatech.xyz"]["priority"] == 10
    assert {post["proxied"] for post in posts if "proxied" in post} == {False}


def test_a_table_and_a_document_have_every_value(dns_command):
    table = dns_command.run("export", "--format", "table").out
    values = dns_command.run("export", "--json").json
    assert values["zone"] == ZONE
    assert values["awaited"] == []
    values = [value for record in values["records"] for value in record["values"]]
    assert len(values) > 20
    assert all(value in table for value in values)


@pytest.mark.parametrize(
    ("name", "kind", "values", "error"),
    [
        ("x", "WEIRD", ["1"], "x.octatech.xyz: unknown record type WEIRD. Known are A, AAAA,"),
        ("shop", "CNAME", ["shops.example"], "shop.octatech.xyz CNAME: 'shops.example' has no final dot."),
        ("mail", "MX", ["10 mail.example"], "mail.octatech.xyz MX: '10 mail.example' has no final dot."),
        ("mail", "MX", ["mail.example."], "mail.octatech.xyz MX: 'mail.example.' cannot be"),
        ("shop", "CNAME", ["192.0.2.1."], "shop.octatech.xyz CNAME: '192.0.2.1.' is not the name of a host."),
        ("shop", "CNAME", ["https://shops.example."], "shop.octatech.xyz CNAME: 'https://shops.example.' is not"),
        ("shop", "CNAME", ["shop.octatech.xyz."], "shop.octatech.xyz CNAME leads to itself."),
        ("shop", "CNAME", ["a.example.", "b.example."], "shop.octatech.xyz CNAME has 2 values; one is needed."),
        ("shop", "A", ["2001:db8::1"], "shop.octatech.xyz A: '2001:db8::1' cannot be"),
        ("@", "TXT", ["v=spf1 -all", "v=spf1 mx ~all"], "octatech.xyz TXT has two values that begin with v=spf1"),
        ("_dmarc.x", "TXT", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "_dmarc.x.octatech.xyz TXT has two values"),
        ("send", "TXT", ["v=spf1 -all"], "send.octatech.xyz TXT has two values that begin with v=spf1"),
        ("www.octatech.xyz", "A", ["192.0.2.1"], "www.octatech.xyz: names under [dns] are relative to octatech.xyz."),
        ("Shop.Octatech.xyz.", "A", ["192.0.2.1"], "Shop.Octatech.xyz.: names under [dns] are relative"),
        ("octatech.xyz", "TXT", ["x"], "octatech.xyz: names under [dns] are relative to octatech.xyz. Write '@'."),
        ("", "A", ["192.0.2.1"], ".octatech.xyz is not a name for a A record."),
        ("www", "A", ["192.0.2.1"], "www.octatech.xyz cannot be A and CNAME at once."),
        ("text", "TXT", ['a "word"'], "text.octatech.xyz TXT: octoDNS cannot carry a quote or a backslash."),
    ],
)
def test_every_command_refuses_the_same_records(dns_command, name, kind, values, error):
    dns_command.record(name, kind, *values)
    forms = ("bind", "octodns", "cloudflare", "table")
    for words in (["plan"], ["apply", "--yes"], ["check"], *(["export", "--format", form] for form in forms)):
        result = dns_command.run(*words)
        assert (result.status, result.out) == (2 if words == ["check"] else 1, ""), words
        assert result.err.startswith(f"Error: {error}"), words


@pytest.mark.parametrize(
    ("name", "kind", "value", "risk"),
    [("*", "A", "192.0.2.1", "wildcard"), ("shop", "CNAME", "gone.octatech.xyz.", "dangling")],
)
def test_export_refuses_what_a_plan_refuses_until_it_is_forced(dns_command, name, kind, value, risk):
    dns_command.record(name, kind, value)
    result = dns_command.run("export")
    assert (result.status, result.out) == (3, "")
    assert f"If all of it is intended: --force {risk}\n" in result.err
    assert dns_command.run("plan", "--json").json["refused"] == [risk]
    assert value in dns_command.run("export", "--force", risk).out


@pytest.mark.parametrize("command", ["plan", "apply", "check", "export"])
def test_help_teaches_by_example_and_tells_the_statuses(dns_command, command):
    result = dns_command.run(command, "--help")
    assert result.status == 0
    assert "Status 0" in result.out
    assert "Example" in result.out
    assert f"ops dns {command} " in result.out


def test_without_octodns_it_says_what_to_install(dns_command, monkeypatch):
    monkeypatch.setitem(sys.modules, "octodns_bind", None)
    result = dns_command.run("plan")
    assert result.status == 1
    assert result.err == "Error: octodns_bind is not installed. Install 'octatech-ops[dns]'.\n"


def test_the_commands_are_those_of_ops(dns_command):
    environ = {**os.environ, **dns_command.environ}
    result = subprocess.run([OPS, "dns", "export", "--json"], env=environ, capture_output=True, check=True).stdout
    assert json.loads(result)["zone"] == ZONE


def test_yaml_of_octodns_is_in_the_order_it_wants(dns_command):
    keys = list(yaml.safe_load(dns_command.run("export", "--format", "octodns").out))
    assert keys == sorted(keys)
