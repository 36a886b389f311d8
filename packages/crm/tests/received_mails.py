"""Messages as mail programs write them, after the RFCs and the habits of each program."""

from __future__ import annotations

VERIFIED = (
    "Authentication-Results: mx.crm.test; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={domain};"
    " dmarc=pass header.from={domain}\n"
)


def lines(text: str) -> bytes:
    """The text with the line ends of the network."""
    return text.strip("\n").replace("\n", "\r\n").encode() + b"\r\n"


def write(
    sender: str = "Grace Hopper <grace@navy.example>",
    *,
    to: str = "Ada Lovelace <ada@crm.test>",
    subject: str = "Our compiler",
    text: str = "Friday suits us.",
    message_id: str = "one@navy.example",
    headers: str = "",
) -> bytes:
    """A plain message."""
    return lines(
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{message_id}>\n"
        f"Date: Fri, 27 Nov 2026 10:12:00 +0100\n{headers}MIME-Version: 1.0\n"
        f'Content-Type: text/plain; charset="utf-8"\n\n{text}\n'
    )


OUTLOOK = lines("""
From: Grace Hopper <grace@navy.example>
To: Ada Lovelace <ada@crm.test>
Subject: AW: Ihr Compiler
Thread-Topic: Ihr Compiler
Thread-Index: AQHbPzr1Zl4A9Qd0nUeQWm7V9v3RYg==
Date: Fri, 27 Nov 2026 09:20:11 +0000
Message-ID: <AM0PR01MB1234.eurprd01.prod.exchangelabs.example>
References: <first@crm.test>
In-Reply-To: <first@crm.test>
X-Originating-IP: [192.0.2.7]
Content-Type: multipart/alternative;
	boundary="_000_AM0PR01MB1234_"
MIME-Version: 1.0

--_000_AM0PR01MB1234_
Content-Type: text/plain; charset="Windows-1252"
Content-Transfer-Encoding: quoted-printable

Guten Tag Frau Lovelace,

Freitag passt uns gut, f=FCr 1.200 =80.

Mit freundlichen Gr=FC=DFen
Grace Hopper
________________________________
Von: Ada Lovelace <ada@crm.test>
Gesendet: Donnerstag, 26. November 2026 17:02
An: Grace Hopper <grace@navy.example>
Betreff: Ihr Compiler

K=F6nnen wir am Freitag sprechen?

--_000_AM0PR01MB1234_
Content-Type: text/html; charset="Windows-1252"
Content-Transfer-Encoding: quoted-printable

<html><head><style>p {margin:0}</style></head><body><p>Guten Tag Frau Lovelac=
e,</p><p>Freitag passt uns gut, f=FCr 1.200 =80.</p></body></html>

--_000_AM0PR01MB1234_--
""")

GMAIL = lines("""
Delivered-To: ada@crm.test
Authentication-Results: mx.crm.test;
       dkim=pass header.i=@navy.example header.s=20230601 header.b=abc;
       spf=pass (mx.crm.test: domain of grace@navy.example designates 192.0.2.1 as permitted sender)
       smtp.mailfrom=grace@navy.example;
       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=navy.example
MIME-Version: 1.0
References: <first@crm.test>
In-Reply-To: <first@crm.test>
From: Grace Hopper <grace@navy.example>
Date: Fri, 27 Nov 2026 10:31:02 +0100
Message-ID: <CAKx9Qm+7abc=Def@mail.gmail.com>
Subject: Re: Your compiler
To: Ada Lovelace <ada@crm.test>
Content-Type: multipart/alternative; boundary="000000000000f1a2b3062e"

--000000000000f1a2b3062e
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: base64

U291bmRzIGdvb2Qg8J+RjQoKR3JhY2UKCk9uIFRodSwgMjYgTm92IDIwMjYgYXQgMTc6MDIsIEFk
YSBMb3ZlbGFjZSA8YWRhQGNybS50ZXN0PiB3cm90ZToKCj4gQ291bGQgd2UgdGFsayBvbiBGcmlk
YXk/Cj4K

--000000000000f1a2b3062e
Content-Type: text/html; charset="UTF-8"

<div dir="ltr">Sounds good</div><img src="https://tracker.example/p.gif" width="1"><br>
<div class="gmail_quote"><blockquote>Could we talk on Friday?</blockquote></div>

--000000000000f1a2b3062e--
""")

APPLE = lines("""
From: =?utf-8?Q?Zo=C3=AB_Laurent?= <zoe@paperlantern.example>
Content-Type: multipart/mixed; boundary="Apple-Mail=_2F0A"
Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3826.200.121\\))
Subject: =?utf-8?B?U3TDtnJ1bmcgaW0gQmV0cmllYg==?=
Message-Id: <0A5F2B4C-1111-4222-8333-944445555666@paperlantern.example>
Date: Fri, 27 Nov 2026 11:00:00 +0100
To: ada@crm.test
X-Mailer: Apple Mail (2.3826.200.121)

--Apple-Mail=_2F0A
Content-Transfer-Encoding: 7bit
Content-Type: text/plain; charset=us-ascii

Please see the picture:

--Apple-Mail=_2F0A
Content-Disposition: inline; filename=screen.png
Content-Type: image/png; name=screen.png
Content-Transfer-Encoding: base64

iVBORw0KGgo=

--Apple-Mail=_2F0A
Content-Transfer-Encoding: 7bit
Content-Type: text/plain; charset=us-ascii

It happens every morning.

Zoe

--Apple-Mail=_2F0A--
""")

THUNDERBIRD = lines("""
Message-ID: <5b1f2c3d-77aa-4c2e-9f00-0a1b2c3d4e5f@navy.example>
Date: Fri, 27 Nov 2026 12:00:00 +0100
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
Subject: Re: Your compiler
Content-Language: en-US
To: Ada Lovelace <ada@crm.test>
References: <zero@crm.test> <first@crm.test>
From: Grace Hopper <grace@navy.example>
In-Reply-To: <first@crm.test>
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: 8bit

On 26.11.26 17:02, Ada Lovelace wrote:
> Could we talk on Friday?

Yes, at ten.

--\x20
Grace
""")

TICKET_SYSTEM = lines("""
From: "Polaris Support" <support@polaris.example>
To: ada@crm.test
Subject: [Ticket#2026112710000015] Your request
Message-ID: <1764236400.12345.otrs@polaris.example>
Date: Fri, 27 Nov 2026 10:40:00 +0100
Auto-Submitted: auto-generated
Precedence: bulk
X-Mailer: A Ticket System (6.0)
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

Hello Ada,

we have restarted the service. Does it work now?

Marcus
Polaris Support
""")

AUTO_REPLY = lines("""
From: Grace Hopper <grace@navy.example>
To: Ada Lovelace <ada@crm.test>
Subject: Automatic reply: Your compiler
Message-ID: <away.1@navy.example>
In-Reply-To: <first@crm.test>
Date: Fri, 27 Nov 2026 10:13:00 +0100
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

I am away until Monday.
""")

EXCHANGE_AUTO_REPLY = lines("""
From: Grace Hopper <grace@navy.example>
To: Ada Lovelace <ada@crm.test>
Subject: Automatische Antwort: Your compiler
Thread-Topic: Your compiler
Thread-Index: AQHbPzr1Zl4A9Qd0nUeQWm7V9v3RYgABCDEf
Date: Fri, 27 Nov 2026 09:13:04 +0000
Message-ID: <0a1b2c3d4e5f@AM0PR01MB1234.eurprd01.prod.exchangelabs.example>
References: <first@crm.test>
In-Reply-To: <first@crm.test>
X-MS-Has-Attach:
X-Auto-Response-Suppress: All
X-MS-Exchange-Inbox-Rules-Loop: grace@navy.example
X-MS-TNEF-Correlator:
auto-submitted: auto-generated
x-ms-exchange-generated-message-source: Mailbox Rules Agent
Content-Type: text/plain; charset="us-ascii"
MIME-Version: 1.0

Ich bin bis Montag nicht im Haus.
""")

BOUNCE = lines("""
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mail.crm.test>
To: ada@crm.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <20261127093000.AB12@mail.crm.test>
Date: Fri, 27 Nov 2026 10:30:00 +0100
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="AB12.1764235800/mail.crm.test"

--AB12.1764235800/mail.crm.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.crm.test.

--AB12.1764235800/mail.crm.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.crm.test
Arrival-Date: Fri, 27 Nov 2026 10:29:58 +0100

Final-Recipient: rfc822; grace@navy.example
Original-Recipient: rfc822;grace@navy.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.navy.example
Diagnostic-Code: smtp; 550 5.1.1 <grace@navy.example>: Recipient address
    rejected: User unknown

--AB12.1764235800/mail.crm.test
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Ada Lovelace <ada@crm.test>
To: grace@navy.example
Subject: Your compiler
Message-ID: <first@crm.test>

Could we talk on Friday?

--AB12.1764235800/mail.crm.test--
""")
