"""Splits what somebody typed into a search box, and looks its words up in the vocabulary.

The database splits and normalizes the text by the functions that made the index (migration 0017).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from crm.accounts import auth
from crm.kernel.db import Connection
from crm.records.common.search_query import PART, SearchQuery, Token, is_unspaced

MOST_TOKENS = 12
MOST_RUNS = 12
MOST_WORDS = 16
"""How many words of the vocabulary stand for a part of a word."""
LONGEST = 100
"""The index cuts words here."""
_SPLIT: dict[str, list[tuple[str, tuple[str, ...], tuple[str, ...]]]] = {}
_KEPT = 512
_PHONE = re.compile(r"[\d\s()+./\-\u2010-\u2015]+", re.ASCII)
# The country codes of one and two digits; all others have three.
_COUNTRY = re.compile(r"1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")


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
    return word.isalpha() and PART <= len(word) <= 30 and not is_unspaced(word)


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
