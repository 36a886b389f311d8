"""How tests walk through a part of the look-alike, and tell what is broken in it."""

from __future__ import annotations

from lookalike.standing import LookAlike

from ops.verify.checks import Group, Result, State
from ops.verify.command import verified


async def asked(house: LookAlike, group: Group) -> dict[str, Result]:
    """What the checks of this group say, without a key."""
    found = await verified(house.target, {}, only=[group])
    return {result.name: result for result in found.checks if result.group == group}


async def the_broken_one(house: LookAlike, group: Group) -> Result:
    """The one check of this group that is broken. Every other one must be kept, and this one must say what to do."""
    found = await asked(house, group)
    others = {name: result.state for name, result in found.items() if result.state is not State.KEPT}
    assert len(others) == 1, {name: (state, found[name].detail) for name, state in others.items()}
    [broken] = [found[name] for name in others]
    assert broken.state is State.BROKEN
    assert broken.hint, f"{broken.name} does not say what to do."
    assert "cannot be judged" not in broken.detail
    return broken
