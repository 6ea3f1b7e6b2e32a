"""The figure of one boat: its way on a map, and what carried it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...results.columns import date_times
from ...results.trace import NAMES, REST, Trace
from ...system.constants import SECONDS_PER_DAY
from ..palette import TERMS
from . import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...area.coast import Coast

_MARGIN = 0.18
_LEAST_DEG = 1.2
"""Margin round the way, as a part of its extent, and the least height of the map."""

_FINE_DEG = 5.0
"""Maps that are lower show the whole shoreline."""


def draw(trace: Trace, coast: Coast | None, file: Path, overwrite: bool = False) -> Path:
    """Write the figure.

    Parameters
    ----------
    trace : Trace
    coast : Coast or None
        The shoreline; None: the run had none.
    file : Path
        A PNG.
    overwrite : bool
        Take the place of a file that driftsim has not made.
    """
    return plots.save(file, lambda figure: _fill(figure, trace, coast), (8.6, 4.9), overwrite=overwrite)


def _fill(figure: Figure, trace: Trace, coast: Coast | None) -> None:
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _map(left, trace, coast)
    _bars(right, trace)
    figure.suptitle(f"Boat {trace.boat}: {trace.about[0]}", x=0.012, ha="left", fontsize=11, weight="bold")
    plots.note(figure, "  |  ".join(" ".join(line.split()) for line in trace.about[1:3]))


def _terms(trace: Trace) -> list[int]:
    return [k for k in trace.shown if trace.terms[k] != REST]


def _map(axes: Axes, trace: Trace, coast: Coast | None) -> None:
    """The way, the coast, and the terms as arrows one after the other from the first place to the last."""
    box = _box(trace)
    if coast is not None:
        plots.land_and_sea(axes, coast, box, fine=box[3] - box[2] < _FINE_DEG)
    else:
        axes.set(xlim=box[:2], ylim=box[2:], facecolor=plots.SEA, xlabel="longitude, °", ylabel="latitude, °")
        axes.set_aspect(1.0 / np.cos(np.radians(0.5 * (box[2] + box[3]))))
    _ticks(axes, box)
    axes.plot(trace.lon, trace.lat, color=plots.INK, linewidth=1.0, zorder=4)
    _days(axes, trace)
    corner = _chain(trace)
    for number, k in enumerate(_terms(trace)):
        axes.annotate(
            "",
            corner[number + 1],
            corner[number],
            zorder=5,
            arrowprops={
                "arrowstyle": "-|>",
                "color": TERMS[trace.terms[k]],
                "linewidth": 1.8,
                "shrinkA": 0,
                "shrinkB": 0,
                "mutation_scale": 9,
            },
        )
    axes.plot(trace.lon[0], trace.lat[0], "o", color=plots.LAND, markeredgecolor=plots.INK, markersize=6, zorder=6)
    axes.plot(trace.lon[-1], trace.lat[-1], "*", color=plots.MODEL, markeredgecolor=plots.INK, markersize=11, zorder=7)
    axes.set_title("The way, and its terms one after the other;\n○ release, ★ end", fontsize=8.5, weight="normal")


def _chain(trace: Trace) -> NDArray[np.float64]:
    """Corners of the polygon of the terms, degrees, shape (term + 1, 2): as long as the way, east and north."""
    metres = np.vstack([np.zeros(2), np.cumsum(trace.by_term[_terms(trace)], axis=0)])
    moved = np.array([trace.lon[-1] - trace.lon[0], trace.lat[-1] - trace.lat[0]])
    middle = np.radians(0.5 * (trace.lat[0] + trace.lat[-1]))
    # A step's metres are at its own latitude: scaled so that the last corner is the last place, but for one that
    # came back to where it began.
    plain = np.array([111_320.0 * np.cos(middle), 111_132.0])
    way = trace.way
    scale = np.where(np.abs(way) > 1000.0, moved / np.where(way == 0.0, 1.0, way), 1.0 / plain)
    close = np.abs(scale * plain - 1.0) < 0.3
    corners: NDArray[np.float64] = np.array([trace.lon[0], trace.lat[0]]) + metres * np.where(close, scale, 1.0 / plain)
    return corners


def _box(trace: Trace) -> tuple[float, float, float, float]:
    """West, east, south, north of a map with the way and its arrows on it."""
    corners = _chain(trace)
    lon, lat = np.append(trace.lon, corners[:, 0]), np.append(trace.lat, corners[:, 1])
    shrink = np.cos(np.radians(0.5 * (lat.min() + lat.max())))
    middle = 0.5 * (lon.min() + lon.max()), 0.5 * (lat.min() + lat.max())
    half = (0.5 + _MARGIN) * max(np.ptp(lon) * shrink, np.ptp(lat), _LEAST_DEG)
    return middle[0] - half / shrink, middle[0] + half / shrink, middle[1] - half, middle[1] + half


def _ticks(axes: Axes, box: tuple[float, float, float, float]) -> None:
    from matplotlib.ticker import MaxNLocator

    for axis, (low, high) in ((axes.xaxis, box[:2]), (axes.yaxis, box[2:])):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(f"{{x:.{0 if high - low > 4.0 else 1}f}}°")


def _days(axes: Axes, trace: Trace) -> None:
    """Marks along the way with their day, six at most."""
    every = next((days for days in (1, 2, 5, 10, 20, 30, 60) if trace.days / days <= 6.0), 365)
    elapsed = np.abs(trace.time - trace.time[0]) / SECONDS_PER_DAY
    moments = date_times(trace.time, trace.run_start)
    for day in np.arange(every, trace.days, every):
        at = int(np.argmin(np.abs(elapsed - day)))
        name = moments[at].item()
        axes.plot(trace.lon[at], trace.lat[at], "o", color=plots.INK, markersize=2.6, zorder=5)
        axes.annotate(
            f"{name.day} {name:%b}",
            (trace.lon[at], trace.lat[at]),
            (3, 3),
            textcoords="offset points",
            fontsize=6.5,
            color=plots.GREY,
            zorder=6,
        )


def _bars(axes: Axes, trace: Trace) -> None:
    """Kilometres by term: eastward, northward, and along the way."""
    terms = _terms(trace)
    ways = np.column_stack([trace.by_term[terms], trace.shares[terms] * np.hypot(*trace.way)]) / 1000.0
    ways = np.nan_to_num(ways)
    reach = max(1.0, float(np.abs(ways).max(initial=0.0)))
    height = 0.26
    for row, k in enumerate(terms):
        color = TERMS[trace.terms[k]]
        for way, (alpha, name) in enumerate(((0.35, "east"), (0.6, "north"), (1.0, "of the way"))):
            y, km = row + (way - 1) * height, float(ways[row, way])
            axes.barh(y, km, height=0.9 * height, color=color, alpha=alpha, linewidth=0)
            axes.annotate(
                f"{km:,.{0 if reach >= 20.0 else 1}f} {name}".replace("-", "\N{MINUS SIGN}"),
                (km, y),
                (3 if km >= 0 else -3, 0),
                textcoords="offset points",
                ha="left" if km >= 0 else "right",
                va="center",
                fontsize=6.5,
                color=plots.GREY,
            )
    axes.axvline(0.0, color=plots.INK, linewidth=0.8)
    axes.set_yticks(range(len(terms)), [NAMES[trace.terms[k]] for k in terms])
    axes.set_ylim(len(terms) - 0.5, -0.5)
    low, high = min(0.0, float(ways.min(initial=0.0))), max(0.0, float(ways.max(initial=0.0)))
    room = 0.28 * max(high - low, 1.0)  # for the numbers
    axes.set_xlim(low - room * (low < 0.0), high + room * (high > 0.0))
    axes.set_xlabel(f"km in {trace.days:.1f} days")
    axes.set_title("Moved by each term; of the way: along the\nline from release to end", fontsize=8.5, weight="normal")
