"""Reads a CSV file (RFC 4180) as spreadsheets and other systems write it: its encoding, its separator and its rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from crm.workspace.imports.models import MAX_COLUMNS

Encoding = Literal["", "utf-8", "utf-16", "windows-1252"]
Delimiter = Literal["", "comma", "semicolon", "tab"]
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1252": "Windows-1252"}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""The first bytes of .xlsx, .ods and .xls."""
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""A first line with which Excel names the separator."""
_HEADER_SIZE = 64 * 1024


class CsvError(Exception):
    """The file cannot be read. The message says what to do."""


class CsvFile(msgspec.Struct, frozen=True):
    """The text of a file. `delimiter` is the name of its separator."""

    text: str
    encoding: str
    delimiter: str

    def read_rows(self) -> Iterator[list[str]]:
        """The rows one by one, the header first. Empty rows are left out. Raises `CsvError`."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=DELIMITERS[self.delimiter], strict=True)
        number = 0
        try:
            for row in reader:
                number += 1
                if any(cell.strip() for cell in row):
                    yield row
        except csv.Error as error:
            if "field larger" in str(error):
                raise CsvError(f"Row {number + 1:,} has a cell of more than 131,072 characters. Shorten it.") from None
            raise CsvError(
                f'Row {number + 1:,} has a quotation mark (") in the wrong place, or one that is never closed. Put '
                'cells with a quotation mark in quotation marks, and write it twice: "say ""hello""".'
            ) from None


def read_file(content: bytes, encoding: Encoding = "", delimiter: Delimiter = "") -> CsvFile:
    """The file, in the encoding and with the separator that were chosen, or else with those it seems to have.

    Raises `CsvError`.
    """
    if not content.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise CsvError("This file is empty. Choose one with a header and at least one row below it.")
    if content.startswith(_SPREADSHEETS):
        raise CsvError("This is a spreadsheet. Open it, save it as CSV (UTF-8), and upload that file.")
    chosen = encoding or _guess_encoding(content)
    text = _decode(content, chosen)
    if "\x00" in text:
        raise CsvError("This is no text file. Save the table as CSV (UTF-8), and upload that file.")
    if named := _SEPARATOR_LINE.match(text):
        text = text[named.end() :]
    guessed = {sign: name for name, sign in DELIMITERS.items()}.get(named[1] if named else "")
    return CsvFile(text, chosen, delimiter or guessed or _guess_delimiter(text))


def name_columns(header: list[str]) -> list[str]:
    """The names of the columns, each once: a second “Name” is “Name (2)”, one without a name “Column 3”."""
    if len(header) > MAX_COLUMNS:
        raise CsvError(f"This file has {len(header):,} columns. At most {MAX_COLUMNS} fit. Remove some of them.")
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        plain = " ".join(cell.split())[:100] or f"Column {number}"
        name, count = plain, 1
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        names.append(name)
    return names


def _guess_encoding(content: bytes) -> str:
    for bom, name in _BOMS:
        if content.startswith(bom):
            return name
    start = content[:1000]
    # Latin letters in UTF-16 have a zero byte each.
    if start.count(0) > len(start) // 4:
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _decode(content: bytes, name: str) -> str:
    codec = {"utf-8": "utf-8-sig", "utf-16": "utf-16"}.get(name, "cp1252")
    if codec == "utf-16" and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        raise CsvError(
            f"This file is not {ENCODINGS[name]}. Choose another encoding, or save the file as CSV (UTF-8)."
        ) from None


def _guess_delimiter(text: str) -> str:
    """The separator that the header has most, outside quotation marks."""
    header = re.sub(r'"[^"]*"', "", text[:_HEADER_SIZE].lstrip("\r\n")).partition("\n")[0]
    return max(DELIMITERS, key=lambda name: header.count(DELIMITERS[name]))
