from __future__ import annotations

import io
import json

from rich.console import Console

from ops.verify import report
from ops.verify.checks import Broken, Check, State, walk


async def kept() -> str:
    return "as promised"


async def broken() -> str:
    raise Broken("It is gone", "Look behind the sofa.")


async def test_what_follows_a_broken_check_is_not_reached_but_clearing_away_is():
    lane = [
        Check("one", "", kept),
        Check("two", "", broken),
        Check("three", "", kept),
        Check("four", "", kept, always=True),
    ]
    states = [result.state for result in await walk(lane)]
    assert states == [State.KEPT, State.BROKEN, State.NOT_REACHED, State.KEPT]


async def test_a_report_is_well_only_when_every_promise_is_kept():
    good, bad = await walk([Check("one", "", kept)]), await walk([Check("two", "", broken)])
    assert report.of("local", good, 1).ok
    assert not report.of("local", good + bad, 1).ok
    assert not report.of("local", [], 1).ok


async def test_the_broken_hop_is_named_with_what_to_do():
    out = Console(record=True, width=100, soft_wrap=True, file=io.StringIO())
    report.tell(report.of("local", await walk([Check("delivery", "", broken), Check("next", "", kept)]), 1), out)
    said = out.export_text()
    assert "Broken: delivery. It is gone. Look behind the sofa." in said
    assert "not reached" in said
    assert "Verified" not in said


async def test_programs_get_one_document():
    told = json.loads(report.document(report.of("local", await walk([Check("one", "All is well", kept)]), 0.5)))
    assert told["ok"] is True
    assert told["seconds"] == 0.5
    [check] = told["checks"]
    assert (check["name"], check["promise"], check["state"], check["detail"]) == (
        "one",
        "All is well",
        "kept",
        "as promised",
    )
