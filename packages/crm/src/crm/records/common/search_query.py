"""What somebody typed into a search box, as full-text queries of the words that migration 0017 indexes.

The database splits and normalizes the text by the functions that made the index. Each token matches in four ways: as
exact words, as the beginning of words, as a part of words, and with one typo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from crm.accounts import auth
from crm.kernel.db import Connection

MOST_TOKENS = 12
MOST_RUNS = 12
MOST_WORDS = 16
"""How many words of the vocabulary stand for a part of a word."""
LONGEST = 100
"""The index cuts words here."""
SHORT = 2
PART = 4
"""A part of a word that narrows a list has this many letters at least. Shorter ones would match nearly everything."""
_SPLIT: dict[str, list[tuple[str, tuple[str, ...], tuple[str, ...]]]] = {}
_KEPT = 512
_PHONE = re.compile(r"[\d\s()+./\-\u2010-\u2015]+", re.ASCII)
# The country codes of one and two digits; all others have three.
_COUNTRY = re.compile(r"1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")


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
            found.append(_quote(mark, self.joined, begins=_is_unspaced(self.joined)))
            if self.runs != (self.joined,):
                found.append(_all(_quote(mark, run, begins=_is_unspaced(run)) for run in self.runs))
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
        if self.joined.isdigit() and len(self.joined) >= PART and self.joined.strip("0"):
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

    def build_filter(self) -> str:
        """The tsquery that narrows a list: each token as the beginning or a part of a word.

        A typo is forgiven only where nothing in the vocabulary matches otherwise. Empty if there is no word.
        """
        return self._join(
            [
                *token.match_beginning(("", "~")),
                *token.match_owner(near=True),
                *(token.match_part(("", "~")) if len(token.joined) >= PART else []),
                *([] if token.longer or token.parts else token.match_typo(("", "~"))),
            ]
            for token in self.tokens
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

    def _join(self, alternatives: Iterable[list[str]]) -> str:
        every = [f"({' | '.join(dict.fromkeys(each))})" for each in alternatives if each]
        if len(every) < len(self.tokens) or not every:
            return ""
        return " | ".join([" & ".join(every), *(_quote("=", digits, begins=True) for digits in self.phones)])


async def parse_search(connection: Connection, text: str) -> SearchQuery:
    """Split and normalize the text, and look its words up in the vocabulary. Without a word it has no tokens."""
    pieces = await _split(connection, text)
    tokens = [Token(joined=joined, runs=runs, respelled=respelled) for joined, runs, respelled in pieces]
    if any(token.last.isalpha() for token in tokens):
        tokens = await _look_up(connection, tokens)
    return SearchQuery(tuple(tokens), _phones(text))


async def _split(connection: Connection, text: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """The tokens as joined, runs and runs of the other spelling. They depend on the text alone, so they are kept."""
    kept = _SPLIT.get(text)
    if kept is not None:
        return kept
    rows = await connection.fetch(
        """
        SELECT replace(search_joined(spaced), ' ', '') AS joined, search_runs(spaced, false) AS runs,
               search_runs(search_respelling(token), false) AS respelled
        FROM unnest($1::text[]) WITH ORDINALITY AS given (token, place)
        CROSS JOIN LATERAL search_spaced(normalize_text(token)) AS spaced
        ORDER BY place
        """,
        re.sub(r"\(\s*0\s*\)", "", text).split()[:MOST_TOKENS],
    )
    pieces = []
    for row in rows:
        runs, respelled = (
            tuple(run[:LONGEST] for run in row[column] or () if run)[:MOST_RUNS] for column in ("runs", "respelled")
        )
        if runs:
            pieces.append((row["joined"][:LONGEST], runs, () if respelled == runs else respelled))
    if len(_SPLIT) >= _KEPT:
        _SPLIT.clear()
    _SPLIT[text] = pieces
    return pieces


async def _look_up(connection: Connection, tokens: Sequence[Token]) -> list[Token]:
    """The tokens with what the vocabulary and the names of users know of them."""
    words = [token.joined for token in tokens]
    halves = [len(word) // 2 for word in words]
    typos = [_typos(word) if _may_have_typo(word) else [] for word in words]
    rows = await connection.fetch(
        """
        SELECT given.place,
               ARRAY(
                   SELECT word
                   FROM search_vocabulary
                   WHERE length(given.stem) > 2 AND word >= given.stem AND word < given.stem || chr(1114111)
                   GROUP BY word
                   ORDER BY length(word), word
                   LIMIT $5
               ) AS longer,
               ARRAY(
                   SELECT word
                   FROM search_vocabulary
                   WHERE length(given.word) > 2
                     AND search_trigrams(word) @> search_trigrams(given.word)
                     AND word LIKE '_%' || given.word || '%'
                   GROUP BY word
                   ORDER BY length(word), word
                   LIMIT $5
               ) AS parts,
               ARRAY(
                   SELECT word
                   FROM search_vocabulary
                   WHERE given.first <> '' AND word >= given.first AND word < given.first || chr(1114111)
                     AND abs(length(word) - length(given.word)) < 2
                     AND word LIKE ANY (string_to_array(given.typos, ' '))
                   UNION
                   SELECT word
                   FROM search_vocabulary
                   WHERE given.last <> '' AND reverse(word) COLLATE "C" >= given.last
                     AND reverse(word) COLLATE "C" < given.last || chr(1114111)
                     AND abs(length(word) - length(given.word)) < 2
                     AND word LIKE ANY (string_to_array(given.typos, ' '))
                   UNION
                   SELECT word
                   FROM search_vocabulary
                   WHERE word = ANY (string_to_array(given.swaps, ' '))
                   LIMIT $5
               ) AS similar
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $6::text[], $7::text[]) WITH ORDINALITY
             AS given (word, first, last, typos, swaps, stem, place)
        ORDER BY given.place
        """,
        words,
        [word[:half] if typo else "" for word, half, typo in zip(words, halves, typos, strict=True)],
        [word[half:][::-1] if typo else "" for word, half, typo in zip(words, halves, typos, strict=True)],
        [" ".join(each) for each in typos],
        MOST_WORDS,
        [" ".join(_swaps(word)) if typo else "" for word, typo in zip(words, typos, strict=True)],
        [token.last for token in tokens],
    )  # fmt: skip
    names = await auth.list_name_words(connection)
    return [
        msgspec.structs.replace(
            token,
            longer=tuple(row["longer"]) if token.last.isalpha() else (),
            parts=tuple(row["parts"]) if token.is_word else (),
            similar=tuple(word for word in row["similar"] if word != token.joined),
            owners=tuple(user_id for user_id, words in names if {*token.runs} <= {*words}),
            near_owners=tuple(user_id for user_id, words in names if _begins_each(token.runs, words)),
        )
        for token, row in zip(tokens, rows, strict=True)
    ]


def _may_have_typo(word: str) -> bool:
    return word.isalpha() and PART <= len(word) <= 30 and not _is_unspaced(word)


def _typos(word: str) -> list[str]:
    """LIKE patterns of the words that differ by one letter: changed, missing or added."""
    changed = [f"{word[:at]}_{word[at + 1 :]}" for at in range(len(word))]
    missing = [f"{word[:at]}_{word[at:]}" for at in range(len(word) + 1)]
    added = [word[:at] + word[at + 1 :] for at in range(len(word))]
    return [*changed, *missing, *added, *_swaps(word)]


def _swaps(word: str) -> list[str]:
    """The words with two neighboring letters swapped."""
    return [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)]


def _begins_each(runs: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(word.startswith(run) for word in words) for run in runs)


def _is_unspaced(run: str) -> bool:
    """Whether it is one character of a script without spaces; the database has split longer runs into pairs."""
    return len(run) == 1 and ord(run) > 0x0E00


def _phones(text: str) -> tuple[str, ...]:
    """The digits of a phone number, as typed and without its country code; empty if the text is something else."""
    text = text.strip()
    if not _PHONE.fullmatch(text):
        return ()
    digits = re.sub(r"\D", "", re.sub(r"\(\s*0\s*\)", "", text))
    number = digits.lstrip("0")
    found = [number]
    if (text[0] == "+" or digits.startswith("00")) and (code := _COUNTRY.match(number)):
        national = number[code.end() :].lstrip("0")
        found += [code.group() + national, national]
    return tuple(each for each in dict.fromkeys(found) if len(each) >= PART)


def _quote(mark: str, word: str, *, begins: bool = False) -> str:
    """A word of a tsquery. Words hold letters and digits alone, so they need no escapes."""
    return f"'{mark}{word}'{':*' if begins else ''}"


def _all(words: Iterable[str]) -> str:
    return f"({' & '.join(words)})"
