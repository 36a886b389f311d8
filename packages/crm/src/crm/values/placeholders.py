"""What people type into a field that they do not want to fill in."""

from __future__ import annotations

from crm.values.characters import make_comparable

PLACEHOLDERS = frozenset(
    """
    n/a|n / a|n/a.|na|n.a.|n.a|n.v.t.|nvt|k.a.|s.o.|none|no|non|nope|nil|null|nothing|not applicable|no company|unknown
    unbekannt|keine|keiner|kein|nein|nichts|aucun|aucune|sans|rien|ninguno|ninguna|nada|nessuno|nessuna|niciuna|brak|nincs
    geen|ingen|inga|ei ole|undefined|nan|-none-|(none)|[none]|<none>|tbd|tba|todo|test|tests|testing|test test|testtest
    test company|teste|prueba|tester|test123|x|xx|xxx|xxxx|asdf|asd|qwerty|qwe|aaa|foobar|company|my company
    company name|your company|firma|private|privat|private person|privatperson|particular|particulier|individual
    self|self employed|self-employed|selfemployed|freelance|freelancer|me|myself
    """.strip().replace("\n", "|").replace("    ", "").split("|")
)  # fmt: skip
"""In the form that `make_comparable` gives."""


def is_placeholder(text: str) -> bool:
    """Whether `text` stands for “no answer”, such as `n/a`, `-` or `test`. Text without a letter or digit does."""
    plain = make_comparable(text)
    return plain in PLACEHOLDERS or not any(letter.isalnum() for letter in plain)
