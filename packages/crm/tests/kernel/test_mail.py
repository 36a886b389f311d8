from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import SMTP

import msgspec
import pytest
from http_sink import Reply, run_http_sink
from hypothesis import given, settings
from hypothesis import strategies as st
from smtp_sink import SmtpSink, run_smtp_sink

from crm.kernel import mail
from crm.kernel.app_context import AppContext


@pytest.fixture
async def box() -> AsyncIterator[SmtpSink]:
    async with run_smtp_sink() as box:
        yield box


def with_settings(context: AppContext, **changes: str) -> AppContext:
    return msgspec.structs.replace(context, config=msgspec.structs.replace(context.config, **changes))


async def read_mails(context: AppContext) -> list[tuple[str, str, str, str]]:
    async with context.db.connection() as conn:
        rows = await conn.fetch("SELECT recipient, subject, body, carrier FROM mails ORDER BY id")
    return [tuple(row) for row in rows]


async def send(context: AppContext, **changes: str) -> mail.Carrier:
    values = {"to": "ada@crm.test", "subject": "New lead", "body": "Hello.\n", "key": "notification-1-1"} | changes
    return await mail.send(context, **values)


async def test_without_a_carrier_mail_is_kept_in_the_outbox(clean: AppContext):
    assert await send(clean) == "outbox"
    assert await read_mails(clean) == [("ada@crm.test", "New lead", "Hello.\n", "outbox")]


async def test_mail_goes_to_the_mail_server_whole(clean: AppContext, box: SmtpSink):
    context = with_settings(clean, smtp_url=box.url, mail_from="Octatech <hello@octatech.example>")
    assert await send(context, subject="Grüße", body="Zeile 1\n.\nZeile 3 äöü\n") == "smtp"
    (got,) = box.mails
    assert (got["to"], got["subject"]) == ("ada@crm.test", "Grüße")
    assert got["from"] == "Octatech <hello@octatech.example>"
    assert got["message-id"] == "<notification-1-1@octatech.example>"
    assert got.get_content().splitlines() == ["Zeile 1", ".", "Zeile 3 äöü"]
    assert got.get_content_type() == "text/plain"
    assert box.envelopes == [("<hello@octatech.example>", "<ada@crm.test>")]
    assert [row[3] for row in await read_mails(clean)] == ["smtp"]


async def test_mail_goes_to_the_ascii_form_of_a_domain(clean: AppContext, box: SmtpSink):
    assert await send(with_settings(clean, smtp_url=box.url), to="ada@münchen.example") == "smtp"
    assert [recipient for _, recipient in box.envelopes] == ["<ada@xn--mnchen-3ya.example>"]


async def test_a_subject_cannot_become_a_header(clean: AppContext, box: SmtpSink):
    await send(with_settings(clean, smtp_url=box.url), subject="Hi\r\nBcc: spy@evil.example\n\n<b>body</b>")
    (got,) = box.mails
    assert got["bcc"] is None
    assert got["subject"] == "Hi Bcc: spy@evil.example <b>body</b>"
    assert len(box.envelopes) == 1


def encoded_word(text: str, kind: str = "b") -> str:
    content = base64.b64encode(text.encode()).decode() if kind == "b" else "".join(f"={b:02X}" for b in text.encode())
    return f"=?utf-8?{kind}?{content}?="


SMUGGLED = "Hi\r\nBcc: spy@evil.example\r\nContent-Type: text/html\r\n\r\n<b>Your password has expired</b>"


@pytest.mark.parametrize(
    "subject",
    [
        encoded_word(SMUGGLED), encoded_word(SMUGGLED, "q"), f"New lead from {encoded_word(SMUGGLED)}",
        encoded_word(SMUGGLED).lower(), encoded_word("Hi\n") + " " + encoded_word("\r\nBcc: spy@evil.example"),
        encoded_word(SMUGGLED).replace("utf-8", "us-ascii"), "=?utf-8*en?q?Hi=0D=0ABcc:_spy@evil.example?=",
        "Grüße " + encoded_word(SMUGGLED), "=" * 5 + encoded_word(SMUGGLED),
    ],
)  # fmt: skip
async def test_an_encoded_word_in_a_subject_is_text(clean: AppContext, box: SmtpSink, subject: str):
    await send(with_settings(clean, smtp_url=box.url), subject=subject)
    (got,) = box.mails
    assert got["bcc"] is None
    assert sorted(name.lower() for name in got) == sorted(
        ["from", "to", "subject", "message-id", "date", "content-type", "content-transfer-encoding", "mime-version"]
    )
    assert got.get_content_type() == "text/plain"
    assert got.get_content().splitlines() == ["Hello."]
    assert "".join(got["subject"].replace("\u2060", "").split()) == "".join(subject.split())[:200]
    assert [row[1] for row in await read_mails(clean)] == [subject[:200]]


@given(text=st.text(max_size=300), word=st.text(max_size=80), kind=st.sampled_from("bq"))
@settings(max_examples=300, deadline=None)
def test_no_subject_adds_a_header_on_this_python(text: str, word: str, kind: str):
    for subject in (text, text + encoded_word(word.encode("utf-8", "replace").decode(), kind), f"{text}=?{word}?="):
        cleaned = mail.clean_subject(subject)
        message = mail.build_email("Octatech <hello@octatech.example>", ["ada@crm.test"], cleaned, "Hello.", "key-1")
        head = message.as_bytes(policy=SMTP).partition(b"\r\n\r\n")[0]
        names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
        assert sorted(names) == sorted(name.encode() for name in message)


def test_a_mail_whose_headers_were_changed_is_not_sent():
    message = mail.build_email("hello@octatech.example", ["ada@crm.test"], "Hi", "Hello.", "key-1")
    message["X-Note"] = encoded_word(SMUGGLED)
    try:
        mail.check_headers(message)
    except mail.MailError as error:
        assert "headers" in str(error)
    else:
        # A fixed Python encodes the line breaks.
        assert message_from_bytes(message.as_bytes())["bcc"] is None


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@crm.test", "a@b@c", "ada@crm.test, spy@evil.example", "Ada <ada@crm.test>",
     "ada@crm.test\nBcc: spy@evil.example", "ada@crm.test\r", "a da@crm.test", "a" * 65 + "@crm.test"],
)  # fmt: skip
async def test_only_one_plain_address_is_written_to(clean: AppContext, box: SmtpSink, address: str):
    with pytest.raises(mail.MailError):
        await send(with_settings(clean, smtp_url=box.url), to=address)
    assert box.mails == []


async def test_what_the_mail_server_says_is_reported_and_nothing_is_kept_as_sent(clean: AppContext, box: SmtpSink):
    box.refusal = "550 no such person"
    with pytest.raises(mail.MailError, match="550 no such person"):
        await send(with_settings(clean, smtp_url=box.url))
    assert await read_mails(clean) == []


async def test_an_unreachable_mail_server_is_reported(clean: AppContext):
    async with run_smtp_sink() as box:
        url = box.url
    with pytest.raises(mail.MailError, match="did not accept it"):
        await send(with_settings(clean, smtp_url=url))


async def test_mail_goes_by_resend_with_its_key_and_the_mails_own(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    async with run_http_sink() as resend:
        monkeypatch.setattr(mail, "RESEND", resend.url)
        context = with_settings(clean, resend_api_key="re_a_secret_key", mail_from="Octatech <hello@octatech.example>")
        assert await send(context) == "resend"
        (got,) = resend.received
        assert got.headers["authorization"] == "Bearer re_a_secret_key"
        assert got.headers["idempotency-key"] == "notification-1-1"
        assert msgspec.json.decode(got.body) == {
            "from": "Octatech <hello@octatech.example>", "to": ["ada@crm.test"], "subject": "New lead",
            "text": "Hello.\n",
        }  # fmt: skip


async def test_what_resend_says_is_reported(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    async with run_http_sink() as resend:
        monkeypatch.setattr(mail, "RESEND", resend.url)
        resend.replies = [Reply(403, body=b'{"statusCode": 403, "message": "The domain is not verified."}')]
        with pytest.raises(mail.MailError, match=r"403: The domain is not verified\."):
            await send(with_settings(clean, resend_api_key="re_a_secret_key"))
        assert await read_mails(clean) == []


async def test_a_password_crosses_no_network_in_the_clear(clean: AppContext):
    # 127.0.0.2 stands for another machine: the exception is for the names of this one alone.
    async with run_smtp_sink("127.0.0.2") as box:
        url = f"smtp://me:word@127.0.0.2:{box.port}"
        with pytest.raises(mail.MailError, match="offers no TLS"):
            await send(with_settings(clean, smtp_url=url))
        assert box.mails == []
