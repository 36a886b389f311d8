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


def test_a_name_server_loads_the_zone_file(names, knot):
    knot.load(ZONE, names.run("export").out)
    assert names.run("check").status == 0
    assert names.run("plan").out == "Nothing to do.\n"


def test_the_zone_file_names_what_is_awaited(names, knot):
    names.change('values = ["g05ns7.up.railway.app."]\n', "")
    text = names.run("export").out
    assert "; awaited: api.octatech.xyz. CNAME (ask Railway" in text
    knot.load(ZONE, text)


def test_an_alias_at_the_top_is_a_comment_in_a_zone_file(names, knot):
    names.change('site = "octatech.xyz"', 'site = "about.octatech.xyz"')
    names.change("ttl_s = 300", 'ttl_s = 300\nzone = "octatech.xyz"')
    names.record("@", "ALIAS", "g05ns7.up.railway.app.")
    text = names.run("export").out
    assert "; ALIAS cannot be in a zone file: octatech.xyz. 300 IN ALIAS g05ns7.up.railway.app." in text
    knot.load(ZONE, text)


def test_octodns_reads_its_own_form_as_the_same_records(names, knot, tmp_path):
    from octodns.provider.yaml import YamlProvider
    from octodns.zone import Zone

    from ops.dns import zone
    from ops.dns.provider import from_octo

    (tmp_path / f"{ZONE}.yaml").write_text(names.run("export", "--format", "octodns").out)
    read = Zone(f"{ZONE}.", [])
    YamlProvider("file", str(tmp_path)).populate(read)
    assert {from_octo(each) for each in read.records} == set(zone.desired(names.facts()))


def test_cloudflare_takes_its_form_in_one_request(names):
    posts = json.load(io.StringIO(names.run("export", "--format", "cloudflare").out))["posts"]
    told = {(post["type"], post["name"]): post for post in posts}
    assert told["CNAME", "www.octatech.xyz"]["content"] == "galer7.github.io."
    assert told["MX", "send.octatech.xyz"]["priority"] == 10
    assert {post["proxied"] for post in posts if "proxied" in post} == {False}


def test_a_table_and_a_document_have_every_value(names):
    table = names.run("export", "--format", "table").out
    told = names.run("export", "--json").json
    assert told["zone"] == ZONE
    assert told["awaited"] == []
    values = [value for record in told["records"] for value in record["values"]]
    assert len(values) > 20
    assert all(value in table for value in values)


def test_a_fault_in_the_facts_is_one_line(names):
    names.record("x", "WEIRD", "1")
    said = names.run("export")
    assert said.status == 1
    assert said.err.startswith("ops dns: x.octatech.xyz: unknown record type WEIRD. Known are A, AAAA,")


@pytest.mark.parametrize("command", ["plan", "apply", "check", "export"])
def test_help_teaches_by_example_and_tells_the_statuses(names, command):
    said = names.run(command, "--help")
    assert said.status == 0
    assert "Status 0" in said.out
    assert "Example" in said.out
    assert f"ops dns {command} " in said.out


def test_without_octodns_it_says_what_to_install(names, monkeypatch):
    monkeypatch.setitem(sys.modules, "octodns_bind", None)
    said = names.run("plan")
    assert said.status == 1
    assert said.err == "ops dns: octodns_bind is not installed. Install 'octatech-ops[dns]'.\n"


def test_the_commands_are_those_of_ops(names):
    environ = {**os.environ, **names.environ}
    said = subprocess.run([OPS, "dns", "export", "--json"], env=environ, capture_output=True, check=True).stdout
    assert json.loads(said)["zone"] == ZONE


def test_yaml_of_octodns_is_in_the_order_it_wants(names):
    keys = list(yaml.safe_load(names.run("export", "--format", "octodns").out))
    assert keys == sorted(keys)
