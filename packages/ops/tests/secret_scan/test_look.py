"""How one file is looked through: in pieces, wherever they are cut, in any packing, in little memory."""

from __future__ import annotations

import tracemalloc

import pytest
from secret_scan.samples import SAMPLES

from ops.secrets import look

LINE = b"nothing to see in this line of sixty-four bytes, as in many more\n"


@pytest.mark.parametrize("cut", [150, look.OVERLAP - 20, look.OVERLAP, look.OVERLAP + 17, 3 * look.OVERLAP])
def test_wherever_a_file_is_cut_a_secret_is_found_once_and_on_its_line(cut: int):
    token = SAMPLES["github-token"]().encode()
    before = 200
    text = LINE * before + b"key: " + token + b"\n" + LINE * before
    for end in range(cut, cut + 3):
        pieces = [text[start : start + end] for start in range(0, len(text), end)]
        assert [(each.line, each.value) for each in look.through(pieces)] == [(before + 1, token)]


def test_two_in_one_line_are_two():
    line = b" ".join(SAMPLES[shape]().encode() for shape in ("crm-key", "github-token"))
    assert sorted(each.shape for each in look.through([line])) == ["crm-key", "github-token"]


@pytest.mark.parametrize("packing", ["utf-16", "utf-16-le", "utf-16-be"])
def test_two_bytes_a_letter_hide_nothing(packing: str):
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(packing, b"")
    text = mark + f"\r\nKEY={SAMPLES['github-token']()}\r\n".encode(packing)
    assert [each.shape for each in look.through([text])] == ["github-token"]


def test_a_database_in_a_file_is_looked_through_for_shapes():
    text = b"SQLite format 3\0" + bytes(200) + SAMPLES["crm-key"]().encode() + bytes(200)
    assert [each.shape for each in look.through([text])] == ["crm-key"]


def test_a_line_that_says_why_may_stay_and_one_that_does_not_may_not():
    token = SAMPLES["github-token"]()
    mark = "not-a-" + "secret:"
    assert list(look.through([f"{token}  # {mark} made up for tests\n".encode()])) == []
    assert len(list(look.through([f"{token}  # {mark}\n".encode()]))) == 1
    assert len(list(look.through([f"# {mark} the line above\n{token}\n".encode()]))) == 1


def test_memory_is_that_of_a_window_however_long_the_file():
    pieces = (bytes(look.PIECE - 1) + b"\n" for _ in range(48))
    tracemalloc.start()
    assert list(look.through(pieces)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * look.PIECE
