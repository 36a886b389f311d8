"""What type of file a name and a content are."""

from __future__ import annotations

import pytest

from crm.records.files.types import UNKNOWN, clean_name, find_refusal, find_type


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.PNG", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.png", b"<html>", UNKNOWN),
        ("a.docx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", b"nothing", UNKNOWN),
        ("a.csv", b"a,b", "text/csv"),
        ("a.tar.gz", b"\x1f\x8b", UNKNOWN),
        ("nothing", b"x", UNKNOWN),
    ],
)
def test_a_type_needs_both_the_ending_and_the_content(name: str, head: bytes, kind: str) -> None:
    assert find_type(name, head) == kind


@pytest.mark.parametrize("name", ["a.exe", "invoice.pdf.JS", "a.LNK", "x.msi", "run.sh"])
def test_programs_are_refused_by_their_ending(name: str) -> None:
    assert "is a program" in find_refusal(name, b"x")


def test_a_text_that_begins_with_mz_is_no_program() -> None:
    assert find_refusal("names.txt", b"MZuri, Kenya") == ""


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../a.txt", "a.txt"),
        ("C:\\x\\a.txt", "a.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\nb.txt", "a b.txt"),
        ("...", ""),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("x." + "y" * 300, "." + "y" * 199),
    ],
)
def test_a_name_is_one_line_without_folders(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean
