"""Write the display face from an unpacked `@fontsource-variable/familjen-grotesk` package.

`python -m shared.design.make_font FOLDER` writes two subsets: `display.woff2` with the letters of Western Europe, and
`display-ext.woff2` with those of the rest of Latin Europe, which a browser fetches only for a heading that needs one.
`font.css` names both.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from fontTools import subset

LATIN = "U+20-7E,U+A0-FF,U+131,U+152-153,U+2013-2014,U+2018-201E,U+2022,U+2026,U+20AC,U+2122,U+2191,U+2193,U+2212"
REST_OF_LATIN = "U+100-130,U+132-151,U+154-17F,U+218-21B,U+2C6-2C7,U+2D8-2DD,U+1E9E"
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "tnum"]


def cut(source: Path, target: Path, letters: str) -> None:
    """Keep only `letters` (a CSS unicode range) of a font and write it as WOFF2 without hints."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=FEATURES, name_IDs=[0, 1, 2, 13, 14])
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(letters.replace("U+", "")))
    cutter.subset(font)
    subset.save_font(font, str(target), options)


if __name__ == "__main__":
    package, here = Path(sys.argv[1]), Path(__file__).parent
    stem = "familjen-grotesk-{}-wght-normal.woff2"
    cut(package / "files" / stem.format("latin"), here / "display.woff2", LATIN)
    cut(package / "files" / stem.format("latin-ext"), here / "display-ext.woff2", REST_OF_LATIN)
    shutil.copyfile(package / "LICENSE", here / "display.LICENSE.txt")
