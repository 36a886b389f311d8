"""`ops railway plan` against a stand-in of Railway's API on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from railway.api import TOKEN, Api
from railway.conftest import ROOT

from house import site
from ops.railway import command, plan
from ops.railway import live as environment
from ops.railway.evaluate import FILE, evaluate
from ops.railway.graph import Service

GRAPH = evaluate(ROOT / FILE)
API = site.load(ROOT / "site.toml").domains.api
SECRET = "a-value-that-only-railway-knows"


def converged() -> Api:
    """An environment that is as the file says, in the shape in which Railway tells it."""
    api = Api()
    for number, node in enumerate(GRAPH.resources):
        ident = f"s-{number}"
        api.names[ident] = node.name
        if not isinstance(node, Service):
            variables = {"POSTGRES_PASSWORD": {"value": "*****"}, "DATABASE_URL": {"value": "*****"}}
            api.config["services"][ident] = {"source": {"image": f"{node.image}.4"}, "variables": variables}
            continue
        told: dict[str, Any] = msgspec.to_builtins(node)
        told["source"].pop("type")
        # What Railway adds by itself, and how it writes what the file says.
        told["deploy"] |= {"runtime": "V2", "useLegacyStacker": False, "sleepApplication": False}
        if told["deploy"].pop("numReplicas", None):
            told["deploy"]["multiRegionConfig"] = {"europe-west4": {"numReplicas": 1}}
        names = {each.address: each.name for each in GRAPH.resources}
        values = {
            name: variable["value"]
            if variable["type"] == "literal"
            else f"${{{{{names[variable['resource']]}.{variable['output']}}}}}"
            for name, variable in told["variables"].items()
            if variable["type"] != "preserve"
        }
        sealed = {name: {"isSealed": True} for name in told["variables"] if name not in values}
        api.readable[ident] = {**values, "RAILWAY_PUBLIC_DOMAIN": API}
        told["variables"] = {name: {"value": "*****"} for name in values} | sealed
        api.config["services"][ident] = {
            key: told[key] for key in ("source", "build", "deploy", "networking", "variables") if key in told
        }
    return api


@pytest.fixture
def live(api: Api) -> Api:
    made = converged()
    api.names, api.config, api.readable = made.names, made.config, made.readable
    return api


@pytest.fixture
def crm(live: Api) -> dict[str, Any]:
    return live.config["services"]["s-1"]


class Told:
    """What the plan says of the live environment, as a program reads it."""

    def __init__(self, live: Api) -> None:
        self.live = live

    def changes(self) -> list[tuple[str, str]]:
        found = plan.changes(GRAPH, environment.read(TOKEN, self.live.address))
        self.document = msgspec.to_builtins(found)
        return [(change.kind, change.where.removeprefix(f"{GRAPH.name}-")) for change in found]


@pytest.fixture
def told(live: Api) -> Told:
    return Told(live)


def test_an_environment_that_is_as_the_file_says_needs_nothing(live: Api, capfdbinary: pytest.CaptureFixture[bytes]):
    assert command.compare({"RAILWAY_TOKEN": TOKEN, "RAILWAY_API_URL": live.address}, as_json=True, root=ROOT) == 0
    document = json.loads(capfdbinary.readouterr().out)
    assert document == {"project": "octatech", "environment": "production", "changes": []}


def test_an_empty_environment_gets_everything(told: Told, live: Api):
    live.config = {"services": {}}
    assert told.changes() == [("create", "Postgres"), ("create", "crm"), ("create", "backup")]


def test_a_setting_changed_by_hand_is_told_with_both_values(told: Told, crm: dict[str, Any]):
    crm["deploy"]["healthcheckTimeout"] = 30
    assert told.changes() == [("change", "crm.deploy.healthcheckTimeout")]
    assert (told.document[0]["before"], told.document[0]["after"]) == ("30", "120")


def test_a_setting_taken_away_by_hand_is_told(told: Told, crm: dict[str, Any]):
    del crm["deploy"]["drainingSeconds"]
    assert told.changes() == [("change", "crm.deploy.drainingSeconds")]


def test_a_setting_added_by_hand_is_told(told: Told, crm: dict[str, Any]):
    crm["deploy"]["startCommand"] = "sleep infinity"
    assert told.changes() == [("change", "crm.deploy.startCommand")]


def test_more_replicas_than_stated_are_told(told: Told, crm: dict[str, Any]):
    crm["deploy"]["multiRegionConfig"] = {"europe-west4": {"numReplicas": 3}}
    assert told.changes() == [("change", "crm.deploy.numReplicas")]


def test_another_branch_is_told(told: Told, crm: dict[str, Any]):
    crm["source"]["branch"] = "next"
    assert told.changes() == [("change", "crm.source.branch")]


def test_a_service_nobody_states_would_be_deleted(told: Told, live: Api):
    live.names["s-9"] = "forgotten"
    live.config["services"]["s-9"] = {"source": {"image": "nginx"}}
    assert told.changes() == [("delete", "forgotten")]
    assert told.document[0]["destructive"] is True


def test_a_deleted_service_is_not_there(told: Told, crm: dict[str, Any]):
    crm["isDeleted"] = True
    assert told.changes() == [("create", "crm")]


def test_a_variable_nobody_states_would_be_deleted_and_its_value_is_not_shown(
    told: Told, live: Api, crm: dict[str, Any]
):
    crm["variables"]["EXTRA"] = {"value": "*****"}
    live.readable["s-1"]["EXTRA"] = SECRET
    assert told.changes() == [("delete", "crm.variables.EXTRA")]
    assert SECRET not in json.dumps(told.document)


def test_a_changed_variable_is_told_without_the_value_that_stands_there(told: Told, live: Api):
    live.readable["s-1"]["CORS_ORIGIN"] = f"https://{SECRET}"
    assert told.changes() == [("change", "crm.variables.CORS_ORIGIN")]
    assert SECRET not in json.dumps(told.document)


def test_a_reference_to_another_database_is_told(told: Told, live: Api):
    live.readable["s-1"]["DATABASE_URL"] = "${{Old.DATABASE_URL}}"
    assert told.changes() == [("change", "crm.variables.DATABASE_URL")]


def test_a_missing_secret_is_to_be_set_by_hand(told: Told, crm: dict[str, Any]):
    del crm["variables"]["SESSION_SECRET"]
    assert told.changes() == [("by hand", "crm.variables.SESSION_SECRET")]


def test_a_secret_that_may_stay_away_is_not_asked_for(told: Told, crm: dict[str, Any]):
    del crm["variables"]["REDIS_URL"]
    assert told.changes() == []


def test_a_domain_is_registered_by_hand_with_its_port(told: Told, crm: dict[str, Any]):
    del crm["networking"]["customDomains"][API]
    assert told.changes() == [("by hand", f"crm.domains.{API}")]
    assert "port 8000" in told.document[0]["after"]


def test_a_domain_on_another_port_is_told(told: Told, crm: dict[str, Any]):
    crm["networking"]["customDomains"][API]["port"] = 8080
    assert told.changes() == [("change", f"crm.domains.{API}")]


def test_a_domain_nobody_states_would_be_deleted(told: Told, crm: dict[str, Any]):
    crm["networking"]["customDomains"]["old.example.org"] = {"port": 8000}
    assert told.changes() == [("delete", "crm.domains.old.example.org")]


def test_a_service_under_the_old_config_file_is_told(told: Told, crm: dict[str, Any]):
    crm["configFile"] = "railway.json"
    assert told.changes() == [("by hand", "crm")]


def test_another_major_version_of_the_database_is_told(told: Told, live: Api):
    source = live.config["services"]["s-0"]["source"]
    source["image"] = source["image"].replace(":18", ":17")
    assert told.changes() == [("change", "Postgres.image")]


def test_a_database_that_the_internet_reaches_is_told(told: Told, live: Api):
    live.config["services"]["s-0"]["networking"] = {"tcpProxies": {"5432": {}}}
    assert told.changes() == [("by hand", "Postgres.port 5432")]


def test_people_get_a_table_and_the_next_step(live: Api, crm: dict[str, Any], capfd: pytest.CaptureFixture[str]):
    crm["deploy"]["healthcheckTimeout"] = 30
    assert command.compare({"RAILWAY_TOKEN": TOKEN, "RAILWAY_API_URL": live.address}, root=ROOT) == 2
    said = capfd.readouterr().out
    assert f"{GRAPH.name}-crm.deploy.healthcheckTimeout" in said
    assert "octatech, production: 1 changes, 0 of them destructive" in said
    assert "railway config apply" in said


def test_it_only_asks(told: Told, live: Api):
    told.changes()
    assert live.asked
    assert all(question.startswith("query") for question in live.asked)


FAULTS = {
    "no token": ("", 200, "RAILWAY_TOKEN is missing"),
    "a wrong token": ("wrong", 200, "refuses the token"),
    "too many questions": (TOKEN, 429, "limit of questions"),
    "a fault there": (TOKEN, 503, "answered 503"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_hinders_it_is_said_in_one_line(live: Api, capfd: pytest.CaptureFixture[str], fault: str):
    token, live.status, expected = FAULTS[fault]
    assert command.compare({"RAILWAY_TOKEN": token, "RAILWAY_API_URL": live.address}, root=ROOT) == 1
    said = capfd.readouterr().err
    assert expected in said
    assert said.count("\n") == 1


def test_an_api_that_is_away_is_said_in_one_line(capfd: pytest.CaptureFixture[str]):
    assert command.compare({"RAILWAY_TOKEN": TOKEN, "RAILWAY_API_URL": "http://127.0.0.1:9/"}, root=ROOT) == 1
    assert "cannot be reached" in capfd.readouterr().err


def test_a_refused_question_is_said_with_its_reason(live: Api, capfd: pytest.CaptureFixture[str]):
    live.names = {"s-1": None}  # type: ignore[dict-item]
    assert command.compare({"RAILWAY_TOKEN": TOKEN, "RAILWAY_API_URL": live.address}, root=ROOT) == 1
    assert "API refuses" in capfd.readouterr().err


def test_the_command_ends_with_what_was_found(live: Api, crm: dict[str, Any]):
    asked = [Path(sys.executable).parent / "ops", "railway", "plan", "--json"]
    environ = {**os.environ, "RAILWAY_TOKEN": TOKEN, "RAILWAY_API_URL": live.address}
    assert subprocess.run(asked, cwd=ROOT, env=environ, capture_output=True, check=False).returncode == 0
    del crm["deploy"]["overlapSeconds"]
    told = subprocess.run(asked, cwd=ROOT, env=environ, capture_output=True, check=False)
    assert told.returncode == 2
    assert TOKEN.encode() not in told.stdout + told.stderr
