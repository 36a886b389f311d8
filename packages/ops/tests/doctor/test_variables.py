"""Variables: what is missing, weak, left as in the example or unknown is told with the line that mends it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doctor.conftest import ROOT, Patient, bad, only

from ops.doctor import case, variables
from ops.doctor.findings import Severity


def example(name: str) -> str:
    found = re.search(rf"^{name}=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_a_healthy_service_is_told_so_in_one_line(patient: Patient):
    (told,) = variables.findings(patient.case())
    assert told.severity is Severity.FINE


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("SESSION_SECRET", None, "missing"),
        ("SESSION_SECRET", "thirty-one characters, not more", "shorter than 32"),
        ("ADMIN_PASSWORD", "changeme", "default"),
        ("APP_ENV", "live", "'live'"),
        ("DATABASE_URL", None, "missing"),
        ("DATABASE_URL", "postgresql://crm:a/b@db.example/crm", "cannot be read"),
        ("PORT", "many", "many"),
        ("CRM_BASE_URL", "http://crm.octatech.example", "must begin with https"),
        ("SEALING_KEYS", "no-key", "no key"),
    ],
)
def test_what_the_service_would_not_start_with_is_wrong(patient: Patient, name: str, value: str | None, what: str):
    told = [each for each in variables.findings(patient.case(**{name: value})) if each.severity is Severity.WRONG]
    assert [each.what.partition(" ")[0] for each in told] == [name]
    assert what in told[0].what + told[0].fix
    assert told[0].fix
    assert "\n" not in told[0].fix


def test_the_line_for_a_session_secret_makes_one_that_will_do(patient: Patient):
    told = only(variables.findings(patient.case(SESSION_SECRET="short")))
    assert told.fix == f"export SESSION_SECRET=$({case.MAKE_SECRET})"


@pytest.mark.parametrize("name", ["SESSION_SECRET", "ADMIN_PASSWORD", "ADMIN_EMAIL"])
def test_a_value_of_the_example_is_wrong_in_production_alone(patient: Patient, name: str):
    given = {name: example(name)}
    assert ("wrong", name) in bad(variables.findings(patient.case(**given)))
    assert ("wrong", name) not in bad(variables.findings(patient.case(**given, APP_ENV="development")))


def test_a_name_misspelled_is_told_with_the_right_one(patient: Patient):
    told = only(variables.findings(patient.case(CORS_ORIGINS="https://octatech.xyz")))
    assert (told.severity, told.fix) == (Severity.WRONG, "Rename CORS_ORIGINS to CORS_ORIGIN")


def test_in_a_file_every_name_that_nothing_reads_is_told(patient: Patient, tmp_path: Path):
    file = tmp_path / ".env.production"
    lines = {**patient.environ(), "COLOUR": "blue"}
    file.write_text("".join(f"export {name}='{value}' # why\n" for name, value in lines.items()))
    told = only(variables.findings(case.of(case.read(file), file)))
    assert told.what == "COLOUR is unknown: nothing of ours reads it"
    assert bad(variables.findings(patient.case(COLOUR="blue"))) == []


def test_the_founding_variables_keep_their_names(patient: Patient):
    given = {
        "NODE_ENV": "production", "PORT": "3000", "OPENAI_API_KEY": "sk-" + "a1B2" * 8,
        "CORS_ORIGIN": "https://octatech.xyz", "CRM_BASE_URL": "https://crm.octatech.xyz",
    }  # fmt: skip
    looked_at = patient.case(APP_ENV=None, **given)
    assert looked_at.production
    assert set(variables.FOUNDING) <= set(looked_at.environ)
    assert bad(variables.findings(looked_at)) == []


def test_two_names_for_the_environment_that_disagree_are_told(patient: Patient):
    told = only(variables.findings(patient.case(NODE_ENV="development")))
    assert "APP_ENV counts" in told.what


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"SEALING_KEYS": None}, ("weak", "SEALING_KEYS")),
        ({"SESSION_SECRET": "ab" * 20}, ("weak", "SESSION_SECRET")),
        ({"ADMIN_EMAIL": None}, ("weak", "ADMIN_EMAIL")),
        ({"CORS_ORIGIN": "https://elsewhere.example"}, ("wrong", "CORS_ORIGIN")),
        ({"TRUSTED_PROXIES": "0", "RAILWAY_ENVIRONMENT_ID": "e"}, ("wrong", "TRUSTED_PROXIES")),
        ({"OPENAI_API_KEY": "7"}, ("weak", "OPENAI_API_KEY")),
    ],
)
def test_what_starts_and_is_not_as_it_should_be_is_told(patient: Patient, changed: dict[str, str], found: object):
    assert bad(variables.findings(patient.case(**changed))) == [found]


def test_a_laptop_needs_no_variables_at_all():
    assert bad(variables.findings(case.of({}))) == []
