"""Text that comes from anybody, made fit for where it is shown: a terminal, a log, a page, a spreadsheet."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; the wide ones where East Asian letters are set."""


def clean(text: object) -> str:
    """The text with a ``?`` for whatever a terminal would act on, or XML cannot hold; line feeds and blanks stay.

    Control characters, escapes, marks that turn the direction of writing, halves of surrogate pairs.
    """
    told = str(text)
    return told if told.isprintable() else "".join(c if _is_harmless(c) else "?" for c in told)


def _is_harmless(letter: str) -> bool:
    return letter.isprintable() or letter == "\n" or unicodedata.category(letter) == "Zs"


def cleaned(value: Any) -> Any:
    """What JSON or TOML gave, with all its texts `clean`, keys and values."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, list) else value


def is_clean_json(text: str) -> bool:
    """Whether all that JSON gives is `clean` already, which is quicker seen than done: nothing odd in it or escaped."""
    return text.replace("\n", " ").isprintable() and _HARMLESS.fullmatch(text) is not None


_HARMLESS = re.compile(r"""(?:[^\\]++|\\[n"\\/])*+""")
"""Text without escapes but those of line feeds, quotation marks and strokes: others may stand for anything."""


def cell(value: Any) -> Any:
    """A cell of a table: text that a spreadsheet would run gets an apostrophe in front; numbers stay numbers.

    Blanks and line feeds in front of a formula hide it from no spreadsheet.
    """
    if isinstance(value, str) and (value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA)):
        return f"'{value}"
    return value
