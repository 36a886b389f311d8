"""`ops uptime …` as a person runs it, with an account at each provider."""

from __future__ import annotations

import shlex

import pytest
from uptime.doubles import Double, UptimeRobot, serve

from ops.uptime.monitors import list_monitors
from shared.heartbeat_urls import make_ping

API = "[octatech.xyz] API"


def row_of(double: Double, name: str) -> dict:
    row = double.rows[double.id_of(name)]
    return row.get("attributes", row)


def test_apply_makes_the_monitors_and_a_second_run_has_nothing_to_do(run, double, facts):
    double.add(friendlyName="Somebody else's")
    output = run("apply", "--yes", **double.environ())
    assert (output.status, output.err) == (0, "")
    assert f"Create {API}\n" in output.out
    assert "Done, and read back" in output.out
    assert sorted(double.names()) == sorted(["Somebody else's", *(each.name for each in list_monitors(facts))])
    again = run("apply", "--yes", **double.environ())
    assert (again.status, "Nothing to do" in again.out) == (0, True)
    assert run("plan", **double.environ()).status == 0


def test_the_plan_changes_nothing_and_fits_80_columns(run, double):
    output = run("plan", **double.environ())
    assert (output.status, double.rows) == (1, {})
    assert "0 to delete" in output.out
    assert "Landing page https://octatech.xyz/, every 5 min" in " ".join(output.out.split())
    assert max(map(len, output.out.splitlines())) <= 80


def test_what_a_person_changed_is_changed_back_and_the_rest_is_left(run, double):
    run("apply", "--yes", **double.environ())
    row_of(double, API).update({"url": "https://wrong.example/", "regions": ["eu"]})
    double.add(friendlyName="[octatech.xyz] Old host")
    output = run("plan", "--json", **double.environ())
    assert [(each["action"], each["name"]) for each in output.json["changes"]] == [
        ("delete", "[octatech.xyz] Old host"),
        ("update", API),
    ]
    assert run("apply", "--yes", **double.environ()).status == 0
    assert row_of(double, API)["url"] == "https://api.octatech.xyz/api/v1/health"
    assert row_of(double, API)["regions"] == ["eu"]
    assert "[octatech.xyz] Old host" not in double.names()


def test_nothing_is_done_where_nobody_can_be_asked(run, double):
    output = run("apply", **double.environ())
    assert (output.status, double.rows) == (1, {})
    assert "--yes" in output.err


def test_a_plan_that_is_full_stops_with_the_reason_and_the_next_run_goes_on(run, double, facts):
    double.limit = 4
    output = run("apply", "--yes", **double.environ())
    assert output.status == 2
    assert output.err.startswith("Error: ")
    assert "plan" in output.err
    assert len(double.rows) == 4
    double.limit = 100
    assert run("apply", "--yes", **double.environ()).status == 0
    assert len(double.rows) == len(list_monitors(facts))


def test_what_the_provider_does_not_keep_is_said(run, double, monkeypatch):
    run("apply", "--yes", **double.environ())
    row_of(double, API)["url"] = "https://wrong.example/"
    keep = double.route
    monkeypatch.setattr(
        double, "route", lambda method, *rest: (200, {}, {}) if method == "PATCH" else keep(method, *rest)
    )
    output = run("apply", "--yes", **double.environ())
    assert output.status == 2
    assert f"reports otherwise: {API} (url)" in " ".join(output.err.split())


def test_monitors_at_uptimerobot_alert_every_contact_of_the_account(run):
    double = UptimeRobot()
    with serve(double):
        run("apply", "--yes", **double.environ())
    contacts = [{"alertContactId": 7, "threshold": 0, "recurrence": 0}]
    assert [row["assignedAlertContacts"] for row in double.rows.values()] == [contacts] * len(double.rows)


def test_the_report_shows_each_host_with_its_budget(run, double):
    run("apply", "--yes", **double.environ())
    double.measured[API] = (99.95, 1296, 2)
    output = run("report", **double.environ())
    assert (output.status, output.err) == (0, "")
    line = next(line for line in output.out.splitlines() if line.startswith("API") and "30 days" in line)
    assert line.split() == ["API", "30", "days", "99.950", "%", "2", "21", "min", "36", "s", "21", "min", "36", "s"]
    assert "43 min 12 s of 30 days may be down" in output.out
    assert max(map(len, output.out.splitlines())) <= 80


def test_a_spent_budget_is_status_1_and_is_read_by_programs(run, double):
    run("apply", "--yes", **double.environ())
    double.measured[API] = (99.89, 2851, 3)
    output = run("report", "--json", **double.environ())
    assert output.status == 1
    row = next(each for each in output.json["rows"] if each["monitor"] == "API")
    assert (row["budget_s"], row["budget_left_s"], row["incidents"]) == (2592, -259, 3)
    assert "spent, 4 min 19 s over" in run("report", **double.environ()).out


@pytest.mark.parametrize("harm", ["missing", "paused"])
def test_what_was_not_measured_is_never_called_available(run, double, harm):
    run("apply", "--yes", **double.environ())
    if harm == "missing":
        del double.rows[double.id_of(API)]
    else:
        row_of(double, API)["status"] = "paused" if "attributes" in double.rows[double.id_of(API)] else "PAUSED"
    output = run("report", **double.environ())
    assert output.status == 2
    assert ("API is not there" if harm == "missing" else "API is paused") in output.out


@pytest.mark.parametrize("command", ["plan", "apply", "report"])
def test_without_a_token_the_variables_are_named(run, command):
    output = run(command)
    assert (output.status, output.out) == (2, "")
    assert "set UPTIMEROBOT_API_KEY or BETTERSTACK_API_TOKEN" in output.err
    assert "UPTIMEROBOT_API_KEY" in run(command, "--json").json["error"]


def test_a_wrong_token_is_named_and_not_shown(run, double):
    variable, url = double.environ()
    output = run("plan", **{variable: "wrong-token-123", url: double.url})
    assert output.status == 2
    assert f"does not accept {variable}" in output.err
    assert "wrong-token-123" not in output.err


def test_the_heartbeats_are_printed_as_the_service_reads_them(run, double):
    run("apply", "--yes", **double.environ())
    output = run("export", "heartbeats", **double.environ())
    name, _, value = shlex.split(output.out)[0].partition("=")
    assert (output.status, name) == (0, "HEARTBEAT_URL")
    ping = make_ping(value, "backup_create", "0", "run")
    assert ping
    assert "secret" in ping.url
    assert ping.url.startswith(
        ("https://heartbeat.uptimerobot.com/m", "https://uptime.betterstack.com/api/v1/heartbeat/")
    )


def test_heartbeats_that_are_not_there_are_named(run, double):
    output = run("export", "heartbeats", **double.environ())
    assert output.status == 2
    assert "backup_create" in output.err
    assert "Run `ops uptime apply` first" in " ".join(output.err.split())
