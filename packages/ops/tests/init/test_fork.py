"""A copy of the repository gets a new owner, is built and run: nothing that anybody reads names the previous one."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from init.conftest import ROOT

from ops.init.manual_steps import get_project_name
from shared import embedded_postgres, site_config
from shared.embedded_postgres import locks

# Where this software comes from, and whoever it belongs to now; a name alone may be a word that pages use.
_FACTS = site_config.load(ROOT / "site.toml")
TRACES = (
    "octatech", "galer7", _FACTS.domains.site, _FACTS.organization.email, f"github.com/{_FACTS.repository.owner}",
    _FACTS.pages.host,
)  # fmt: skip
WISHES = (
    "--name", "Fjordlight & Søn", "--legal-name", "Fjordlight AS", "--tagline", "Light where it is dark",
    "--domain", "fjordlight.example", "--repository", "sunniva/lantern", "--time-zone", "Europe/Oslo",
    "--currency", "NOK", "--accent", "#0f766e",
)  # fmt: skip
HOSTS = {f"{name}.fjordlight.example" for name in ("www", "blog", "api", "crm")} | {"fjordlight.example"}
PASSWORD = "eight quiet lanterns"
TIMEOUT_S = 60


class Fork:
    """A clean copy of what is committed, and programs that run from it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "fork"
        self.root.mkdir()
        packed = subprocess.run(["git", "-C", ROOT, "archive", "HEAD"], check=True, capture_output=True).stdout
        subprocess.run(["tar", "--extract", "--directory", self.root], check=True, input=packed)
        sources = [str(self.root / "packages" / name / "src") for name in ("shared", "blog", "crm", "ops")]
        dropped = ("SITE_FILE", "DATABASE_URL", "MAIL_FROM", "ADMIN_EMAIL")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        self.environ = {**kept, "PYTHONPATH": os.pathsep.join(sources), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, program: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", program, *arguments],
            cwd=self.root, env={**self.environ, **environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip


class Seen(NamedTuple):
    """What the running CRM shows: address and text."""

    pages: dict[str, str]
    mails: str
    sender: str


@pytest.fixture(scope="module")
def fork() -> Iterator[Fork]:
    with tempfile.TemporaryDirectory(prefix="fork-") as folder:
        made = Fork(Path(folder))
        ran = made.run("ops", "init", *WISHES, "--yes")
        assert ran.returncode == 0, ran.stderr
        yield made


@pytest.fixture(scope="module")
def published(fork: Fork) -> dict[str, bytes]:
    """Every file of the public site and of the blog's own host, by path."""
    for command in (("blog", "site", "--cache", ".cache/blog"), ("ops", "blog-host")):
        ran = fork.run(*command)
        assert ran.returncode == 0, ran.stderr
    dist = fork.root / "dist"
    return {str(path.relative_to(dist)): path.read_bytes() for path in dist.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def seen(fork: Fork) -> Iterator[Seen]:
    """The CRM of the fork, as in production, looked at from outside and by its owner."""
    port = _free_port()
    url, crm = f"http://127.0.0.1:{port}", "https://crm.fjordlight.example"
    with embedded_postgres.scratch() as cluster:
        environ = {
            "APP_ENV": "production", "DATABASE_URL": cluster.dsn(), "HOST": "127.0.0.1", "PORT": port,
            "SESSION_SECRET": "s" * 48, "ADMIN_EMAIL": "sunniva@fjordlight.example", "ADMIN_PASSWORD": PASSWORD,
        }  # fmt: skip
        sender = _sender(fork, environ)
        assert fork.run("crm", "migrate", **environ).returncode == 0
        assert fork.run("crm", "seed", **environ).returncode == 0
        serving = subprocess.Popen(
            [sys.executable, "-m", "crm", "serve"],
            cwd=fork.root, env={**fork.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
                assert locks.wait_for(lambda: _answers(client), TIMEOUT_S)
                yield _looked_at(client, crm, sender)
        finally:
            serving.terminate()
            serving.wait(60)


def _free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def _sender(fork: Fork, environ: dict[str, str]) -> str:
    command = [sys.executable, "-c", "from crm.config import load; print(load().mail_from)"]
    ran = subprocess.run(
        command, cwd=fork.root, env={**fork.environ, **environ}, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/api/v1/health").status_code == 200
    except httpx.TransportError:
        return False


def _looked_at(client: httpx.Client, crm: str, sender: str) -> Seen:
    found: dict[str, str] = {}

    def look(method: str, path: str, **given: object) -> httpx.Response:
        answer = client.request(method, path, **given)  # type: ignore[arg-type]
        found[f"{method} {path}"] = f"{answer.headers}\n{answer.text}"
        return answer

    for path in ("/sign-in", "/api/docs", "/api/v1/openapi.json", "/api/v1/health", "/api/v1/live", "/no-such-page"):
        look("GET", path)
    for path in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', found["GET /sign-in"])):
        look("GET", path)
    enquiry = {"name": "Grace Hopper", "email": "grace@navy.example", "message": "Our nightly job stopped."}
    at_home = {"origin": "https://fjordlight.example", "accept": "text/html"}
    look("POST", "/api/leads", data={"name": "Grace"}, headers=at_home)
    signed = client.post(
        "/sign-in", data={"email": "sunniva@fjordlight.example", "password": PASSWORD}, headers={"origin": crm}
    )
    cookie = signed.headers["set-cookie"].partition(";")[0]
    ours = {"cookie": cookie, "origin": crm}
    target = {"name": "Mail", "target": "sunniva@fjordlight.example", "events": ["lead.created"]}
    assert client.post("/settings/notifications", data=target, headers=ours).status_code == 303
    assert client.post("/api/leads", json=enquiry, headers={"origin": at_home["origin"]}).is_success
    arrived = lambda: "Grace Hopper" in client.get("/settings/outbox", headers=ours).text  # noqa: E731
    assert locks.wait_for(arrived, TIMEOUT_S)
    for path in ("/", "/leads", "/settings", "/settings/notifications", "/settings/webhooks", "/operations"):
        look("GET", path, headers=ours)
    letters = set(re.findall(r'href="(/settings/outbox/\d+)"', client.get("/settings/outbox", headers=ours).text))
    return Seen(found, "\n".join(client.get(letter, headers=ours).text for letter in letters), sender)


def find_traces(text: str) -> list[str]:
    return [trace for trace in TRACES if trace.lower() in text.lower()]


def test_nothing_published_names_the_previous_owner(published: dict[str, bytes]):
    assert len(published) > 40
    traces = {name: find_traces(f"{name}\n{content.decode(errors='replace')}") for name, content in published.items()}
    assert {name: found for name, found in traces.items() if found} == {}


def test_what_is_published_names_the_new_owner(published: dict[str, bytes]):
    index = published["site/index.html"].decode()
    assert "<title>Fjordlight &amp; Søn · Light where it is dark</title>" in index
    assert "https://api.fjordlight.example/api/leads" in index
    assert "mailto:hello@fjordlight.example" in index
    assert "Fjordlight AS runs this site" in published["site/privacy.html"].decode()
    security = published["site/.well-known/security.txt"].decode()
    assert "Contact: mailto:hello@fjordlight.example" in security
    assert "https://github.com/sunniva/lantern/blob/main/SECURITY.md" in security
    assert published["site/CNAME"] == b"fjordlight.example\n"
    assert published["blog-host/CNAME"] == b"blog.fjordlight.example\n"


def test_a_call_is_offered_only_where_one_can_be_booked(published: dict[str, bytes]):
    pages = [published[f"site/{name}.html"].decode().lower() for name in ("index", "privacy")]
    assert not any("cal.com" in page or "calendar" in page for page in pages)
    assert 'href=""' not in pages[0]


def test_pages_pictures_and_logo_have_the_new_color(published: dict[str, bytes]):
    assert "oklch(0.5109 0.0861 186.39)" in published["site/index.html"].decode()
    assert "#0f766e" in published["site/favicon.svg"].decode()


def test_the_built_site_passes_its_check(fork: Fork, published: dict[str, bytes]):
    ran = fork.run("blog", "check", "dist/site")
    assert (ran.returncode, ran.stdout) == (0, "dist/site: no problems\n")


def test_nothing_that_the_service_shows_or_sends_names_the_previous_owner(seen: Seen):
    assert len(seen.pages) > 14
    traces = {
        place: find_traces(text) for place, text in {**seen.pages, "mails": seen.mails, "sender": seen.sender}.items()
    }
    assert {place: found for place, found in traces.items() if found} == {}


def test_what_the_service_shows_names_the_new_owner(seen: Seen):
    assert "Sign in to Fjordlight &amp; Søn" in seen.pages["GET /sign-in"]
    document = json.loads(seen.pages["GET /api/v1/openapi.json"].partition("\n")[2])
    assert document["info"]["title"] == "Fjordlight & Søn CRM"
    assert 'href="https://fjordlight.example/"' in seen.pages["POST /api/leads"]
    assert "https://crm.fjordlight.example/leads/" in seen.mails
    assert seen.sender == "Fjordlight & Søn <hello@fjordlight.example>"


def test_every_host_that_is_named_is_one_of_site_toml(fork: Fork, published: dict[str, bytes]):
    pages = "\n".join(
        content.decode() for name, content in published.items() if name.endswith((".html", ".xml", ".txt"))
    )
    named = set(re.findall(r"https?://([\w.-]*fjordlight\.example)", pages))
    assert named <= HOSTS
    assert "fjordlight.example" in named


def test_the_file_of_railway_is_sound(fork: Fork):
    ran = fork.run("ops", "railway", "check")
    assert (ran.returncode, ran.stderr) == (0, "")
    service = f"{get_project_name(site_config.load(fork.root / 'site.toml'))}-crm"
    assert service == "fjordlight-s-n-crm"
    assert service in ran.stdout


def list_text_files(fork: Fork) -> dict[str, str]:
    """Returns every text file that git lists, tests apart, by its path."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-tree", "-r", "--name-only", "HEAD"], check=True, capture_output=True
    )
    names = [
        name for name in listed.stdout.decode().splitlines() if "tests/" not in name and (fork.root / name).is_file()
    ]
    contents = {name: (fork.root / name).read_bytes() for name in names}
    return {name: content.decode() for name, content in contents.items() if b"\0" not in content}


def test_no_file_names_the_previous_owner(fork: Fork):
    """The software keeps the name of its packages and databases. The license keeps its first holder."""
    found = {
        name: traces
        for name, text in list_text_files(fork).items()
        if (traces := [trace for trace in TRACES if trace != "octatech" and trace.lower() in text.lower()])
    }
    assert found == {}


def test_no_document_names_a_service_of_the_previous_owner(fork: Fork):
    old = get_project_name(_FACTS)
    service = re.compile(rf"{old}-(?:crm|backup)\b(?!/\d)")
    files = {name: text for name, text in list_text_files(fork).items() if name.endswith((".md", ".py", ".example"))}
    assert len(files) > 100
    assert [name for name, text in files.items() if service.search(text)] == []


def test_the_readme_and_the_license_name_the_new_owner(fork: Fork):
    files = list_text_files(fork)
    assert files["README.md"].startswith("# Fjordlight & Søn")
    assert "Fjordlight AS" in files["LICENSE"]


def test_the_same_wishes_again_change_nothing(fork: Fork, published: dict[str, bytes]):
    ran = fork.run("ops", "init", *WISHES, "--yes")
    assert (ran.returncode, ran.stdout) == (0, "Nothing to change: the files say so already.\n")


def test_a_site_without_posts_can_be_published(fork: Fork, published: dict[str, bytes]):
    ran = fork.run("ops", "init", "--fresh-content", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert fork.run("blog", "site", "--out", "dist/empty", "--cache", ".cache/blog").returncode == 0
    assert "The first post is being written." in (fork.root / "dist/empty/index.html").read_text()
    assert fork.run("blog", "check", "dist/empty").stdout == "dist/empty: no problems\n"
