"""`ops init --todo` prints the runbook of the first deploy with the values of the new owner, and no secret."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import yaml
from init.conftest import FJORDLIGHT, ROOT, Project

from ops.dns import zone
from ops.init import command
from ops.init.manual_steps import list_steps, render_manual_steps


@pytest.fixture
def page(project: Project) -> str:
    assert project.init({**FJORDLIGHT, "organization.name": "Fjord, Light & Co"}) == 0
    return render_manual_steps(project.root, project.site)


def test_every_value_is_that_of_the_owner(project: Project, page: str):
    assert "gh api --method PUT repos/sunniva/lantern/pages -f cname=fjordlight.example" in page
    assert "gh repo create sunniva/blog.fjordlight.example --public" in page
    assert "railway ssh --service fjord-light-co-crm -- crm seed" in page
    assert f'"Fjord, Light & Co" <{project.site.organization.email}>' in page
    assert re.findall(r"\{[a-z_]+\.[a-z_]+\}|\{(?:project|zone|records|sender|crm_url)\}", page) == []


def test_the_records_are_those_of_the_zone_and_those_that_are_awaited(project: Project, page: str):
    for record in zone.build_records(project.site):
        for value in record.values:
            assert f"    {record.name}  {record.type}  {value}\n" in page
    assert re.search(r"_railway-verify\.api\.fjordlight\.example  TXT  \(ask Railway", page)
    assert "_github-pages-challenge-sunniva.fjordlight.example" in page


def test_what_a_private_repository_on_the_free_plan_lacks_is_said_before_the_steps(page: str):
    before = page.partition("\n## Steps\n")[0]
    assert "**private** repository on the Free plan has no Pages, no environments" in before


def test_the_required_check_is_a_job_of_ci():
    rules = json.loads((ROOT / ".github/ruleset.json").read_text())["rules"]
    [required] = [rule["parameters"] for rule in rules if rule["type"] == "required_status_checks"]
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"].values()
    assert {check["context"] for check in required["required_status_checks"]} <= {job["name"] for job in jobs}


def test_every_secret_and_variable_of_the_workflows_is_named(page: str):
    texts = [file.read_text() for file in (ROOT / ".github/workflows").glob("*.yml")]
    used = set(re.findall(r"\b(?:secrets|vars)\.([A-Z][A-Z0-9_]+)", "\n".join(texts)))
    assert len(used) > 10
    assert used - set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", page)) - {"BACKUP_FROM_ACTIONS"} == set()


def test_every_environment_of_the_workflows_is_created(page: str):
    files = (ROOT / ".github/workflows").glob("*.yml")
    jobs = [job for file in files for job in yaml.safe_load(file.read_text())["jobs"].values()]
    used = {job["environment"]["name"] for job in jobs if "environment" in job}
    created = re.search(r"for name in ([a-z -]+); do gh api --method PUT", page)
    assert created
    assert used - {"github-pages"} <= set(created[1].split())


def test_every_secret_that_production_must_have_is_named(page: str):
    example = (ROOT / ".env.example").read_text()
    must = re.findall(r"^([A-Z_]+)=", example.partition("production must set")[2].partition("# ---")[0], re.MULTILINE)
    tree = ast.parse((ROOT / ".railway/railway.py").read_text())
    preserved = {
        str(key.value)
        for table in ast.walk(tree)
        if isinstance(table, ast.Dict)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Call) and ast.unparse(value) == "preserve()"
    }
    required = set(must) & preserved
    assert {"SESSION_SECRET", "ADMIN_PASSWORD"} <= required
    assert required <= set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", page))


def test_programs_get_the_steps_with_their_commands(project: Project, page: str, capfd: pytest.CaptureFixture[str]):
    capfd.readouterr()
    assert command.print_manual_steps(as_json=True, root=project.root) == 0
    steps = json.loads(capfd.readouterr().out)["todo"]
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    commands = [line for step in steps for line in step["commands"]]
    assert "railway domain api.fjordlight.example --port 8000 --service fjord-light-co-crm" in commands
    assert len(list_steps(page)) == len(steps) > 20


def test_people_get_the_page_with_whole_lines(
    project: Project, page: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    capfd.readouterr()
    monkeypatch.setenv("COLUMNS", "80")
    assert command.print_manual_steps(as_json=False, root=project.root) == 0
    assert capfd.readouterr().out.strip() == page.strip()


def test_a_broken_site_is_one_error_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    (tmp_path / "site.toml").write_text("[organization]\n")
    assert command.print_manual_steps(as_json=False, root=tmp_path) == 1
    assert capfd.readouterr().err.count("\n") == 1
