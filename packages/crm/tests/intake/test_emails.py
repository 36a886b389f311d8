from __future__ import annotations

import pytest

from crm.inbound.intake.emails import find_error, get_domain


@pytest.mark.parametrize(
    "address",
    [
        "ada@acme.example",
        "ada.lovelace+site@mail.acme.co.uk",
        "o'brien@acme.ie",
        "ADA@ACME.EXAMPLE",
        "a@b.cd",
        "用户@例子.中国",
        "jörg@müller.de",
        "x_y-z@xn--mller-kva.de",
        "ada@1and1.com",
        "हिन्दी@उदाहरण.भारत",
    ],
)
def test_an_address_somebody_may_have_passes(address: str):
    assert find_error(address) == ""


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("ada", "name@example.com"),
        ("@acme.example", "name@example.com"),
        ("ada@", "name@example.com"),
        ("ada@acme", "ending"),
        ("ada@@acme.example", "more than one @"),
        ("a@b.example, c@d.example", "more than one @"),
        ("ada lovelace@acme.example", "space"),
        ("ada@acme. example", "space"),
        (".ada@acme.example", "before the @"),
        ("ada..l@acme.example", "before the @"),
        ("<ada>@acme.example", "before the @"),
        ("a" * 65 + "@acme.example", "before"),
        ("ada@acme..example", "after the @"),
        ("ada@-acme.example", "after the @"),
        ("ada@acme.example.", "after the @"),
        ("ada@127.0.0.1", "after the @"),
        ("ada@" + "a" * 64 + ".example", "after the @"),
        ("ada@acme_x.example", "after the @"),
        ("ada@" + "a." * 126 + "example", "after the @"),
    ],
)
def test_what_cannot_be_an_address_is_told_in_words_that_help(address: str, word: str):
    assert word in find_error(address)


def test_the_domain_is_what_stands_after_the_at():
    assert get_domain("Ada@Acme.Example") == "acme.example"
    assert get_domain("ada") == ""
