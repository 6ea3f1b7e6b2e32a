"""Typefaces: those that come with driftsim and with matplotlib, then what the system has for other letters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

FOUND = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "NanumGothic",
    "IPAexGothic",
    "TakaoGothic",
    "WenQuanYi Zen Hei",
)
"""Families of systems, for letters that the fonts shipped lack; the first one found is used."""


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    """The fonts shipped, made known to matplotlib, and the first family of the system that can help."""
    from driftsim.figures import canvas
    from driftsim.system import resources

    canvas.load()
    from matplotlib.font_manager import fontManager

    for file in sorted(resources.data("fonts").glob("*.ttf")):
        fontManager.addfont(file)
    system = {entry.name for entry in fontManager.ttflist}
    return ("Driftsim Sans JP", "Driftsim Sans KR", *[name for name in FOUND if name in system][:1])


def families(first: Sequence[str]) -> list[str]:
    """Families in the order in which a letter is looked for."""
    return list(dict.fromkeys([*first, "DejaVu Sans", *_known()]))


@lru_cache(maxsize=8)
def _letters(first: tuple[str, ...]) -> frozenset[int]:
    names = families(first)
    from matplotlib.font_manager import FontProperties, findfont, get_font

    found: set[int] = set()
    for family in names:
        found |= set(get_font(findfont(FontProperties(family=family))).get_charmap())
    return frozenset(found)


def drawable(text: str, first: Sequence[str]) -> bool:
    """True if no letter of a text would come out as a box."""
    return all(ord(letter) in _letters(tuple(first)) or letter in "\n" for letter in text)
