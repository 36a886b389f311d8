"""Finishes what GitHub's Markdown adds: task lists, alerts and footnotes.

The Markdown library writes them without labels, titles and links back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TASK = re.compile(r'<li>(\s*(?:<p>)?)<input disabled="" type="checkbox"( checked="")?\s*/>\s*')
_BLOCKQUOTE = re.compile(r'<blockquote(?: class="markdown-alert-([a-z]+)")?[^>]*>|</blockquote>')
_REFERENCE = re.compile(r'<sup class="footnote-reference"><a href="#([^"]*)">(\d+)</a></sup>')
_DEFINITION = '<div class="footnote-definition" id="'
_LABEL = re.compile(r'([^"]*)"><sup class="footnote-definition-label">\d+</sup>')
_DIV = re.compile(r"<div\b|</div>")


def finish_tasks(html: str, strings: Mapping[str, str]) -> str:
    """Gives every box of a task list a name, because a screen reader reads it without its text."""

    def replace(match: re.Match[str]) -> str:
        checked, name = (" checked", strings["task_done"]) if match[2] else ("", strings["task_open"])
        return f'<li class="task">{match[1]}<input type="checkbox" disabled{checked} aria-label="{name}"> '

    return _TASK.sub(replace, html)


def finish_alerts(html: str, strings: Mapping[str, str]) -> str:
    """Turns `> [!NOTE]` and its kind into a box with a title."""
    stack: list[bool] = []

    def replace(match: re.Match[str]) -> str:
        if match[0] == "</blockquote>":
            return "</div>" if stack and stack.pop() else match[0]
        stack.append(bool(match[1]))
        if not match[1]:
            return match[0]
        title = strings[f"alert_{match[1]}"]
        return f'<div class="alert alert-{match[1]}" role="note"><p class="alert-title">{title}</p>'

    return _BLOCKQUOTE.sub(replace, html)


def finish_footnotes(html: str, strings: Mapping[str, str]) -> str:
    """Moves the footnotes to the end and links them with their references.

    Their ids have a colon, which no heading has. A footnote without a reference comes last.
    """
    html, notes = _take_definitions(html)
    numbers: dict[str, int] = {}
    counts: dict[str, int] = {}

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name not in notes:
            return match[0]
        number = numbers.setdefault(name, len(numbers) + 1)
        counts[name] = counts.get(name, 0) + 1
        own_id = _name_reference(number, counts[name])
        return f'<sup class="footnote"><a href="#fn:{number}" id="{own_id}" role="doc-noteref">{number}</a></sup>'

    html = _REFERENCE.sub(replace, html)
    # A footnote may refer to others, which then get their numbers.
    done: list[str] = []
    while len(done) < len(notes):
        waiting = [name for name in numbers if name not in done] or [name for name in notes if name not in done]
        name = waiting[0]
        numbers.setdefault(name, len(numbers) + 1)
        notes[name] = _REFERENCE.sub(replace, notes[name])
        done.append(name)
    items = []
    for name, number in sorted(numbers.items(), key=lambda item: item[1]):
        back = "".join(
            f' <a href="#{_name_reference(number, count)}" role="doc-backlink"'
            f' aria-label="{strings["footnote_back"].replace("{number}", _count_back(number, count))}">↩</a>'
            for count in range(1, counts.get(name, 0) + 1)
        )
        text = notes[name].strip()
        text = f"{text.removesuffix('</p>')}{back}</p>" if text.endswith("</p>") else f"{text}<p>{back.strip()}</p>"
        items.append(f'<li id="fn:{number}">{text}</li>\n')
    opening = f'<section class="footnotes" role="doc-endnotes" aria-label="{strings["footnotes"]}">'
    return f"{html}{opening}\n<ol>\n{''.join(items)}</ol>\n</section>\n"


def _count_back(number: int, count: int) -> str:
    return f"{number}" if count == 1 else f"{number}-{count}"


def _name_reference(number: int, count: int) -> str:
    return f"fnref:{number}" if count == 1 else f"fnref:{number}:{count}"


def _take_definitions(html: str) -> tuple[str, dict[str, str]]:
    """Returns the markup without its definitions, and each definition by its name."""
    parts, position = [], 0
    notes: dict[str, str] = {}
    while (start := html.find(_DEFINITION, position)) >= 0:
        label = _LABEL.match(html, start + len(_DEFINITION))
        if label is None:
            break
        depth, end = 1, label.end()
        for tag in _DIV.finditer(html, end):
            depth += 1 if tag[0] == "<div" else -1
            end = tag.start()
            if not depth:
                break
        parts.append(html[position:start])
        inner, deeper = _take_definitions(html[label.end() : end])
        notes.setdefault(label[1], inner)
        notes.update({name: text for name, text in deeper.items() if name not in notes})
        position = end + len("</div>")
        if html[position : position + 1] == "\n":
            position += 1
    return "".join(parts) + html[position:], notes
