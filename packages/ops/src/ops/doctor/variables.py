"""Variables: missing, weak, left as in the example, unknown; what the service itself refuses comes first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from house import site
from ops.doctor.case import MAKE_KEY, MAKE_SECRET, Case
from ops.doctor.findings import Finding, Group, Ward

FOUNDING = (
    "DATABASE_URL", "NODE_ENV", "PORT", "ADMIN_EMAIL", "ADMIN_PASSWORD", "SESSION_SECRET", "OPENAI_API_KEY",
    "RESEND_API_KEY", "CORS_ORIGIN", "CRM_BASE_URL",
)  # fmt: skip
"""The variables of the founding document; they keep their names."""
EXAMPLE = ".env.example"
NEAR = 0.84
"""How alike two names are before one is taken for the other misspelled."""
_HOSTS_OWN = re.compile(r"(RAILWAY|AWS|GOOGLE|AZURE|GITHUB|PG|UV|PIP)_?\w*$")
_MENDED = {"SESSION_SECRET": f"$({MAKE_SECRET})", "ADMIN_PASSWORD": "'a sentence of your own'"}


def findings(case: Case) -> list[Finding]:
    ward = Ward(Group.VARIABLES)
    for fault in case.faults:
        _refused(case, ward, fault)
    _names(case, ward)
    if case.production:
        _production(case, ward)
    key = case.value("OPENAI_API_KEY")
    if key and not re.fullmatch(r"sk-[\w-]{20,}", key):
        ward.weak("OPENAI_API_KEY does not look like a key of OpenAI", case.line("OPENAI_API_KEY", "sk-…"))
    if not ward.findings:
        ward.fine(f"{sum(name in known() for name in case.environ)} variables, and the service starts with them")
    return ward.findings


def known(root: Path | None = None) -> dict[str, str]:
    """Every variable there is, with its value in the example; empty where the example is not at hand."""
    try:
        text = ((root or site.find().resolve().parent) / EXAMPLE).read_text(encoding="utf-8")
    except (OSError, site.BadSite):
        return {}
    told = dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))
    return {**dict.fromkeys((*FOUNDING, "COMMIT_SHA"), ""), **told}


def _refused(case: Case, ward: Ward, fault: str) -> None:
    """What keeps the service from starting, in its own words: what is wrong, then what to do."""
    what, _, fix = fault.partition(". ")
    name = fault.partition(" ")[0]
    ward.wrong(what, case.line(name, _MENDED[name]) if name in _MENDED else fix or fault)


def _names(case: Case, ward: Ward) -> None:
    names = known()
    if not names:
        ward.unknown(f"Names cannot be compared: there is no {EXAMPLE} here", "Run it inside the repository")
        return
    for name, meant in _strange(case, names):
        if meant:
            ward.wrong(f"{name} is unknown and {meant} is not set", f"Rename {name} to {meant}")
        else:
            ward.weak(f"{name} is unknown: nothing of ours reads it", f"Take {name} out of {case.file}")
    for name, value in names.items():
        given = case.value(name)
        if given and given == value and case.production and re.search("SECRET|PASSWORD|EMAIL|DATABASE_URL", name):
            ward.wrong(f"{name} is the value of the example", case.line(name, _MENDED.get(name, "…")))
    one, other = case.value("APP_ENV"), case.value("NODE_ENV")
    if one and other and one != other:
        ward.weak(f"APP_ENV is {one} and NODE_ENV is {other}; APP_ENV counts", "Take one of the two away")


def _strange(case: Case, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Names that nothing reads, and what was meant where that is likely. A shell has many: there only the likely."""
    for name in sorted(set(case.environ) - set(names)):
        if _HOSTS_OWN.match(name) and not case.file:
            continue
        near = difflib.get_close_matches(name, [each for each in names if not case.value(each)], n=1, cutoff=NEAR)
        if near or (case.file and not _HOSTS_OWN.match(name)):
            yield name, near[0] if near else ""


def _production(case: Case, ward: Ward) -> None:
    """What a service on a host should have, beyond what it refuses to start without."""
    secret = case.value("SESSION_SECRET")
    if len(secret) >= 32 and len(set(secret)) < 12:
        ward.weak("SESSION_SECRET repeats itself", case.line("SESSION_SECRET", _MENDED["SESSION_SECRET"]))
    if not case.value("SEALING_KEYS"):
        ward.weak(
            "SEALING_KEYS is empty, so a new SESSION_SECRET makes stored secrets unreadable",
            case.line("SEALING_KEYS", f"$({MAKE_KEY})"),
        )  # fmt: skip
    if not case.value("ADMIN_EMAIL"):
        ward.weak(
            "ADMIN_EMAIL is empty: nobody is told of leads", case.line("ADMIN_EMAIL", case.facts.organization.email)
        )
    if case.value("TRUSTED_PROXIES") == "0" and case.value("RAILWAY_ENVIRONMENT_ID"):
        ward.wrong(
            "TRUSTED_PROXIES is 0 behind Railway's proxy, so all visitors share one limit",
            case.line("TRUSTED_PROXIES", "1"),
        )
    origins = case.config.origins if case.config else ()
    if origins and case.facts.url not in origins:
        ward.wrong(
            f"CORS_ORIGIN leaves out {case.facts.url}, so its form is refused", case.line("CORS_ORIGIN", case.facts.url)
        )
