"""Going back: to the second before the harm, to the second after it, and no further than the archive goes."""

from __future__ import annotations

import json
from datetime import timedelta

from backup.keeping import look
from backup.pit.past import seen

from ops.backup.pit import restoring
from ops.backup.screen import Screen


def back_to(ring, story, to, folder):
    survey = seen(ring, story.store)
    way = restoring.way(survey, to)
    with restoring.carried_out(
        ring.settings, story.store, survey, way, folder=folder, screen=Screen(), look=False
    ) as arrived:
        return way, look(arrived.recovered.url)


def test_the_moment_before_the_harm_has_every_row_as_it_was(ring, story, new):
    way, found = back_to(ring, story, story.good_at, new)
    assert [each.name for each in way.chain] == [story.full.name, story.incremental.name]
    assert found == story.good
