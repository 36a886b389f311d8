"""What is left to do by hand is all there, with values to paste that are those of the house."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from init.conftest import FJORDLIGHT, ROOT, House

from house.site import Site
from ops.dns import zone
from ops.init import command
from ops.init.todo import Todo, by_hand


@pytest.fixture
def site(house: House) -> Site:
    assert house.init({**FJORDLIGHT, "organization.name": "Fjord, Light & Co"}) == 0
    return house.site


def by_key(site: Site) -> dict[str, Todo]:
    todos = by_hand(site)
    found = {todo.key: todo for todo in todos}
    assert len(found) == len(todos)
    return found


def values(site: Site, key: str) -> dict[str, str]:
    return {value.name: value.value for value in by_key(site)[key].values}


def test_every_value_is_of_this_house(site: Site):
    assert values(site, "github.pages")["Custom domain"] == "fjordlight.example"
    assert values(site, "github.blog")["Custom domain"] == "blog.fjordlight.example"
    assert values(site, "railway.secrets")["ADMIN_EMAIL"] == "admin@fjordlight.example"
    assert values(site, "mail.resend")["MAIL_FROM"] == f'"Fjord, Light & Co" <{site.organization.email}>'
    assert "gh api --method PUT repos/sunniva/lantern/pages -f cname=fjordlight.example" in (
        by_key(site)["github.pages"].commands
    )


def test_the_first_account_is_made_in_the_service_of_this_house(site: Site):
    assert by_key(site)["railway.account"].commands == ("railway ssh --service fjord-light-co-crm -- crm seed",)


def test_the_records_are_those_of_the_zone_and_those_that_are_awaited(site: Site):
    told = by_key(site)["dns.records"].records
    assert {(record.name, record.type) for record in told if record.value} == {
        (record.name, record.type) for record in zone.build_records(site)
    }
    waiting = {(record.name, record.type): record.source for record in told if not record.value}
    assert "Railway" in waiting["_railway-verify.api.fjordlight.example", "TXT"]
    assert "_github-pages-challenge-sunniva.fjordlight.example" in {name for name, _ in waiting}


def test_every_secret_and_variable_of_the_workflows_is_named(site: Site):
    texts = [file.read_text() for file in (ROOT / ".github/workflows").glob("*.yml")]
    asked = set(re.findall(r"\b(?:secrets|vars)\.([A-Z][A-Z0-9_]+)", "\n".join(texts)))
    optional = {"AWS_ENDPOINT_URL", "AWS_REGION", "BACKUP_FROM_ACTIONS"}
    assert len(asked) > 10
    assert asked - optional <= {value.name for todo in by_hand(site) for value in todo.values}


def test_every_secret_that_production_must_have_is_named(site: Site):
    example = (ROOT / ".env.example").read_text()
    must = set(
        re.findall(r"^([A-Z_]+)=", example.partition("production must set")[2].partition("# ---")[0], re.MULTILINE)
    )
    tree = ast.parse((ROOT / ".railway/railway.py").read_text())
    kept = {
        str(key.value)
        for table in ast.walk(tree)
        if isinstance(table, ast.Dict)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Call) and ast.unparse(value) == "preserve()"
    }
    assert {"SESSION_SECRET", "ADMIN_PASSWORD"} <= must & kept
    assert must & kept <= set(values(site, "railway.secrets"))


def test_no_secret_has_a_value_in_it(site: Site):
    secret = [value for todo in by_hand(site) for value in todo.values if value.secret]
    assert len(secret) > 8
    assert all(value.value == "" and value.source for value in secret)


def test_it_is_told_to_people_and_to_programs(house: House, site: Site, capfd: pytest.CaptureFixture[str]):
    capfd.readouterr()
    assert command.tell_todo(as_json=True, root=house.root) == 0
    told = json.loads(capfd.readouterr().out)["todo"]
    assert [each["key"] for each in told] == [todo.key for todo in by_hand(site)]
    assert command.tell_todo(as_json=False, root=house.root) == 0
    said = capfd.readouterr().out
    assert all(todo.title in said for todo in by_hand(site))
    assert not any(line != line.rstrip() for line in said.splitlines() if "$" in line)


def test_a_broken_site_is_told_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    (tmp_path / "site.toml").write_text("[organization]\n")
    assert command.tell_todo(as_json=False, root=tmp_path) == 1
    assert capfd.readouterr().err.count("\n") == 1
