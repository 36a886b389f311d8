"""What is read of messages as real programs write them, and of broken ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import received_mails as samples
from hypothesis import given
from hypothesis import strategies as st

from crm.inbound.mailbox.attachments import read_attachment
from crm.inbound.mailbox.parse import UNREADABLE, parse, read_message_id

SERVER = "mx.crm.test"


def test_outlook_s_text_is_read_in_its_charset_and_its_quoted_text_is_apart():
    email = parse(samples.OUTLOOK)
    assert email.body.startswith("Guten Tag Frau Lovelace,\n\nFreitag passt uns gut, für 1.200 €.")
    assert "Können wir am Freitag sprechen?" in email.quoted
    assert email.body.endswith("Mit freundlichen Grüßen\nGrace Hopper")
    assert email.subject == "AW: Ihr Compiler"
    assert email.sender == ("Grace Hopper", "grace@navy.example")
    assert email.references == ["first@crm.test"]
    assert email.html == "<p>Guten Tag Frau Lovelace,</p><p>Freitag passt uns gut, für 1.200 €.</p>"


def test_gmail_s_message_is_verified_and_loses_its_tracker():
    email = parse(samples.GMAIL, SERVER)
    assert email.body == "Sounds good 👍\n\nGrace"
    assert "Could we talk on Friday?" in email.quoted
    assert email.verified
    assert "tracker.example" not in email.html
    assert "<blockquote>" in email.html
    assert email.at == datetime(2026, 11, 27, 9, 31, 2, tzinfo=UTC)


def test_apple_mail_s_text_around_a_picture_stays_together():
    email = parse(samples.APPLE)
    assert email.body == "Please see the picture:\n\n\nIt happens every morning.\n\nZoe"
    assert email.sender == ("Zoë Laurent", "zoe@paperlantern.example")
    assert email.subject == "Störung im Betrieb"


def test_the_files_of_a_message_are_listed_and_read():
    email = parse(samples.APPLE)
    assert [(file.name, file.content_type, file.size) for file in email.attachments] == [("screen.png", "image/png", 8)]
    assert read_attachment(samples.APPLE, 1) == ("screen.png", b"\x89PNG\r\n\x1a\n")
    assert read_attachment(samples.APPLE, 2) is None
    assert parse(samples.GMAIL).attachments == []


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('filename="../../etc/passwd"', "passwd"), ('filename="C:\\\\Windows\\\\a.exe"', "a.exe"),
        ('filename=".."', "file-1.pdf"), ("filename*=utf-8''%E2%80%AEfdp.exe", "fdp.exe"), ("x=1", "file-1.pdf"),
        ('filename="=?utf-8?q?Gr=C3=BC=C3=9Fe.pdf?="', "Grüße.pdf"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_leads_nowhere_and_hides_nothing(header: str, name: str):
    raw = samples.lines(
        "From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        f"Content-Type: application/pdf\nContent-Disposition: attachment; {header}\n\nx\n--b--\n"
    )
    assert [file.name for file in parse(raw).attachments] == [name]


def test_an_answer_below_the_quoted_text_is_not_folded_away():
    email = parse(samples.THUNDERBIRD)
    assert "Yes, at ten." in email.body
    assert email.references == ["first@crm.test", "zero@crm.test"]


@pytest.mark.parametrize(
    "words",
    [
        "În joi, 26 nov. 2026 la 17:02, Ada Lovelace <ada@crm.test> a scris:",
        "El jue, 26 nov 2026 a las 17:02, Ada Lovelace\n(<ada@crm.test>) escribió:",
    ],
)
def test_marked_lines_at_the_end_are_folded_in_any_language(words: str):
    email = parse(samples.write(text=f"Vineri.\n\n{words}\n\n> Could we talk?\n>\n> Ada"))
    assert email.body == "Vineri."
    assert email.quoted.startswith(words)


@pytest.mark.parametrize(
    "text", ["Two questions:\n\n> Could we talk?\n\nYes.", "You asked for this:\n\n> A price", "> Only\n> quoted"]
)
def test_what_may_be_an_answer_is_not_folded(text: str):
    assert parse(samples.write(text=text)).body == text


@pytest.mark.parametrize("filling", ["\n", " \n", "\t \n", "On x ", "On Monday, x\n", "> ", "-", "\n\n1:\n>x\n"])
def test_no_text_keeps_the_worker_busy_for_minutes(filling: str):
    text = "Begin" + filling * (99_000 // len(filling))
    email = parse(samples.write(text=f"{text}\nEnd"))
    assert email.body.startswith("Begin")
    assert (email.body + email.quoted).endswith("End")


def test_a_message_of_millions_of_parts_is_kept_and_not_taken_apart():
    head = b"From: a@b.example\r\nSubject: Many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    email = parse(head + b"--b\r\n\r\n" * 1_000_000)
    assert email.problem == UNREADABLE
    assert (email.sender[1], email.subject, email.attachments) == ("a@b.example", "Many", [])


@pytest.mark.parametrize(
    ("header", "filling"),
    [
        ("Subject: ", "=?utf-8?q?a?= "), ("To: ", "a@b.example, "), ("From: ", '"a" '), ("From: ", "("),
        ("Authentication-Results: ", "x; "), ("References: ", "<a@b.example> "), ("X-One: 1", "\r\nX-More: 1"),
    ],
)  # fmt: skip
def test_no_header_takes_all_memory(header: str, filling: str):
    raw = f"From: grace@navy.example\r\n{header}{filling * 100_000}\r\n\r\nHello"
    assert parse(raw.encode()).body.endswith("Hello")


@pytest.mark.parametrize("tag", ["<div>", "<ul><li>", "<blockquote>"])
def test_html_without_end_is_read_as_text(tag: str):
    email = parse(b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + (tag * 30_000 + "Hello").encode())
    assert (email.body, email.html) == ("Hello", "")


def test_a_ticket_system_s_message_is_what_a_person_wrote():
    assert parse(samples.TICKET_SYSTEM).kind == "message"


@pytest.mark.parametrize("raw", [samples.AUTO_REPLY, samples.EXCHANGE_AUTO_REPLY])
def test_an_automatic_reply_is_recognized(raw: bytes):
    assert parse(raw).kind == "auto_reply"


def test_a_bounce_names_the_address_the_reason_and_the_message():
    email = parse(samples.BOUNCE)
    assert email.kind == "bounce"
    assert email.bounce is not None
    (failed,) = email.bounce.addresses
    assert failed.email == "grace@navy.example"
    assert failed.permanent
    assert failed.reason.startswith("550 5.1.1 <grace@navy.example>: Recipient address rejected")
    assert email.bounce.original_ids == ["first@crm.test"]


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("utf-8", "windows-1252"), ("iso-8859-1", "utf-8"), ("us-ascii", "utf-8"), ("x-unknown", "utf-8"),
        ("hex", "utf-8"), ("unknown-8bit", "windows-1252"), ("iso-8859-15", "iso-8859-15"),
    ],
)  # fmt: skip
def test_a_wrong_charset_costs_no_letter(charset: str, encoding: str):
    head = (
        f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    assert parse(head.encode() + "Grüße aus Köln".encode(encoding)).body == "Grüße aus Köln"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\xff\xfe no headers at all",
        b"From: <<<>>,,;;@@\r\nTo: =?utf-8?q?=ZZ?= <\r\nDate: never\r\nSubject: =?x?y?z\r\n\r\nWords",
        b'Content-Type: multipart/mixed; boundary="gone"\r\n\r\n--other\r\nWords',
        b"Content-Type: multipart/mixed\r\n\r\nWords",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!Words!!!",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nnothing\r\n--b--",
        b"Content-Type: message/rfc822\r\n" * 400 + b"\r\nWords",
    ],
)
def test_a_broken_message_is_read_as_far_as_it_goes(raw: bytes):
    email = parse(raw)
    text = f"{email.subject}{email.body}{email.sender}{email.recipients}"
    text.encode()
    assert "\x00" not in text


def test_deep_nesting_ends_nowhere_else_than_in_a_readable_message():
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
    assert parse(raw + b"\r\nWords") is not None


@given(st.binary(max_size=2000))
def test_whatever_arrives_is_read_without_an_error(raw: bytes):
    parse(raw, SERVER)
    assert read_message_id(raw)


def test_a_name_that_holds_an_address_does_not_become_the_sender():
    email = parse(samples.write("=?utf-8?q?ada=40crm=2Etest=3E=2C?= <eve@evil.example>"))
    assert email.sender[1] == "eve@evil.example"


@pytest.mark.parametrize(
    ("header", "verified"),
    [
        ("mx.crm.test; dmarc=pass header.from=navy.example", True),
        ("mx.crm.test; dkim=pass header.d=mail.navy.example", True),
        ("mx.crm.test; spf=pass smtp.mailfrom=bounce@navy.example", True),
        ("mx.crm.test; dkim=pass header.d=evil.example", False),
        ("mx.crm.test; dkim=pass header.d=navy.example; dmarc=fail header.from=navy.example", False),
        ("evil.example; dmarc=pass header.from=navy.example", False),
        ("mx.crm.test; dmarc=none (dmarc=pass)", False),
        ("mx.crm.test; none", False),
    ],
)
def test_only_what_our_server_checked_counts(header: str, verified: bool):
    raw = samples.write(headers=f"Authentication-Results: {header}\n")
    assert parse(raw, SERVER).verified is verified


def test_a_second_header_that_the_sender_wrote_does_not_count():
    ours = "Authentication-Results: mx.crm.test; spf=fail smtp.mailfrom=navy.example\n"
    theirs = "Authentication-Results: mx.crm.test; dmarc=pass header.from=navy.example\n"
    assert not parse(samples.write(headers=ours + theirs), SERVER).verified


def test_scripts_styles_and_trackers_leave_the_html():
    page = (
        '<style>p{}</style><p onclick="steal()" style="background:url(https://t.example)">Hello'
        '<script>steal()</script><a href="javascript:steal()">one</a><a href="https://navy.example">two</a>'
        '<img src="https://t.example/p.gif"><iframe src="https://t.example"></iframe>'
        '<form action="/x"><input></form></p>'
    )
    raw = samples.lines(f"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n{page}")
    email = parse(raw)
    for word in ("steal", "t.example", "<form", "<input", "style", "<iframe", "<img"):
        assert word not in email.html
    assert 'href="https://navy.example" rel="noopener noreferrer nofollow"' in email.html
    assert email.body.startswith("Hello")


def test_a_message_without_an_id_gets_one_from_its_content():
    raw = samples.write().replace(b"Message-ID: <one@navy.example>\r\n", b"")
    assert read_message_id(raw) == read_message_id(raw)
    assert read_message_id(raw) != read_message_id(raw + b"More")
    assert read_message_id(samples.write()) == "one@navy.example"
