"""Converts markup of other generators to Markdown: shortcodes of Hugo, Liquid of Jekyll, links of Pelican, MDX.

What has no counterpart stays in the text and is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Report = Callable[[str, str], None]
"""Receives what could not be converted, and its text."""

_CODE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?^ {0,3}\1[`~]*[ \t]*$|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)", re.M | re.S)
_ARGUMENT = re.compile(r'(?:(\w+)\s*=\s*)?(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|([^\s"`=]+))')
_SHORTCODE = re.compile(r"\{\{([<%])\s*(/?)\s*([\w/.-]+)\s*(.*?)\s*/?\s*[>%]\}\}", re.S)
_ESCAPED_SHORTCODE = re.compile(r"\{\{([<%])/\*(.*?)\*/([>%])\}\}", re.S)
_LIQUID_CODE = re.compile(
    r"\{%-?\s*highlight\s+(\w[\w+#.-]*)[^%]*%\}\n?(.*?)\n?\{%-?\s*endhighlight\s*-?%\}", re.DOTALL
)
_LIQUID_TAG = re.compile(r"\{%-?\s*(\w+)\s*(.*?)\s*-?%\}", re.S)
_LIQUID_VALUE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.S)
_URL_FILTER = re.compile(r"""["']([^"']*)["']\s*\|\s*(?:relative_url|absolute_url|prepend:\s*site\.(?:baseurl|url))""")
_PELICAN_LINK = re.compile(r"(?:\{(filename|static|attach|tag|category|author|index)\}|\|(filename|static|attach)\|)")
_MDX_IMPORT = re.compile(r"^(?:import|export)\s.*?(?:\n(?=\n)|\Z)", re.M | re.S)
_JSX = re.compile(r"<([A-Z]\w*)\b")
_MATH = re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)", re.S)
_KRAMDOWN = re.compile(r"^\s*\{:.*?\}\s*$|(?<=\))\{:[^}\n]*\}", re.M)
_TOC = re.compile(r"^\s*(?:[*+-]|\d+\.)\s+.*\n\{:toc.*?\}\s*$|^\s*\[TOC\]\s*$", re.M | re.I)
_MORE = re.compile(r"^\s*<!--\s*more\s*-->\s*\n?", re.M | re.I)


def convert(text: str, kind: str, report: Report) -> str:
    """Returns the Markdown of a body of a Hugo, Jekyll, Astro, Pelican or Ghost document."""
    text = _MORE.sub("", text)
    if kind == "hugo":
        text = _convert_hugo(text, report)
    elif kind == "jekyll":
        text = _convert_jekyll(text, report)
    elif kind == "pelican":
        text = outside_code(text, lambda part: _TOC.sub("", part))
    elif kind == "astro":
        text = _convert_mdx(text, report)
    for match in _find_outside_code(_MATH, text):
        report("a formula, which is shown as it is written", match[0])
        break
    return text


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Returns the text with everything changed but its code."""
    parts, position = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[position : code.start()]), code[0]]
        position = code.end()
    return "".join([*parts, change(text[position:])])


def _find_outside_code(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    spans = [code.span() for code in _CODE.finditer(text)]
    for match in pattern.finditer(text):
        if not any(start <= match.start() < end for start, end in spans):
            yield match


def parse_arguments(text: str) -> tuple[list[str], dict[str, str]]:
    """Returns the arguments of a shortcode: those without and those with a name."""
    plain, named = [], {}
    for name, quoted, raw, bare in _ARGUMENT.findall(text):
        value = (quoted or raw or bare).replace('\\"', '"')
        if name:
            named[name] = value
        else:
            plain.append(value)
    return plain, named


def _convert_hugo(text: str, report: Report) -> str:
    # Hugo runs its shortcodes in code too, and only the escaped ones stay.
    text = re.sub(
        r"\{\{[<%]\s*highlight\s+(\S+).*?[>%]\}\}\n?(.*?)\n?\{\{[<%]\s*/\s*highlight\s*[>%]\}\}",
        _fence,
        text,
        flags=re.S,
    )

    def replace(match: re.Match[str]) -> str:
        closing, name, rest = match[2], match[3].lower(), match[4]
        plain, named = parse_arguments(rest)
        first = plain[0] if plain else named.get("id", "")
        if not closing and name in {"ref", "relref"}:
            return (
                first.rpartition("/")[2]
                if first.partition("#")[0].endswith(".md")
                else f"/posts/{first.strip('/').rpartition('/')[2]}/"
            )
        if not closing and name == "figure" and named.get("src"):
            caption = named.get("caption") or named.get("title") or ""
            image = f"![{named.get('alt', caption)}](<{named['src']}>)"
            image = f"[{image}](<{named['link']}>)" if named.get("link") else image
            return f"{image}\n\n*{caption}*" if caption else image
        if not closing and (player := render_player(name, first)):
            return player
        report(f"the shortcode `{name}`", match[0])
        return match[0]

    return _ESCAPED_SHORTCODE.sub(r"{{\1\2\3}}", _SHORTCODE.sub(replace, text))


def render_player(name: str, video: str) -> str:
    """Returns the frame of a player for the name of a shortcode or tag, or an empty text."""
    if name == "youtube" and re.fullmatch(r"[\w-]{6,}", video):
        return f'<iframe src="https://www.youtube-nocookie.com/embed/{video}"></iframe>'
    if name == "vimeo" and video.isdigit():
        return f'<iframe src="https://player.vimeo.com/video/{video}"></iframe>'
    return ""


def _fence(match: re.Match[str]) -> str:
    marks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`{3,}", match[2])), 3)
    return f"{marks}{match[1]}\n{match[2]}\n{marks}"


def _convert_jekyll(text: str, report: Report) -> str:
    raws: list[str] = []

    def keep(match: re.Match[str]) -> str:
        raws.append(match[1])
        return f"\x00{len(raws) - 1}\x00"

    # What is raw is no Liquid, so it is taken out before anything else is read.
    text = re.sub(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", keep, text, flags=re.S)
    text = _LIQUID_CODE.sub(_fence, text)
    text = re.sub(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", "", text, flags=re.S)

    def replace_tag(match: re.Match[str]) -> str:
        name, rest = match[1].lower(), match[2].strip("\"' ")
        if name in {"post_url", "link"}:
            file = rest.rpartition("/")[2]
            return file if file.endswith((".md", ".markdown")) else f"{file}.md" if name == "post_url" else f"/{rest}"
        if player := render_player(name, rest):
            return player
        report(f"the Liquid tag `{name}`", match[0])
        return match[0]

    def replace_value(match: re.Match[str]) -> str:
        if url := _URL_FILTER.fullmatch(match[1]):
            return "/" + url[1].lstrip("/")
        if match[1] in {"site.baseurl", "site.url", "page.baseurl", "site.github.url"}:
            return ""
        report(f"the Liquid value `{match[1]}`", match[0])
        return match[0]

    text = _LIQUID_VALUE.sub(replace_value, _LIQUID_TAG.sub(replace_tag, text))
    text = outside_code(text, lambda part: _KRAMDOWN.sub("", _TOC.sub("", part)))
    return re.sub("\x00(\\d+)\x00", lambda match: raws[int(match[1])], text)


def _convert_mdx(text: str, report: Report) -> str:
    def change(part: str) -> str:
        return _MDX_IMPORT.sub("", part) if re.search(r"^(?:import|export)\s", part, re.M) else part

    for match in _find_outside_code(_JSX, text):
        report(f"the component `{match[1]}`", match[0])
    return outside_code(text, change)


def convert_pelican_links(url: str) -> str:
    """Returns a link of Pelican as one of this builder: `{filename}/a.md` becomes `a.md`."""
    match = _PELICAN_LINK.match(url)
    if not match:
        return url
    rest = url[match.end() :]
    kind = match[1] or match[2]
    if kind == "filename":
        return (
            rest.rpartition("/")[2] if rest.partition("#")[0].lower().endswith((".md", ".rst", ".markdown")) else rest
        )
    if kind == "tag":
        return f"/tags/{rest.strip('/')}/"
    return rest if kind in {"static", "attach"} else "/"
