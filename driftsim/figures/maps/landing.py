"""The landing map: one sheet that answers where boats come ashore, drawn from a run's folder alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from driftsim.figures.maps.frame import bbox, spread
from driftsim.figures.maps.headings import shown_source
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.outline import source_outline
from driftsim.figures.maps.ribbon import SINGLE_KM, Chain, density_classes, ribbon_polygons, ribbon_width_mm
from driftsim.figures.maps.sheet import MapSheet, Sheet, rectangle
from driftsim.figures.maps.style import ARROW_KEY_MM, Look
from driftsim.figures.maps.text import interval, interval_words, number, percent
from driftsim.results import answer
from driftsim.words import region_name as named_region

from ...system.kinds import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

INLAND_MM = 1.1

LEGEND_HEIGHT = 34.0

BOX_HEIGHT, BOX_GAP = 15.5, 2.2
PANEL_BELOW = 72.0

FEW_LANDINGS = 50
"""Below this the number of landings is printed beside the scale."""


class RegionFlags(Sheet):
    """Regions named on the map."""

    def flag(self, anchor: tuple[float, float], name: str) -> None:
        """A region's name inland of its coast, with a line to it."""
        theme, (x, y) = self.theme, anchor
        style: Json = {"weight": "bold", "va": "center", "halo": theme.land, "zorder": 10.6}
        for dx, dy in ((4.0, 0.0), (4.0, -3.0), (4.0, 3.0), (7.0, -5.0), (2.0, -7.0), (9.0, 0.0)):
            text = self.write(self.map, x + dx, y + dy, name, 6.8, **style)
            if self.placed(text):
                self.map.plot([x, x + dx - 0.5], [y, y + dy], color=theme.ink, linewidth=0.6, zorder=10.5)
                break
            text.remove()
        self.map.plot(
            x, y, "o", color=theme.ink, markersize=2.4, markeredgecolor=theme.paper, markeredgewidth=0.5, zorder=10.6
        )

    def anchor(self, key: str, chains: list[Chain]) -> tuple[float, float] | None:
        """Point inland of the densest bin of a region (the middle one where nothing landed), if the map shows it."""
        ribbon = self.map_data.ribbon
        best = None
        holds = self._bins_of(key)
        for chain in chains:
            inside = holds[chain.rows]
            for k in np.flatnonzero(inside):
                rank = (ribbon.density[chain.rows[k]], inside.sum(), -abs(k - np.median(np.flatnonzero(inside))))
                if best is None or rank > best[0]:
                    best = (rank, chain.xy[k] - INLAND_MM * chain.normal[k])
        f = self.frame
        if best is None:
            return None
        x, y = (float(c) for c in best[1])
        return (x, y) if f.left < x < f.left + f.width and f.bottom < y < f.bottom + f.height else None

    def _bins_of(self, key: str) -> NDArray[np.bool_]:
        """Which bins of the ribbon lie in a region."""
        ribbon = self.map_data.ribbon
        if answer.is_own(self.map_data.summary, key):
            from driftsim.area.own_regions import Landings, members

            # The ribbon numbers the lines in the order of their names.
            line_names = () if self.map_data.coast is None else tuple(sorted(self.map_data.coast.line_names))
            places = Landings(ribbon.lon, ribbon.lat, ribbon.line, ribbon.km, line_names)
            return members([self.map_data.area.own[key]], places)[:, 0]
        mine: NDArray[np.bool_] = np.isin(ribbon.stretch, self.map_data.summary["regions"][key]["stretches"])
        return mine

    def region_name(self, key: str) -> str:
        """Name of a region in the language of the words."""
        return named_region(self.words, key, self.map_data.summary.get("regions", {}).get(key, {}).get("name"))


class RegionBox(RegionFlags):
    """Boxes with what leads of a region, its share or its probability, and the other in small letters."""

    @property
    def kind(self) -> str:
        """Of what the ranges are: ``season``, ``mean`` or ``counting``."""
        return answer.range_kind(self.map_data.summary)

    @property
    def shares_lead(self) -> bool:
        """Whether shares of the landings stand first."""
        return answer.shares_lead(self.map_data.summary)

    def ends(self, region: Json, prefix: str) -> tuple[float, float]:
        """Ends of the range that may stand beside a number: none of counting alone."""
        if self.kind == "counting":
            return math.nan, math.nan
        return interval(region, prefix, self.kind)

    def regions_head(self, left: float, y: float) -> None:
        """What the boxes tell, and of what their ranges are."""
        self.write(self.paper, left, y, self.words["regions" if self.shares_lead else "reach"], 7.8, weight="bold")
        if self.kind != "counting":
            self.write(self.paper, left, y - 3.3, self.words[self.kind], 6.8, color=self.theme.grey)

    def region_box(self, key: str, region: Json, left: float, centre: float, width: float, full: float) -> None:
        """A box about `centre` (mm): name, share, range, probability."""
        theme = self.theme
        prefix, key_of = ("share_", "share_of_home") if self.shares_lead else ("", "probability")
        value, (low, high) = number(region, key_of), self.ends(region, prefix)
        bottom = centre - BOX_HEIGHT / 2
        box = rectangle(left, bottom, width, BOX_HEIGHT, theme.paper, zorder=11, gid=f"box-{key}")
        box.set(edgecolor=theme.faint, linewidth=0.6)
        self.paper.add_patch(box)
        name = f"{self.region_name(key)} {percent(value)} {interval_words(low, high)}".rstrip()
        size = 9.6 if width > 40.0 else 8.2
        style: Json = {"weight": "bold", "zorder": 12, "gid": f"label-{key}"}
        text = self.write(self.paper, left + 2.0, bottom + 10.6, name, size, **style)
        while self.extent(text).x1 > left + width - 1.0 and size > 5.0:  # long names in smaller letters
            size -= 0.4
            text.set_fontsize(size)
        self._range_bar(left + 2.0, bottom + 7.6, width - 4.0, value, low, high, full)
        self.write(self.paper, left + 2.0, bottom + 2.4, self._below(region), 6.8, color=theme.grey, zorder=12)

    def _below(self, region: Json) -> str:
        """What does not lead: the counting error, else the probability below a share or the share below it."""
        if self.kind == "counting":
            around = interval_words(*interval(region, "", "mean")).strip("()")
            return str(self.words["counting"].format(range=f"{around} %"))
        if not self.shares_lead and region.get("share_of_home") is None:
            return ""  # a coast abroad has no share
        prefix, key, form = (
            ("", "probability", "probability") if self.shares_lead else ("share_", "share_of_home", "of_landings")
        )
        value = f"{percent(number(region, key))} {interval_words(*self.ends(region, prefix))}".strip()
        return str(self.words[form].format(value=value))

    def _range_bar(self, x: float, y: float, width: float, value: float, low: float, high: float, full: float) -> None:
        """Share and its range on an axis from 0 that the boxes have in common."""
        theme = self.theme
        line: Json = {"solid_capstyle": "butt", "zorder": 12}
        self.paper.plot([x, x + width], [y, y], color=theme.track, linewidth=3.2, **line)
        if np.isfinite([low, high]).all():
            self.paper.plot(
                [x + width * low / full, x + width * high / full],
                [y, y],
                color=theme.ramp[2],
                linewidth=3.2,
                **line,
            )
        if np.isfinite(value):
            self.paper.plot([x + width * value / full] * 2, [y - 1.0, y + 1.0], color=theme.ink, linewidth=1.2, **line)

    def full_scale(self, regions: Sequence[Json]) -> float:
        """End of the axis that the range bars have in common: a little beyond the largest value."""
        prefix, key = ("share_", "share_of_home") if self.shares_lead else ("", "probability")
        values = [x for of in regions for x in (number(of, key), *self.ends(of, prefix))]
        return 1.05 * max([x for x in values if np.isfinite(x)] + [1e-3])


class LandingSheet(MapSheet, RegionBox):
    """The landing map while it is being drawn."""

    def __init__(self, map_data: MapData, look: Look) -> None:
        least = 1000.0 / (SINGLE_KM * int(map_data.summary["boats"]))
        self.classes = density_classes(map_data.ribbon.density, map_data.ribbon.width_km, least)
        super().__init__(map_data, look, "", map_data.domain, PANEL_BELOW, ends=True)

    def draw(self) -> Figure:
        """Everything, from the sea upwards."""
        polygons, density, chains = ribbon_polygons(self.frame, self.map_data.ribbon, self.classes)
        self.sea_and_land()
        self.graticule()
        self._sources()
        self.ribbon(polygons, density)
        if self.sheet.below:
            self._regions_below(chains)
        else:
            self._regions(chains)
        self.scale_bar()
        self.names()
        self.arrows()
        self._legend()
        self.head_and_foot()
        return self.figure

    def _sources(self) -> None:
        import shapely
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        theme = self.theme
        shapes = {name: source_outline(lon, lat, self.frame) for name, (_, lon, lat) in self.map_data.sources.items()}
        for shape in shapes.values():
            for part in shapely.get_parts(shape):
                outline = Outline(shapely.get_coordinates(part.exterior), closed=True)
                self.map.add_patch(PathPatch(outline, facecolor=theme.source, edgecolor="none", alpha=0.10, zorder=2.4))
                self.map.add_patch(
                    PathPatch(
                        outline,
                        facecolor="none",
                        edgecolor=theme.source,
                        linewidth=0.8,
                        linestyle=(0, (3, 1.8)),
                        zorder=5,
                    )
                )
        self._source_names(shapes)
        self.areas = [bbox(*shape.bounds) for shape in shapes.values()]

    def _source_names(self, shapes: Json) -> None:
        """Names in or beside their shapes, largest share first; where all places are taken the footer has to do."""
        theme = self.theme
        style: Json = {"color": theme.source, "linespacing": 1.15, "zorder": 6, "halo": theme.sea}
        for name in sorted(shapes, key=lambda key: -self.map_data.sources[key][0]):
            share = self.map_data.sources[name][0]
            label, size = shown_source(name, list(shapes).index(name), self.words), 6.8 if share >= 0.1 else 6.0
            if share >= 0.1:
                label += "\n" + self.words["source"].format(share=percent(share))
            left, low, right, high = shapes[name].bounds
            x, y = 0.5 * (left + right), 0.5 * (low + high)
            for at, ha, va in (
                ((x, y), "center", "center"),
                ((x, high + 0.8), "center", "bottom"),
                ((x, low - 0.8), "center", "top"),
                ((left - 0.8, y), "right", "center"),
                ((right + 0.8, y), "left", "center"),
            ):
                text = self.write(self.map, *at, label, size, ha=ha, va=va, **style)
                box = self.extent(text)
                fits = (ha, va) != ("center", "center") or (box.width < right - left and box.height < high - low)
                if fits and self.placed(text):
                    break
                text.remove()

    def _regions(self, chains: list[Chain]) -> None:
        """The regions that lead: a box each at the height of its coast, a line to where most boats come ashore."""
        theme = self.theme
        f, regions = self.frame, self.map_data.summary.get("regions", {})
        anchors = {key: self.anchor(key, chains) for key in answer.leading(self.map_data.summary)}
        floor, ceiling = f.bottom + 5.0, f.bottom + f.height - LEGEND_HEIGHT
        height = {key: anchor[1] if anchor else floor for key, anchor in anchors.items()}
        keys = sorted(height, key=lambda key: -height[key])
        centres = spread([height[key] for key in keys], BOX_HEIGHT, BOX_GAP, floor, ceiling - 8.5)
        left = self.panel[0]
        top = centres[0] + BOX_HEIGHT / 2 if keys else ceiling
        if not keys:
            return
        self.regions_head(left, top + 5.2)
        full = self.full_scale([regions[key] for key in keys])
        for key, centre in zip(keys, centres, strict=True):
            self.region_box(key, regions[key], left, centre, self.sheet.panel, full)
            anchor = anchors[key]
            if anchor is not None:
                self._leader(anchor, left, centre)
        y = centres[-1] - BOX_HEIGHT / 2 - 3.6
        self.write(self.paper, left, y, self._rest(keys), 6.8, color=theme.grey)

    def _rest(self, keys: Sequence[str]) -> str:
        """What the boxes leave out of the home country; nothing is said where there is none."""
        regions, shares = self.map_data.summary["regions"], self.shares_lead
        summary = self.map_data.summary
        if not answer.home(summary):
            return ""
        of = [regions[key] for key in keys if answer.at_home(summary, key)]
        home = regions.get(answer.home(summary), {})
        whole = 1.0 if shares else number(home, "probability")
        rest = whole - sum(number(region, "share_of_home" if shares else "probability") for region in of)
        return str(self.words["rest"].format(value=percent(max(rest, 0.0) if math.isfinite(rest) else math.nan)))

    def _regions_below(self, chains: list[Chain]) -> None:
        """The regions that lead in two rows below the map, named on their coasts."""
        regions, (left, top) = self.map_data.summary.get("regions", {}), self.panel
        keys = answer.leading(self.map_data.summary)
        if not keys:
            return
        full = self.full_scale([regions[key] for key in keys])
        width = 0.5 * (self.sheet.text_width - BOX_GAP)
        top -= 24.0
        self.regions_head(left, top)
        for k, key in enumerate(keys):
            centre = top - 6.5 - BOX_HEIGHT / 2 - (k // 2) * (BOX_HEIGHT + BOX_GAP)
            self.region_box(key, regions[key], left + (k % 2) * (width + BOX_GAP), centre, width, full)
            anchor = self.anchor(key, chains)
            if anchor is not None:
                self.flag(anchor, self.region_name(key))
        y = top - 6.5 - 2 * BOX_HEIGHT - BOX_GAP - 3.6
        self.write(self.paper, left, y, self._rest(keys), 6.8, color=self.theme.grey)

    def _leader(self, anchor: tuple[float, float], left: float, centre: float) -> None:
        """From the box straight to the map's edge, then across to the coast."""
        theme = self.theme
        knee = self.frame.left + self.frame.width - 1.5
        path = [[left, knee, anchor[0]], [centre, centre, anchor[1]]]
        for t in np.linspace(0.0, 1.0, 40):  # no name and no arrow under the line
            x, y = anchor[0] + t * (knee - anchor[0]), anchor[1] + t * (centre - anchor[1])
            self.taken.append(bbox(x - 0.8, y - 0.8, x + 0.8, y + 0.8))
        self.paper.plot(*path, color=theme.paper, linewidth=1.8, alpha=0.8, zorder=10, solid_capstyle="round")
        self.paper.plot(*path, color=theme.ink, linewidth=0.6, zorder=10.5, solid_joinstyle="round")
        self.paper.plot(
            *anchor,
            "o",
            color=theme.ink,
            markersize=2.4,
            markeredgecolor=theme.paper,
            markeredgewidth=0.5,
            zorder=10.6,
        )

    def _legend(self) -> None:
        theme, words, (left, top) = self.theme, self.words, self.panel
        self.write(self.paper, left, top - 2.6, words["scale"], 7.8, weight="bold")
        if not self.classes:
            self.write(self.paper, left, top - 6.2, words["no_landings"], 6.8, color=theme.grey)
        else:
            self.write(self.paper, left, top - 6.0, words["scale_unit"], 6.8, color=theme.grey)
            heights = ribbon_width_mm(np.array(self.classes), self.classes)
            more = bool(self.map_data.ribbon.density.max() > self.classes[-1])
            self.scale_key(left, top - 13.2, self.sheet.panel or 35.0, heights, more)
        y = top - 20.5
        few = landing_count(self.map_data.summary)
        if self.classes and few is not None and few < FEW_LANDINGS:
            self.write(self.paper, left, top - 20.2, words["landings"][few != 1].format(n=few), 6.8, color=theme.grey)
            y -= 4.2
        if self.sheet.below:
            left, y = left + 39.0, top - 2.6
        swatch = rectangle(left, y - 1.1, ARROW_KEY_MM, 2.2, "none", zorder=11, gid="key-source")
        swatch.set(edgecolor=theme.source, linewidth=0.8, linestyle=(0, (3, 1.8)))
        self.paper.add_patch(swatch)
        self.write(self.paper, left + ARROW_KEY_MM + 1.8, y - 0.8, words["source_key"], 6.8, color=theme.grey)
        y -= 4.2
        for name, color in (("current", theme.current), ("wind", theme.wind)):
            if name in self.keys:
                self.arrow_key(left, y, color, words[name].format(speed=self.keys[name]))
                y -= 3.8


def landing_count(summary: Json) -> int | None:
    """Boats that came ashore anywhere; None if the summary does not say."""
    ends = summary.get("outcomes")
    if not ends:
        return None
    found: int | None = sum(
        n for name, n in ends.items() if name not in ("adrift", "sunk") and not name.startswith("left_")
    )
    return found
