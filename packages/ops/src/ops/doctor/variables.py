"""Variables: missing, weak, placeholders, values of the example, unknown names."""

from __future__ import annotations

import base64
import difflib
import re
import secrets

from ops.doctor.context import DoctorContext, is_secret
from ops.doctor.findings import FINE, UNKNOWN, WEAK, WRONG, Findings
from shared import site_config

# The variables of the founding document; they keep their names.
FOUNDING = (
    "DATABASE_URL", "NODE_ENV", "PORT", "ADMIN_EMAIL", "ADMIN_PASSWORD", "SESSION_SECRET", "OPENAI_API_KEY",
    "RESEND_API_KEY", "CORS_ORIGIN", "CRM_BASE_URL",
)  # fmt: skip
EXAMPLE = ".env.example"
SIMILAR = 0.84  # how alike two names are before one is taken for the other misspelled
_OF_HOSTS = re.compile(r"(RAILWAY|AWS|GOOGLE|AZURE|GITHUB|PG|UV|PIP)_?\w*$")
_COMMAND = re.compile(r"\$\(|\$\{|`[^`]+`|^\$\w+$")
_PLACEHOLDER = re.compile(
    r"(?i)^<.*>$|://\S*<[^>]*>|^\[.*\]$|^\{\{?[ \w]+\}\}?$|change[-_ ]?me|^your[-_ ]|^replace[-_ ]|x{4,}|\*{3,}"
    r"|placeholder|(\.{3}|…)$|^(secret|password|token|key|example|todo)$|python3? -c |openssl rand|://[^/]*:password@"
)


# Random bytes of the secrets that nobody else gives out.
_RANDOM = {"SESSION_SECRET": 48, "SYNTHETIC_KEY": 48, "METRICS_TOKEN": 48, "ADMIN_PASSWORD": 18, "SEALING_KEYS": 32}


def check(context: DoctorContext, findings: Findings) -> None:
    for error in context.errors:
        # What keeps the service from starting, in its own words: what is wrong, then what to do.
        what, _, fix = error.partition(". ")
        findings.add(WRONG, what, _suggest(context, error.partition(" ")[0], fix or error))
    names = list_known()
    _check_values(context, findings, names)
    _check_names(context, findings, names)
    if context.is_production:
        _check_production(context, findings)
    if not findings.all:
        count = sum(name in names for name in context.environ)
        findings.add(FINE, f"{count} variables, and the service starts with them")


def list_known() -> dict[str, str]:
    """Returns every variable with its value in the example, or nothing where the example is missing."""
    try:
        text = (site_config.find().resolve().parent / EXAMPLE).read_text(encoding="utf-8")
    except (OSError, site_config.SiteConfigError):
        return {}
    values = dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))
    return {**dict.fromkeys((*FOUNDING, "COMMIT_SHA"), ""), **values}


def _suggest(context: DoctorContext, name: str, instruction: str = "") -> str:
    """Returns the line that sets a new secret, or an instruction where only the person has the value."""
    if name not in _RANDOM:
        return instruction or f"Set {name} to its real value, or remove it"
    value = base64.urlsafe_b64encode(secrets.token_bytes(_RANDOM[name])).decode()
    return context.suggest(name, value)


def _check_values(context: DoctorContext, findings: Findings, names: dict[str, str]) -> None:
    """No shell runs a file, so the text of a command becomes the value. Nobody replaces a placeholder either."""
    refused = {error.partition(" ")[0] for error in context.errors}
    for name in sorted(set(context.environ) - refused - {"MAIL_FROM"}):
        value, secret = context.value(name), is_secret(name)
        what = ""
        if value and value == names.get(name):
            is_personal = secret or name == "DATABASE_URL" or name.endswith("EMAIL")
            what = f"{name} is the value of the example" if is_personal and context.is_production else ""
        elif _COMMAND.search(value):
            what = f"{name} holds the text of a command or of another variable, which nothing runs"
        elif _PLACEHOLDER.search(value):
            what = f"{name} holds a placeholder"
        if what and (context.file or name in names or secret):  # a shell has many others
            findings.add(WRONG, what, _suggest(context, name))


def _check_names(context: DoctorContext, findings: Findings, names: dict[str, str]) -> None:
    one, other = context.value("APP_ENV"), context.value("NODE_ENV")
    findings.expect(
        (re.fullmatch(r"(sk-[\w-]{20,})?", context.value("OPENAI_API_KEY")), WEAK,
         "OPENAI_API_KEY does not look like a key of OpenAI", "Copy it from platform.openai.com/api-keys"),
        (names, UNKNOWN, f"Names cannot be compared: there is no {EXAMPLE} here", "Run it inside the repository"),
        (not one or not other or one == other, WEAK, f"APP_ENV is {one} and NODE_ENV is {other}; APP_ENV counts",
         "Remove one of the two"),
    )  # fmt: skip
    for name in sorted(set(context.environ) - set(names)) if names else ():
        is_of_host = _OF_HOSTS.match(name) is not None
        unset = [] if is_of_host and not context.file else [each for each in names if not context.value(each)]
        if similar := difflib.get_close_matches(name, unset, n=1, cutoff=SIMILAR):
            findings.add(WRONG, f"{name} is unknown and {similar[0]} is not set", f"Rename {name} to {similar[0]}")
        elif context.file and not is_of_host:
            findings.add(WEAK, f"{name} is unknown: nothing of ours reads it", f"Remove {name} from {context.file}")


def _check_production(context: DoctorContext, findings: Findings) -> None:
    """Checks what a service on a host should have, beyond what it refuses to start without."""
    secret, url, email = context.value("SESSION_SECRET"), context.facts.url, context.facts.organization.email
    origins = context.config.origins if context.config else ()
    behind_railway = context.value("RAILWAY_ENVIRONMENT_ID")
    findings.expect(
        (len(secret) < 32 or len(set(secret)) >= 12, WEAK, "SESSION_SECRET repeats itself",
         _suggest(context, "SESSION_SECRET")),
        (context.value("SEALING_KEYS"), WEAK,
         "SEALING_KEYS is empty, so a new SESSION_SECRET makes stored secrets unreadable",
         _suggest(context, "SEALING_KEYS")),
        (context.value("ADMIN_EMAIL"), WEAK, "ADMIN_EMAIL is empty: nobody is notified of leads",
         context.suggest("ADMIN_EMAIL", email)),
        (not behind_railway or context.value("TRUSTED_PROXIES") != "0", WRONG,
         "TRUSTED_PROXIES is 0 behind Railway's proxy, so all visitors share one limit",
         context.suggest("TRUSTED_PROXIES", "1")),
        (not origins or url in origins, WRONG, f"CORS_ORIGIN leaves out {url}, so its form is refused",
         context.suggest("CORS_ORIGIN", url)),
    )  # fmt: skip
