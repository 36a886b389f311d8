"""A new field of the enquiry form takes its definition and its column: two files of a clean clone, and nothing else."""

from __future__ import annotations

import html
import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import running_system
from wait_for import wait_for

from ops.dev import commands
from ops.dev.subprocesses import run_subprocess
from shared import embedded_postgres

ROOT = Path(__file__).resolve().parents[1]
DEFINITION = "packages/shared/src/shared/enquiry_form.py"
VERSIONS = "packages/crm/src/crm/migrations/versions"
FIELD = """    Field(
        "country", "Where are you?", "Country", "select", 40, choices=_choices(de="Germany", ro="Romania"),
        shown=("page", "list", "mail"), filter=True,
    ),
"""
MIGRATION = '''"""The country of an enquiry."""

from alembic import op

revision = "{next}"
down_revision = "{last}"


def upgrade() -> None:
    op.execute("ALTER TABLE leads ADD COLUMN country text NOT NULL DEFAULT ''")
'''
ENQUIRY = {"name": "Grace Hopper", "email": "grace@navy.example", "message": "Could you look at our compiler in May?"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clean clone with the field and its column."""
    clone = tmp_path_factory.mktemp("clone") / "clone"
    subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, clone], check=True)
    definition = clone / DEFINITION
    before, last_line, after = definition.read_text("utf-8").partition(")  # fmt: skip\nBY_NAME")
    definition.write_text(before + FIELD + last_line + after, "utf-8")
    last = max(each.name[:4] for each in (clone / VERSIONS).glob("[0-9]*.py"))
    revision = f"{int(last) + 1:04}"
    (clone / VERSIONS / f"{revision}_country.py").write_text(MIGRATION.format(next=revision, last=last), "utf-8")
    yield clone


@pytest.fixture(scope="module")
def environment(clone: Path) -> dict[str, str]:
    """The variables with which our programs run the code of the clone."""
    return {"PYTHONPATH": os.pathsep.join(str(clone / "packages" / name / "src") for name in ("shared", "blog", "crm"))}


@pytest.fixture(scope="module")
async def crm(
    cluster: embedded_postgres.Cluster, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[running_system.CrmProcess]:
    """The service of the clone, on a database that its migrations made."""
    cluster.create_database("new_field")
    crm = running_system.CrmProcess(
        running_system.make_settings(tmp_path_factory.mktemp("crm")), cluster.dsn("new_field"), **environment
    )
    log = crm.log.with_name("start.log")
    await run_subprocess(commands.migrate(crm.env), log)
    await run_subprocess(commands.seed(crm.env, demo=False), log)
    async with running_system.run_processes(crm):
        yield crm


@pytest.fixture(scope="module")
async def lead(crm: running_system.CrmProcess, cluster: embedded_postgres.Cluster) -> dict[str, Any]:
    """The lead of an enquiry from Romania, as a row of the table."""
    sql = await asyncpg.connect(cluster.dsn("new_field"))
    async with httpx.AsyncClient(base_url=crm.url) as visitor:
        refused = await visitor.post("/api/leads", json=ENQUIRY | {"country": "Atlantis"})
        assert [error["field"] for error in refused.json()["errors"]] == ["country"]
        sent = await visitor.post("/api/leads", json=ENQUIRY | {"country": "ro"})
        assert sent.status_code == 201, sent.text
    row = await wait_for(lambda: sql.fetchrow("SELECT * FROM leads"), "the enquiry is a lead")
    await sql.close()
    return dict(row)


@pytest.fixture
async def office(crm: running_system.CrmProcess) -> AsyncIterator[httpx.AsyncClient]:
    """Ada, signed in."""
    async with httpx.AsyncClient(base_url=crm.url, headers={"origin": crm.url}) as client:
        await client.post(
            "/sign-in", data={"email": running_system.SIGN_IN.email, "password": running_system.SIGN_IN.password}
        )
        yield client


@pytest.fixture
def api_key(crm: running_system.CrmProcess) -> str:
    scopes = "leads:read,leads:write"
    command = [commands.program("crm"), "apikey", "create", "--name", "A program", "--scopes", scopes]
    created = subprocess.run(command, env={**os.environ, **crm.env}, check=True, capture_output=True, text=True)
    return created.stdout.strip()


def test_two_files_are_touched(clone: Path) -> None:
    subprocess.run(["git", "add", "--intent-to-add", "."], cwd=clone, check=True)
    changed = subprocess.run(["git", "diff", "--stat"], cwd=clone, check=True, capture_output=True, text=True).stdout
    assert changed.splitlines()[-1].strip().startswith("2 files changed"), changed


async def test_it_is_stored_in_a_column_of_its_own(lead: dict[str, Any]) -> None:
    assert lead["country"] == "ro"


async def test_the_leads_page_the_list_and_its_filter_show_it(office: httpx.AsyncClient, lead: dict[str, Any]) -> None:
    page = (await office.get(f"/leads/{lead['id']}")).text
    assert re.search(r"<dt>Country</dt>.{0,400}<span>Romania</span>", page, re.DOTALL)
    listed = (await office.get("/leads?country=ro")).text
    assert ">Romania</td>" in listed
    assert "Country: Romania" in listed
    assert "Grace Hopper" not in (await office.get("/leads?country=de")).text
    enquiry = (await office.get(f"/inbox/of/{lead['reference']}", follow_redirects=True)).text
    assert re.search(r"<dt>Country</dt>\s*<dd[^>]*>Romania", enquiry)


async def test_it_is_edited_like_any_field(office: httpx.AsyncClient, lead: dict[str, Any]) -> None:
    form = (await office.get(f"/leads/{lead['id']}/edit")).text
    assert '<option value="ro" selected>Romania</option>' in form
    values = {**ENQUIRY, "country": "de", "version": str(lead["version"])}
    assert (await office.post(f"/leads/{lead['id']}", data=values)).status_code == 303
    page = (await office.get(f"/leads/{lead['id']}")).text
    assert re.search(r"<dt>Country</dt>.{0,400}<span>Germany</span>", page, re.DOTALL)
    assert "changed the country from “Romania” to “Germany”." in html.unescape(page)


async def test_the_api_reads_writes_filters_and_documents_it(
    crm: running_system.CrmProcess, api_key: str, lead: dict[str, Any]
) -> None:
    headers = {"authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=f"{crm.url}/api/v1", headers=headers) as program:
        created = (await program.post("/leads", json={"name": "Ada", "country": "de"})).json()
        assert created["country"] == "de"
        changed = await program.patch(f"/leads/{created['id']}", json={"country": "ro"}, headers={"if-match": "*"})
        assert changed.json()["country"] == "ro"
        listed = (await program.get("/leads", params={"country": "ro", "sort": "-created_at"})).json()
        assert listed["data"][0]["id"] == created["id"]
        schemas = (await program.get("/openapi.json")).json()["components"]["schemas"]
    assert all("country" in schemas[name]["properties"] for name in ("Enquiry", "Lead", "NewLead", "ChangeLead"))


async def test_the_mail_about_a_new_lead_tells_it(cluster: embedded_postgres.Cluster, lead: dict[str, Any]) -> None:
    sql = await asyncpg.connect(cluster.dsn("new_field"))
    mail = await wait_for(
        lambda: sql.fetchval("SELECT body FROM mails WHERE subject LIKE '%Grace Hopper%'"), "the mail is written"
    )
    await sql.close()
    assert "Country: Romania" in mail


async def test_the_form_of_the_site_has_it(environment: dict[str, str], tmp_path: Path) -> None:
    build = commands.build_site(running_system.make_settings(tmp_path))
    await run_subprocess(build._replace(env=environment), tmp_path / "site.log")
    form = (tmp_path / "site/index.html").read_text("utf-8")
    assert '<label for="country">Where are you?' in form
    assert '<option value="ro">Romania' in form
