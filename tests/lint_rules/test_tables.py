"""`scripts/lint_rules/tables.py` finds SQL that names the table of another module."""

from __future__ import annotations

import pytest
from lint_rules.conftest import LINT_RULES, Repository

CRM = "packages/crm/src/crm"
CONTACTS = f"{CRM}/records/contacts/queries.py"
RULES = """
[owners]
kernel = ["events"]
"records.contacts" = ["contacts"]
"records.leads" = ["leads"]

[areas]
below = ["records"]
above = ["workspace"]

[readers]
"records.related" = ["leads"]

[generic]
modules = ["records.common"]
"""


@pytest.fixture
def crm(repository: Repository) -> Repository:
    """A CRM whose modules kernel, contacts and leads have one table each."""
    repository.write("scripts/lint_rules/tables.toml", RULES)
    tables = "".join(f"CREATE TABLE {name} (id bigint);" for name in ("events", "contacts", "leads"))
    repository.write(f"{CRM}/migrations/versions/0001.py", f'SQL = "{tables}"\n')
    return repository


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM leads",
        "SELECT 1 FROM contacts JOIN leads USING (id)",
        "SELECT 1 FROM contacts AS one, leads AS two",
        "SELECT (SELECT count(*) FROM leads) FROM contacts",
        "DELETE FROM contacts WHERE NOT EXISTS (SELECT FROM leads WHERE contact_id = contacts.id)",
        "UPDATE contacts SET name = leads.name FROM leads",
        "UPDATE leads SET name = ''",
        "INSERT INTO leads DEFAULT VALUES",
        "TRUNCATE leads",
    ],
)
@pytest.mark.parametrize("text", ['"{}"', 'f"""{} LIMIT {{limit}}"""'])
def test_the_table_of_another_module_is_found(crm: Repository, sql: str, text: str):
    crm.write(CONTACTS, f"limit = 1\n\nQUERY = {text.format(sql)}\n")
    message = "leads is a table of records.leads: ask that module, or move the query above the line"
    assert crm.run("tables") == (1, [f"{CONTACTS}:3: {message}"])


@pytest.mark.parametrize(
    "code",
    [
        'QUERY = "SELECT name FROM contacts WHERE id = $1 FOR UPDATE"',
        "QUERY = \"INSERT INTO contacts VALUES ($1) ON CONFLICT DO UPDATE SET name = ''\"",
        'QUERY = "SELECT 1 FROM contacts, unnest($1::text[]) AS leads"',
        'QUERY = "SELECT leads FROM contacts WHERE leads IS DISTINCT FROM leads.id"',
        'leads = "the leads"\nQUERY = f"SELECT {leads} FROM (SELECT 1) AS one"',
        '"""Reads contacts from leads."""',
    ],
)
def test_its_own_tables_columns_and_prose_are_no_findings(crm: Repository, code: str):
    crm.write(CONTACTS, f"{code}\n")
    assert crm.run("tables") == (0, [])


def test_a_file_outside_the_areas_is_a_module_too(crm: Repository):
    crm.write(f"{CRM}/worker.py", 'QUERY = "SELECT FROM events"\n')
    crm.write(f"{CRM}/kernel/http/events.py", 'QUERY = "SELECT FROM events"\n')
    _, findings = crm.run("tables")
    assert [finding.partition(": ")[0] for finding in findings] == [f"{CRM}/worker.py:1"]


def test_what_is_above_the_line_may_name_every_table(crm: Repository):
    crm.write(f"{CRM}/workspace/today/queries.py", 'QUERY = "SELECT FROM leads JOIN contacts USING (id)"\n')
    assert crm.run("tables") == (0, [])


def test_a_reader_may_read_the_tables_that_the_list_names_and_write_none(crm: Repository):
    related = f"{CRM}/records/related/queries.py"
    crm.write(related, 'READ = "SELECT FROM leads"\nOTHER = "SELECT FROM contacts"\nWRITE = "DELETE FROM leads"\n')
    status, findings = crm.run("tables")
    assert status == 1
    assert [finding.split(": ", 1)[1] for finding in findings] == [
        "contacts is a table of records.contacts: ask that module, or move the query above the line",
        "leads is a table of records.leads: records.related may only read it",
    ]


def test_only_the_statements_of_every_table_may_leave_its_name_open(crm: Repository):
    code = 'table = "leads"\nQUERY = f"SELECT FROM {table}"\n'
    crm.write(f"{CRM}/records/common/queries.py", code)
    assert crm.run("tables") == (0, [])
    crm.write(CONTACTS, code)
    message = "Write the name of the table, so that this check and the next reader find it"
    assert crm.run("tables") == (1, [f"{CONTACTS}:2: {message}"])


def test_a_new_table_needs_an_owner(crm: Repository):
    crm.write(f"{CRM}/migrations/versions/0002.py", 'SQL = "CREATE TABLE tasks (id bigint)"\n')
    assert crm.run("tables") == (1, ["scripts/lint_rules/tables.toml:1: Say which module owns the table tasks"])


def test_the_list_of_this_repository_names_modules_that_exist():
    source = LINT_RULES.parents[1] / CRM
    for line in (LINT_RULES / "tables.toml").read_text("utf-8").splitlines():
        if line.startswith('"'):
            assert (source / line.split('"')[1].replace(".", "/")).is_dir()
