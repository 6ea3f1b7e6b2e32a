"""The sheet while it is being drawn: a map with sea, land and names, in millimetres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from driftsim.maps.arrows import key_speed, thinned
from driftsim.maps.frame import Frame, bbox, land_polygons, scale_bar_km
from driftsim.maps.material import Material
from driftsim.maps.style import ARROW_KEY_MM, LIGHT, SHEET_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

SEA_PLACES = ((132.6, 37.8), (134.3, 37.3), (136.4, 40.7), (135.2, 42.3), (137.3, 43.6), (131.0, 36.2))


def rectangle(x: float, y: float, width: float, height: float, color: str, **style: Any) -> Any:
    """A filled rectangle without an edge, mm."""
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=color, edgecolor="none", **style)


class Sheet:
    """A figure while it is being drawn: the sheet in mm, the map inside it.

    Attributes
    ----------
    figure : Figure
    map, paper : Axes
        The map's own, which cuts off what lies beyond its edge, and the whole sheet's; both in mm of the sheet.
    taken : list of Bbox
        Where words stand already.
    """

    def __init__(self, material: Material, frame: Frame, height: float, words: dict[str, Any], sea_name: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from driftsim.coast import shoreline

        self.material, self.frame, self.height = material, frame, height
        self.words, self.sea_name, self.theme = words, sea_name, LIGHT
        self.coast = shoreline.load()
        self.keys: dict[str, float] = {}
        self.taken: list[Any] = []
        self.areas: list[Any] = []
        self.figure = Figure(figsize=(SHEET_WIDTH / 25.4, self.height / 25.4), facecolor=self.theme.paper)
        FigureCanvasAgg(self.figure)
        self.map = self.axes(self.frame.left, self.frame.bottom, self.frame.width, self.frame.height)
        self.paper = self.axes(0.0, 0.0, SHEET_WIDTH, self.height)

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes without an axis, in mm of the sheet."""
        place = (left / SHEET_WIDTH, bottom / self.height, width / SHEET_WIDTH, height / self.height)
        axes = self.figure.add_axes(place)
        axes.set(xlim=(left, left + width), ylim=(bottom, bottom + height))
        axes.set_axis_off()
        return axes

    def write(self, axes: Axes, x: float, y: float, words: str, size: float, **style: Any) -> Text:
        """Set words at a place in mm, size in points; ``halo`` is the colour around the letters."""
        theme = self.theme
        style = {"color": theme.ink, "ha": "left", "va": "baseline", "fontfamily": "DejaVu Sans", **style}
        halo = style.pop("halo", None)
        text = axes.text(x, y, words, fontsize=size, parse_math=False, **style)
        if halo:
            from matplotlib.patheffects import withStroke

            text.set_path_effects([withStroke(linewidth=1.8, foreground=halo)])
        return text

    def placed(self, text: Text, clear_of: Sequence[Any] = ()) -> bool:
        """True, and the room is taken, if a text lies within the map and on no other."""
        box = self.extent(text, pad=0.4)
        f = self.frame
        inside = box.x0 > f.left and box.x1 < f.left + f.width and box.y0 > f.bottom and box.y1 < f.bottom + f.height
        if not inside or any(box.overlaps(other) for other in (*self.taken, *clear_of)):
            return False
        self.taken.append(box)
        return True

    def extent(self, text: Text, pad: float = 0.0) -> Any:
        """Bounding box of a text in sheet mm."""
        box = text.get_window_extent().transformed(self.paper.transData.inverted())
        return box.padded(pad)

    def sea_and_land(self) -> None:
        """Sea, land and the frame around them."""
        from matplotlib.collections import PolyCollection
        from matplotlib.patches import Rectangle

        theme, f = self.theme, self.frame
        self.map.add_patch(
            Rectangle((f.left, f.bottom), f.width, f.height, facecolor=theme.sea, edgecolor="none", zorder=0)
        )
        land = land_polygons(self.coast.polygons, f)
        self.map.add_collection(
            PolyCollection(land, facecolors=theme.land, edgecolors=theme.shore, linewidths=0.35, zorder=4, gid="land"),
            autolim=False,
        )
        self.paper.add_patch(
            Rectangle(
                (f.left, f.bottom),
                f.width,
                f.height,
                facecolor="none",
                edgecolor=theme.grey,
                linewidth=0.6,
                zorder=9,
            )
        )

    def graticule(self) -> None:
        """Meridians and parallels with their degrees."""
        theme, f = self.theme, self.frame
        step = next(s for s in (1, 2, 5, 10) if (f.north - f.south) / s <= 6.0)
        thin: dict[str, Any] = {"color": theme.faint, "linewidth": 0.35, "zorder": 1}
        for lon in range(math.ceil(f.west / step) * step, math.floor(f.east) + 1, step):
            x = float(f.x(lon))
            self.map.plot([x, x], [f.bottom, f.bottom + f.height], **thin)
            self.write(self.paper, x, f.bottom - 3.2, f"{lon}°E", 6.5, color=theme.grey, ha="center")
        for lat in range(math.ceil(f.south / step) * step, math.floor(f.north) + 1, step):
            y = float(f.y(lat))
            self.map.plot([f.left, f.left + f.width], [y, y], **thin)
            self.write(self.paper, f.left - 1.2, y, f"{lat}°N", 6.5, color=theme.grey, ha="right", va="center")

    def arrows(self) -> None:
        """Mean current on a fine raster, mean wind on a coarse one; none where words stand."""
        theme = self.theme
        for name, color, spacing, width in (
            ("wind", theme.wind, 19.0, 0.0032),
            ("current", theme.current, 6.2, 0.0019),
        ):
            if name in self.material.arrows:
                x, y, u, v = thinned(self.frame, *self.material.arrows[name], spacing)
                key = key_speed(np.hypot(u, v))
                along = np.array([-0.5, 0.0, 0.5])[:, None] * ARROW_KEY_MM / key
                free = np.ones(x.size, bool)
                for px, py in zip(x + along * u, y + along * v, strict=True):
                    for box in self.taken:
                        free &= ~((px > box.x0) & (px < box.x1) & (py > box.y0) & (py < box.y1))
                self.map.quiver(
                    x[free], y[free], u[free], v[free], color=color, angles="uv", units="width", width=width, zorder=2,
                    scale_units="x", scale=key / ARROW_KEY_MM, pivot="middle", headwidth=4.0, headlength=4.5,
                    headaxislength=4.0, minlength=0.6, gid=name,
                )  # fmt: skip
                self.keys[name] = key

    def names(self) -> None:
        """The sea first, at the first of its places that is free; then countries and straits, where they fit."""
        theme = self.theme
        centred: dict[str, Any] = {"ha": "center", "va": "center", "linespacing": 1.1, "zorder": 5}
        sea = {**centred, "color": theme.water, "style": "italic", "halo": theme.sea}
        for lon, lat in SEA_PLACES if self.sea_name else ():
            x, y = float(self.frame.x(lon)), float(self.frame.y(lat))
            text = self.write(self.map, x, y, self.sea_name, 14.0, fontfamily="STIXGeneral", gid="sea", **sea)
            if self.placed(text, clear_of=self.areas):
                break
            text.remove()
        for kind, size, style in (
            ("places", 6.2, {**centred, "color": theme.grey, "halo": theme.land}),
            ("waters", 6.6, sea),
        ):
            for name, lon, lat in self.words[kind]:
                text = self.write(self.map, float(self.frame.x(lon)), float(self.frame.y(lat)), name, size, **style)
                if not self.placed(text):
                    text.remove()

    def scale_bar(self) -> None:
        """At the lower right, where the Pacific is; its length holds at the middle latitude."""
        theme, f = self.theme, self.frame
        km = scale_bar_km(f)
        length = km * f.mm_per_km
        x, y = f.left + f.width - length - 7.5, f.bottom + 3.6
        for k, color in enumerate((theme.ink, theme.paper)):
            bar = rectangle(x + k * length / 2, y, length / 2, 0.8, color, zorder=7, gid=f"scale-bar-{k}")
            bar.set(edgecolor=theme.ink, linewidth=0.4)
            self.map.add_patch(bar)
        small: dict[str, Any] = {"size": 6.2, "zorder": 7, "halo": theme.sea}
        for part in (0.0, 0.5, 1.0):
            self.write(self.map, x + part * length, y + 1.6, f"{km * part:g}", ha="center", **small)
        self.write(self.map, x + length + 1.2, y - 0.5, "km", **small)
        self.taken.append(bbox(x - 2.0, y - 1.0, x + length + 5.5, y + 4.2))

    def arrow_key(self, left: float, y: float, color: str, words: str) -> None:
        """An arrow of the key's length, and what it stands for."""
        from matplotlib.patches import FancyArrow

        theme = self.theme
        arrow = FancyArrow(
            left, y, ARROW_KEY_MM, 0.0, width=0.28, head_width=1.1, head_length=1.3, length_includes_head=True
        )
        arrow.set(facecolor=color, edgecolor="none", zorder=11)
        self.paper.add_patch(arrow)
        self.write(self.paper, left + ARROW_KEY_MM + 1.8, y - 0.8, words, 6.8, color=theme.grey)
