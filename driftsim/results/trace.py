"""The way of one boat and its budget: which term of the motion carried it how far."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..system.constants import SECONDS_PER_DAY
from ..system.text import cell
from . import placing
from .columns import date_times

REST = "rest"
"""What the terms do not add up to: rounding, in the run's precision."""

NAMES = {
    "current": "current",
    "eddies": "drawn eddies",
    "ekman": "Ekman drift",
    "leeway": "leeway",
    "stokes": "Stokes drift",
    "flight": "random flight",
    "error": "error of the current",
    "walk": "random walk",
    REST: "rounding",
}
"""Terms of the motion, for people."""


@dataclass(frozen=True)
class Trace:
    """A boat of a run, driven once more.

    Attributes
    ----------
    boat : int
    title : str
        Of the run.
    about : tuple of str
        What the boat is, where it began and how it ended, a line each.
    run_start : str
        UTC.
    time : ndarray, shape (n + 1,)
        Seconds since the run's start: release, ends of the steps, end of the way.
    lon, lat : ndarray, shape (n + 1,)
        Degrees.
    terms : tuple of str
        Keys of `NAMES`; the last is `REST`.
    moved : ndarray, shape (n, term, 2)
        Metres eastward and northward in each step, along the parallel and the meridian where the boat was.
    """

    boat: int
    title: str
    about: tuple[str, ...]
    run_start: str
    time: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    terms: tuple[str, ...]
    moved: NDArray[np.float64]

    @property
    def days(self) -> float:
        """From release to the end of the way."""
        return float(abs(self.time[-1] - self.time[0])) / SECONDS_PER_DAY

    @property
    def shown(self) -> tuple[int, ...]:
        """The terms that the run has, by index: those that moved the boat at all."""
        return tuple(k for k in range(len(self.terms)) if self.moved[:, k].any())

    @property
    def by_term(self) -> NDArray[np.float64]:
        """Metres eastward and northward by each term, shape (term, 2)."""
        found: NDArray[np.float64] = self.moved.sum(axis=0)
        return found

    @property
    def way(self) -> NDArray[np.float64]:
        """Metres eastward and northward in all."""
        found: NDArray[np.float64] = self.by_term.sum(axis=0)
        return found

    @property
    def shares(self) -> NDArray[np.float64]:
        """What each term did of the way, shape (term,): its part along the line from release to end; they add to 1.

        NaN where the boat ended where it began.
        """
        square = float(self.way @ self.way)
        return self.by_term @ self.way / square if square > 0.0 else np.full(len(self.terms), np.nan)


def text(trace: Trace) -> str:
    """The budget as a table, for people."""
    head = f"{'':<22}{'km in all':>18}{'m a day':>20}{'of the way':>13}"
    below = f"{'':<22}{'east':>9}{'north':>9}{'east':>11}{'north':>9}{'%':>13}"
    terms = [k for k in trace.shown if trace.terms[k] != REST]
    rows = [(NAMES[trace.terms[k]], trace.by_term[k], trace.shares[k]) for k in terms]
    lines = [_row(trace, *row) for row in [*rows, ("all", trace.way, float(np.nansum(trace.shares)))]]
    return "\n".join([f"Boat {trace.boat} of {trace.title}", *trace.about, "", head, below, *lines, "", *_notes(trace)])


def _row(trace: Trace, name: str, metres: NDArray[np.float64], share: float) -> str:
    east, north = metres / 1000.0
    a_day = metres / max(trace.days, 1e-9)
    part = f"{100.0 * share:.1f}" if np.isfinite(share) else "-"
    return f"{name:<22}{_plain(east, 1):>9}{_plain(north, 1):>9}{_plain(a_day[0]):>11}{_plain(a_day[1]):>9}{part:>13}"


def _bare(value: float, digits: int = 4) -> str:
    return _plain(value, digits).replace(",", "")


def _plain(value: float, digits: int = 0) -> str:
    """A number without a sign before a zero."""
    shown = f"{value:,.{digits}f}"
    return shown.removeprefix("-") if not any(c in "123456789" for c in shown) else shown


def _notes(trace: Trace) -> Iterable[str]:
    east, north = (abs(float(m)) for m in trace.by_term[-1])
    yield "East and north are along the parallel and the meridian, added step by step."
    yield "Of the way: the part along the line from the first to the last place."
    yield f"The terms add up to the way but for {max(east, north):.2g} m of rounding."


def write_path(trace: Trace, file: Path, overwrite: bool = False) -> None:
    """The way as CSV: a row a step with its end, and the metres that each term moved the boat in it."""
    columns = [f"{trace.terms[k]}_{way}_m" for k in trace.shown for way in ("east", "north")]
    moments = date_times(trace.time, trace.run_start)
    with placing.made(file, overwrite=overwrite) as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["time", "lon", "lat", *columns])
        for row, moment in enumerate(moments):
            parts: Any = [""] * len(columns)
            if row:
                parts = [_bare(m) for k in trace.shown for m in trace.moved[row - 1, k]]
            writer.writerow([f"{moment}Z", f"{trace.lon[row]:.7f}", f"{trace.lat[row]:.7f}", *parts])


def write_budget(trace: Trace, file: Path, overwrite: bool = False) -> None:
    """The budget as CSV: a row a term, and one for all."""
    rows = [(trace.terms[k], trace.by_term[k], trace.shares[k]) for k in trace.shown]
    with placing.made(file, overwrite=overwrite) as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["term", "east_m", "north_m", "east_m_per_day", "north_m_per_day", "share_of_way"])
        for name, metres, share in [*rows, ("all", trace.way, float(np.nansum(trace.shares)))]:
            a_day = metres / max(trace.days, 1e-9)
            writer.writerow([cell(name), *map(_bare, (*metres, *a_day)), _bare(share, 6)])
