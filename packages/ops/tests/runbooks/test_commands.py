"""Every command of ours that a runbook names exists, with these options. Nothing is run."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from runbooks import papers
from runbooks.programs import fault

from house import site
from ops.init import todo

TYPED = [(place, words) for page in papers.pages() for place, text in papers.typed(page) for words in papers.ours(text)]
TOLD = [
    (place, words) for page in papers.pages() for place, text in papers.mentioned(page) for words in papers.ours(text)
]


@pytest.mark.parametrize(("place", "words"), TYPED, ids=[f"{place} {' '.join(words)}" for place, words in TYPED])
def test_a_command_that_is_typed_would_be_taken(place: str, words: list[str]):
    assert fault(words) == "", place


@pytest.mark.parametrize(("place", "words"), TOLD, ids=[f"{place} {' '.join(words)}" for place, words in TOLD])
def test_a_command_that_prose_names_exists_with_these_options(place: str, words: list[str]):
    assert fault(words, whole=False) == "", place


def test_each_program_of_ours_is_named_somewhere():
    assert {words[0] for _, words in TYPED} >= {"ops", "crm"}
    assert ["make", "setup"] in [words for _, words in TOLD]


@pytest.mark.parametrize(
    "words",
    [
        ["ops", "backup", "mend"],
        ["ops", "backup", "create", "--fast"],
        ["ops", "verify", "--only", "weather"],
        ["ops", "backup", "keys", "one", "two"],
        ["crm", "apikey", "create", "--name", "x"],
        ["blog", "new"],
        ["make", "coffee"],
    ],
    ids=" ".join,
)
def test_a_command_that_cannot_be_given_is_found_out(words: list[str]):
    assert fault(words)


def test_commands_are_seen_wherever_they_stand():
    def seen(source: str) -> list[list[str]]:
        return list(papers.ours(source))

    assert seen("A=1 B='x y' ops dns plan # and so on") == [["ops", "dns", "plan"]]
    assert seen("git push && ops deploy watch") == [["ops", "deploy", "watch"]]
    assert seen("docker compose run --rm backup ops backup list") == [["ops", "backup", "list"]]
    assert seen('K="$(crm apikey create --name x)"') == [["crm", "apikey", "create", "--name", "x"]]
    assert seen("printf x | crm user password \\\n  --email a") == [["crm", "user", "password", "--email", "a"]]
    assert seen("cat > site.toml; cd /srv/octatech") == []


def test_a_service_of_docker_that_is_named_exists():
    services = set(yaml.safe_load((papers.ROOT / "compose.yaml").read_text())["services"])
    seen: set[str] = set()
    for page in papers.pages():
        for place, source in papers.typed(page) + papers.mentioned(page):
            for words in papers.commands(source):
                if {"docker", "compose"} <= set(words):
                    named = _services(words[words.index("compose") + 1 :])
                    assert named <= services, place
                    seen |= named
    assert {"postgres", "backup"} <= seen


def test_what_is_to_be_done_at_github_by_hand_is_in_the_first_deploy():
    facts = tomllib.loads((papers.ROOT / "site.toml").read_text())["repository"]
    own = f"{facts['owner']}/{facts['name']}"
    asked = [command for task in todo.by_hand(site.load()) for command in task.commands if command.startswith("gh ")]
    told = papers.text("first-deploy.md")
    assert len(asked) > 20
    for command in asked:
        if named := re.match(r"gh (?:variable|secret) set (\w+)", command):
            environment = re.search(r"--env (\S+)", command)
            wanted = f"set {named[1]}" + (f" --env {environment[1]}" if environment else "\n")
            assert wanted in told, command
        elif own in command and "/environments/" in command:
            assert command.rpartition("/")[2] in told, command
        elif own in command and (field := re.search(r"-[fF] (\w+)=", command)):
            assert field[1] in told, command


def _services(words: list[str]) -> set[str]:
    deed, *rest = words
    if deed not in ("run", "up", "stop", "exec"):
        return set()
    valued = {"--env", "--scale", "--name"}
    scaled = {rest[at + 1].partition("=")[0] for at, word in enumerate(rest) if word == "--scale"}
    plain = [word for at, word in enumerate(rest) if word[0] != "-" and (at == 0 or rest[at - 1] not in valued)]
    return scaled | set(plain[:1] if deed in ("run", "exec") else plain)
