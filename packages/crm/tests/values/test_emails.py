from __future__ import annotations

import pytest

from crm.values import find_email_error as find_error
from crm.values import get_email_domain as get_domain
from crm.values import mailto_url, normalize_email


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
        ("ada@127.0.0.1", "after the @"),
        ("ada@" + "a" * 64 + ".example", "after the @"),
        ("ada@acme_x.example", "after the @"),
        ("ada@" + "a." * 126 + "example", "after the @"),
    ],
)
def test_what_cannot_be_an_address_gets_an_error_that_helps(address: str, word: str):
    assert word in find_error(address)


def test_the_domain_is_what_stands_after_the_at():
    assert get_domain("Ada@Acme.Example") == "acme.example"
    assert get_domain("ada") == ""


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Ada <ada@x.example>", "ada@x.example"),
        ('"Lovelace, Ada" <Ada@X.example>,', "Ada@x.example"),
        ("mailto:ada@x.example", "ada@x.example"),
        ("ada@x.example.", "ada@x.example"),
        ("a\u200bd\u00ada@\ufeffx.example\u202c", "ada@x.example"),
        ("ada@XN--MNCHEN-3YA.example", "ada@münchen.example"),
        ("ada@ＭÜNCHEN．example", "ada@münchen.example"),
    ],
)
def test_an_address_has_one_form(typed: str, normal: str):
    assert normalize_email(typed) == normal


def test_a_link_to_an_address_writes_to_nobody_else():
    link = mailto_url("ceo%40acme.example?bcc=spy%40evil.example&x=@acme.example")
    assert link == "mailto:ceo%2540acme.example%3Fbcc%3Dspy%2540evil.example%26x%3D@acme.example"
    assert mailto_url("ada@münchen.example", subject="Re: a & b") == (
        "mailto:ada@xn--mnchen-3ya.example?subject=Re%3A%20a%20%26%20b"
    )
