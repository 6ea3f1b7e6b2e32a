"""What stands above and below a figure: its heading, what the run is, caveats and credits."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from driftsim.maps.material import Material
from driftsim.maps.ribbon import SMOOTHING_KM
from driftsim.maps.style import FOOT_SIZE, HEAD_SIZE, MARGIN_LEFT, MARGIN_RIGHT, SHEET_WIDTH
from driftsim.maps.text import day_words, listed, percent, readable, wrapped
from driftsim.statistics import RECORDS

MOST_SOURCES = 12


def has_seasons(summary: dict[str, Any]) -> bool:
    """True if there are members and boats enough for a range of single seasons; else intervals are of sampling."""
    return summary.get("interval_method", "members") == "members" and int(summary.get("members", 1)) >= 10


def is_hindcast(kinds: dict[str, str]) -> bool:
    """True if every field is a record of its own period."""
    return bool(kinds) and all(kind in RECORDS for kind in kinds.values())


def headlines(material: Material, words: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Heading and what the map is. The year of a climatology is only a calendar, and is not printed."""
    what = _fields_in_words(material, words)
    dated = any(kind in RECORDS for kind in material.kinds.values())
    first, last = material.lost
    both_years = dated and first.year != last.year
    end = day_words(last, words, year=dated)
    begin = day_words(first, words, year=both_years) if first.date() != last.date() else end
    lost = words["lost_once" if begin == end else "lost"].format(first=begin, last=end).replace(" ", "\u00a0")
    body = wrapped(f"{what}. {lost}." if what else f"{lost}.", SHEET_WIDTH - MARGIN_LEFT - MARGIN_RIGHT, 8.2)
    return _heading(_title(material) or words["heading"]), body


def _fields_in_words(material: Material, words: dict[str, Any]) -> str:
    """What moved the boats; empty if no field says what it is."""
    kinds = material.kinds
    real = [name for name, kind in kinds.items() if kind in RECORDS]
    typical = [name for name, kind in kinds.items() if kind == "climatology"]
    steady = [name for name, kind in kinds.items() if kind == "steady"]
    if is_hindcast(kinds):
        return words["hindcast"].format(fields=listed(real, words))
    if not real and not steady:
        return words["climatology"].format(fields=listed(typical, words)) if typical else ""
    what = ""
    if real:
        what = words["period"].format(fields=listed(real, words))
    elif typical:
        what = words["drawn"].format(fields=listed(typical, words))
    if steady:
        dates = [material.steady.get(name, "") for name in steady]
        one = [
            words["steady" if date else "steady_undated"].format(field=words["kinds"].get(name, name), date=date)
            for name, date in zip(steady, dates, strict=True)
        ]
        joined = words["and"].join(one)
        what = words["over"].format(fields=what, steady=joined) if what else joined
    if real and typical:
        what += words["rest_climatology"]
    elif len(real) + len(typical) + len(steady) < len(kinds):
        what += words["rest_unknown"]
    return words["no_hindcast"].format(fields=what[0].upper() + what[1:])


def _title(material: Material) -> str:
    """The run's title, with the years of a hindcast alone; empty where nothing is left to print.

    Other years are taken off with what belongs to them: ``Autumn 2017 (a trial of 2019)`` becomes ``Autumn``.
    """
    title = " ".join(str(material.summary.get("title") or "").split())
    named = {int(year) for year in re.findall(rf"\b{_YEAR}\b", title)}
    if is_hindcast(material.kinds) and named <= _years(material):
        return title
    if "hindcast" in title.lower() and not is_hindcast(material.kinds):
        return ""
    if not named:
        return title
    title = re.sub(rf"\s*\([^)]*\b{_YEAR}\b[^)]*\)", "", title)
    title = re.sub(rf"\s*(?:\b(?:of|in|for|since|year)\s+)?\b{_YEAR}(?:\s?[/–-]\s?\d{{2,4}})?\b", "", title)
    title = title.strip(" ,;:–-")
    if len(title) < 4 or re.search(_DANGLING, title):
        return ""
    return title[0].upper() + title[1:]


_DANGLING = r"-\d\d\b|\b(between|from|to|and|not)\s+(and|to|until|but)\b|\b(of|in|to|and|from|until|not)$"
"""What a year that is taken off may leave behind; such a title is not worth printing."""

_YEAR = r"(?:19|20)\d\d"


def _years(material: Material) -> set[int]:
    """Years that the run touches."""
    ends = [moment.year for moment in material.lost]
    weeks = [datetime.fromisoformat(day) for day in material.summary.get("weeks") or ()]
    ends += [(day + timedelta(days=more)).year for day in weeks for more in (0, 6)]
    return set(range(min(ends), max(ends) + 1))


def _heading(title: str) -> list[str]:
    """A title in one line, or in two; what is longer ends in an ellipsis."""
    width = SHEET_WIDTH - MARGIN_LEFT - MARGIN_RIGHT
    lines = wrapped(title, width, HEAD_SIZE, bold=True)
    if len(lines) > 2:
        return [lines[0], lines[1].rsplit(" ", 1)[0] + " …"]
    while len(lines) == 2 and width > 0.5 * SHEET_WIDTH:  # no last word alone on its line
        width -= 4.0
        narrower = wrapped(title, width, HEAD_SIZE, bold=True)
        if len(narrower) > 2:
            break
        lines = narrower
    return lines


def footlines(material: Material, words: dict[str, Any]) -> list[str]:
    """Caveats, size of the run, credits: wrapped to the sheet."""
    from driftsim import output

    summary = material.summary
    members = int(summary.get("members", 1))
    run = words["run"].format(
        boats=f"{int(summary['boats']):,}",
        members=words["members"][members != 1].format(n=members),
        seed=summary.get("seed", "–"),
        version=summary.get("version") or output.version(),
    )
    caveat = f"{words['caveat']} {words['caveat_season' if has_seasons(summary) else 'caveat_sampling']}"
    shares = sorted(((of[0], readable(name)) for name, of in material.sources.items()), key=lambda one: -one[0])
    listed = ", ".join(f"{name}\u00a0{percent(share)}".replace(" ", "\u00a0") for share, name in shares[:MOST_SOURCES])
    paragraphs = [
        caveat,
        words["sources"].format(sources=listed + (", …" if len(shares) > MOST_SOURCES else "")),
        f"{run} {words['smoothing'].format(km=SMOOTHING_KM)}",
        words["credit"].format(credits="; ".join((*material.credits, words["coast_credit"]))),
    ]
    width = SHEET_WIDTH - MARGIN_LEFT - MARGIN_RIGHT
    return [line for paragraph in paragraphs for line in wrapped(paragraph, width, FOOT_SIZE)]
