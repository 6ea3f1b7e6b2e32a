"""What stands above and below a figure: its heading, what the run is, caveats and credits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from driftsim.figures.maps.fonts import drawable
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.ribbon import SMOOTHING_KM
from driftsim.figures.maps.style import FOOT_SIZE, PAGE, Paper
from driftsim.figures.maps.text import listed, percent, wrapped
from driftsim.results import answer
from driftsim.results.statistics import RECORDS
from driftsim.words import day_words, region_name, source_name

from ...system.kinds import Json

MOST_SOURCES = 12


def is_hindcast(kinds: dict[str, str]) -> bool:
    """True if every field is a record of its own period."""
    return bool(kinds) and all(kind in RECORDS for kind in kinds.values())


def headlines(
    map_data: MapData, words: Json, paper: Paper = PAGE, heading: str = "", *, ends: bool = False
) -> tuple[list[str], list[str]]:
    """Heading and what the map is; with `ends` what became of the boats before all else.

    The year of a climatology is only a calendar, and is not printed.

    The run's title is the heading, unless there is another one or the title is not in the language of the words: then
    it begins what the map is.
    """
    what = _fields_in_words(map_data, words)
    dated = any(kind in RECORDS for kind in map_data.kinds.values())
    first, last = map_data.lost
    both_years = dated and first.year != last.year
    end = day_words(words, last, year=dated)
    begin = day_words(words, first, year=both_years) if first.date() != last.date() else end
    lost = words["lost_once" if begin == end else "lost"].format(first=begin, last=end).replace(" ", "\u00a0")
    title, stop = _title(map_data), words["stop"]
    if not drawable(title, words["fonts"]):
        title = ""
    if not heading and title.isascii() and not words["heading"].isascii():
        heading = words["heading"]
    parts = [title if heading else "", what, lost]
    if ends:
        parts.insert(0, outcome_words(map_data.summary, words))
    text = stop.join(part for part in parts if part) + stop.rstrip()
    return _heading(heading or title or words["heading"], paper, words), wrapped(
        text, paper.text_width, paper.body, fonts=words["fonts"]
    )


def outcome_words(summary: Json, words: Json) -> str:
    """``Of 100 boats 93 still at sea, 6 ashore in Akita, ...``."""
    whole, parts = answer.of_hundred(summary)
    counts = {part.key: part.boats for part in parts}
    if answer.is_backward(summary):
        at_sea = {key: n for key, n in counts.items() if key in ("adrift", "left")}
        counts = {**at_sea, "met": whole - sum(at_sea.values())}
    named = summary["regions"]
    told = [
        words["end_region"].format(n=n, name=region_name(words, key, named[key]["name"]))
        if key in named
        else words[f"end_{key}"].format(n=n)
        for key, n in counts.items()
        if n
    ]
    return str(words["ends"].format(whole=whole, list=words["comma"].join(told)).replace(" ", "\u00a0", 1))


def _fields_in_words(map_data: MapData, words: Json) -> str:
    """What moved the boats; empty if no field says what it is."""
    kinds = map_data.kinds
    real = [name for name, kind in kinds.items() if kind in RECORDS]
    typical = [name for name, kind in kinds.items() if kind == "climatology"]
    steady = [name for name, kind in kinds.items() if kind == "steady"]
    if is_hindcast(kinds):
        return str(words["hindcast"].format(fields=listed(real, words)))
    if not real and not steady:
        return words["climatology"].format(fields=listed(typical, words)) if typical else ""
    what = ""
    if real:
        what = words["period"].format(fields=listed(real, words))
    elif typical:
        what = words["drawn"].format(fields=listed(typical, words))
    if steady:
        dates = [map_data.steady.get(name, "") for name in steady]
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
    return str(words["no_hindcast"].format(fields=what[0].upper() + what[1:]))


def _title(map_data: MapData) -> str:
    """The run's title, with the years of a hindcast alone; empty where nothing is left to print.

    Other years are taken off with what belongs to them: ``Autumn 2017 (a trial of 2019)`` becomes ``Autumn``.
    """
    title = " ".join(str(map_data.summary.get("title") or "").split())
    named = {int(year) for year in re.findall(rf"\b{_YEAR}\b", title)}
    if is_hindcast(map_data.kinds) and named <= _years(map_data):
        return title
    if "hindcast" in title.lower() and not is_hindcast(map_data.kinds):
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


def _years(map_data: MapData) -> set[int]:
    """Years that the run touches."""
    ends = [moment.year for moment in map_data.lost]
    weeks = [datetime.fromisoformat(day) for day in map_data.summary.get("weeks") or ()]
    ends += [(day + timedelta(days=more)).year for day in weeks for more in (0, 6)]
    return set(range(min(ends), max(ends) + 1))


def _heading(title: str, paper: Paper, words: Json) -> list[str]:
    """A title in one line, or in two; what is longer ends in an ellipsis."""
    width, fonts = paper.text_width, words["fonts"]
    lines = wrapped(title, width, paper.head, bold=True, fonts=fonts)
    if len(lines) > 2:
        return [lines[0], lines[1].rsplit(" ", 1)[0] + " …"]
    while len(lines) == 2 and width > 0.5 * paper.width:  # no last word alone on its line
        width -= 4.0
        narrower = wrapped(title, width, paper.head, bold=True, fonts=fonts)
        if len(narrower) > 2:
            break
        lines = narrower
    return lines


def footlines(map_data: MapData, words: Json, paper: Paper = PAGE, notes: Sequence[str] | None = None) -> list[str]:
    """Caveats, size of the run, credits: wrapped to the sheet. `notes` take the place of the ribbon's smoothing."""
    from driftsim.results import identity

    summary = map_data.summary
    members = int(summary.get("members", 1))
    run = words["run"].format(
        boats=f"{int(summary['boats']):,}",
        members=words["members"][members != 1].format(n=members),
        seed=summary.get("seed", "–"),
        version=summary.get("version") or identity.version(),
    )
    gap = " " if words["stop"].endswith(" ") else ""
    sunk = not map_data.backward and bool((summary.get("outcomes") or {}).get("sunk"))
    caveat = words["caveat_sunk" if sunk else "caveat"]
    if notes is None:
        caveat += gap + words[f"caveat_{answer.range_kind(summary)}"]
        notes = [words["smoothing"].format(km=SMOOTHING_KM)]
    shares = sorted(
        ((of[0], shown_source(name, n, words)) for n, (name, of) in enumerate(map_data.sources.items())),
        key=lambda one: -one[0],
    )
    listed = words["comma"].join(
        f"{name}\u00a0{percent(share)}".replace(" ", "\u00a0") for share, name in shares[:MOST_SOURCES]
    )
    paragraphs = [
        caveat,
        words["sources"].format(sources=listed + (words["comma"] + "…" if len(shares) > MOST_SOURCES else "")),
        gap.join([run, *notes]),
        words["credit"].format(credits="; ".join((*map_data.credits, map_data.area.file.coast_credit))),
    ]
    fonts = words["fonts"]
    return [line for text in paragraphs for line in wrapped(text, paper.text_width, FOOT_SIZE, fonts=fonts)]


def shown_source(name: str, number: int, words: Json) -> str:
    """A source's name, or its number where a letter of it is in no font."""
    shown = source_name(words, name)
    return shown if drawable(shown, words["fonts"]) else f"#{number + 1}"
