"""One file is read in chunks, wherever they are cut, in any encoding, in little memory."""

from __future__ import annotations

import tracemalloc

import pytest
from secret_scan.corpus import SAMPLES

from ops.secrets import matching

LINE = b"a plain line of sixty-four bytes, which stands here many times ..\n"


@pytest.mark.parametrize(
    "cut", [150, matching.OVERLAP - 20, matching.OVERLAP, matching.OVERLAP + 17, 3 * matching.OVERLAP]
)
def test_wherever_a_file_is_cut_a_secret_is_found_once_and_on_its_line(cut: int):
    token = SAMPLES["github-token"]().encode()
    count = 200
    text = LINE * count + b"key: " + token + b"\n" + LINE * count
    for end in range(cut, cut + 3):
        chunks = [text[start : start + end] for start in range(0, len(text), end)]
        assert [(each.line, each.value) for each in matching.find_secrets(chunks)] == [(count + 1, token)]


def test_two_in_one_line_are_two():
    line = b" ".join(SAMPLES[shape]().encode() for shape in ("crm-key", "github-token"))
    assert sorted(each.shape for each in matching.find_secrets([line])) == ["crm-key", "github-token"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_hides_nothing(encoding: str):
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    text = mark + f"\r\nKEY={SAMPLES['github-token']()}\r\n".encode(encoding)
    assert [each.shape for each in matching.find_secrets([text])] == ["github-token"]


def test_a_binary_file_is_searched_for_shapes():
    text = b"SQLite format 3\0" + bytes(200) + SAMPLES["crm-key"]().encode() + bytes(200)
    assert [each.shape for each in matching.find_secrets([text])] == ["crm-key"]


def test_a_line_with_a_reason_is_accepted_and_one_without_is_not():
    token = SAMPLES["github-token"]()
    mark = "not-a-" + "secret:"
    assert list(matching.find_secrets([f"{token}  # {mark} made up for tests\n".encode()])) == []
    assert len(list(matching.find_secrets([f"{token}  # {mark}\n".encode()]))) == 1
    assert len(list(matching.find_secrets([f"# {mark} the line above\n{token}\n".encode()]))) == 1


def test_memory_is_that_of_a_window_however_long_the_file():
    chunks = (bytes(matching.CHUNK - 1) + b"\n" for _ in range(12))
    tracemalloc.start()
    assert list(matching.find_secrets(chunks)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * matching.CHUNK
