"""Made-up secrets and harmless lines. They are assembled here, so that this file holds none."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

_RANDOM = random.Random(1815)
LETTERS = string.ascii_letters
ALNUM = LETTERS + string.digits
HEX = "0123456789abcdef"
BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
BASE32 = string.ascii_uppercase + "234567"
PASSWORD = "Tr0ub" + "4dor&3"
PLAIN = "hedgehog" + "7lantern"


def make(count: int, letters: str = ALNUM) -> str:
    """Returns random letters that hold every kind of `letters`."""
    kinds = [set(kind) & set(letters) for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits)]
    last = [_RANDOM.choice(sorted(kind)) for kind in kinds if kind]
    return "".join([*(_RANDOM.choice(letters) for _ in range(count - len(last))), *last])


def make_uuid() -> str:
    return "-".join(make(count, HEX) for count in (8, 4, 4, 4, 12))


def encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def pem(kind: str = "") -> str:
    label = f"{kind}PRIVATE" + " KEY"
    return f"-----BEGIN {label}-----\n{make(64)}\n{make(64)}\n-----END {label}-----"


SAMPLES: dict[str, Callable[[], str]] = {
    "private-key": pem,
    "encoded-private-key": lambda: base64.b64encode(pem("RSA ").encode()).decode(),
    "age-identity": lambda: "AGE-SECRET" + "-KEY-1" + make(58, BECH32),
    "url-password": lambda: f"postgresql://octatech:{make(20)}@db.octatech.io:5432/crm",
    "curl-password": lambda: f"curl --silent -u ada:{PASSWORD} https://octatech.io",
    "aws-access-key": lambda: "AK" + "IA" + make(16, BASE32),
    "slack-webhook": lambda: "https://hooks.slack" + f".com/services/T{make(9)}/B{make(9)}/{make(24)}",
    "discord-webhook": lambda: f"https://discord.com/api/{'webhooks'}/{make(18, string.digits)}/{make(68)}",
    "telegram-token": lambda: f"{make(10, string.digits)}:" + "AA" + make(33),
    "azure-key": lambda: "Account" + f"Key={make(86)}==",
    "sentry-address": lambda: f"https://{make(32, HEX)}@o42.ingest.sentry.io/{make(7, string.digits)}",
    "heartbeat-address": lambda: f"https://hc-{'ping'}.com/{make_uuid()}",
    "mailchimp-key": lambda: make(32, HEX) + "-us" + "14",
    "terraform-token": lambda: make(14) + ".atlas" + "v1." + make(64),
    "signed-token": lambda: ".".join((encode('{"alg":"HS256"}'), encode('{"sub":"1234567890"}'), make(43))),
    "github-token": lambda: "gh" + "p_" + make(36),
    "gitlab-token": lambda: "glp" + "at-" + make(20),
    "slack-token": lambda: "xo" + "xb-" + make(12, string.digits) + "-" + make(24),
    "stripe-token": lambda: "sk_" + "live_" + make(24),
    "openai-or-anthropic-token": lambda: "sk" + "-proj-" + make(48),
    "hugging-face-token": lambda: "hf" + "_" + make(34, LETTERS),
    "groq-token": lambda: "gs" + "k_" + make(52),
    "replicate-token": lambda: "r" + "8_" + make(37),
    "perplexity-token": lambda: "ppl" + "x-" + make(48),
    "xai-token": lambda: "xa" + "i-" + make(80),
    "google-token": lambda: "AI" + "za" + make(35),
    "resend-token": lambda: "r" + f"e_{make(8)}_{make(24)}",
    "sendgrid-token": lambda: "S" + f"G.{make(22)}.{make(43)}",
    "brevo-token": lambda: "xkey" + f"sib-{make(64, HEX)}-{make(16)}",
    "mailgun-token": lambda: "ke" + "y-" + make(32, HEX),
    "twilio-key": lambda: "S" + "K" + make(32, HEX),
    "npm-token": lambda: "np" + "m_" + make(36),
    "pypi-token": lambda: "pyp" + "i-AgE" + make(60),
    "rubygems-token": lambda: "ruby" + "gems_" + make(48, HEX),
    "docker-token": lambda: "dckr" + "_pat_" + make(27),
    "digitalocean-token": lambda: "dop" + "_v1_" + make(64, HEX),
    "fly-token": lambda: "fm" + "2_" + make(80),
    "heroku-token": lambda: "HR" + "KU-" + make(60),
    "render-token": lambda: "rn" + "d_" + make(28),
    "netlify-token": lambda: "nf" + "p_" + make(36),
    "cloudflare-token": lambda: "v1" + f".0-{make(24, HEX)}-{make(146, HEX)}",
    "planetscale-token": lambda: "pscale" + "_tkn_" + make(43),
    "supabase-token": lambda: "sb" + "p_" + make(40, HEX),
    "databricks-token": lambda: "da" + "pi" + make(32, HEX),
    "vault-token": lambda: "hv" + "s." + make(24),
    "doppler-token": lambda: "dp" + ".pt." + make(43),
    "1password-token": lambda: "ops" + "_eyJ" + make(80),
    "pulumi-token": lambda: "pu" + "l-" + make(40, HEX),
    "tailscale-token": lambda: "ts" + f"key-auth-{make(17)}-{make(32)}",
    "atlassian-token": lambda: "ATA" + "TT3" + make(60),
    "linear-token": lambda: "lin" + "_api_" + make(40),
    "notion-token": lambda: "nt" + "n_" + make(46),
    "figma-token": lambda: "fi" + "gd_" + make(43),
    "postman-token": lambda: "PM" + f"AK-{make(24, HEX)}-{make(34, HEX)}",
    "shopify-token": lambda: "sh" + "pat_" + make(32, HEX),
    "square-token": lambda: "sq0" + "csp-" + make(43),
    "sentry-token": lambda: "sntr" + "yu_" + make(64, HEX),
    "grafana-token": lambda: "gls" + "a_" + make(41),
    "new-relic-token": lambda: "NR" + "AK-" + make(27, string.ascii_uppercase + string.digits),
    "dynatrace-token": lambda: "dt0" + f"c01.{make(24, BASE32)}.{make(64, BASE32)}",
    "posthog-token": lambda: "ph" + "x_" + make(43),
    "buildkite-token": lambda: "bk" + "ua_" + make(40, HEX),
    "minisign-token": lambda: "RWRT" + "Y0Iy" + make(200),
    "crm-key": lambda: "oc" + "t_" + make(43),
    "webhook-secret": lambda: "whs" + "ec_" + base64.b64encode(_RANDOM.randbytes(32)).decode(),
}  # fmt: skip

ASSIGNED: dict[str, Callable[[], str]] = {
    "SESSION_SECRET={}": lambda: make(64),
    "SEALING_KEYS={}": lambda: base64.urlsafe_b64encode(_RANDOM.randbytes(32)).decode(),
    "BACKUP_SIGNING_KEY: {}": lambda: make(43),
    "export RAILWAY_TOKEN={}": make_uuid,
    'aws_secret_access_key = "{}"': lambda: make(40),
    '{{"apiKey": "{}"}}': lambda: make(32, HEX),
    "password := '{}'": lambda: make(18),
    "Authorization: Bearer {}": lambda: make(40),
    "SYNTHETIC_KEY={}": lambda: make(43),
    "POSTGRES_PASSWORD={}": lambda: PASSWORD,
    "PGPASSWORD={}": lambda: make(24, LETTERS),
}

SECRET_LINES: tuple[tuple[str, str], ...] = (
    *((".env", f"KEY={sample()}") for sample in SAMPLES.values()),
    *(("settings.ini", line.format(value())) for line, value in ASSIGNED.items()),
    # Passwords in URLs, of every scheme and host that is not reserved for examples.
    (".env", f"DATABASE_URL=postgresql://postgres:{make(32, LETTERS)}@postgres.railway.internal:5432/railway"),
    (".env", f"REDIS_URL=redis://default:{make(32, LETTERS)}@red.railway.internal:6379"),
    (".env", f"REDIS_URL=redis://:{make(20)}@red.railway.internal"),
    (".env", "SMTP_URL=smtp://user:Tr0ub4dor" + "%263@smtp.acme.net:587"),
    (".env", f"SMTP_URL=smtps://mail%40acme.net:{PLAIN}@smtp.acme.net"),
    ("broker.yaml", f"broker: amqps://crm:{PLAIN}@mq.acme.net/crm"),
    ("app.json", f'{{"mongo": "mongodb+srv://crm:{make(16)}@cluster0.ab1cd.mongodb.net/crm"}}'),
    ("app.py", f'ENGINE = create_engine("mysql+pymysql://crm:{PLAIN}@10.0.3.7/crm")'),
    ("compose.yaml", f"      DATABASE_URL: postgres://crm:{PASSWORD}@db:5432/crm"),
    ("deploy.sh", f"git clone https://x-access-token:{make(36)}@github.com/acme/site.git"),
    ("deploy.sh", f"lftp ftp://ada:{PLAIN}@ftp.acme.net"),
    ("config.toml", f'dsn = "clickhouse://crm:{PLAIN}@[fd12:3456::1]:9000/crm"'),
    ("app.properties", f"url=jdbc:postgresql://db.acme.net/crm?user=crm&password={PLAIN}"),
    (".env", "DATABASE_URL=postgresql://crm:Tr0ub4dor" + "@3@db.acme.net/crm"),
    (".env", "DATABASE_URL=postgresql://crm:Tr0ub4dor" + "/3@db.acme.net/crm"),
    ("ldap.conf", f"uri ldaps://cn=admin:{PLAIN}@ldap.acme.local"),
    # A password that a person chose, in every language of settings.
    (".env", f"POSTGRES_PASSWORD={PLAIN}"),
    (".env", f"export DB_PASS='{PASSWORD}'"),
    ("compose.yaml", f"      POSTGRES_PASSWORD: {PASSWORD}"),
    ("compose.yaml", f'      - "MYSQL_ROOT_PASSWORD={PASSWORD}"'),
    ("Dockerfile", f"ENV POSTGRES_PASSWORD {PLAIN}"),
    ("Dockerfile", f"ENV APP=crm POSTGRES_PASSWORD={PLAIN}"),
    ("Dockerfile", f"ARG ADMIN_PASSWORD={PASSWORD}"),
    ("app.json", f'{{"user": "crm", "password": "{PASSWORD}"}}'),
    ("app.json", f'{{"auth": {{"user": "crm", "pass": "{PLAIN}"}}}}'),
    ("app.json", f'{{"name": "DB_PASSWORD", "value": "{PASSWORD}"}}'),
    ("pod.yaml", f"- name: DB_PASSWORD\n  value: {PLAIN}"),
    ("main.tf", f'variable "db_password" {{\n  default = "{PASSWORD}"\n}}'),
    ("config.toml", f'smtp_password = "{PASSWORD}"'),
    ("config.yaml", f"password: '{PLAIN}'  # of the old server"),
    ("app.xml", f"<password>{PLAIN}</password>"),
    ("app.py", f'client = Client(user="crm", password="{PASSWORD}")'),
    ("app.rb", f"config[:password] = '{PLAIN}'"),
    ("app.php", f"'db_password' => '{PASSWORD}',"),
    ("App.cs", f'var c = "Server=db;User Id=sa;Password={PLAIN};";'),
    ("run.sh", f"PGPASSWORD={PLAIN} psql -h db.acme.net crm"),
    ("run.sh", f"docker run -e POSTGRES_PASSWORD={PLAIN} postgres:18"),
    ("run.sh", f"tool --password {PLAIN} --host db.acme.net"),
    ("run.sh", f"tool --password={PASSWORD}"),
    ("libpq.conf", f"host=db.acme.net user=crm password={PLAIN}"),
    ("redis.conf", f"requirepass {PLAIN}"),
    (".netrc", f"machine api.acme.net login ada password {PLAIN}"),
    ("netrc.txt", f"machine api.acme.net\n  login ada\n  password {PLAIN}"),
    ("settings.json", f'"{{\\"password\\": \\"{PLAIN}\\"}}"'),
    # Random values with a secret's name.
    ("values.yaml", f"apiKey: {make(32, HEX)}"),
    ("Dockerfile", f"ENV STRIPE_SECRET {make(32)}"),
    ("config.toml", f'session_secret = "{make(48)}"'),
    (".npmrc", f"//packages.acme.test/:_authToken={make_uuid()}"),
    ("run.sh", f"curl -H 'Authorization: Basic {encode('ada:' + PLAIN)}' https://api.acme.net"),
    ("wg0.conf", f"PrivateKey = {make(43)}="),
    ("kubeconfig", f"    client-key-data: {encode(pem('EC '))}"),
    ("secret.yaml", f"  password: {encode(PASSWORD + PLAIN)}"),
    ("credentials.csv", f"ada,{'AK' + 'IA' + make(16, BASE32)},{make(40)}"),
    (".env", f"AIRTABLE_API_KEY=pat{make(14)}.{make(64, HEX)}"),
    (".env", f"DISCORD_TOKEN=M{make(23)}.{make(6)}.{make(38)}"),
    # Keys of every format.
    ("id.txt", pem("OPENSSH ")),
    ("tls.txt", pem("RSA ")),
    ("tls.txt", pem("EC ")),
    ("pkcs8.txt", pem("ENCRYPTED ")),
    ("gpg.txt", pem("PGP ").replace("KEY-----", "KEY BLOCK-----")),
    ("app.json", '{"private_key": "' + pem().replace("\n", "\\n") + '"}'),
    ("site.ppk", "PuTTY-User-Key" + "-File-3: ssh-ed25519\nEncryption: none\n"),
    # Other prefixes of services that are known.
    *((".env", f"KEY={value}") for value in (
        "github" + "_pat_" + make(82), "gh" + "s_" + make(36), "xap" + f"p-1-{make(11)}-{make(13)}-{make(64)}",
        "sk" + "-ant-api03-" + make(90), "sk" + "-" + make(48), "GOC" + "SPX-" + make(28), "ya2" + "9." + make(80),
        "rk_" + "test_" + make(24), "AS" + "IA" + make(16, BASE32), "secret" + "_" + make(43), "EA" + "AA" + make(60),
    )),
)  # fmt: skip

HARMLESS_LINES: tuple[tuple[str, str], ...] = (
    ("app.py", 'SESSION_SECRET = os.environ["SESSION_SECRET"]'),
    (".env", "SESSION_SECRET=replace-this-with-48-random-characters-or-more"),
    ("ci.yaml", "password: ${{ secrets.DATABASE_PASSWORD_PRODUCTION_2 }}"),
    (".env", "DATABASE_URL=postgresql://octatech:password@db.octatech.io:5432/crm"),
    (".env", f"DATABASE_URL=postgresql://octatech:{PLAIN}@localhost:5432/crm"),
    (".env", f"DATABASE_URL=postgresql://octatech:{PLAIN}@db.octatech.example/crm"),
    ("run.sh", "DATABASE_URL=postgresql://$USER:$PASSWORD@db.octatech.io/crm"),
    ("run.sh", "DATABASE_URL=postgresql://crm:${DB_PASSWORD}@db.octatech.io/crm"),
    ("README.md", "postgresql://user:password@host:5432/name"),
    ("README.md", "Use `redis://:<password>@redis.railway.internal:6379`."),
    ("compose.yaml", "      DATABASE_URL: postgres://crm:crm@db:5432/crm"),
    ("compose.yaml", "      DATABASE_URL: postgres://crm:secret@db:5432/crm"),
    ("app.py", 'url = f"postgresql://{user}:{password}@{host}/{name}"'),
    ("app.py", 'url = "postgresql://%s:%s@%s/%s" % parts'),
    (".env", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"),
    ("app.py", "token = request.headers.get('authorization2')"),
    ("app.py", "password_hash = PasswordHasher2().hash(password)"),
    ("app.py", "access_token = create_access_token2(user.id)"),
    ("app.py", "password = form.cleaned_data['password1']"),
    ("app.py", "def connect(self, *, password: str | None = None) -> None:"),
    ("app.py", 'PASSWORD_HASHER = "argon2id-19"'),
    ("app.py", "password_min_length = 12"),
    ("app.py", 'if token == "refresh_token":'),
    ("app.ts", "const password: string = await prompt2(question);"),
    ("app.ts", 'export const TOKEN_URL = "https://octatech.io/oauth2/token";'),
    ("app.ts", "if (password !== passwordConfirmation2) {"),
    ("App.java", "String apiKey = System.getenv().get(API_KEY_NAME_2);"),
    ("i18n.json", '{"password": "Das Passwort hat mindestens 12 Zeichen"}'),
    ("i18n.json", '{"forgot_password": "Passwort vergessen?"}'),
    ("README.md", "OPENAI_API_KEY=sk-..."),
    (".env", "RESEND_API_KEY=re_123"),
    ("app.py", "re_sending_of_the_mail_that_failed = 1"),
    ("README.md", "the task-force-of-the-whole-organization-2"),
    ("package-lock.json", '"integrity": "sha512-' + make(86) + '=="'),
    ("poetry.lock", f'{{file = "a.whl", hash = "sha256:{make(64, HEX)}"}}'),
    ("requirements.txt", f"    --hash=sha256:{make(64, HEX)}"),
    ("ci.yaml", "uses: actions/create-github-app-token@" + make(40, HEX) + " # v3.0.0"),
    ("Dockerfile", f"FROM postgres:18@sha256:{make(64, HEX)}"),
    ("CHANGELOG.md", f"- Fix the form ({make(40, HEX)})"),
    ("data.json", f'{{"id": "{make_uuid()}", "commit": "{make(40, HEX)}"}}'),
    ("app.css", f'src: url("data:font/woff2;base64,{make(120)}")'),
    ("index.html", f'<script src="a.js" integrity="sha384-{make(64)}"></script>'),
    ("index.html", '<input type="password" name="password" autocomplete="current-password">'),
    ("index.html", '<input type="hidden" name="csrf_token" value="{{ csrf_token }}">'),
    ("key.txt", "-----BEGIN PUBLIC KEY-----\n" + make(64)),
    ("cert.txt", "-----BEGIN CERTIFICATE-----\n" + make(64)),
    ("authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5" + "AAAAI" + make(43) + " ada@octatech.io"),
    ("app.py", 'PREFIX = "whsec_"'),
    ("app.py", 'KEY = re.compile(r"sk-[A-Za-z0-9]{20,}")'),
    ("README.md", "a link to https://user@octatech.io/path and 10:30@noon"),
    ("README.md", "see https://octatech.io:8443/@scope/package"),
    ("recipients.txt", "age1" + make(58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l")),
    ("pod.yaml", "        secretKeyRef:\n          name: crm-secrets-v2\n          key: database-password-2"),
    ("pod.yaml", "- name: POSTGRES_PASSWORD_FILE\n  value: /run/secrets/db2"),
    ("compose.yaml", "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?missing}"),
    ("compose.yaml", "      POSTGRES_PASSWORD_FILE: /run/secrets/postgres2"),
    ("main.tf", 'password = var.database_password_2'),
    ("main.tf", 'password = random_password.crm2.result'),
    ("nginx.conf", "proxy_set_header Authorization $http_authorization;"),
    (".env", "ADMIN_PASSWORD=changeme123"),
    (".env", "ADMIN_PASSWORD=your-password-2"),
    (".env", "DB_PASSWORD=********12"),
    ("run.sh", 'export DB_PASSWORD="$(cat /run/secrets/db2)"'),
    ("run.sh", "tool --password-file /run/secrets/db2"),
    ("run.sh", "curl -u $USER:$API_KEY2 https://octatech.io"),
    ("README.md", "Choose a password: at least 12 characters."),
    ("README.md", "The token `max_tokens=4096` bounds the answer, and tokens count in cl100k_base."),
    ("README.md", "The session secret must be thirty-2 characters or longer"),
    ("app.go", 'bypass := "configuration2nd"'),
    ("app.py", "for token in tokenize_source2(text): pass\n"),
    ("app.py", "    pass\nvalue: str = 'configuration2'"),
    ("hash.txt", "ada:$2b$12$" + make(53)),
    ("openapi.json", '{"securitySchemes": {"bearerAuth": {"scheme": "bearer", "bearerFormat": "opaque-api-key-v2"}}}'),
    ("config.toml", 'secret_name = "projects/octatech/secrets/database/versions/3"'),
    ("config.yaml", "tokenizer: cl100k_base_multilingual_v2"),
    ("app.py", "SECRET_KEY_FALLBACKS = list(reversed(settings_keys2))"),
    ("app.py", 'password: "Password" = field(default_factory=Password)'),
    ("hosts.yaml", "public_ip: 93.184.216.34"),
    ("app.py", "credential_provider: S3CredentialProvider | None = None"),
    ("app.py", "PrivateKey = ed25519.Ed25519PrivateKey | rsa.PKCS7PrivateKeyTypes"),
    ("app.py", "\n        pass `request_payer2=True` as a keyword"),
    ("app.py", 'ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ' + 'abcdefghijklmnopqrstuvwxyz0123456789+/"'),
    ("app.py", f'CACHE_ID = "{make(32, HEX)}"'),
)  # fmt: skip

SECRET_NAMES = (
    ".env", "packages/crm/.env.production", ".ssh/id_ed25519", "tls/server.pem", "tls/server.key", "store.p12",
    ".beads/.beads-credential-key", "credentials.json", "service-account-crm.json", ".netrc", ".pgpass",
    "terraform.tfstate", "config/master.key", ".psql_history", "backup_20260301.sql", "crm.dump",
    "keys/offline-identity.txt", "keys/signing-key.txt", ".data/session-secret", ".data/sign-in.json",
)  # fmt: skip

HARMLESS_NAMES = (
    ".env.example", ".ssh/id_ed25519.pub", "docs/keys.md", "src/credentials.py", "schema.sql", "environment.py",
    "tests/test_identity.py", "keys/verify-key.txt", "monkey.txt",
)  # fmt: skip
