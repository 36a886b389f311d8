"""What secrets look like: those of the services people use, and our own, which public scanners do not know.

`marks` are plain bytes of which one must be there: looking for them is a hundred times faster than a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ops.secrets.randomness import mixed, placeholder


class Shape(NamedTuple):
    """The secret is the group `secret` of `pattern`, or all of it. `real` says whether a match counts."""

    name: str
    what: str
    marks: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    real: Callable[[bytes], bool] = lambda _: True


def _shape(
    name: str, what: str, marks: str, pattern: str, real: Callable[[bytes], bool] = lambda value: not _sample(value)
) -> Shape:
    return Shape(name, what, tuple(mark.encode() for mark in marks.split()), re.compile(pattern.encode()), real)


def _sample(value: bytes) -> bool:
    """What manuals print: AKIAIOSFODNN7EXAMPLE, ghp_xxxxxxxx, sk-your-key-here."""
    return b"EXAMPLE" in value.upper() or b"your" in value.lower() or len(set(value[-16:])) < 6


def _random(value: bytes) -> bool:
    return not _sample(value) and mixed(value)


_BEFORE = r"(?<![A-Za-z0-9_-])"
_RESERVED = re.compile(rb"(?i)(?:^|\.)(?:localhost|example(?:\.(?:com|org|net))?|test|invalid|local|internal)\.?$")
_NEAR = (b"0.0.0.0", b"host", b"hostname", b"db", b"postgres")


def _password(value: bytes) -> bool:
    """`user:password@host` of an address. What is reserved for examples (RFC 2606) opens nothing."""
    user, _, rest = value.partition(b":")
    password, _, host = rest.rpartition(b"@")
    return not (
        placeholder(password) or password == user or _RESERVED.search(host) or host in _NEAR or host.startswith(b"127.")
    )


KNOWN = (
    _shape("private-key", "a private key", "PRIVATE",
           r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
           r"(?:\\r|\\n|[\s\w:,.()@\"'+/=-]){0,200}?[A-Za-z0-9+/]{40}"),
    _shape("age-identity", "a secret age key", "AGE-SECRET-KEY-",
           r"AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{50,}"),
    _shape("address-password", "a password in an address", "://",
           r"://(?P<secret>[^\s:/@\"'<>`,|()\[\]]{0,80}:[^\s@/\"'<>`]{3,200}@[\w.-]+)", _password),
    _shape("aws-access-key", "an AWS access key", "AKIA ASIA ABIA ACCA",
           r"(?<![A-Za-z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    _shape("github-token", "a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
           _BEFORE + r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})"),
    _shape("gitlab-token", "a GitLab token", "glpat-", _BEFORE + r"glpat-[\w-]{20,}"),
    _shape("slack-token", "a Slack token", "xox xapp-", _BEFORE + r"(?:xox[abeoprs]-[\w-]{20,}|xapp-\d-[\w-]{20,})"),
    _shape("slack-webhook", "a Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/services/T\w+/B\w+/\w{16,}"),
    _shape("stripe-key", "a Stripe key", "sk_live_ rk_live_ sk_test_ rk_test_",
           _BEFORE + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    _shape("openai-key", "an OpenAI or Anthropic key", "sk-", _BEFORE + r"sk-[A-Za-z0-9_-]{20,}", _random),
    _shape("resend-key", "a Resend key", "re_", _BEFORE + r"re_[A-Za-z0-9_]{16,}", _random),
    _shape("sendgrid-key", "a SendGrid key", "SG.", _BEFORE + r"SG\.[\w-]{20,24}\.[\w-]{40,46}"),
    _shape("twilio-key", "a Twilio key", "SK", _BEFORE + r"SK[0-9a-f]{32}(?![0-9a-f])"),
    _shape("google-key", "a Google key", "AIza GOCSPX-", _BEFORE + r"(?:AIza[\w-]{35}|GOCSPX-[\w-]{28})"),
    _shape("azure-key", "an Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    _shape("npm-token", "an npm token", "npm_", _BEFORE + r"npm_[A-Za-z0-9]{36}"),
    _shape("pypi-token", "a PyPI token", "pypi-AgE", _BEFORE + r"pypi-AgE[\w-]{50,}"),
    _shape("digitalocean-token", "a DigitalOcean token", "dop_v1_ doo_v1_", _BEFORE + r"do[po]_v1_[0-9a-f]{64}"),
    _shape("telegram-bot", "a Telegram bot's token", ":AA", _BEFORE + r"\d{8,10}:AA[\w-]{33}(?![\w-])"),
    _shape("discord-webhook", "a Discord webhook", "/api/webhooks/",
           r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,}"),
    _shape("sentry-dsn", "a Sentry address", "https://", r"https://[0-9a-f]{32}(?::[0-9a-f]{32})?@[\w.-]+/\d+"),
    _shape("sentry-token", "a Sentry token", "sntrys_ sntryu_", _BEFORE + r"sntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    _shape("grafana-token", "a Grafana token", "glsa_ glc_", _BEFORE + r"(?:glsa_\w{32,}|glc_[A-Za-z0-9+/=]{40,})"),
    _shape("posthog-key", "a PostHog key", "phx_", _BEFORE + r"phx_[A-Za-z0-9]{40,}"),
    _shape("heartbeat-address", "an address of healthchecks.io", "hc-ping.com/", r"hc-ping\.com/[0-9a-f-]{36}"),
    _shape("json-web-token", "a signed token (JWT)", "eyJ",
           _BEFORE + r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
)  # fmt: skip

OURS = (
    _shape("crm-key", "a key to our API", "oct_", _BEFORE + r"oct_[A-Za-z0-9_-]{43}(?![\w-])", _random),
    _shape("webhook-secret", "a webhook secret", "whsec_", _BEFORE + r"whsec_[A-Za-z0-9+/_-]{24,}={0,2}", _random),
)

SHAPES = KNOWN + OURS
