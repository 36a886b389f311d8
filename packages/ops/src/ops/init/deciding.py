"""From the facts that stand and those that are wished for to the facts that will stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ops.init.facts import BY_KEY, FACTS, IDENTITY, Fact, Facts, takeover
from ops.init.faults import Fault, Refused

NONE = "none"
DOMAINS = ("domains.site", "domains.www", "domains.blog", "domains.api", "domains.crm")


def decide(now: Mapping[str, str], wishes: Mapping[str, str], *, year: int, origin: tuple[str, str] | None) -> Facts:
    """Every fact as it will stand. `origin` is owner and name of the repository that git was cloned from, if known.

    A fact that followed from another keeps following it. Raises `Refused` with every fault.
    """
    faults = [Fault(BY_KEY[key].flag, wrong) for key, value in wishes.items() if (wrong := BY_KEY[key].wrong(value))]
    new = proposed(now, wishes, year=year, origin=origin)
    faults += _twice(new)
    faults = faults or _left_over(now, new, wishes)
    if faults:
        raise Refused(list(dict.fromkeys(faults)))
    return new


def proposed(now: Mapping[str, str], wishes: Mapping[str, str], *, year: int, origin: tuple[str, str] | None) -> Facts:
    """Every fact as the wishes would make it, whether it can be or not."""
    new = dict(now)
    told: Mapping[str, str] = wishes
    for fact in FACTS:
        new[fact.key] = told[fact.key] if fact.key in told else _derived(fact, now, new)
        if fact.key == "domains.site" and takeover(now, new):
            told = {**_of_another_house(now, new, year, origin), **wishes}
    return new


def replaced(text: str, now: Mapping[str, str], new: Mapping[str, str], keys: tuple[str, ...] = IDENTITY) -> str:
    """`text` with the old values of these facts, where they stand as whole words, made the new ones."""
    pairs = {now[key]: new[key] for key in reversed(keys) if now[key] != new[key]}
    if not pairs:
        return text
    longest_first = "|".join(re.escape(old) for old in sorted(pairs, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", lambda found: pairs[found[0]], text)


def names(text: str, now: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether `text` still tells, in small letters or great ones, who the house belonged to."""
    gone = "|".join(re.escape(now[key]) for key in IDENTITY if now[key] != new[key])
    return bool(gone) and re.search(rf"(?<![a-z0-9])(?:{gone})(?![a-z0-9])", text, re.IGNORECASE) is not None


def _derived(fact: Fact, now: Mapping[str, str], new: Mapping[str, str]) -> str:
    if fact.takes:
        return new[fact.takes] if now[fact.takes] != new[fact.takes] else now[fact.key]
    if fact.key == "pages.host" and now["pages.owner"] != new["pages.owner"]:
        return f"{new['pages.owner'].lower()}.github.io"
    return replaced(now[fact.key], now, new, fact.follows)


def _of_another_house(
    now: Mapping[str, str], new: Mapping[str, str], year: int, origin: tuple[str, str] | None
) -> Facts:
    """What another house begins with, unless it is told: its year, its repository, and no calendar of the old one."""
    found = {"organization.founded": str(year)}
    if origin and origin != (now["repository.owner"], now["repository.name"]):
        found |= {"repository.owner": origin[0], "repository.name": origin[1]}
    if names(now["links.booking"], now, new):
        found["links.booking"] = ""
    return found


def _twice(new: Mapping[str, str]) -> list[Fault]:
    said: dict[str, str] = {}
    faults = []
    for key in DOMAINS:
        if new[key] in said:
            faults.append(Fault(BY_KEY[key].flag, f"{new[key]} is {said[new[key]]} already. Each host needs its own."))
        said.setdefault(new[key], key)
    return faults


def _left_over(now: Mapping[str, str], new: Mapping[str, str], wishes: Mapping[str, str]) -> list[Fault]:
    """A house that was taken over must say nothing of the one before, its account on GitHub included."""
    if not takeover(now, new):
        return []
    left = [fact for fact in FACTS if fact.flag and fact.key not in wishes and names(new[fact.key], now, new)]
    faults = [
        Fault(fact.flag, f"It would still be {new[fact.key]!r}, which names the house before. Give it.")
        for fact in left
    ]
    if new["repository.owner"] == now["repository.owner"] and "repository.owner" not in wishes:
        told = f"{now['repository.owner']}/{now['repository.name']}"
        faults.insert(0, Fault("--repository", f"It would still be of {told}. Give yours as OWNER/NAME."))
    return faults
