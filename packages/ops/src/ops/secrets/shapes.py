"""What secrets look like: those of the services people use, and our own, which public scanners do not know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ops.secrets.assignments import is_mixed, is_password, is_placeholder


def is_no_sample(value: bytes) -> bool:
    """Returns False for what manuals print: AKIAIOSFODNN7EXAMPLE, ghp_xxxxxxxx, sk-your-key-here."""
    return not (b"EXAMPLE" in value.upper() or b"your" in value.lower() or len(set(value[-16:])) < 6)


class Shape(NamedTuple):
    """The secret is the group `secret` of `pattern`, or all of it. `real` returns whether a match counts.

    One of `marks` must be in the text: looking for plain bytes is a hundred times faster than a pattern.
    """

    name: str
    what: str
    marks: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    real: Callable[[bytes], bool] = is_no_sample


_RESERVED = re.compile(rb"(?i)(?:^|\.)(?:localhost|example(?:\.(?:com|org|net))?|test|invalid)\.?$|^127\.")
_NO_HOST = (b"0.0.0.0", b"[::1]", b"host", b"hostname", b"server")


def _is_url_password(value: bytes) -> bool:
    """Judges `user:password@host` of a URL. A host that is reserved for examples (RFC 2606) opens nothing."""
    user, _, rest = value.partition(b":")
    password, _, host = rest.rpartition(b"@")
    password = unquote_to_bytes(password)
    harmless = is_placeholder(password) or password == user or password.isdigit()
    if harmless or _RESERVED.search(host) or host.lower() in _NO_HOST:
        return False
    # `db` or `redis` is a host of compose: its password counts if it is one, and not the word of a manual.
    return b"." in host or b":" in host or is_password(password)


def _define(what: str, marks: str, pattern: bytes, real: Callable[[bytes], bool] = is_no_sample) -> Shape:
    name = re.sub(r"^an? | \(.*", "", what).lower().replace(" ", "-")
    return Shape(name, what, tuple(marks.encode().split()), re.compile(pattern), real)


def _define_token(service: str, prefixes: str) -> Shape:
    """Returns the shape of a service's keys: one of the prefixes, then 20 or more letters and digits in disorder."""
    start = b"|".join(re.escape(prefix) for prefix in prefixes.encode().split())
    pattern = rb"(?<![A-Za-z0-9_-])(?:%s)[A-Za-z0-9_.+/-]{20,}=*" % start
    return _define(f"{'an' if service[0] in 'AOnx' else 'a'} {service} token", prefixes, pattern, _is_key)


def _is_key(value: bytes) -> bool:
    return is_no_sample(value) and is_mixed(value, least=0.2)


SPECIAL = (
    _define("a private key", "PRIVATE PuTTY-User-Key",
           rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
           rb"(?:\\r|\\n|[\s\w:,.()@\"'+/=-]){0,200}?[A-Za-z0-9+/]{40}|PuTTY-User-Key-File-\d: \S+"),
    _define("an encoded private key", "LS0tLS1CRUdJTi",
           rb"LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,40}(?:UFJJVkFURSBLRVk|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW)[A-Za-z0-9+/=]*"),
    _define("an age identity", "AGE-SECRET-KEY-", rb"AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{50,}"),
    _define("a URL password", "://",
           rb"://(?P<secret>[^\s:/@\"'<>`,|()\[\]]{0,80}:(?!\d{1,5}/)[^\s\"'<>`]{3,200}@(?:\[[0-9a-fA-F:]+\]|[\w.-]+))",
           _is_url_password),
    _define("a curl password", "curl",
           rb"\bcurl\b[^\n]{0,200}?[ \t](?:-u|--user)[ =]?[\"']?[\w.@-]+:(?P<secret>[^\s\"'`]{8,200})",
           lambda value: is_password(value) and not is_placeholder(value)),
    _define("an AWS access key", "AKIA ASIA ABIA ACCA", rb"(?<![A-Za-z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?!\w)"),
    _define("a Slack webhook", "hooks.slack.com", rb"hooks\.slack\.com/services/T\w+/B\w+/\w{16,}"),
    _define("a Discord webhook", "/api/webhooks/", rb"discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,}"),
    _define("a Telegram token", ":AA", rb"(?<![\w-])\d{8,10}:AA[\w-]{33}(?![\w-])"),
    _define("an Azure key", "AccountKey= SharedAccessKey=", rb"(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{42,86}={1,2}"),
    _define("a Sentry address", "https://", rb"https://[0-9a-f]{32}(?::[0-9a-f]{32})?@[\w.-]+/\d+"),
    _define("a heartbeat address", "hc-ping.com/", rb"hc-ping\.com/[0-9a-f-]{36}"),
    _define("a Mailchimp key", "-us", rb"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?!\w)"),
    _define("a Terraform token", ".atlasv1.", rb"\w{14}\.atlasv1\.[\w-]{60,70}"),
    _define("a Twilio key", "SK", rb"(?<![A-Za-z0-9_-])SK[0-9a-f]{32}(?!\w)"),
    _define("a Hugging Face token", "hf_ api_org_", rb"(?<![A-Za-z0-9_-])(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
    _define("a signed token (JWT)", "eyJ", rb"(?<![A-Za-z0-9_-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
    _define("a CRM key", "oct_", rb"(?<![A-Za-z0-9_-])oct_[A-Za-z0-9_-]{43}(?![\w-])", _is_key),
    _define("a webhook secret", "whsec_", rb"(?<![A-Za-z0-9_-])whsec_[A-Za-z0-9+/_-]{24,}={0,2}", _is_key),
)  # fmt: skip

PREFIXES = {
    "1Password": "ops_eyJ", "Atlassian": "ATATT3 ATBB ATCTT3", "Brevo": "xkeysib- xsmtpsib-", "Buildkite": "bkua_",
    "Cloudflare": "v1.0-", "Databricks": "dapi", "DigitalOcean": "dop_v1_ doo_v1_ dor_v1_", "Figma": "figd_",
    "Docker": "dckr_pat_ dckr_oat_", "Doppler": "dp.pt. dp.st. dp.ct. dp.sa.", "Dynatrace": "dt0c01. dt0s16.",
    "Fly": "fo1_ fm1a_ fm2_", "GitHub": "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", "Google": "AIza GOCSPX- ya29.",
    "GitLab": "glpat- gldt- glrt- glptt- glsoat- glcbt-", "Grafana": "glsa_ glc_", "Groq": "gsk_", "Heroku": "HRKU-",
    "Linear": "lin_api_ lin_oauth_", "Mailgun": "key-", "minisign": "RWRTY0Iy", "Netlify": "nfp_", "npm": "npm_",
    "New Relic": "NRAK- NRRA-", "Notion": "ntn_ secret_", "OpenAI or Anthropic": "sk-", "Perplexity": "pplx-",
    "PlanetScale": "pscale_tkn_ pscale_pw_ pscale_oauth_", "PostHog": "phx_", "Postman": "PMAK-", "Pulumi": "pul-",
    "PyPI": "pypi-AgE", "Render": "rnd_", "Replicate": "r8_", "Resend": "re_", "RubyGems": "rubygems_",
    "SendGrid": "SG.", "Sentry": "sntrys_ sntryu_", "Shopify": "shpat_ shpss_ shpca_ shppa_", "xAI": "xai-",
    "Slack": "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-", "Square": "sq0atp- sq0csp- EAAA",
    "Stripe": "sk_live_ rk_live_ sk_test_ rk_test_", "Supabase": "sbp_ sb_secret_", "Tailscale": "tskey-",
    "Vault": "hvs. hvb. hvr.",
}  # fmt: skip

SHAPES = (*SPECIAL, *(_define_token(service, prefixes) for service, prefixes in PREFIXES.items()))


def find_shapes(text: bytes) -> Iterator[tuple[Shape, int, int]]:
    """Yields each shape with the start and the end of a secret in the text."""
    for shape in SHAPES:
        if any(mark in text for mark in shape.marks):
            group = "secret" if "secret" in shape.pattern.groupindex else 0
            for match in shape.pattern.finditer(text):
                if shape.real(match[group]):
                    yield shape, *match.span(group)
