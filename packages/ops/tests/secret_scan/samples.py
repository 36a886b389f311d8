"""A made-up secret of each shape. They are put together here, so that this file holds none."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

from ops.backup import keys

_CHANCE = random.Random(1815)
LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
BASE32 = string.ascii_uppercase + "234567"


def some(count: int, letters: str = LETTERS) -> str:
    """The last of them show every kind there is."""
    kinds = [
        kind for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits) if set(kind) & set(letters)
    ]
    rest = [_CHANCE.choice(sorted(set(kind) & set(letters))) for kind in kinds]
    return "".join([*(_CHANCE.choice(letters) for _ in range(count - len(rest))), *rest])


def _uuid() -> str:
    return "-".join(some(count, HEX) for count in (8, 4, 4, 4, 12))


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


SAMPLES: dict[str, Callable[[], str]] = {
    "private-key": lambda: f"-----BEGIN {'PRIVATE'} KEY-----\n{some(64)}\n{some(64)}\n-----END {'PRIVATE'} KEY-----",
    "age-identity": lambda: keys.new_identity()[0],
    "address-password": lambda: f"postgresql://octatech:{some(20)}@db.octatech.io:5432/crm",
    "aws-access-key": lambda: "AK" + "IA" + some(16, BASE32),
    "github-token": lambda: "gh" + "p_" + some(36),
    "gitlab-token": lambda: "glp" + "at-" + some(20),
    "slack-token": lambda: "xo" + "xb-" + some(12, string.digits) + "-" + some(24),
    "slack-webhook": lambda: "https://hooks.slack" + f".com/services/T{some(9)}/B{some(9)}/{some(24)}",
    "stripe-key": lambda: "sk_" + "live_" + some(24),
    "openai-key": lambda: "sk" + "-proj-" + some(48),
    "resend-key": lambda: "r" + f"e_{some(8)}_{some(24)}",
    "sendgrid-key": lambda: "S" + f"G.{some(22)}.{some(43)}",
    "twilio-key": lambda: "S" + "K" + some(32, HEX),
    "google-key": lambda: "AI" + "za" + some(35),
    "azure-key": lambda: "Account" + f"Key={some(86)}==",
    "npm-token": lambda: "np" + "m_" + some(36),
    "pypi-token": lambda: "pyp" + "i-AgE" + some(60),
    "digitalocean-token": lambda: "dop" + "_v1_" + some(64, HEX),
    "telegram-bot": lambda: f"{some(10, string.digits)}:" + "AA" + some(33),
    "discord-webhook": lambda: f"https://discord.com/api/{'webhooks'}/{some(18, string.digits)}/{some(68)}",
    "sentry-dsn": lambda: f"https://{some(32, HEX)}@o42.ingest.sentry.io/{some(7, string.digits)}",
    "sentry-token": lambda: "sntr" + "yu_" + some(64, HEX),
    "grafana-token": lambda: "gls" + "a_" + some(41),
    "posthog-key": lambda: "ph" + "x_" + some(43),
    "heartbeat-address": lambda: f"https://hc-{'ping'}.com/{_uuid()}",
    "json-web-token": lambda: ".".join((_packed('{"alg":"HS256"}'), _packed('{"sub":"1234567890"}'), some(43))),
    "crm-key": lambda: "oc" + "t_" + some(43),
    "webhook-secret": lambda: "whs" + "ec_" + base64.b64encode(_CHANCE.randbytes(32)).decode(),
}  # fmt: skip

ASSIGNED: dict[str, Callable[[], str]] = {
    "SESSION_SECRET={}": lambda: some(64),
    "SEALING_KEYS={}": lambda: base64.urlsafe_b64encode(_CHANCE.randbytes(32)).decode(),
    "BACKUP_SIGNING_KEY: {}": lambda: keys.new_signing_key()[0],
    "export RAILWAY_TOKEN={}": _uuid,
    'aws_secret_access_key = "{}"': lambda: some(40),
    '{{"apiKey": "{}"}}': lambda: some(32, HEX),
    "password := '{}'": lambda: some(18),
    "Authorization: Bearer {}": lambda: some(40),
    "SYNTHETIC_KEY={}": lambda: some(43),
    "METRICS_TOKEN={}": lambda: some(43),
}

NAMED = (
    ".env", "packages/crm/.env.production", ".ssh/id_ed25519", "tls/server.pem", "tls/server.key", "store.p12",
    ".beads/.beads-credential-key", "credentials.json", "service-account-crm.json", ".netrc", ".pgpass",
    "terraform.tfstate", "config/master.key", ".psql_history", "backup_20260301.sql", "crm.dump",
    "keys/offline-identity.txt", "keys/signing-key.txt", ".data/session-secret", ".data/sign-in.json",
)  # fmt: skip

HARMLESS_NAMES = (
    ".env.example", ".ssh/id_ed25519.pub", "docs/keys.md", "src/credentials.py", "schema.sql", "environment.py",
    "tests/test_identity.py", "keys/verify-key.txt", "monkey.txt",
)  # fmt: skip

HARMLESS_LINES = (
    'SESSION_SECRET = os.environ["SESSION_SECRET"]',
    "SESSION_SECRET=replace-this-with-48-random-characters-or-more",
    "password: ${{ secrets.DATABASE_PASSWORD_PRODUCTION_2 }}",
    "DATABASE_URL=postgresql://octatech:password@db.octatech.io:5432/crm",
    "DATABASE_URL=postgresql://octatech:a8sd7f6A8SD7F6@localhost:5432/crm",
    "DATABASE_URL=postgresql://$USER:$PASSWORD@db.octatech.io/crm",
    "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
    "token = request.headers.get('authorization2')",
    "password_hash = PasswordHasher2().hash(password)",
    "OPENAI_API_KEY=sk-...",
    "RESEND_API_KEY=re_123",
    "re_sending_of_the_mail_that_failed = 1",
    "the task-force-of-the-whole-organization-2",
    '"integrity": "sha512-' + some(86) + '=="',
    "uses: actions/create-github-app-token@" + some(40, HEX) + " # v3.0.0",
    "-----BEGIN PUBLIC KEY-----",
    'PREFIX = "whsec_"',
    "a link to https://user@octatech.io/path and 10:30@noon",
    "age1" + some(58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
)
