"""A search text as full-text queries of the words that migration 0017 indexes.

Each token matches in four ways: as exact words, as the beginning of words, as a part of words, and with one typo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

SHORT = 2
TITLE = "@t"
"""The mark of the words of a lead's title."""
PART = 4
"""A part of a word that narrows a list has this many letters at least. Shorter ones would match nearly everything."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the text without spaces.

    `runs` are its runs of letters and digits, `joined` the token without punctuation, `respelled` the runs of its other
    spelling: those of `mueller` for Müller. `longer` are words of the vocabulary that begin with its last run, `parts`
    words that contain all of it, `similar` words that differ by one typo. `owners` are the users with such a name,
    `near_owners` those whose name it begins.
    """

    joined: str
    runs: tuple[str, ...]
    respelled: tuple[str, ...] = ()
    longer: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    owners: tuple[int, ...] = ()
    near_owners: tuple[int, ...] = ()

    def match_exactly(self, marks: Sequence[str]) -> list[str]:
        """The alternatives that match it as whole words with one of `marks` before them."""
        found = []
        for mark in marks:
            found.append(_quote(mark, self.joined, begins=is_unspaced(self.joined)))
            if self.runs != (self.joined,):
                found.append(_all(_quote(mark, run, begins=is_unspaced(run)) for run in self.runs))
            if self.respelled:
                found.append(_all(_quote(mark, run) for run in self.respelled))
        if self.joined.isdigit() and len(self.joined) >= PART and self.joined.strip("0"):
            found.append(_quote("=", self.joined.lstrip("0")))
        return found

    @property
    def last(self) -> str:
        """What may still be typed: the last run."""
        return self.runs[-1] if self.runs != (self.joined,) else self.joined

    @property
    def is_word(self) -> bool:
        """Whether the vocabulary may hold it. It holds words of letters alone."""
        return self.joined.isalpha()

    def match_beginning(self, marks: Sequence[str]) -> list[str]:
        """The alternatives that match the beginning of any word, however many words begin so."""
        found = []
        for mark in marks:
            found.append(_quote(mark, self.joined, begins=True))
            if self.runs != (self.joined,):
                found.append(_all([*(_quote(mark, run) for run in self.runs[:-1]), self._match_last(mark)]))
            if self.respelled:
                found.append(_all(_quote(mark, run) for run in self.respelled))
        if self.joined.isdigit() and len(self.joined) >= PART and self.joined.strip("0") and TITLE not in marks:
            found.append(_quote("=", self.joined.lstrip("0"), begins=True))
        return found

    def _match_last(self, mark: str) -> str:
        """The last run as the beginning of a word. Runs such as `com` begin so many that only known words are named."""
        if self.last.isalpha():
            return f"({' | '.join(_quote(mark, word) for word in (self.last, *self.longer))})"
        return _quote(mark, self.last, begins=len(self.last) > SHORT)

    def match_title(self) -> list[str]:
        """The alternatives that match the beginning of a word of a title. The index holds one and two letters."""
        return [_quote("^", self.joined)] if len(self.joined) <= SHORT else self.match_beginning(("=",))

    def match_known(self, marks: Sequence[str]) -> list[str]:
        """The alternatives that match the beginning of a word, and never read more of the index than a few words."""
        if len(self.joined) <= SHORT:
            return self.match_title()
        if self.is_word:
            return [_quote(mark, word) for word in self.longer for mark in marks]
        return self.match_beginning(marks)

    def match_part(self, marks: Sequence[str]) -> list[str]:
        """The alternatives that match a part of a word."""
        return [_quote(mark, word) for word in self.parts for mark in marks]

    def match_typo(self, marks: Sequence[str]) -> list[str]:
        """The alternatives that match with one typo."""
        return [_quote(mark, word) for word in self.similar for mark in marks]

    def match_owner(self, *, near: bool = False) -> list[str]:
        """The alternatives that match the owner's name."""
        return [f"'@o{user_id}'" for user_id in (self.near_owners if near else self.owners)]


class SearchQuery(msgspec.Struct, frozen=True):
    """The tokens of the text, and the digits of the phone number if it looks like one."""

    tokens: tuple[Token, ...]
    phones: tuple[str, ...] = ()

    def build_filter(self, *, titled: bool = False) -> str:
        """The tsquery that narrows a list: each token as the beginning or a part of a word, or of a word of the title.

        A typo is forgiven only where nothing in the vocabulary matches otherwise. Empty if there is no word.
        """
        marks = (TITLE,) if titled else ("", "~")
        return self._join(
            (
                [
                    *token.match_beginning(marks),
                    *([] if titled else token.match_owner(near=True)),
                    *(token.match_part(marks) if len(token.joined) >= PART else []),
                    *([] if titled or token.longer or token.parts else token.match_typo(marks)),
                ]
                for token in self.tokens
            ),
            phones=not titled,
        )

    def list_tiers(self, *, titled: bool) -> list[tuple[str, str]]:
        """How well it matches and the tsquery for that, best first. `titled` records have words of a title.

        A later tier includes those before.
        """
        marks = ("", "~") if titled else ("",)
        exact = [token.match_exactly(marks) for token in self.tokens]
        begins = [
            [*each, *token.match_known(marks), *token.match_owner(near=True)]
            for each, token in zip(exact, self.tokens, strict=True)
        ]
        contains = [[*each, *token.match_part(marks)] for each, token in zip(begins, self.tokens, strict=True)]
        # The beginnings of the parts of a phone number, such as a country code, are those of nearly all numbers.
        if any(len(digits) > 6 for digits in self.phones):
            begins = contains = exact
        steps: list[tuple[str, list[list[str]]]] = [
            ("exact", [token.match_exactly(("=",)) for token in self.tokens] if titled else []),
            ("exact", [token.match_exactly(("",)) for token in self.tokens]),
            ("exact", [[*each, *token.match_owner()] for each, token in zip(exact, self.tokens, strict=True)]),
            ("partial", [token.match_title() for token in self.tokens] if titled and begins is not exact else []),
            ("partial", begins),
            ("partial", contains),
            ("similar", [[*each, *token.match_typo(marks)] for each, token in zip(contains, self.tokens, strict=True)]),
        ]
        found: list[tuple[str, str]] = []
        for match, alternatives in steps:
            query = self._join(alternatives)
            if query and all(query != earlier for _, earlier in found):
                found.append((match, query))
        return found

    def _join(self, alternatives: Iterable[list[str]], *, phones: bool = True) -> str:
        every = [f"({' | '.join(dict.fromkeys(each))})" for each in alternatives if each]
        if len(every) < len(self.tokens) or not every:
            return ""
        numbers = [_quote("=", digits, begins=True) for digits in self.phones] if phones else []
        return " | ".join([" & ".join(every), *numbers])


def is_unspaced(run: str) -> bool:
    """Whether it is one character of a script without spaces; the database has split longer runs into pairs."""
    return len(run) == 1 and ord(run) > 0x0E00


def _quote(mark: str, word: str, *, begins: bool = False) -> str:
    """A word of a tsquery. Words hold letters and digits alone, so they need no escapes."""
    return f"'{mark}{word}'{':*' if begins else ''}"


def _all(words: Iterable[str]) -> str:
    return f"({' & '.join(words)})"
