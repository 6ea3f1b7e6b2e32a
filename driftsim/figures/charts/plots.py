"""What the figures of this room share: a sheet, the coast on a map, and files written whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...area.area import Area
from ...results import placing
from .. import canvas
from ..palette import CHARTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...area.coast import Coast

INK, GREY, FAINT = CHARTS.ink, CHARTS.grey, CHARTS.faint
RECORD, MODEL, MODEL_SOFT, ACCENT = CHARTS.record, CHARTS.model, CHARTS.model_soft, CHARTS.accent
SEA, LAND, SHORE = CHARTS.sea, CHARTS.land, CHARTS.shore
STYLE = {
    "figure.dpi": 180.0,
    "font.size": 9.0,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "text.hinting": "no_hinting",
}


@contextmanager
def style() -> Iterator[None]:
    """The look of these figures, whatever the user has set up for their own."""
    with canvas.style(STYLE):
        yield


def save(
    file: Path, draw: Callable[[Figure], None], size: tuple[float, float] = (7.4, 4.6), *, overwrite: bool = False
) -> Path:
    """Draw a figure and write it as PNG; equal figures give equal bytes.

    Parameters
    ----------
    file
        Where to.
    draw
        Fills a figure.
    size
        Width and height, inches.
    overwrite
        Take the place of a file that driftsim has not made.
    """
    with style():
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06))
        draw(figure)
        with placing.made(file, overwrite=overwrite, keep=True) as beside:
            figure.savefig(beside, format="png", metadata={"Software": None})
    return file


def note(figure: Figure, text: str) -> None:
    """A line below the figure that says what must be known to read it."""
    figure.supxlabel(text, x=0.012, ha="left", fontsize=7.2, color=GREY)


def dated(axes: Axes, first: date, last: date) -> None:
    """Days along the horizontal axis, ``8 Nov``, two of them to spare at each end."""
    import matplotlib.dates

    axes.set_xlim(first - timedelta(days=2), last + timedelta(days=2))  # type: ignore[arg-type]
    axes.xaxis.set_major_locator(matplotlib.dates.AutoDateLocator(minticks=4, maxticks=9))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(_day)


def _day(x: float, _: float | None) -> str:
    import matplotlib.dates

    day = matplotlib.dates.num2date(x)  # type: ignore[no-untyped-call]
    return f"{day.day} {day:%b}"


def whole_numbers(axes: Axes) -> None:
    """Whole numbers alone along the vertical axis."""
    from matplotlib.ticker import MaxNLocator

    locator = axes.yaxis.get_major_locator()
    if isinstance(locator, MaxNLocator):
        locator.set_params(integer=True)


def coast_map(axes: Axes, coast: Coast, sea: Area) -> None:
    """The map of an area's charts: land, sea and frame in degrees."""
    land_and_sea(axes, coast, sea.file.records.chart or sea.domain)


def land_and_sea(axes: Axes, coast: Coast, box: tuple[float, float, float, float], *, fine: bool = False) -> None:
    """Land, sea and frame of a box in degrees; equal scales at the middle latitude; ``fine``: for a small map."""
    from matplotlib.collections import PolyCollection

    west, east, south, north = box
    rings = [
        ring
        for ring in (coast.polygons if fine else coast.polygons_coarse)
        if ring[:, 0].max() > west and ring[:, 0].min() < east and ring[:, 1].max() > south and ring[:, 1].min() < north
    ]
    axes.add_collection(PolyCollection(rings, facecolors=LAND, edgecolors=SHORE, linewidths=0.4, zorder=2))
    axes.set(xlim=(west, east), ylim=(south, north), facecolor=SEA)
    axes.set_aspect(1.0 / np.cos(np.radians(0.5 * (south + north))))
    axes.set_xticks(np.arange(np.ceil(west / 2) * 2, east, 2.0))
    axes.set_yticks(np.arange(np.ceil(south / 2) * 2, north, 2.0))
    axes.xaxis.set_major_formatter("{x:.0f}° E")
    axes.yaxis.set_major_formatter("{x:.0f}° N")
    for spine in axes.spines.values():
        spine.set_visible(True)
    axes.tick_params(labelsize=7.5)
