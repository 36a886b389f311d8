"""Source code to markup: the same text, with spans round what deserves a color.

Tree-sitter reads the languages of `grammars`; Pygments reads the rest and is imported only for them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from blog.grammars import GRAMMARS, OTHER_NAMES, Grammar

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from tree_sitter import Language, Node

Span = tuple[int, int, str]
Reader = Callable[[str], Iterable[Span]]

_readers: dict[str, Reader | None] = {}


def highlight(code: str, language: str) -> str:
    """Markup of `code`, to be put inside `<code>`. An unknown language is only escaped.

    Without its tags and entities the answer is `code`, character for character.
    """
    name = OTHER_NAMES.get(language, language)
    if name not in _readers:
        _readers[name] = _reader(name)
    reader = _readers[name]
    if reader is None:
        return _escaped(code)
    return _marked_up(code, reader(code))


def _marked_up(code: str, spans: Iterable[Span]) -> str:
    """The code with its spans as elements. Neighbors of one kind become one, white space between them included."""
    parts: list[str] = []
    add = parts.append
    at = 0
    open_kind = ""
    for start, end, kind in spans:
        if start < at or start >= end:
            continue
        between = code[at:start]
        if kind == open_kind and (not between or between.isspace()):
            add(between)
        else:
            if open_kind:
                add("</span>")
            add(_escaped(between))
            add(f'<span class="{kind}">')
            open_kind = kind
        add(_escaped(code[start:end]))
        at = end
    if open_kind:
        add("</span>")
    add(_escaped(code[at:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _reader(name: str) -> Reader | None:
    if name in GRAMMARS:
        try:
            return tree_reader(name)
        except (ImportError, OSError, ValueError, SyntaxError, RuntimeError, AttributeError) as fault:
            # A grammar of another ABI or a renamed node must not stop a site; its code is colored by Pygments instead.
            print(f"blog: the grammar for {name} cannot be used ({fault}); Pygments reads it.", file=sys.stderr)  # noqa: T201
    return _lexer_reader(name)


def tree_reader(name: str) -> Reader:
    """The reader of a language of `GRAMMARS`. Raises what loading the grammar's wheel raises.

    The tree is walked here rather than asked by queries: compiling one query takes as long as coloring a hundred posts.
    """
    from tree_sitter import Language, Parser

    grammar = GRAMMARS[name]
    language = Language(getattr(import_module(grammar.module), grammar.entry)())
    parser = Parser(language)
    brushes = _Brushes(language, grammar)

    def read(code: str) -> Iterable[Span]:
        data = code.encode()
        spans: list[Span] = []
        brushes.paint(parser.parse(data).root_node, spans.append)
        return spans if len(data) == len(code) else _in_characters(spans, data)

    return read


class _Brushes:
    """A grammar's rules by the numbers of node kinds: comparing numbers takes half the time of comparing names."""

    def __init__(self, language: Language, grammar: Grammar) -> None:
        named: dict[str, list[int]] = {}
        self.ink: dict[int, str] = {}
        self.keywords: set[int] = set()
        self.marks: set[int] = set()
        for number in range(language.node_kind_count):
            kind = language.node_kind_for_id(number) or ""
            if kind in grammar.whole:
                self.ink[number] = grammar.whole[kind]
            if language.node_kind_is_named(number):
                named.setdefault(kind, []).append(number)
            elif number not in self.ink:
                (self.keywords if kind[:1].isalpha() else self.marks).add(number)

        def pairs(kinds: Iterable[tuple[str, str]]) -> set[tuple[int, int]]:
            return {(a, b) for over, under in kinds for a in named.get(over, ()) for b in named.get(under, ())}

        self.names = pairs(grammar.names)
        self.called = pairs(grammar.called)
        self.holes = {number for kind in grammar.holes for number in named.get(kind, ())}

    def paint(self, node: Node, add: Callable[[Span], None], called: bool = False) -> None:
        """Give every colored span below the node to `add`, in order. `called` says that its last leaf is a name."""
        ink, marks, keywords = self.ink, self.marks, self.keywords
        parent = node.kind_id
        children = node.children
        last = children[-1] if called and children else None
        first = True
        for child in children:
            kind = child.kind_id
            if kind in marks:
                pass
            elif kind in keywords:
                add((child.start_byte, child.end_byte, "k"))
            elif kind in ink:
                self._cover(child, "f" if first and (parent, kind) in self.called else ink[kind], add)
            elif child.child_count:
                self.paint(child, add, (first and (parent, kind) in self.called) or child is last)
            elif (parent, kind) in self.names or child is last:
                add((child.start_byte, child.end_byte, "f"))
            first = False

    def _cover(self, node: Node, ink: str, add: Callable[[Span], None]) -> None:
        at = node.start_byte
        if self.holes:
            for hole in node.children:
                if hole.kind_id in self.holes:
                    add((at, hole.start_byte, ink))
                    self.paint(hole, add)
                    at = hole.end_byte
        add((at, node.end_byte, ink))


def _in_characters(spans: list[Span], data: bytes) -> Iterator[Span]:
    at = characters = 0
    for start, end, kind in spans:
        begin = characters + len(data[at:start].decode())
        characters = begin + len(data[start:end].decode())
        at = end
        yield begin, characters, kind


def _lexer_reader(name: str) -> Reader | None:
    if not name or name in {"text", "plain", "txt", "console-output"}:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer: Lexer = get_lexer_by_name(name)
    except ClassNotFound:
        return None

    def read(code: str) -> Iterator[Span]:
        for start, token, text in lexer.get_tokens_unprocessed(code):
            kind = _kind(str(token))
            if kind:
                yield start, start + len(text), kind

    return read


def _kind(token: str) -> str:
    for prefix, kind in _KINDS:
        if token.startswith(prefix):
            return kind
    return ""


_KINDS = (
    ("Token.Keyword.Constant", "n"),
    ("Token.Keyword", "k"),
    ("Token.Operator.Word", "k"),
    ("Token.Name.Tag", "k"),
    ("Token.Literal.String", "s"),
    ("Token.Literal.Number", "n"),
    ("Token.Comment", "c"),
    ("Token.Name.Function", "f"),
    ("Token.Name.Class", "f"),
    ("Token.Name.Attribute", "f"),
    ("Token.Name.Decorator", "f"),
)
