"""The files that an import reads: encodings, separators, quotation marks, and what it refuses with a reason."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing import check, counts, list_guessed, read, run, text, upload

from crm.kernel.app_context import AppContext
from crm.values import make_safe_cell, read_safe_cell
from crm.workspace.imports.cells import normalize_date, normalize_number, parse_moment
from crm.workspace.imports.csv_file import CsvError, read_file
from crm.workspace.imports.fields import guess_mapping

ROWS = "Name{0}Notes\r\nJürgen Müßig{0}Zoë\r\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_are_found(codec: str, separator: str):
    file = read_file(ROWS.format(separator).encode(codec))
    assert [*file.read_rows()] == [["Name", "Notes"], ["Jürgen Müßig", "Zoë"]]


def test_they_can_be_chosen():
    assert [*read_file("a,b;c\n".encode("cp1252"), "windows-1252", "semicolon").read_rows()] == [["a,b", "c"]]
    with pytest.raises(CsvError, match="This file is not UTF-8"):
        read_file("Müßig\n".encode("cp1252"), "utf-8")


def test_a_cell_may_hold_line_ends_separators_and_quotation_marks():
    file = read_file(b'sep=;\r\nName;Notes\r\n"Ada; L.";"one\r\ntwo ""three"""\r\n\r\n;\r\n')
    assert [*file.read_rows()] == [["Name", "Notes"], ["Ada; L.", 'one\r\ntwo "three"']]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "This file is empty."),
        (b"\xef\xbb\xbf\r\n", "This file is empty."),
        (b"Name,E-mail\n", "no rows below it"),
        (b"PK\x03\x04rest of a workbook", "This is a spreadsheet. Open it, save it as CSV (UTF-8)"),
        (b"\x89PNG\x00\x01, and more that is no text", "This is no text file."),
        (b"Name\nAda \x81\n", "This file is not Windows-1252."),
        (b'Name,Notes\nAda,"never closed\nGrace,x\n', "has a quotation mark"),
        (b'Name,Notes\n"Ada" L.,x\n', "Row 2 has a quotation mark"),
        (b",".join(b"c%d" % n for n in range(101)) + b"\nx\n", "This file has 101 columns. At most 100 fit."),
        (b"Name\n" + b"x" * 140_000 + b"\n", "a cell of more than 131,072 characters"),
        (b"Name\n" + b"Ada\n" * 20_001, "This file has more than 20,000 rows."),
        (b"Name\n" + b"x" * 10_600_000, "This file is larger than 10 MB."),
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_imported_says_what_to_do_and_leaves_nothing(
    signed_in: httpx.AsyncClient, context: AppContext, content: bytes, message: str
):
    answer = await upload(signed_in, content)
    assert answer.status_code == 422
    assert message in text(answer.text)
    assert await read(context, "SELECT 1 FROM imports") == []


async def test_a_form_without_a_file_or_with_a_wrong_value_says_so(signed_in: httpx.AsyncClient):
    answer = await signed_in.post("/imports", data={"noun": "contact"}, files={"other": ("", b"", "text/csv")})
    assert (answer.status_code, "Choose a CSV file." in answer.text) == (422, True)
    answer = await upload(signed_in, "Name\nAda\n", "cat")
    assert (answer.status_code, "Choose one of: " in answer.text) == (422, True)
    answer = await signed_in.post(
        "/imports", content=b"--x", headers={"content-type": "multipart/form-data; boundary=y"}
    )
    assert answer.status_code in (400, 422)
    answer = await signed_in.post("/imports", content=b"x", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 400


async def test_a_file_of_nearly_ten_megabytes_is_imported(signed_in: httpx.AsyncClient, context: AppContext):
    notes = "note " * 3_800
    content = "Name,E-mail,Notes\n" + "".join(f"P{n},p{n}@many.example,{notes}\n" for n in range(540))
    assert 10_000_000 < len(content) < 10 * 1024 * 1024
    path = await check(signed_in, content)
    await signed_in.get(path)
    assert await read(context, "SELECT count(*) FROM import_rows") == [(540,)]
    assert await read(context, "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'run_import'") == [(1,)]


async def test_the_encoding_that_was_chosen_is_used_and_named(signed_in: httpx.AsyncClient, context: AppContext):
    answer = await upload(
        signed_in, "Name;Notes\nMüßig;x\n".encode("cp1252"), encoding="windows-1252", delimiter="semicolon"
    )
    page = (await signed_in.get(answer.headers["location"])).text
    assert "read as Windows-1252 with semicolons" in text(page)
    assert "Müßig" in page
    assert list_guessed(page) == ["name", "notes"]


async def test_too_many_cells_are_an_error_of_the_row_unless_they_are_empty(
    signed_in: httpx.AsyncClient, context: AppContext
):
    path = await check(signed_in, "Name,Notes\nAda\nGrace,a,,\nEve,a,b\n")
    assert counts((await signed_in.get(path)).text) == [2, 0, 0, 1]
    await run(signed_in, path)
    assert await read(context, "SELECT name, notes FROM contacts ORDER BY id") == [("Ada", ""), ("Grace", "a")]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1250.5", "1250.5"), ("1,250.50", "1250.5"), ("1.250,50", "1250.5"), ("€ 1'250.5", "1250.5"),
        ("1 250", "1250"),
        ("1,234", "1234"), ("1.234.567", "1234567"), ("12,5", "12.5"), ("0.125", "0.125"), ("900 EUR", "900"),
        ("-3", "-3"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(written: str, number: str):
    assert normalize_number(written) == number


@pytest.mark.parametrize("written", ["", "abc", "12k", "1,2,3", "1.2.3", "1..5", "£", "1e5"])
def test_other_texts_are_no_numbers(written: str):
    with pytest.raises(ValueError, match="Enter a number"):
        normalize_number(written)


def test_dates_are_read_as_people_write_them():
    assert normalize_date("22.11.26", "month") == "2026-11-22"
    assert normalize_date("2026/11/22 14:30", "day") == "2026-11-22"
    assert (normalize_date("3/4/2026", "day"), normalize_date("3/4/2026", "month")) == ("2026-04-03", "2026-03-04")
    assert parse_moment("20.11.2026 14:30", "day", "Europe/Berlin").isoformat() == "2026-11-20T14:30:00+01:00"
    assert parse_moment("2026-11-20T14:30:00Z", "day", "Europe/Berlin").isoformat() == "2026-11-20T14:30:00+00:00"
    for wrong in ("31/31/2026", "soon", "", "2026-13-01", "1-2/2026"):
        with pytest.raises(ValueError, match="date"):
            normalize_date(wrong, "day")
    for wrong in ("20.11.2026 later", "20.11.2026 25:99", "tomorrow"):
        with pytest.raises(ValueError, match="Enter a date"):
            parse_moment(wrong, "day", "UTC")


def test_columns_of_other_systems_are_guessed_and_each_field_once():
    header = [
        "Record ID",
        "First Name",
        "Last Name",
        "Email Address",
        "Phone Number",
        "Company Name",
        "Job Title",
        "Notes",
    ]
    assert guess_mapping("contact", header) == [
        "", "first_name", "last_name", "email", "phone", "company", "job_title", "notes"
    ]  # fmt: skip
    assert guess_mapping("company", ["Company", "Company domain name", "Website URL"]) == ["name", "domain", "website"]
    assert guess_mapping("lead", ["Deal Name", "Amount", "Deal Stage", "Create Date", "Deal owner", "Amount"]) == [
        "title", "value", "status", "received_at", "owner_id", ""
    ]  # fmt: skip


@given(st.text(alphabet="'=+-@\t\rab \"1", max_size=8))
def test_what_an_export_made_safe_is_read_as_it_was(cell: str):
    assert read_safe_cell(make_safe_cell(cell)) == cell
