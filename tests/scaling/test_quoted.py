"""A new measurement renews what the founding document's page quotes of the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import benchmark_loader
import pytest

quoted: Any = benchmark_loader.load_benchmark("quoted")

SOURCE = Path("somewhere/RESULTS.md")
BEFORE = """# Results

## Small
| list | 3,836 | 7.9 | 16.0 |
| list | 12 | 7.7 |

## Large
| list | 3,525 | 8.2 | 18.5 |
Boot to healthy: median 0.80 s of 5
"""
AFTER = """# Results

## New
| list | 1 | 2 | 3 |

## Small
| list | 4,001 | 7.1 | 15.2 |
| list | 13 | 7.6 |

## Large
| list | 3,600 | 8.0 | 17.1 |
Boot to healthy: median 1.02 s of 5
"""


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ('[3,836](../b/RESULTS.md "list") a second', '[4,001](../b/RESULTS.md "list") a second'),
        ('[3,525](RESULTS.md "list")', '[3,600](RESULTS.md "list")'),
        ('[7.7](RESULTS.md "list")', '[7.6](RESULTS.md "list")'),
        ('[0.80 s](RESULTS.md "Boot to healthy")', '[1.02 s](RESULTS.md "Boot to healthy")'),
        ('[16.0](RESULTS.md "list"), [7.9](RESULTS.md "list")', '[15.2](RESULTS.md "list"), [7.1](RESULTS.md "list")'),
        ('[9,999](RESULTS.md "list")', '[9,999](RESULTS.md "list")'),
        ('[3,836](other.md "list")', '[3,836](other.md "list")'),
        ('[0021](../decisions/0021.md)', '[0021](../decisions/0021.md)'),
    ],
)  # fmt: skip
def test_a_figure_is_renewed_by_its_place(said: str, says: str):
    assert quoted.update_quotes(said, SOURCE, BEFORE, AFTER) == says


def test_a_figure_whose_line_is_gone_stays_for_the_tests_to_find():
    said = '[0.80 s](RESULTS.md "Boot to healthy")'
    assert quoted.update_quotes(said, SOURCE, BEFORE, "# Results\n") == said
