"""The landing map: one sheet that answers where boats come ashore, drawn from a run's folder alone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from driftsim.errors import InputError
from driftsim.maps.frame import Floats, bbox, fit, spread
from driftsim.maps.headings import footlines, has_seasons, headlines
from driftsim.maps.material import Material, read_material
from driftsim.maps.outline import source_outline
from driftsim.maps.ribbon import (
    SINGLE_KM,
    Chain,
    class_of,
    density_classes,
    ribbon_polygons,
    ribbon_width_mm,
)
from driftsim.maps.sheet import Sheet, rectangle
from driftsim.maps.style import (
    ARROW_KEY_MM,
    BODY_LEADING,
    FOOT_LEADING,
    FOOT_SIZE,
    HEAD_LEADING,
    HEAD_SIZE,
    MARGIN_LEFT,
    PANEL_GAP,
    PANEL_WIDTH,
    STYLE,
)
from driftsim.maps.text import interval, interval_words, number, percent, readable
from driftsim.maps.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

KEY_REGIONS = ("aomori", "akita", "noto", "fukui")

INLAND_MM = 1.1

LEGEND_HEIGHT = 34.0

BOX_HEIGHT, BOX_GAP = 15.5, 2.2

FEW_LANDINGS = 50
"""Below this the number of landings is printed beside the scale."""


def landing_map(
    run: Path | str | Any,
    out: Path | str | None = None,
    *,
    lang: str = "en",
    sea_name: str = "Sea of Japan",
    dpi: int = 200,
) -> Path:
    """Draw ``landing_map.png``.

    Parameters
    ----------
    run : path, Run, Result or Material
        Folder of a run; or a run that has been read or made in memory; or what `read_material` made of it.
    out : path, optional
        File to write; by default ``landing_map.png`` in the folder.
    lang : str
        Language of the words; so far ``"en"``.
    sea_name : str
        Name printed on the sea; empty for none.
    dpi : int
        Pixels per inch, 50 to 1200; at 200 the sheet is about 1340 pixels wide.

    Returns
    -------
    Path
        The file written. Equal results give equal bytes.

    Raises
    ------
    InputError
        If the folder lacks the results, or the language is unknown.
    """
    import matplotlib.style

    if not 50 <= dpi <= 1200:
        raise InputError(f"dpi = {dpi}: take a value from 50 to 1200 pixels per inch")
    if out is None:
        folder = run if isinstance(run, Path | str) else getattr(run, "path", None)
        if folder is None:
            raise InputError("landing_map: say where to write the picture (out=...) of a run that has no folder")
        out = Path(folder) / "landing_map.png"
    figure = landing_figure(run, lang=lang, sea_name=sea_name)
    out = Path(out)
    whole = out.with_name(out.name + ".part")
    # No Software or date entry: the bytes must follow from the results alone.
    with matplotlib.style.context(["default", STYLE], after_reset=True):
        figure.savefig(whole, format="png", dpi=dpi, metadata={"Software": None})
    whole.replace(out)
    return out


def landing_figure(run: Path | str | Any, *, lang: str = "en", sea_name: str = "Sea of Japan") -> Figure:
    """The sheet as a matplotlib figure; parameters and errors as for `landing_map`."""
    import matplotlib.style

    if lang not in WORDS:
        raise InputError(f"lang = {lang!r}: no words for it; there is {', '.join(repr(key) for key in WORDS)}")
    material = run if isinstance(run, Material) else read_material(run)
    # Whatever the user has set up for their own figures must not leak into this one.
    with matplotlib.style.context(["default", STYLE], after_reset=True):
        return LandingSheet(material, words_of(lang, material), sea_name).draw()


def words_of(lang: str, material: Material) -> dict[str, Any]:
    """The words of a language, for the direction of the run."""
    words = WORDS[lang]
    return {**words, **words["backward"]} if material.backward else words


class LandingSheet(Sheet):
    """The landing map while it is being drawn."""

    def __init__(self, material: Material, words: dict[str, Any], sea_name: str) -> None:
        self.kind = "season" if has_seasons(material.summary) else "mean"
        least = 1000.0 / (SINGLE_KM * int(material.summary["boats"]))
        self.classes = density_classes(material.ribbon.density, material.ribbon.width_km, least)
        self.head, self.foot = headlines(material, words), footlines(material, words)
        frame = fit(material.domain, bottom=9.0 + FOOT_LEADING * len(self.foot))
        height = frame.bottom + frame.height + 4.2 + HEAD_LEADING * len(self.head[0])
        height += BODY_LEADING * len(self.head[1])
        super().__init__(material, frame, height, words, sea_name)

    def draw(self) -> Figure:
        """Everything, from the sea upwards."""
        polygons, density, chains = ribbon_polygons(self.frame, self.material.ribbon, self.classes)
        self.sea_and_land()
        self.graticule()
        self._sources()
        self._ribbon(polygons, density)
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
        shapes = {name: source_outline(lon, lat, self.frame) for name, (_, lon, lat) in self.material.sources.items()}
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

    def _source_names(self, shapes: dict[str, Any]) -> None:
        """Names in or beside their shapes, largest share first; where all places are taken the footer has to do."""
        theme = self.theme
        style: dict[str, Any] = {"color": theme.source, "linespacing": 1.15, "zorder": 6, "halo": theme.sea}
        for name in sorted(shapes, key=lambda key: -self.material.sources[key][0]):
            share = self.material.sources[name][0]
            label, size = readable(name), 6.8 if share >= 0.1 else 6.0
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

    def _ribbon(self, polygons: list[Floats], density: Floats) -> None:
        from matplotlib.collections import PolyCollection

        theme = self.theme
        if polygons:
            colors = [theme.ramp[i] for i in class_of(density, self.classes)]
            self.map.add_collection(
                PolyCollection(polygons, facecolors=colors, edgecolors=colors, linewidths=0.25, zorder=3, gid="ribbon"),
                autolim=False,
            )

    def _regions(self, chains: list[Chain]) -> None:
        """The four regions: a box each at the height of its coast, a leader line to where most boats come ashore."""
        theme = self.theme
        f, regions = self.frame, self.material.summary.get("regions", {})
        anchors = {key: self._anchor(key, chains) for key in KEY_REGIONS if key in regions}
        floor, ceiling = f.bottom + 5.0, f.bottom + f.height - LEGEND_HEIGHT
        height = {key: anchor[1] if anchor else floor for key, anchor in anchors.items()}
        keys = sorted(height, key=lambda key: -height[key])
        centres = spread([height[key] for key in keys], BOX_HEIGHT, BOX_GAP, floor, ceiling - 8.5)
        left = f.left + f.width + PANEL_GAP
        top = centres[0] + BOX_HEIGHT / 2 if keys else ceiling
        self.write(self.paper, left, top + 5.2, self.words["regions"], 7.8, weight="bold")
        self.write(
            self.paper,
            left,
            top + 1.9,
            self.words["season" if self.kind == "season" else "sampling"],
            6.8,
            color=theme.grey,
        )
        full = _full_scale([regions[key] for key in keys], self.kind)
        for key, centre in zip(keys, centres, strict=True):
            self._region_box(key, regions[key], left, centre, full)
            anchor = anchors[key]
            if anchor is not None:
                self._leader(anchor, left, centre)
        if keys:
            rest = _rest_of_japan([regions[key] for key in keys])
            y = centres[-1] - BOX_HEIGHT / 2 - 3.6
            self.write(self.paper, left, y, self.words["rest"].format(value=percent(rest)), 6.8, color=theme.grey)

    def _region_box(self, key: str, region: dict[str, Any], left: float, centre: float, full: float) -> None:
        theme = self.theme
        value, (low, high) = number(region, "share_of_japan"), interval(region, "share_", self.kind)
        bottom = centre - BOX_HEIGHT / 2
        box = rectangle(left, bottom, PANEL_WIDTH, BOX_HEIGHT, theme.paper, zorder=11, gid=f"box-{key}")
        box.set(edgecolor=theme.faint, linewidth=0.6)
        self.paper.add_patch(box)
        name = f"{region.get('name', key.title())} {percent(value)} {interval_words(low, high)}".rstrip()
        self.write(self.paper, left + 2.0, bottom + 10.6, name, 9.6, weight="bold", zorder=12, gid=f"label-{key}")
        self._range_bar(left + 2.0, bottom + 7.6, PANEL_WIDTH - 4.0, value, low, high, full)
        chance = f"{percent(number(region, 'probability'))} {interval_words(*interval(region, '', self.kind))}".strip()
        words = self.words["probability"].format(value=chance)
        self.write(self.paper, left + 2.0, bottom + 2.4, words, 6.8, color=theme.grey, zorder=12)

    def _range_bar(self, x: float, y: float, width: float, value: float, low: float, high: float, full: float) -> None:
        """Share and its range on an axis from 0 that the four boxes have in common."""
        theme = self.theme
        line: dict[str, Any] = {"solid_capstyle": "butt", "zorder": 12}
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

    def _anchor(self, key: str, chains: list[Chain]) -> tuple[float, float] | None:
        """Point inland of the densest bin of a region (the middle one where nothing landed), if the map shows it."""
        from driftsim.coast.regions import REGIONS

        ribbon = self.material.ribbon
        best = None
        for chain in chains:
            inside = np.isin(ribbon.stretch[chain.rows], REGIONS[key].stretches)
            for k in np.flatnonzero(inside):
                rank = (ribbon.density[chain.rows[k]], inside.sum(), -abs(k - np.median(np.flatnonzero(inside))))
                if best is None or rank > best[0]:
                    best = (rank, chain.xy[k] - INLAND_MM * chain.normal[k])
        f = self.frame
        if best is None:
            return None
        x, y = (float(c) for c in best[1])
        return (x, y) if f.left < x < f.left + f.width and f.bottom < y < f.bottom + f.height else None

    def _legend(self) -> None:
        theme = self.theme
        f, words = self.frame, self.words
        left, top = f.left + f.width + PANEL_GAP, f.bottom + f.height
        self.write(self.paper, left, top - 2.6, words["scale"], 7.8, weight="bold")
        if not self.classes:
            self.write(self.paper, left, top - 6.2, words["no_landings"], 6.8, color=theme.grey)
        else:
            self.write(self.paper, left, top - 6.0, words["scale_unit"], 6.8, color=theme.grey)
            step, base = PANEL_WIDTH / len(self.classes), top - 13.2
            for k, (bound, color) in enumerate(zip(self.classes, theme.ramp, strict=True)):
                height = float(ribbon_width_mm(np.array([bound]), self.classes)[0])
                self.paper.add_patch(rectangle(left + k * step, base, step, height, color, zorder=11, gid=f"class-{k}"))
                more = "+" if k == len(self.classes) - 1 and self.material.ribbon.density.max() > bound else ""
                self.write(
                    self.paper,
                    left + (k + 1) * step,
                    base - 2.9,
                    f"{bound:g}{more}",
                    6.2,
                    color=theme.grey,
                    ha="right",
                )
        y = top - 20.5
        few = landing_count(self.material.summary)
        if self.classes and few is not None and few < FEW_LANDINGS:
            self.write(self.paper, left, top - 20.2, words["landings"][few != 1].format(n=few), 6.8, color=theme.grey)
            y -= 4.2
        swatch = rectangle(left, y - 1.1, ARROW_KEY_MM, 2.2, "none", zorder=11, gid="key-source")
        swatch.set(edgecolor=theme.source, linewidth=0.8, linestyle=(0, (3, 1.8)))
        self.paper.add_patch(swatch)
        self.write(self.paper, left + ARROW_KEY_MM + 1.8, y - 0.8, words["source_key"], 6.8, color=theme.grey)
        y -= 4.2
        for name, color in (("current", theme.current), ("wind", theme.wind)):
            if name in self.keys:
                self.arrow_key(left, y, color, words[name].format(speed=self.keys[name]))
                y -= 3.8

    def head_and_foot(self) -> None:
        """Heading above, caveats and credits below."""
        theme = self.theme
        y = self.frame.bottom + self.frame.height + 2.4
        for line in reversed(self.head[1]):
            self.write(self.paper, MARGIN_LEFT, y, line, 8.2, color=theme.grey)
            y += BODY_LEADING
        y += 1.8
        for line in reversed(self.head[0]):
            self.write(self.paper, MARGIN_LEFT, y, line, HEAD_SIZE, weight="bold")
            y += HEAD_LEADING
        for k, line in enumerate(self.foot):
            y = self.frame.bottom - 8.0 - FOOT_LEADING * k
            self.write(self.paper, MARGIN_LEFT, y, line, FOOT_SIZE, color=theme.grey)


def landing_count(summary: dict[str, Any]) -> int | None:
    """Boats that came ashore anywhere; None if the summary does not say."""
    ends = summary.get("outcomes")
    if not ends:
        return None
    return sum(n for name, n in ends.items() if name not in ("adrift", "sunk") and not name.startswith("left_"))


def _full_scale(regions: Sequence[dict[str, Any]], kind: str) -> float:
    """End of the axis that the range bars have in common: a little beyond the largest value."""
    values = [x for of in regions for x in (number(of, "share_of_japan"), *interval(of, "share_", kind))]
    return 1.05 * max([x for x in values if np.isfinite(x)] + [1e-3])


def _rest_of_japan(regions: Sequence[dict[str, Any]]) -> float:
    shares = [number(region, "share_of_japan") for region in regions]
    return max(0.0, 1.0 - float(np.nansum(shares))) if np.isfinite(shares).any() else math.nan
