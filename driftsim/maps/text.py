"""Numbers, dates and names as a reader takes them in, and lines set to a width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from driftsim.maps.style import POINT_MM


def percent(share: float) -> str:
    """A fraction in percent, with the digits that a reader can use: ``19 %``, ``0.4 %``, ``<0.1 %``, ``–`` for NaN."""
    return f"{_digits(share)} %" if np.isfinite(share) else "–"


def interval_words(low: float, high: float) -> str:
    """Range of fractions in percent, ``(8–33)``; empty where there is none."""
    return f"({_digits(low)}–{_digits(high)})" if np.isfinite([low, high]).all() else ""


def _digits(share: float) -> str:
    value = 100.0 * share
    if value <= 0.0:
        return "0"
    if value < 0.1:
        return "<0.1"
    return f"{value:.1f}" if value < 0.95 else f"{value:.0f}"


def number(region: dict[str, Any], key: str) -> float:
    """A number of a region; NaN where there is none."""
    value = region.get(key)
    return math.nan if value is None else float(value)


def interval(region: dict[str, Any], prefix: str, kind: str) -> tuple[float, float]:
    """Ends of an interval (fractions), NaN where there is none: prefix "share_" or "", kind "season" or "mean"."""
    return number(region, f"{prefix}{kind}_low"), number(region, f"{prefix}{kind}_high")


def readable(name: str) -> str:
    """A source's name as a person would write it: ``yamato_bank`` becomes ``Yamato Bank``, ``off_Sinpo`` Off Sinpo."""
    words = name.replace("_", " ").split()
    whole = " ".join(word[:1].upper() + word[1:] for word in words) if name == name.lower() else " ".join(words)
    return whole[:1].upper() + whole[1:]


def listed(kinds: Sequence[str], words: dict[str, Any]) -> str:
    """Fields in words: ``wind and current``."""
    names = [name for kind, name in words["kinds"].items() if kind in kinds]
    return words["and"].join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def day_words(moment: datetime, words: dict[str, Any], *, year: bool) -> str:
    """Day and month in words, with the year where it means something."""
    return f"{moment.day} {words['months'][moment.month - 1]}" + (f" {moment.year}" if year else "")


def wrapped(words: str, width_mm: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines no wider than the width when set in the sheet's typeface, with 3 % in hand for hinting."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    measure = TextToPath()
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure.get_text_width_height_descent(longer, font, False)[0] * POINT_MM <= 0.97 * width_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
