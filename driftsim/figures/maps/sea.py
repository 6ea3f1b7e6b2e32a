"""Where the boats are by date: a panel a fortnight with the density at sea, mean current and mean wind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from driftsim.figures.maps.frame import Floats, Frame, degree_km, map_height
from driftsim.figures.maps.headings import footlines, headlines
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.ribbon import density_classes
from driftsim.figures.maps.sheet import Sheet
from driftsim.figures.maps.style import FOOT_LEADING, Look
from driftsim.figures.maps.text import short_day
from driftsim.system.constants import SECONDS_PER_DAY
from driftsim.system.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from ...results.result import Readable

FORTNIGHT_D = 14
MOST_PANELS = 16
"""A longer run has panels of four, eight, ... weeks."""

GAP = 2.0
KEYS_HEIGHT = 17.0
LEAST_BOAT_DAYS = 3.0
"""Cells are made larger until half of those that boats were in have as many."""


STRAGGLERS = 0.003
"""Share of the days afloat that may lie after the last panel: the few boats that never arrive need no empty maps."""


class Period(NamedTuple):
    """Boats afloat in a stretch of time.

    Attributes
    ----------
    begin, end : float
        Seconds since the run's start.
    density : (lat, lon) ndarray
        Mean number of boats per 1000 km², of 1000 released.
    """

    begin: float
    end: float
    density: Floats


class Sea(NamedTuple):
    """The periods on a grid, with its edges in degrees."""

    periods: list[Period]
    lon_edges: Floats
    lat_edges: Floats


def density_by_period(density: xr.Dataset, boats: int) -> Sea:
    """Boats afloat by fortnight (or longer, so that there are few enough panels), all classes together.

    Parameters
    ----------
    density : Dataset
        ``boat_days`` by week, class and cell, as a run keeps it.
    boats : int
        Number released.
    """
    bounds = density["time_bounds"].values / SECONDS_PER_DAY
    days = density["boat_days"].sum("boat_class").transpose("time", "lat", "lon").values.astype(np.float64)
    edges = [
        np.append(density[f"{axis}_bounds"].values[:, 0], density[f"{axis}_bounds"].values[-1, 1])
        for axis in ("lat", "lon")
    ]
    afloat = days.sum(axis=(1, 2))
    if afloat.any():
        shown = int(np.searchsorted(np.cumsum(afloat), (1.0 - STRAGGLERS) * afloat.sum())) + 1
        whole = np.searchsorted(bounds[:, 0], np.ceil(bounds[shown - 1, 1] / FORTNIGHT_D) * FORTNIGHT_D - 0.1)
        bounds, days = bounds[:whole], days[:whole]
    span = FORTNIGHT_D
    while np.ceil(bounds[-1, 1] / span) > MOST_PANELS:
        span *= 2
    group = (bounds[:, 0] / span).astype(int)
    days, edges[0], edges[1] = _coarsened(days, edges[0], edges[1])
    km = np.array([degree_km(lat) for lat in 0.5 * (edges[0][1:] + edges[0][:-1])])
    area = (km[:, 0] * km[:, 1] * np.diff(edges[0]))[:, None] * np.diff(edges[1])
    periods = []
    for g in np.unique(group):
        rows = group == g
        begin, end = bounds[rows, 0].min(), bounds[rows, 1].max()
        mean = days[rows].sum(axis=0) / (end - begin) / area * 1000.0 * 1000.0 / boats
        periods.append(Period(begin * SECONDS_PER_DAY, end * SECONDS_PER_DAY, mean))
    return Sea(periods, edges[1], edges[0])


def _coarsened(days: Floats, lat: Floats, lon: Floats) -> tuple[Floats, Floats, Floats]:
    """Cells doubled until they hold enough boat-days for a picture that is no noise, at most three times."""
    for _ in range(3):
        there = days[days > 0.0]
        if there.size and np.median(there) >= LEAST_BOAT_DAYS:
            break
        ny, nx = days.shape[1] // 2 * 2, days.shape[2] // 2 * 2
        if min(ny, nx) < 8:
            break
        days = days[:, :ny, :nx].reshape(len(days), ny // 2, 2, nx // 2, 2).sum(axis=(2, 4))
        lat, lon = lat[: ny + 1 : 2], lon[: nx + 1 : 2]
    return days, lat, lon


class SeaSheet(Sheet):
    """The density at sea while it is being drawn."""

    def __init__(self, map_data: MapData, look: Look, run: Readable) -> None:
        if run.density is None:
            raise InputError("density: the run did not keep it; set output.density = true and run the config again")
        self.run = run
        self.sea = density_by_period(run.density, int(map_data.summary["boats"]))
        periods = self.sea.periods
        every = np.concatenate([period.density.ravel() for period in periods])
        self.classes = density_classes(every)
        paper, words = look.paper, look.words
        foot = footlines(map_data, words, paper, [words["arrows_of"]])
        self.columns = _columns(len(periods), paper.below)
        width = (paper.text_width - GAP * (self.columns - 1)) / self.columns
        height = map_height(width, *map_data.domain)
        rows = -(-len(periods) // self.columns)
        bottom = 6.0 + FOOT_LEADING * len(foot) + KEYS_HEIGHT + (15.0 if paper.below else 4.0)
        self.frames = [
            Frame(
                *map_data.domain,
                paper.left + (k % self.columns) * (width + GAP),
                bottom + (rows - 1 - k // self.columns) * (height + GAP),
                width,
                height,
            )
            for k in range(len(periods))
        ]
        self.keys_top = bottom - 3.0
        head = headlines(map_data, words, paper, words["figures"]["density"], ends=map_data.backward)
        super().__init__(map_data, look, head, foot, bottom + rows * (height + GAP) - GAP)

    def draw(self) -> Figure:
        """All panels, then the keys."""
        for k, (frame, period) in enumerate(zip(self.frames, self.sea.periods, strict=True)):
            self.put(frame)
            self.sea_and_land(coarse=True)
            self._degrees(k)
            self._density(period)
            self._date(period)
            means = means_between(self.run.forcing_mean, period.begin, period.end)
            self.arrows(means, (13.0, 4.6))
        self._legend()
        self.head_and_foot()
        return self.figure

    def _degrees(self, k: int) -> None:
        """Degrees at the left of the first column and below the last row."""
        from driftsim.figures.maps.sheet import marks

        self.graticule(left=False, below=False)
        f, grey = self.frame, self.theme.grey
        if k % self.columns == 0:
            for lat in marks(f.south, f.north, 5):
                self.write(
                    self.paper, f.left - 1.0, float(f.y(lat)), f"{lat:g}°N", 5.8, color=grey, ha="right", va="center"
                )
        if k + self.columns >= len(self.frames):
            for lon in marks(f.west, f.east, 5):
                self.write(self.paper, float(f.x(lon)), f.bottom - 2.8, f"{lon:g}°E", 5.8, color=grey, ha="center")

    def _density(self, period: Period) -> None:
        from matplotlib.colors import BoundaryNorm, ListedColormap

        if not self.classes:
            return
        shown = np.ma.masked_less_equal(period.density, self.classes[0] / 10.0)
        shades = ListedColormap(self.theme.ramp).with_extremes(bad="none", over=self.theme.ramp[-1])
        self.map.pcolormesh(
            self.frame.x(self.sea.lon_edges),
            self.frame.y(self.sea.lat_edges),
            shown,
            cmap=shades,
            zorder=1.5,
            norm=BoundaryNorm((0.0, *self.classes), len(self.classes), clip=True),
            gid="density",
            rasterized=True,
        )

    def _date(self, period: Period) -> None:
        start = _moment(self.run, 0.0)
        first = start + timedelta(seconds=period.begin)
        last = start + timedelta(seconds=period.end) - timedelta(seconds=1)
        words = self.words["span"].format(first=short_day(first, self.words), last=short_day(last, self.words))
        f = self.frame
        text = self.write(
            self.map,
            f.left + 1.2,
            f.bottom + f.height - 1.4,
            words,
            6.6,
            weight="bold",
            va="top",
            halo=self.theme.land,
            zorder=8,
            gid="date",
        )
        self.taken.append(self.extent(text, pad=0.4))

    def _legend(self) -> None:
        left, top, theme, words = self.sheet.left, self.keys_top - 5.0, self.theme, self.words
        self.write(self.paper, left, top - 2.0, words["afloat"], 7.8, weight="bold")
        what = words["afloat_unit"] if self.classes else words["afloat_none"]
        self.write(self.paper, left, top - 5.2, what, 6.8, color=theme.grey)
        if self.classes:
            more = max(period.density.max() for period in self.sea.periods) > self.classes[-1]
            self.scale_key(left, top - 9.4, 60.0, [2.4] * 6, bool(more))
        x, y = (left, top - 18.0) if self.sheet.below else (left + 92.0, top - 3.0)
        for name, color in (("current", theme.current), ("wind", theme.wind)):
            if name in self.keys:
                self.arrow_key(x, y, color, words[name].format(speed=self.keys[name]))
                y -= 3.8


def _columns(panels: int, below: bool) -> int:
    if below:
        return min(panels, 2 if panels <= 8 else 3)
    return min(panels, 3 if panels <= 9 else 4)


def _moment(run: Readable, seconds: float) -> datetime:
    start = datetime.fromisoformat(str(run.arrivals.attrs["run_start"]).removesuffix("Z")).replace(tzinfo=UTC)
    return start + timedelta(seconds=seconds)


def means_between(
    forcing: xr.Dataset | None, begin: float, end: float
) -> dict[str, tuple[Floats, Floats, Floats, Floats]]:
    """Mean current and wind over the fortnights that begin within a stretch of time (seconds), as for `MapData`."""
    from driftsim.figures.maps.map_data import read_arrows

    if forcing is None:
        return {}
    starts = forcing["time_bounds"].values[:, 0]
    rows: Sequence[int] = np.flatnonzero((starts >= begin - 1.0) & (starts < end - 1.0)).tolist()
    return read_arrows(forcing.isel(time=rows)) if rows else {}
