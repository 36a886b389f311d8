"""Highlights source code: it adds `<span>` elements and never changes the text.

Tree-sitter parses the languages of `grammars`. Pygments reads all others and is imported only for them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from blog.grammars import ALIASES, GRAMMARS, Grammar

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from tree_sitter import Language, Node

Span = tuple[int, int, str]
"""Start, end and CSS class of a part of the code."""

Tokenizer = Callable[[str], Iterable[Span]]

_tokenizers: dict[str, Tokenizer | None] = {}


def highlight(code: str, language: str) -> str:
    """Returns markup for the inside of `<code>`. Code in an unknown language is only escaped.

    Without tags and entities, the markup is equal to `code`.
    """
    name = ALIASES.get(language, language)
    if name not in _tokenizers:
        _tokenizers[name] = _load_tokenizer(name)
    tokenize = _tokenizers[name]
    if tokenize is None:
        return _escape(code)
    return _render_spans(code, tokenize(code))


def _render_spans(code: str, spans: Iterable[Span]) -> str:
    """Returns the code with its spans as elements. Neighbors of one class share an element with the space between."""
    parts: list[str] = []
    add = parts.append
    position = 0
    open_class = ""
    for start, end, css_class in spans:
        if start < position or start >= end:
            continue
        between = code[position:start]
        if css_class == open_class and (not between or between.isspace()):
            add(between)
        else:
            if open_class:
                add("</span>")
            add(_escape(between))
            add(f'<span class="{css_class}">')
            open_class = css_class
        add(_escape(code[start:end]))
        position = end
    if open_class:
        add("</span>")
    add(_escape(code[position:]))
    return "".join(parts)


def _escape(text: str) -> str:
    # Most parts of a program are names and spaces.
    return (
        text
        if text.isalnum() or text.isspace()
        else text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )


def _load_tokenizer(name: str) -> Tokenizer | None:
    if name in GRAMMARS:
        try:
            return load_tree_sitter(name)
        except (ImportError, OSError, ValueError, SyntaxError, RuntimeError, AttributeError) as error:
            # A grammar that does not load must not stop a build, so Pygments takes over.
            message = f"blog: the grammar for {name} cannot be loaded ({error}); Pygments is used instead."
            print(message, file=sys.stderr)  # noqa: T201
    return _load_pygments(name)


def load_tree_sitter(name: str) -> Tokenizer:
    """Returns the tokenizer of a language of `GRAMMARS`. Raises what loading the grammar's package raises.

    It walks the tree and uses no queries: compiling one query takes as long as highlighting a hundred posts.
    """
    from tree_sitter import Language, Parser

    grammar = GRAMMARS[name]
    language = Language(getattr(import_module(grammar.module), grammar.entry)())
    parser = Parser(language)
    rules = _NodeRules(language, grammar)

    def tokenize(code: str) -> Iterable[Span]:
        data = code.encode()
        spans: list[Span] = []
        rules.collect_spans(parser.parse(data).root_node, spans.append)
        return spans if len(data) == len(code) else _convert_to_characters(spans, data)

    return tokenize


class _NodeRules:
    """A grammar's rules by node number. Comparing numbers takes half the time of comparing names."""

    def __init__(self, language: Language, grammar: Grammar) -> None:
        named: dict[str, list[int]] = {}
        self.classes: dict[int, str] = {}
        self.keywords: set[int] = set()
        self.punctuation: set[int] = set()
        for number in range(language.node_kind_count):
            kind = language.node_kind_for_id(number) or ""
            if kind in grammar.classes:
                self.classes[number] = grammar.classes[kind]
            if language.node_kind_is_named(number):
                named.setdefault(kind, []).append(number)
            elif number not in self.classes:
                (self.keywords if kind[:1].isalpha() else self.punctuation).add(number)

        def number_pairs(pairs: Iterable[tuple[str, str]]) -> set[tuple[int, int]]:
            return {(a, b) for parent, child in pairs for a in named.get(parent, ()) for b in named.get(child, ())}

        self.names = number_pairs(grammar.names)
        self.callees = number_pairs(grammar.callees)
        self.interpolations = {number for kind in grammar.interpolations for number in named.get(kind, ())}

    def collect_spans(self, node: Node, add: Callable[[Span], None], is_callee: bool = False) -> None:
        """Passes every colored span below the node to `add`, in order. The last leaf of a callee is a name."""
        classes, punctuation, keywords = self.classes, self.punctuation, self.keywords
        parent = node.kind_id
        children = node.children
        last = children[-1] if is_callee and children else None
        is_first = True
        for child in children:
            kind = child.kind_id
            if kind in punctuation:
                pass
            elif kind in keywords:
                add((child.start_byte, child.end_byte, "k"))
            elif kind in classes:
                self._add_whole(child, "f" if is_first and (parent, kind) in self.callees else classes[kind], add)
            elif child.child_count:
                self.collect_spans(child, add, (is_first and (parent, kind) in self.callees) or child is last)
            elif (parent, kind) in self.names or child is last:
                add((child.start_byte, child.end_byte, "f"))
            is_first = False

    def _add_whole(self, node: Node, css_class: str, add: Callable[[Span], None]) -> None:
        position = node.start_byte
        if self.interpolations:
            for child in node.children:
                if child.kind_id in self.interpolations:
                    add((position, child.start_byte, css_class))
                    self.collect_spans(child, add)
                    position = child.end_byte
        add((position, node.end_byte, css_class))


def _convert_to_characters(spans: list[Span], data: bytes) -> Iterator[Span]:
    """Yields the spans with character positions instead of byte positions."""
    position = characters = 0
    for start, end, css_class in spans:
        begin = characters + len(data[position:start].decode())
        characters = begin + len(data[start:end].decode())
        position = end
        yield begin, characters, css_class


def _load_pygments(name: str) -> Tokenizer | None:
    if not name or name in {"text", "plain", "txt", "console-output"}:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer: Lexer = get_lexer_by_name(name)
    except ClassNotFound:
        return None

    def tokenize(code: str) -> Iterator[Span]:
        for start, token, text in lexer.get_tokens_unprocessed(code):
            name = str(token)
            css_class = next((css_class for prefix, css_class in _TOKEN_CLASSES if name.startswith(prefix)), "")
            if css_class:
                yield start, start + len(text), css_class

    return tokenize


_TOKEN_CLASSES = (
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
