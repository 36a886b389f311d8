"""Every command of ours that a runbook names exists, with these options. Nothing is run."""

from __future__ import annotations

import pytest
import yaml
from runbooks import pages
from runbooks.programs import find_error

TYPED = [
    (place, words)
    for page in pages.list_pages()
    for place, text in pages.list_typed(page)
    for words in pages.find_our_commands(text)
]
MENTIONED = [
    (place, words)
    for page in pages.list_pages()
    for place, text in pages.list_mentioned(page)
    for words in pages.find_our_commands(text)
]


@pytest.mark.parametrize(("place", "words"), TYPED, ids=[f"{place} {' '.join(words)}" for place, words in TYPED])
def test_a_typed_command_is_valid(place: str, words: list[str]):
    assert find_error(words) == "", place


@pytest.mark.parametrize(
    ("place", "words"), MENTIONED, ids=[f"{place} {' '.join(words)}" for place, words in MENTIONED]
)
def test_a_command_in_prose_exists_with_its_options(place: str, words: list[str]):
    assert find_error(words, whole=False) == "", place


def test_each_of_our_programs_is_used():
    assert {words[0] for _, words in TYPED} >= {"ops", "crm"}
    assert ["make", "setup"] in [words for _, words in MENTIONED]


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
def test_an_invalid_command_is_found(words: list[str]):
    assert find_error(words)


def test_commands_are_found_wherever_they_stand():
    def find_commands(source: str) -> list[list[str]]:
        return list(pages.find_our_commands(source))

    assert find_commands("A=1 B='x y' ops dns plan # and so on") == [["ops", "dns", "plan"]]
    assert find_commands("git push && ops deploy watch") == [["ops", "deploy", "watch"]]
    assert find_commands("docker compose run --rm backup ops backup list") == [["ops", "backup", "list"]]
    assert find_commands('K="$(crm apikey create --name x)"') == [["crm", "apikey", "create", "--name", "x"]]
    assert find_commands("printf x | crm user password \\\n  --email a") == [
        ["crm", "user", "password", "--email", "a"]
    ]
    assert find_commands("cat > site.toml; cd /srv/octatech") == []


def test_every_docker_service_that_is_named_exists():
    services = set(yaml.safe_load((pages.ROOT / "compose.yaml").read_text())["services"])
    seen: set[str] = set()
    for page in pages.list_pages():
        for place, source in pages.list_typed(page) + pages.list_mentioned(page):
            for words in pages.split_commands(source):
                if {"docker", "compose"} <= set(words):
                    named = _services(words[words.index("compose") + 1 :])
                    assert named <= services, place
                    seen |= named
    assert {"postgres", "backup"} <= seen


def _services(words: list[str]) -> set[str]:
    deed, *rest = words
    if deed not in ("run", "up", "stop", "exec"):
        return set()
    valued = {"--env", "--scale", "--name"}
    scaled = {rest[at + 1].partition("=")[0] for at, word in enumerate(rest) if word == "--scale"}
    plain = [word for at, word in enumerate(rest) if word[0] != "-" and (at == 0 or rest[at - 1] not in valued)]
    return scaled | set(plain[:1] if deed in ("run", "exec") else plain)
