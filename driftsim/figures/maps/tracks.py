"""Tracks of boats, coloured by how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftsim.area.area import Area
from driftsim.figures.maps.frame import Floats, Frame
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.sheet import MapSheet
from driftsim.figures.maps.style import Look
from driftsim.results.outcome import OUTCOMES, Outcome
from driftsim.system.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from ...results.result import Readable

FATES = ("home", "abroad", "adrift", "left", "sunk")
MOST_LINES = 5000
"""More tracks than these hide each other: the first ones are drawn."""


class Tracks(NamedTuple):
    """Tracks of the first boats of a run.

    Attributes
    ----------
    lon, lat, time : (track, observation) ndarray
        Degrees, seconds since the run's start; NaN where there is nothing.
    fate : (track,) ndarray of int
        Index into `FATES`.
    """

    lon: Floats
    lat: Floats
    time: Floats
    fate: NDArray[np.int64]


def read_tracks(run: Readable, most: int = MOST_LINES) -> Tracks:
    """The tracks of a run, at most so many.

    Raises
    ------
    InputError
        If the run kept none.
    """
    if run.tracks is None or not run.tracks.sizes.get("trajectory"):
        raise InputError("tracks: the run kept none; set output.tracks, say to 2000, and run the config again")
    part = run.tracks.isel(trajectory=slice(0, most))
    lon, lat, time = (part[name].values for name in ("lon", "lat", "time"))
    return Tracks(lon, lat, np.broadcast_to(time, lon.shape), fates(part, run.area))


def fates(data: xr.Dataset, area: Area) -> NDArray[np.int64]:
    """How each boat of a data set with ``outcome`` and ``stretch`` ended, as an index into `FATES`."""
    from driftsim.results.statistics import flag_names

    home = np.array([area.at_home(name) for name in flag_names(data["stretch"])] + [False])
    outcome = data["outcome"].values.astype(np.int64)
    at = np.array([FATES.index(name) if name in FATES else -1 for name in OUTCOMES])[outcome]
    return np.where(outcome == Outcome.LANDED, np.where(home[data["stretch"].values], 0, 1), at)


def track_lines(tracks: Tracks, frame: Frame) -> list[Floats]:
    """Each track as points on the sheet, mm."""
    x, y = frame.x(tracks.lon), frame.y(tracks.lat)
    there = np.isfinite(x + y)
    return [np.column_stack([x[k, there[k]], y[k, there[k]]]) for k in range(len(x))]


class TracksSheet(MapSheet):
    """The tracks while they are being drawn."""

    def __init__(self, map_data: MapData, look: Look, run: Readable) -> None:
        self.tracks = read_tracks(run)
        super().__init__(map_data, look, look.words["figures"]["tracks"], map_data.domain, 34.0, [])

    def draw(self) -> Figure:
        """Sea, tracks, land, where they begin and end."""
        self.sea_and_land()
        self.graticule()
        self._lines()
        self.scale_bar()
        self.names()
        self._legend()
        self.head_and_foot()
        return self.figure

    def _lines(self) -> None:
        from matplotlib.collections import LineCollection

        lines = track_lines(self.tracks, self.frame)
        many = len(lines)
        # Few tracks as clear lines, many as a shading in which the common ways stand out.
        alpha, width = float(np.clip(18.0 / many**0.72, 0.07, 0.85)), float(np.clip(6.0 / many**0.4, 0.35, 0.9))
        for fate in (3, 4, 2, 1, 0):
            mine = [line for line, of in zip(lines, self.tracks.fate, strict=True) if of == fate and len(line) > 1]
            if not mine:
                continue
            color = self.look.fates[FATES[fate]]
            self.map.add_collection(
                LineCollection(
                    mine,
                    colors=color,
                    linewidths=width,
                    alpha=alpha,
                    zorder=2 + 0.1 * (4 - fate),
                    gid=f"tracks-{FATES[fate]}",
                    rasterized=many > 300,
                ),
                autolim=False,
            )
            ends = np.array([line[-1] for line in mine])
            size = float(np.clip(12.0 / many**0.3, 1.1, 3.0))
            self.map.plot(
                ends[:, 0],
                ends[:, 1],
                "o",
                color=color,
                markersize=size,
                markeredgecolor="none",
                zorder=5,
                alpha=0.9,
                gid=f"ends-{FATES[fate]}",
                rasterized=many > 300,
            )
        if many <= 400:
            starts = np.array([line[0] for line in lines if len(line)])
            self.map.plot(
                starts[:, 0],
                starts[:, 1],
                "o",
                markersize=1.8,
                color=self.theme.paper,
                zorder=4.5,
                markeredgecolor=self.theme.ink,
                markeredgewidth=0.4,
                gid="starts",
            )

    def _legend(self) -> None:
        theme, words, (left, top) = self.theme, self.words, self.panel
        many = len(self.tracks.fate)
        shown = words["tracks_shown"][many != 1].format(n=f"{many:,}", boats=f"{int(self.map_data.summary['boats']):,}")
        self.write(self.paper, left, top - 2.6, shown, 7.8, weight="bold")
        self.write(self.paper, left, top - 6.0, words["fate_unit"], 6.8, color=theme.grey)
        y = top - 11.0
        for k, name in enumerate(FATES):
            count = int((self.tracks.fate == k).sum())
            if not count:
                continue
            color = self.look.fates[name]
            self.paper.plot([left, left + 6.0], [y + 0.8, y + 0.8], color=color, linewidth=1.6, zorder=11)
            self.paper.plot(left + 6.0, y + 0.8, "o", color=color, markersize=3.0, zorder=11)
            self.write(self.paper, left + 8.5, y, f"{words['fates'][name]}  {count:,}", 6.8, color=theme.grey)
            y -= 4.2
        if many <= 400:
            self.paper.plot(
                left + 3.0,
                y + 0.8,
                "o",
                markersize=2.4,
                color=theme.paper,
                markeredgecolor=theme.ink,
                markeredgewidth=0.5,
                zorder=11,
            )
            self.write(self.paper, left + 8.5, y, words["released"], 6.8, color=theme.grey)
