"""Numbers, dates and names as a reader takes them in, and lines set to a width."""

from __future__ import annotations

import math
import re
from bisect import bisect
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

import numpy as np

from driftsim.figures.maps.fonts import families
from driftsim.system.percent import rounded

from ...system.kinds import Json

POINT_MM = 25.4 / 72.0


def percent(share: float) -> str:
    """A fraction in percent, with the digits that a reader can use: ``19 %``, ``0.4 %``, ``<0.1 %``, ``–`` for NaN."""
    return f"{rounded(share)} %" if np.isfinite(share) else "–"


def interval_words(low: float, high: float) -> str:
    """Range of fractions in percent, ``(8–33)``; empty where there is none."""
    return f"({rounded(low)}–{rounded(high)})" if np.isfinite([low, high]).all() else ""


def number(region: Json, key: str) -> float:
    """A number of a region; NaN where there is none."""
    value = region.get(key)
    return math.nan if value is None else float(value)


def interval(region: Json, prefix: str, kind: str) -> tuple[float, float]:
    """Ends of an interval (fractions), NaN where there is none: prefix "share_" or "", kind "season" or "mean"."""
    return number(region, f"{prefix}{kind}_low"), number(region, f"{prefix}{kind}_high")


def listed(kinds: Sequence[str], words: Json) -> str:
    """Fields in words: ``wind and current``."""
    names = [name for kind, name in words["kinds"].items() if kind in kinds]
    return str(words["and"].join([words["comma"].join(names[:-1]), names[-1]] if len(names) > 1 else names))


def short_day(moment: datetime, words: Json) -> str:
    """Day and month in few letters."""
    return str(words["short_day"].format(day=moment.day, month=words["short_months"][moment.month - 1]))


_PARTS = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]|[^\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]+")
_NOT_FIRST = "、。，．）」』】〉》：；・ー～〜％々っゃゅょッャュョ年月日隻本"


def wrapped(text: str, width_mm: float, size: float, *, bold: bool = False, fonts: Sequence[str] = ()) -> list[str]:
    """Lines no wider than the width when set in the sheet's typeface, with 3 % in hand for hinting.

    Japanese breaks between any two letters, but no line begins with a full stop or a small kana.
    """
    from driftsim.figures import canvas

    canvas.load()
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=families(fonts), size=size, weight="bold" if bold else "normal")
    measure = TextToPath()

    most, letter = 0.97 * width_mm / POINT_MM, 0.5 * size
    lines: list[str] = []
    pieces = _pieces(text)
    while pieces:
        pieces[0] = pieces[0].lstrip(" ")
        letters = list(accumulate(map(len, pieces)))
        fitting, too_many = 1, len(pieces) + 1
        # To measure takes as long as all else of a sheet: where the line should end, not after each piece.
        while too_many - fitting > 1:
            count = min(max(bisect(letters, most / letter), fitting + 1), too_many - 1)
            width = measure.get_text_width_height_descent("".join(pieces[:count]), font, False)[0]
            letter = max(width / letters[count - 1], 0.01 * size)
            fitting, too_many = (count, too_many) if width <= most else (fitting, count)
        lines.append("".join(pieces[:fitting]))
        pieces = pieces[fitting:]
    return lines


def _pieces(text: str) -> list[str]:
    """Parts between which a line may break, each with the blank before it."""
    out: list[str] = []
    for word in text.split(" "):
        parts = re.findall(
            r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]|[^\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]+", word
        )
        for k, part in enumerate(parts or [""]):
            if k and part[0] in _NOT_FIRST:
                out[-1] += part
            else:
                out.append((" " if out and not k else "") + part)
    return out
