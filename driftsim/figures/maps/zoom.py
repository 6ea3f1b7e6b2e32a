"""One region at the full resolution of the coastline, with the names of towns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from driftsim.area.area import Area, pick
from driftsim.figures.maps.landing import FEW_LANDINGS, RegionBox
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.ribbon import class_of, density_classes
from driftsim.figures.maps.sheet import MapSheet
from driftsim.figures.maps.shores import in_region, joined, shore_density, shore_segments
from driftsim.figures.maps.style import Look
from driftsim.system.errors import InputError
from driftsim.words import region_name

from ...system.constants import KM_PER_DEGREE

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ...area.coast import Coast
    from ...results.result import Readable

MARGIN_KM = 18.0
WIDTHS_MM = (0.45, 0.7, 1.0, 1.4, 1.9, 2.5)
"""Width of the band along the shore, by class."""

MOST_DOTS = 1500
"""With more landings in sight the dots would be a blot: the band alone is drawn."""

SMOOTHINGS_KM = ((2.0, 400), (4.0, 60), (8.0, 0))
"""Smoothing of the landings along the coast, and the number of landings from which it is enough."""


def region_box(coast: Coast, area: Area, region: str) -> tuple[float, float, float, float]:
    """West, east, south, north of a region's shore with a margin, within the coast data."""
    here = np.flatnonzero(in_region(coast, area, region))
    if not here.size:
        raise InputError(f"region = {region!r}: it has no shore in the coast data")
    lon, lat = coast.vertices[here, 0], coast.vertices[here, 1]
    up = MARGIN_KM / KM_PER_DEGREE
    across = up / np.cos(np.radians(lat.mean()))
    return (
        max(float(lon.min() - across), coast.box[0]),
        min(float(lon.max() + across), coast.box[1]),
        max(float(lat.min() - up), coast.box[2]),
        min(float(lat.max() + up), coast.box[3]),
    )


class ZoomSheet(MapSheet, RegionBox):
    """The zoom while it is being drawn."""

    coast: Coast

    def __init__(self, map_data: MapData, look: Look, run: Readable, region: str) -> None:
        from driftsim.results.statistics import inside

        words, coast = look.words, map_data.coast
        if coast is None:
            raise InputError(
                f"zoom: the shoreline of the area {map_data.area.key} is not at hand; name its folder (--area)"
            )
        self.region, self.arrivals = region, run.arrivals
        self.landings = int(inside(run.arrivals, map_data.area, region).sum())
        self.sigma = next(km for km, enough in SMOOTHINGS_KM if self.landings >= enough)
        title = words["figures"]["zoom"].format(region=region_name(words, region))
        notes = [words["zoom_smoothing"].format(km=self.sigma), words["zoom_places"]]
        super().__init__(map_data, look, title, region_box(coast, map_data.area, region), 47.0, notes)

    def draw(self) -> Figure:
        """Shore, band, dots, names."""
        self.sea_and_land()
        self.graticule()
        self._band()
        self._dots()
        self.scale_bar()
        self._towns()
        self._legend()
        self.head_and_foot()
        return self.figure

    def _band(self) -> None:
        """Landings along the real shore: a band of which the land covers the inner half."""
        from matplotlib.collections import LineCollection

        segments = shore_segments(self.coast, self.frame)
        density = shore_density(self.coast, segments, self.arrivals, self.sigma)
        least = 1000.0 / (2.5 * self.sigma * self.arrivals.sizes["boat"])
        self.classes = density_classes(density, None, least)
        self.more = bool(self.classes) and bool(density.max() > self.classes[-1])
        if not self.classes:
            return
        density[~self._reached(segments)] = 0.0
        kind = np.where(density > self.classes[0] / 20.0, class_of(density, self.classes), -1)
        lines = [(xy, k) for xy, k in joined(self.coast, self.frame, segments, kind) if k >= 0]
        lines.sort(key=lambda one: one[1])
        # Around an islet the full width would be an island of its own.
        islet = [
            max(WIDTHS_MM[0], 0.5 * np.ptp(xy, axis=0).max()) if (xy[0] == xy[-1]).all() else 99.0 for xy, _ in lines
        ]
        points = 2.0 * 72.0 / 25.4
        self.map.add_collection(
            LineCollection(
                [xy for xy, _ in lines],
                colors=[self.theme.ramp[k] for _, k in lines],
                zorder=3,
                gid="band",
                linewidths=[points * min(WIDTHS_MM[k], most) for (_, k), most in zip(lines, islet, strict=True)],
                capstyle="round",
                joinstyle="round",
            ),
            autolim=False,
        )

    def _reached(self, segments: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Shore that boats came to, or near: no channel or lagoon behind the coast takes part in its landings."""
        from scipy.spatial import cKDTree

        lon, lat = self.arrivals["landing_lon"].values, self.arrivals["landing_lat"].values
        f = self.frame
        here = np.flatnonzero(
            (lon > f.west - 0.2) & (lon < f.east + 0.2) & (lat > f.south - 0.2) & (lat < f.north + 0.2)
        )
        here = here[:: max(1, here.size // 200_000)]
        landings = np.column_stack([f.x(lon[here]), f.y(lat[here])])
        middle = 0.5 * (self.coast.vertices[segments] + self.coast.vertices[segments + 1])
        away = cKDTree(landings).query(np.column_stack([f.x(middle[:, 0]), f.y(middle[:, 1])]))[0]
        near: NDArray[np.bool_] = away < 2.0 * self.sigma * f.mm_per_km
        return near

    def _dots(self) -> None:
        """Single boats where they are few."""
        f = self.frame
        x, y = f.x(self.arrivals["landing_lon"].values), f.y(self.arrivals["landing_lat"].values)
        here = (x > f.left) & (x < f.left + f.width) & (y > f.bottom) & (y < f.bottom + f.height)
        self.dots = int(here.sum()) <= MOST_DOTS and bool(here.any())
        if self.dots:
            self.map.plot(
                x[here],
                y[here],
                "o",
                markersize=1.6,
                color=self.theme.ink,
                markeredgecolor="none",
                alpha=0.7,
                zorder=6,
                gid="dots",
                rasterized=here.sum() > 500,
            )

    def _towns(self) -> None:
        """Names of towns, the larger first, where there is room; small ones only on large scales."""
        f, theme = self.frame, self.theme
        finest = 3 if f.mm_per_km > 0.35 else 2 if f.mm_per_km > 0.12 else 1
        for place in self.map_data.towns:
            x, y = float(f.x(place.lon)), float(f.y(place.lat))
            inside = f.left + 1.0 < x < f.left + f.width - 1.0 and f.bottom + 1.0 < y < f.bottom + f.height - 1.0
            if place.rank > finest or not inside:
                continue
            name = pick(place.names, self.words["lang"])
            size = 7.2 if place.rank == 1 else 6.4
            for dx, dy, ha, va in (
                (1.2, 0.0, "left", "center"),
                (-1.2, 0.0, "right", "center"),
                (0.0, -1.2, "center", "top"),
                (0.0, 1.2, "center", "bottom"),
            ):
                text = self.write(
                    self.map, x + dx, y + dy, name, size, ha=ha, va=va, halo=theme.land, zorder=7, gid="town"
                )
                if self.placed(text):
                    self.map.plot(
                        x,
                        y,
                        "s",
                        markersize=2.2,
                        color=theme.ink,
                        markeredgecolor=theme.land,
                        markeredgewidth=0.4,
                        zorder=7,
                    )
                    break
                text.remove()

    def _legend(self) -> None:
        theme, words, (left, top) = self.theme, self.words, self.panel
        self.write(self.paper, left, top - 2.6, words["scale"], 7.8, weight="bold")
        unit = words["zoom_unit"] if self.classes else words["no_landings"]
        for k, line in enumerate(self.lines(unit, self.sheet.panel or 45.0, 6.8)):
            self.write(self.paper, left, top - 6.0 - 3.2 * k, line, 6.8, color=theme.grey)
            low = top - 6.0 - 3.2 * k
        if self.classes:
            self.scale_key(left, low - 5.4, self.sheet.panel or 38.0, WIDTHS_MM, self.more)
        y = low - 14.0
        if self.dots:
            self.paper.plot(left + 1.0, y + 0.8, "o", markersize=2.2, color=theme.ink, zorder=11)
            self.write(self.paper, left + 4.0, y, words["zoom_dots"], 6.8, color=theme.grey)
            y -= 4.2
        if 0 < self.landings < FEW_LANDINGS:
            count = words["landings"][self.landings != 1].format(n=self.landings)
            self.write(self.paper, left, y, count, 6.8, color=theme.grey)
        region = self.map_data.summary.get("regions", {}).get(self.region)
        if region is not None:
            at = (left, top - 46.0) if not self.sheet.below else (left, top - 33.0)
            if region.get("share_of_home") is not None:
                self.regions_head(at[0], at[1] + 5.2 + 8.0) if not self.sheet.below else None
            self.region_box(self.region, region, at[0], at[1], self.panel_width, self.full_scale([region]))
