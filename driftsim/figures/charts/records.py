"""Figures of the records alone: calendar, map, counts by place, cumulative count."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...validation.records import Event, Records, prefecture
from ...words import WORDS, day_words
from ..palette import CHARTS
from . import plots
from .plots import ACCENT, GREY, MODEL, RECORD

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...area.coast import Coast

KINDS = {
    "boat_ashore": ("boat ashore", RECORD, "o"),
    "boat_afloat": ("boat afloat", ACCENT, "s"),
    "bodies_only": ("bodies only", CHARTS.dim, "v"),
}


def draw(records: Records, coast: Coast, folder: Path, overwrite: bool = False) -> list[Path]:
    """Draw what the records allow; returns the files written.

    Parameters
    ----------
    records
    coast
        The coast, for the map.
    folder
        Where to; it must exist.
    overwrite
        Take the place of files that driftsim has not made.
    """
    save = partial(plots.save, overwrite=overwrite)
    files = []
    if records.events:
        files.append(save(folder / "records_calendar.png", lambda f: _calendar(f, records)))
        files.append(save(folder / "records_map.png", lambda f: _map(f, records, coast), (6.6, 6.4)))
    if records.table("prefecture"):
        files.append(save(folder / "records_by_prefecture.png", lambda f: _by_prefecture(f, records)))
    if records.table("cumulative") or records.boats:
        files.append(save(folder / "records_cumulative.png", lambda f: _cumulative(f, records)))
    return files


def season(events: list[Event]) -> list[Event]:
    """The events from the first day on after which none is farther apart than 60 days: stragglers are left out."""
    days = sorted(events, key=lambda event: event.date)
    start = 0
    for index in range(1, len(days)):
        if (days[index].date - days[index - 1].date).days > 60:
            start = index
    return days[start:]


def _calendar(figure: Figure, records: Records) -> None:
    """A dot for each find, stacked by day."""
    axes = figure.subplots()
    shown = season(list(records.events))
    height: dict[date, int] = defaultdict(int)
    for kind, (label, color, marker) in KINDS.items():
        of_kind = [event for event in shown if event.kind == kind]
        levels = []
        for event in of_kind:
            height[event.date] += 1
            levels.append(height[event.date])
        if of_kind:
            days = np.array([event.date for event in of_kind])
            axes.plot(days, levels, marker, ms=6.5, color=color, mec="white", mew=0.6, label=f"{label} ({len(days)})")
    axes.set_ylim(0.4, max(height.values()) + 1.2)
    axes.set_ylabel("finds of a day")
    plots.whole_numbers(axes)
    plots.dated(axes, min(height), max(height))
    early = len(records.events) - len(shown)
    more = f" (and {early} earlier)" if early else ""
    axes.set_title(f"{records.name}: dated finds, {_day(min(height))} to {_day(max(height))} {max(height).year}{more}")
    axes.legend(loc="upper left", fontsize=8)
    plots.note(figure, records.sea.file.records.notes.get("calendar", ""))


def _day(day: date) -> str:
    return day_words(WORDS["en"], day, year=False)


def _map(figure: Figure, records: Records, coast: Coast) -> None:
    axes = figure.subplots()
    plots.coast_map(axes, coast, records.sea)
    for kind, (label, color, marker) in reversed(KINDS.items()):
        of_kind = [event for event in records.events if event.kind == kind]
        if of_kind:
            place = [event.lon for event in of_kind], [event.lat for event in of_kind]
            axes.plot(
                *place, marker, ms=5.5, color=color, mec="white", mew=0.5, label=f"{label} ({len(of_kind)})", zorder=4
            )
    named: set[str] = set()
    for event in records.events:
        key = "Yamato Bank" if event.region == "offshore" else ""
        if key and key not in named:
            named.add(key)
            axes.annotate(
                "far offshore",
                (event.lon, event.lat),
                (-8, 10),
                textcoords="offset points",
                fontsize=7.5,
                color=GREY,
                ha="right",
            )
    axes.legend(loc="lower right", fontsize=8, facecolor="white", framealpha=0.85, frameon=True, edgecolor="none")
    axes.set_title(f"{records.name}: where boats and bodies were found")
    plots.note(figure, records.sea.file.records.notes.get("map", ""))


def _by_prefecture(figure: Figure, records: Records) -> None:
    """Counts with their ranges, and of them what is named."""
    axes = figure.subplots()
    rows = [row for row in records.table("prefecture") if row.area != "all"]
    whole = next(row for row in records.table("prefecture") if row.area == "all")
    named = Counter(prefecture(event.region, records.sea) for event in records.boats)
    for place, row in enumerate(reversed(rows)):
        if row.low is None and row.high is None:
            axes.text(0.4, place, "not known", va="center", fontsize=7.5, color=GREY)
            continue
        low, high = row.low or 0, row.high
        axes.barh(place, low, color=ACCENT if row.area not in ("offshore", "unallocated") else GREY, height=0.62)
        if high is None:
            axes.annotate(
                "", (low + 4.0, place), (low, place), arrowprops={"arrowstyle": "->", "color": MODEL, "lw": 1.4}
            )
        elif high > low:
            axes.barh(place, high - low, left=low, color=CHARTS.accent_soft, height=0.62)
        if named[row.area]:
            axes.plot([named[row.area]], [place], "|", color="white", ms=9, mew=2.0)
        end = low + 4.0 if high is None else high
        axes.text(end + 0.5, place, row.text(), va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [row.name for row in reversed(rows)])
    axes.set_xlim(0, max((row.high or row.low or 0) for row in rows) * 1.15 + 2)
    axes.set_xlabel(f"cases, {whole.first.day} {whole.first:%B} to {whole.last.day} {whole.last:%B %Y}")
    axes.set_title(f"{records.name}: {whole.text()} cases by prefecture")
    plots.note(
        figure,
        "Dark: at least; light: up to; arrow: no upper end known; white tick: boats named with a date. "
        "What is counted differs by office.",
    )


def _cumulative(figure: Figure, records: Records) -> None:
    axes = figure.subplots()
    boats = sorted(season(records.boats), key=lambda event: event.date)
    counts = records.table("cumulative")
    if counts:
        days = np.array([row.last for row in counts])
        axes.vlines(days, [row.low or 0 for row in counts], [row.high or 0 for row in counts], color=RECORD, lw=1.2)
        axes.plot(
            days,
            np.array([row.best for row in counts], np.float64),
            "o-",
            color=RECORD,
            ms=4.5,
            lw=1.0,
            label="all cases, as counted",
        )
    if boats:
        days = np.array([event.date for event in boats])
        axes.step(
            days,
            range(1, len(boats) + 1),
            where="post",
            color=MODEL,
            lw=1.4,
            label="boats named with a date, from the first on",
        )
        axes.set_ylim(bottom=0)
    shown = [row.last for row in counts] + [event.date for event in boats]
    plots.dated(axes, min(shown), max(shown))
    axes.set_ylabel("cases")
    axes.set_title(f"{records.name}: cumulative count")
    axes.legend(loc="upper left", fontsize=8)
    plots.note(figure, records.sea.file.records.notes.get("cumulative", ""))
