"""Write `icons.svg` from an unpacked `lucide-static` package: `python -m shared.design.make_sprite FOLDER`.

Only the icons named in `icon-names.txt` are taken, so the sprite stays small. The license of Lucide is kept beside it.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path


def symbol(source: str, name: str) -> str:
    """The drawing inside one icon's file as a `<symbol>`. Stroke and color come from the class `icon`."""
    inside = re.search(r"<svg[^>]*>(.*)</svg>", source, flags=re.DOTALL)
    if inside is None:
        raise ValueError(f"{name}.svg holds no <svg> element.")
    drawing = re.sub(r"\s*\n\s*", "", inside.group(1)).replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


def sprite(icons: Path, names: list[str]) -> str:
    """The named icons of a folder as one SVG document."""
    found = [symbol((icons / f"{name}.svg").read_text(encoding="utf-8"), name) for name in sorted(names)]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(found) + "\n</svg>\n"


if __name__ == "__main__":
    package, here = Path(sys.argv[1]), Path(__file__).parent
    names = (here / "icon-names.txt").read_text(encoding="utf-8").split()
    (here / "icons.svg").write_text(sprite(package / "icons", names), encoding="utf-8")
    shutil.copyfile(package / "LICENSE", here / "icons.LICENSE.txt")
