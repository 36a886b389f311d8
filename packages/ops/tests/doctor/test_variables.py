"""Variables: what is missing, weak, left as in the example or unknown is reported with the line that fixes it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from doctor.conftest import ROOT, ServiceEnv, find_only, list_problems, run_check
from dotenv import dotenv_values

from ops.doctor import context, variables
from ops.doctor.findings import Severity


def example(name: str) -> str:
    found = re.search(rf"^{name}=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_a_healthy_service_is_approved_in_one_line(service_env: ServiceEnv):
    (finding,) = run_check(variables.check, service_env.context())
    assert finding.severity is Severity.FINE


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
def test_what_the_service_would_not_start_with_is_wrong(
    service_env: ServiceEnv, name: str, value: str | None, what: str
):
    finding = [
        each
        for each in run_check(variables.check, service_env.context(**{name: value}))
        if each.severity is Severity.WRONG
    ]
    assert [each.what.partition(" ")[0] for each in finding] == [name]
    assert what in finding[0].what + finding[0].fix
    assert finding[0].fix
    assert "\n" not in finding[0].fix


def read_suggestion(fix: str) -> dict[str, str]:
    """Returns the variable that a fix sets, as a file of variables is read."""
    line = fix.rpartition(": ")[2].removeprefix("export ")
    return {name: value or "" for name, value in dotenv_values(stream=io.StringIO(line), interpolate=False).items()}


@pytest.mark.parametrize("in_file", [True, False])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_SECRET", "short"),
        ("SESSION_SECRET", None),
        ("SESSION_SECRET", "$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')"),
        ("SEALING_KEYS", None),
        ("SEALING_KEYS", "no key"),
        ("ADMIN_PASSWORD", "changeme"),
        ("ADMIN_EMAIL", None),
        ("SYNTHETIC_KEY", "short"),
        ("METRICS_TOKEN", "`openssl rand -hex 32` and more of it"),
        ("TRUSTED_PROXIES", "0"),
        ("CORS_ORIGIN", "https://elsewhere.example"),
    ],
)
def test_the_line_for_a_variable_sets_a_value_that_will_do(
    service_env: ServiceEnv, tmp_path: Path, name: str, value: str | None, in_file: bool
):
    changed = {name: value, "RAILWAY_ENVIRONMENT_ID": "e", "TRUSTED_PROXIES": "1"} | {name: value}
    file = tmp_path / ".env" if in_file else None
    found = run_check(variables.check, context.load_context(service_env.environ(**changed), file))
    finding = find_only(found)
    assert finding.fix.startswith(f"In {file}: {name}=" if file else f"export {name}=")
    changed |= read_suggestion(finding.fix)
    assert list_problems(run_check(variables.check, service_env.context(**changed))) == []


def test_the_line_for_a_session_secret_makes_one_that_will_do(service_env: ServiceEnv):
    fixes = {find_only(run_check(variables.check, service_env.context(SESSION_SECRET="short"))).fix for _ in range(2)}
    values = [read_suggestion(fix)["SESSION_SECRET"] for fix in fixes]
    assert len(values) == 2
    assert all(len(value) >= 64 and "$" not in value for value in values)


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("SESSION_SECRET", "$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')", "command"),
        ("SESSION_SECRET", "`openssl rand -base64 48`", "command"),
        ("SESSION_SECRET", 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"', "placeholder"),
        ("SESSION_SECRET", "<at least 32 characters of your own>", "placeholder"),
        ("SESSION_SECRET", "changeme-changeme-changeme-changeme", "placeholder"),
        ("ADMIN_PASSWORD", "your-password-goes-here", "placeholder"),
        ("ADMIN_PASSWORD", "$ADMIN_PASSWORD", "command"),
        ("RESEND_API_KEY", "re_…", "placeholder"),
        ("OPENAI_API_KEY", "sk-xxxxxxxxxxxxxxxxxxxxxxxx", "placeholder"),
        ("SYNTHETIC_KEY", "replace-me-with-thirty-two-characters", "placeholder"),
        ("METRICS_TOKEN", "${METRICS_TOKEN}", "command"),
        ("SMTP_URL", "smtp://user:<password>@smtp.acme.net:587", "placeholder"),
        ("DATABASE_URL", "postgresql://crm:password@db.octatech.example:5432/crm", "placeholder"),
        ("CRM_API_KEY", "oct_…", "placeholder"),
        ("AWS_SECRET_ACCESS_KEY", "...", "placeholder"),
        ("BACKUP_SIGNING_KEY", "$(cat keys/signing-key.txt)", "command"),
        ("RAILWAY_TOKEN", "TODO", "placeholder"),
        ("ADMIN_EMAIL", "<you@octatech.example>", "placeholder"),
        ("CRM_BASE_URL", "https://<your host>", "placeholder"),
    ],
)
def test_a_command_or_a_placeholder_is_no_value(service_env: ServiceEnv, name: str, value: str, what: str):
    found = run_check(variables.check, service_env.context(**{name: value}))
    problems = [each for each in found if each.severity is Severity.WRONG and each.what.startswith(name)]
    assert len(problems) == 1
    assert what in problems[0].what or not service_env.context(**{name: value}).config
    assert value not in problems[0].fix


@pytest.mark.parametrize(
    "value", ["pa$$word-of-the-tests", "a$(b", "Tr0ub4dor$three", "my dog eats 7 bones", "xxx-large-horse-7"]
)
def test_a_password_with_signs_is_no_placeholder(service_env: ServiceEnv, value: str):
    problems = list_problems(run_check(variables.check, service_env.context(ADMIN_PASSWORD=value)))
    assert problems == ([("wrong", "ADMIN_PASSWORD")] if value.startswith("a$(") else [])


@pytest.mark.parametrize("name", ["SESSION_SECRET", "ADMIN_PASSWORD", "ADMIN_EMAIL"])
def test_a_value_of_the_example_is_wrong_in_production_alone(service_env: ServiceEnv, name: str):
    given = {name: example(name)}
    assert ("wrong", name) in list_problems(run_check(variables.check, service_env.context(**given)))
    assert ("wrong", name) not in list_problems(
        run_check(variables.check, service_env.context(**given, APP_ENV="development"))
    )


def test_a_misspelled_name_is_reported_with_the_right_one(service_env: ServiceEnv):
    finding = find_only(run_check(variables.check, service_env.context(CORS_ORIGINS="https://octatech.xyz")))
    assert (finding.severity, finding.fix) == (Severity.WRONG, "Rename CORS_ORIGINS to CORS_ORIGIN")


def test_in_a_file_every_name_that_nothing_reads_is_reported(service_env: ServiceEnv, tmp_path: Path):
    file = tmp_path / ".env.production"
    lines = {**service_env.environ(), "COLOUR": "blue"}
    file.write_text("".join(f"export {name}='{value}' # why\n" for name, value in lines.items()))
    finding = find_only(run_check(variables.check, context.load_context(context.read_variables(file), file)))
    assert finding.what == "COLOUR is unknown: nothing of ours reads it"
    assert list_problems(run_check(variables.check, service_env.context(COLOUR="blue"))) == []


def test_the_founding_variables_keep_their_names(service_env: ServiceEnv):
    given = {
        "NODE_ENV": "production", "PORT": "3000", "OPENAI_API_KEY": "sk-" + "a1B2" * 8,
        "CORS_ORIGIN": "https://octatech.xyz", "CRM_BASE_URL": "https://crm.octatech.xyz",
    }  # fmt: skip
    loaded = service_env.context(APP_ENV=None, **given)
    assert loaded.is_production
    assert set(variables.FOUNDING) <= set(loaded.environ)
    assert list_problems(run_check(variables.check, loaded)) == []


def test_two_names_for_the_environment_that_disagree_are_reported(service_env: ServiceEnv):
    finding = find_only(run_check(variables.check, service_env.context(NODE_ENV="development")))
    assert "APP_ENV counts" in finding.what


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
def test_what_starts_and_is_not_as_it_should_be_is_reported(
    service_env: ServiceEnv, changed: dict[str, str], found: object
):
    assert list_problems(run_check(variables.check, service_env.context(**changed))) == [found]


def test_a_laptop_needs_no_variables_at_all():
    assert list_problems(run_check(variables.check, context.load_context({}))) == []
