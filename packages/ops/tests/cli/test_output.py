from __future__ import annotations

import json

import pytest

from ops.cli import CliOutput, Column, OpsError, UsageError, run_command

COLUMNS = [Column("Name"), Column("Size", 1, "right"), Column("Where", 2)]
ROWS = [["000001-20260301T120000Z", "12.0 MB", "s3://bucket/with/a/long/folder/of/ninety/characters/in/all"]]


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> CliOutput:
    monkeypatch.setenv("COLUMNS", "80")
    return CliOutput()


def test_an_error_has_one_prefix_and_its_evidence_below(output: CliOutput, capsys: pytest.CaptureFixture[str]) -> None:
    output.error(OpsError("The store is full.\nos error 28"))
    assert capsys.readouterr() == ("", "Error: The store is full.\n  os error 28\n")


def test_with_json_an_error_is_a_document_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    CliOutput(as_json=True).error(OpsError("The store is full."))
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": "The store is full."}
    assert err == ""


def test_square_brackets_of_others_are_printed_as_they_are(
    output: CliOutput, capsys: pytest.CaptureFixture[str]
) -> None:
    output.error("[red]not ours[/]")
    assert capsys.readouterr().err == "Error: [red]not ours[/]\n"


def test_a_narrow_terminal_drops_the_least_important_column(
    output: CliOutput, capsys: pytest.CaptureFixture[str]
) -> None:
    output.result(output.table(COLUMNS, ROWS), {})
    out = capsys.readouterr().out
    assert "000001-20260301T120000Z" in out
    assert "12.0 MB" in out
    assert "s3://" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_table_without_columns_to_drop_wraps(output: CliOutput, capsys: pytest.CaptureFixture[str]) -> None:
    output.result(output.table([Column("What")], [["long " * 40]]), {})
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.count("long") for line in lines) == 40


def test_a_file_gets_whole_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    CliOutput().error("word " * 100)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_nobody_to_ask_is_a_no_and_says_so(output: CliOutput, capsys: pytest.CaptureFixture[str]) -> None:
    assert not output.confirm("Delete 3 backups?", yes=False)
    assert "--yes" in capsys.readouterr().err
    assert output.confirm("Delete 3 backups?", yes=True)


@pytest.mark.parametrize(("error", "status"), [(UsageError("BACKUP_STORE is missing."), 2), (OpsError("No."), 4)])
def test_an_expected_error_ends_with_a_status(
    output: CliOutput, capsys: pytest.CaptureFixture[str], error: OpsError, status: int
) -> None:
    def work() -> int:
        raise error

    assert run_command(output, work, error_status=4) == status
    assert capsys.readouterr().err == f"Error: {error}\n"
