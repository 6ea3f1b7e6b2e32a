"""Where boats that reach a region had started: the probability of reaching it, by cell of release."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from driftsim.area.area import Area
from driftsim.figures.maps.frame import Floats, Frame, map_height
from driftsim.figures.maps.headings import footlines, headlines
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.ribbon import density_classes
from driftsim.figures.maps.sheet import Sheet, rectangle
from driftsim.figures.maps.style import FOOT_LEADING, Look
from driftsim.figures.maps.text import number, percent
from driftsim.results import answer
from driftsim.words import region_name

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from ...results.result import Readable

CELLS_DEG = (0.25, 0.5, 1.0, 2.0)
ENOUGH = 60
"""Cells are made larger until half of them have released as many boats."""

FEW = 10
"""Below this a cell is only outlined: a share of so few says nothing."""

GAP = 3.0
KEYS_HEIGHT = 17.0


class Cells(NamedTuple):
    """Cells of release that have boats.

    Attributes
    ----------
    west, south : (n,) ndarray
        Corner, degrees.
    released : (n,) ndarray
    reached : dict
        Region to the boats of each cell that came ashore there.
    deg : float
        Length of a side.
    """

    west: Floats
    south: Floats
    released: Floats
    reached: dict[str, Floats]
    deg: float


def release_cells(arrivals: xr.Dataset, regions: tuple[str, ...], area: Area) -> Cells:
    """Boats released and landed by cell of release; the smallest cells that hold enough boats."""
    from driftsim.results.statistics import inside

    lon, lat = arrivals["release_lon"].values, arrivals["release_lat"].values
    there = np.isfinite(lon + lat)
    for deg in CELLS_DEG:
        nx = round(360.0 / deg)
        key = np.floor(lat[there] / deg).astype(np.int64) * nx + np.floor(lon[there] / deg).astype(np.int64)
        cell, place, many = np.unique(key, return_inverse=True, return_counts=True)
        if np.median(many) >= ENOUGH:
            break
    reached = {}
    for region in regions:
        landed = inside(arrivals, area, region)[there]
        reached[region] = np.bincount(place[landed], minlength=cell.size).astype(float)
    return Cells((cell % nx) * deg, (cell // nx) * deg, many.astype(float), reached, deg)


class SourcesSheet(Sheet):
    """The source map while it is being drawn: one region, or a panel for each of those that lead."""

    def __init__(self, map_data: MapData, look: Look, run: Readable, region: str | None) -> None:
        self.regions = (region,) if region else answer.leading(map_data.summary) or answer.mission(map_data.summary)
        self.cells = release_cells(run.arrivals, self.regions, map_data.area)
        well = self.cells.released >= FEW
        chance = np.concatenate([of[well] / self.cells.released[well] for of in self.cells.reached.values()])
        weight = np.tile(self.cells.released[well], len(self.regions))
        self.classes = density_classes(chance, weight)
        self.most = float(chance.max(initial=0.0))
        paper, words = look.paper, look.words
        columns = 1 if region or paper.below else 2
        foot = footlines(map_data, words, paper, [])
        keys = KEYS_HEIGHT + (9.0 if paper.below else 0.0)
        bottom = 9.0 + FOOT_LEADING * len(foot) + keys
        domain = _cropped(map_data, self.cells)
        width = (paper.text_width - GAP * (columns - 1)) / columns
        height = map_height(width, *domain)
        rows = -(-len(self.regions) // columns)
        if rows * height > 225.0:  # four maps one below the other in a column: two by two
            columns, width = 2, (paper.text_width - GAP) / 2.0
            height, rows = map_height(width, *domain), -(-len(self.regions) // 2)
        self.frames = [
            Frame(
                *domain,
                paper.left + (k % columns) * (width + GAP),
                bottom + (rows - 1 - k // columns) * (height + GAP),
                width,
                height,
            )
            for k in range(len(self.regions))
        ]
        self.columns, self.keys_top = columns, bottom - 8.0
        title = words["figures"]["sources"]
        if region:
            title = words["figures"]["sources_of"].format(region=region_name(words, region))
        head = headlines(map_data, words, paper, title)
        super().__init__(map_data, look, head, foot, bottom + rows * (height + GAP) - GAP)

    def draw(self) -> Figure:
        """All panels, then the key."""
        for k, (frame, region) in enumerate(zip(self.frames, self.regions, strict=True)):
            self.put(frame)
            self.sea_and_land(coarse=frame.width < 100.0)
            self.graticule(left=k % self.columns == 0, below=k + self.columns >= len(self.frames))
            self._cells(region)
            self._shore(region)
            self._name(region)
            self.scale_bar()
            if len(self.regions) == 1:
                self.names()
        self._legend()
        self.head_and_foot()
        return self.figure

    def _cells(self, region: str) -> None:
        from matplotlib.collections import PolyCollection

        from driftsim.figures.maps.ribbon import class_of

        c, f = self.cells, self.frame
        x0, x1 = f.x(c.west), f.x(c.west + c.deg)
        y0, y1 = f.y(c.south), f.y(c.south + c.deg)
        boxes = np.stack([np.stack(p, axis=-1) for p in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))], axis=1)
        well = c.released >= FEW
        some = well & (c.reached[region] > 0.0)
        if self.classes:
            shade = class_of(c.reached[region][some] / c.released[some], self.classes)
            colors = [self.theme.ramp[k] for k in shade]
            self.map.add_collection(
                PolyCollection(
                    list(boxes[some]),
                    facecolors=colors,
                    edgecolors=self.theme.sea,
                    linewidths=0.2,
                    zorder=1.5,
                    gid=f"cells-{region}",
                ),
                autolim=False,
            )
        none = well & (c.reached[region] == 0.0)
        self.map.add_collection(
            PolyCollection(
                list(boxes[none]),
                facecolors=self.theme.none,
                edgecolors=self.theme.sea,
                linewidths=0.2,
                zorder=1.4,
                gid="none",
            ),
            autolim=False,
        )
        self.map.add_collection(
            PolyCollection(
                list(boxes[~well]),
                facecolors="none",
                edgecolors=self.theme.faint,
                linewidths=0.4,
                zorder=1.4,
                gid="thin",
            ),
            autolim=False,
        )

    def _shore(self, region: str) -> None:
        """The region's shore as a thick line."""
        from driftsim.figures.maps.shores import shore_paths

        if self.coast is None:
            return
        lines = shore_paths(self.coast, self.frame, self.map_data.area, region)
        from matplotlib.collections import LineCollection

        self.map.add_collection(
            LineCollection(lines, colors=self.theme.ink, linewidths=2.2, zorder=3.5, capstyle="round", gid="shore"),
            autolim=False,
        )

    def _name(self, region: str) -> None:
        f = self.frame
        of = self.map_data.summary.get("regions", {}).get(region, {})
        chance = self.words["reached"].format(value=percent(number(of, "probability")))
        name = region_name(self.words, region, of.get("name"))
        x, y = f.left + 2.0, f.bottom + f.height - 5.0
        for words, size, weight, down in ((name, 9.0, "bold", 0.0), (chance, 6.8, "normal", 3.6)):
            text = self.write(self.map, x, y - down, words, size, weight=weight, halo=self.theme.land, zorder=8)
            self.taken.append(self.extent(text, pad=0.4))

    def _legend(self) -> None:
        theme, words, left, top = self.theme, self.words, self.sheet.left, self.keys_top
        title = words["reach"]
        if len(self.regions) == 1:
            title = words["reach_in"].format(region=region_name(words, self.regions[0]))
        self.write(self.paper, left, top, title, 7.8, weight="bold")
        self.write(self.paper, left, top - 3.4, words["reach_unit"].format(deg=self.cells.deg), 6.8, color=theme.grey)
        if self.classes:
            held, self.classes = self.classes, tuple(100.0 * bound for bound in self.classes)
            self.scale_key(left, top - 7.6, 60.0, [2.4] * 6, self.most > held[-1], "{:g} %")
            self.classes = held
        x, y = (left, top - 15.0) if self.sheet.below else (left + 80.0, top - 4.6)
        for fill, says in ((theme.none, words["none_reached"]), ("none", words["thin_cells"].format(n=FEW))):
            box = rectangle(x, y - 0.2, 3.0, 2.4, fill, zorder=11)
            box.set(edgecolor=theme.faint, linewidth=0.8)
            self.paper.add_patch(box)
            self.write(self.paper, x + 5.0, y, says, 6.8, color=theme.grey)
            y -= 4.0


def _cropped(map_data: MapData, cells: Cells) -> tuple[float, float, float, float]:
    """The run's domain without empty seas north and west of all releases and of the coast at home."""
    west, east, south, north = map_data.domain
    if cells.west.size:
        north = min(north, max(float(cells.south.max()) + cells.deg + 1.5, 45.8))
    return west, east, south, max(north, south + 4.0)
