"""Computes the new facts from the current ones and the wishes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ops.init.errors import InvalidOptionsError, OptionError
from ops.init.facts import BY_KEY, FACTS, IDENTITY, Fact, Facts, is_new_owner

NONE = "none"
DOMAINS = ("domains.site", "domains.www", "domains.blog", "domains.api", "domains.crm")

Origin = tuple[str, str] | None
"""Owner and name of the repository that git was cloned from, if known."""


def resolve_facts(current: Mapping[str, str], wishes: Mapping[str, str], *, year: int, origin: Origin) -> Facts:
    """Returns every new fact. A fact that followed from another follows it still.

    Raises `InvalidOptionsError` with every error.
    """
    invalid = [OptionError(BY_KEY[key].option, BY_KEY[key].check(value)) for key, value in wishes.items()]
    new = propose_facts(current, wishes, year=year, origin=origin)
    errors = [error for error in invalid if error.message] + _find_duplicates(new)
    errors = errors or _find_leftovers(current, new, wishes)
    if errors:
        raise InvalidOptionsError(errors)
    return new


def propose_facts(current: Mapping[str, str], wishes: Mapping[str, str], *, year: int, origin: Origin) -> Facts:
    """Returns every fact as the wishes make it, valid or not."""
    new, given = dict(current), wishes
    for fact in FACTS:
        new[fact.key] = given[fact.key] if fact.key in given else _derive(fact, current, new)
        if fact.key == "domains.site" and is_new_owner(current, new):
            given = {**_reset_facts(current, new, year, origin), **wishes}
    return new


def replace_names(text: str, current: Mapping[str, str], new: Mapping[str, str], keys: tuple[str, ...] = ()) -> str:
    """Replaces the old values of these facts (those of `IDENTITY` by default), where they stand as whole words."""
    pairs = {current[key]: new[key] for key in reversed(keys or IDENTITY) if current[key] != new[key]}
    if not pairs:
        return text
    longest_first = "|".join(re.escape(old) for old in sorted(pairs, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", lambda match: pairs[match[0]], text)


def names_old_owner(text: str, current: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Returns whether `text` still names the previous owner, in small or capital letters."""
    names = "|".join(re.escape(current[key]) for key in IDENTITY if current[key] != new[key])
    return bool(names) and re.search(rf"(?<![a-z0-9])(?:{names})(?![a-z0-9])", text, re.IGNORECASE) is not None


def _derive(fact: Fact, current: Mapping[str, str], new: Mapping[str, str]) -> str:
    if fact.same_as:
        return new[fact.same_as] if current[fact.same_as] != new[fact.same_as] else current[fact.key]
    if fact.key == "pages.host" and current["pages.owner"] != new["pages.owner"]:
        return f"{new['pages.owner'].lower()}.github.io"
    return replace_names(current[fact.key], current, new, fact.follows) if fact.follows else current[fact.key]


def _reset_facts(current: Mapping[str, str], new: Mapping[str, str], year: int, origin: Origin) -> Facts:
    """Returns what a new owner begins with: this year, their repository, no booking link of the previous owner."""
    reset = {"organization.founded": str(year)}
    if origin and origin != (current["repository.owner"], current["repository.name"]):
        reset |= {"repository.owner": origin[0], "repository.name": origin[1]}
    if names_old_owner(current["links.booking"], current, new):
        reset["links.booking"] = ""
    return reset


def _find_duplicates(new: Mapping[str, str]) -> list[OptionError]:
    first = {new[key]: key for key in reversed(DOMAINS)}
    return [
        OptionError(BY_KEY[key].option, f"{new[key]} is {first[new[key]]} already. Each host needs its own.")
        for key in DOMAINS
        if first[new[key]] != key
    ]


def _find_leftovers(current: Mapping[str, str], new: Mapping[str, str], wishes: Mapping[str, str]) -> list[OptionError]:
    """A new owner must not keep a fact that names the previous one, nor its account on GitHub."""
    if not is_new_owner(current, new):
        return []
    errors = [
        OptionError(fact.option, f"It would still be {new[fact.key]!r}, which names the previous owner. Give it.")
        for fact in FACTS
        if fact.option and fact.key not in wishes and names_old_owner(new[fact.key], current, new)
    ]
    if new["repository.owner"] == current["repository.owner"] and "repository.owner" not in wishes:
        old = f"{current['repository.owner']}/{current['repository.name']}"
        errors.insert(0, OptionError("--repository", f"It would still be {old}. Give yours as OWNER/NAME."))
    return errors
