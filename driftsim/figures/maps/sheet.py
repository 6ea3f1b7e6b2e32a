"""The sheet while it is being drawn: a map with sea, land and names, in millimetres."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from driftsim.figures.maps.arrows import key_speed, thinned
from driftsim.figures.maps.fonts import families
from driftsim.figures.maps.frame import Floats, Frame, bbox, fit, land_polygons, scale_bar_km
from driftsim.figures.maps.headings import footlines, headlines
from driftsim.figures.maps.map_data import MapData
from driftsim.figures.maps.ribbon import class_of
from driftsim.figures.maps.style import ARROW_KEY_MM, BODY_LEADING, FOOT_LEADING, FOOT_SIZE, HEAD_LEADING, Look
from driftsim.figures.maps.text import wrapped
from driftsim.system.text import clean

from ...system.kinds import Json

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import GraphicsContextBase, RendererBase
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import AbstractPathEffect
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox
    from numpy.typing import NDArray


def rectangle(x: float, y: float, width: float, height: float, color: str, **style: Any) -> Rectangle:
    """A filled rectangle without an edge, mm."""
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=color, edgecolor="none", **style)


@lru_cache(maxsize=1)
def _shown() -> type[Figure]:
    """matplotlib's figure, which a notebook shows also where pyplot has not been set up."""
    from matplotlib.figure import Figure

    class Shown(Figure):
        """A figure that notebooks show."""

        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            self.savefig(out, format="png", dpi=110)
            return out.getvalue()

    return Shown


def _halo(color: str) -> AbstractPathEffect:
    """A rim around letters; without the rounding to pixels that would take the strokes of 富山 away."""
    from matplotlib.patheffects import withStroke

    class Halo(withStroke):
        """The rim."""

        def draw_path(self, renderer: RendererBase, gc: GraphicsContextBase, *path: Any) -> None:
            """As the class above, not snapped."""
            gc.set_snap(False)
            super().draw_path(renderer, gc, *path)

    return Halo(linewidth=1.8, foreground=color)


def marks(low: float, high: float, step: float) -> list[float]:
    """Multiples of a step from low to high."""
    return [round(k * step, 6) for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


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

    def __init__(
        self, map_data: MapData, look: Look, head: tuple[list[str], list[str]], foot: list[str], top: float
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.map_data, self.look, self.head, self.foot = map_data, look, head, foot
        self.words, self.theme, self.sheet = look.words, look.theme, look.paper
        self.fonts = families(self.words["fonts"])
        self.coast = map_data.coast
        self.keys: dict[str, float] = {}
        self.areas: list[Bbox] = []
        self.classes: tuple[float, ...] = getattr(self, "classes", ())
        self.foot_top = 1.0 + FOOT_LEADING * len(foot)
        self.top = top
        self.height = top + 4.2 + HEAD_LEADING * len(head[0]) + BODY_LEADING * len(head[1])
        self.figure: Figure = _shown()(
            figsize=(self.sheet.width / 25.4, self.height / 25.4), facecolor=self.theme.paper
        )
        FigureCanvasAgg(self.figure)
        self.paper = self.axes(0.0, 0.0, self.sheet.width, self.height)
        self.paper.set_zorder(10)

    def put(self, frame: Frame) -> None:
        """Begin a map within a frame: what is drawn from now on is drawn there."""
        self.frame = frame
        self.map = self.axes(frame.left, frame.bottom, frame.width, frame.height)
        self.taken: list[Bbox] = []

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes without an axis, in mm of the sheet."""
        across, up = self.sheet.width, self.height
        place = (left / across, bottom / up, width / across, height / up)
        axes: Axes = self.figure.add_axes(place)
        axes.set(xlim=(left, left + width), ylim=(bottom, bottom + height))
        axes.set_axis_off()
        return axes

    def write(self, axes: Axes, x: float, y: float, words: str, size: float, **style: Any) -> Text:
        """Set words at a place in mm, size in points; ``halo`` is the colour around the letters."""
        theme = self.theme
        style = {"color": theme.ink, "ha": "left", "va": "baseline", "fontfamily": self.fonts, **style}
        halo = style.pop("halo", None)
        text = axes.text(x, y, clean(words), fontsize=size, parse_math=False, **style)
        if halo:
            text.set_path_effects([_halo(halo)])
        return text

    def placed(self, text: Text, clear_of: Sequence[Bbox] = ()) -> bool:
        """True, and the room is taken, if a text lies within the map and on no other."""
        box = self.extent(text, pad=0.4)
        f = self.frame
        inside = box.x0 > f.left and box.x1 < f.left + f.width and box.y0 > f.bottom and box.y1 < f.bottom + f.height
        if not inside or any(box.overlaps(other) for other in (*self.taken, *clear_of)):
            return False
        self.taken.append(box)
        return True

    def extent(self, text: Text, pad: float = 0.0) -> Bbox:
        """Bounding box of a text in sheet mm."""
        box = text.get_window_extent().transformed(self.paper.transData.inverted())
        return box.padded(pad)

    def sea_and_land(self, *, coarse: bool = False) -> None:
        """Sea, land and the frame around them; coarse for small maps."""
        from matplotlib.collections import PolyCollection
        from matplotlib.patches import Rectangle

        theme, f = self.theme, self.frame
        self.map.add_patch(
            Rectangle((f.left, f.bottom), f.width, f.height, facecolor=theme.sea, edgecolor="none", zorder=0)
        )
        land = []
        if self.coast is not None:
            land = land_polygons(self.coast.polygons_coarse if coarse else self.coast.polygons, f)
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

    def graticule(self, *, left: bool = True, below: bool = True) -> None:
        """Meridians and parallels with their degrees, where wanted."""
        theme, f = self.theme, self.frame
        step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10) if (f.north - f.south) / s <= 6.0)
        thin: Json = {"color": theme.faint, "linewidth": 0.35, "zorder": 1}
        for lon in marks(f.west, f.east, step):
            x = float(f.x(lon))
            self.map.plot([x, x], [f.bottom, f.bottom + f.height], **thin)
            if below:
                self.write(self.paper, x, f.bottom - 3.2, f"{lon:g}°E", 6.5, color=theme.grey, ha="center")
        for lat in marks(f.south, f.north, step):
            y = float(f.y(lat))
            self.map.plot([f.left, f.left + f.width], [y, y], **thin)
            if left:
                turn = 90.0 if step < 1.0 else 0.0  # long numbers would run off the sheet
                self.write(
                    self.paper,
                    f.left - 1.2,
                    y,
                    f"{lat:g}°N",
                    6.5,
                    color=theme.grey,
                    ha="right",
                    va="center",
                    rotation=turn,
                )

    def arrows(self, means: Json | None = None, spacings: tuple[float, float] = (19.0, 6.2)) -> None:
        """Mean current on a fine raster, mean wind on a coarse one; none where words stand. Keys once set are kept."""
        theme, means = self.theme, self.map_data.arrows if means is None else means
        for name, color, spacing, width in (
            ("wind", theme.wind, spacings[0], 0.344),
            ("current", theme.current, spacings[1], 0.204),
        ):
            if name in means:
                lon, lat, eastward, northward = means[name]
                x, y, u, v = thinned(self.frame, lon, lat, eastward, northward, spacing)
                key = self.keys.get(name) or key_speed(np.hypot(u, v))
                along = np.array([-0.5, 0.0, 0.5])[:, None] * ARROW_KEY_MM / key
                free = np.ones(x.size, bool)
                for px, py in zip(x + along * u, y + along * v, strict=True):
                    for box in self.taken:
                        free &= ~((px > box.x0) & (px < box.x1) & (py > box.y0) & (py < box.y1))
                self.map.quiver(
                    x[free],
                    y[free],
                    u[free],
                    v[free],
                    color=color,
                    angles="uv",
                    units="width",
                    zorder=2,
                    width=width / self.frame.width,
                    scale_units="x",
                    scale=key / ARROW_KEY_MM,
                    pivot="middle",
                    headwidth=4.0,
                    headlength=4.5,
                    headaxislength=4.0,
                    minlength=0.6,
                    gid=name,
                )
                self.keys[name] = key

    def ribbon(self, polygons: list[Floats], density: Floats) -> None:
        """Quadrilaterals of the landings along the shore, each in the colour of its class."""
        from matplotlib.collections import PolyCollection

        theme = self.theme
        if polygons:
            colors = [theme.ramp[i] for i in class_of(density, self.classes)]
            self.map.add_collection(
                PolyCollection(polygons, facecolors=colors, edgecolors=colors, linewidths=0.25, zorder=3, gid="ribbon"),
                autolim=False,
            )

    def names(self) -> None:
        """The sea first, at the first of its places that is free; then countries and straits, where they fit."""
        theme = self.theme
        centred: Json = {"ha": "center", "va": "center", "linespacing": 1.1, "zorder": 5}
        slope = "italic" if self.words["italic"] else "normal"
        sea = {**centred, "color": theme.water, "style": slope, "halo": theme.sea}
        size = 14.0 if self.frame.width > 100.0 else 11.0
        for lon, lat in self._sea_places() if self.look.sea else ():
            x, y = float(self.frame.x(lon)), float(self.frame.y(lat))
            text = self.write(
                self.map, x, y, self.look.sea, size, fontfamily=[self.words["sea_font"], *self.fonts], gid="sea", **sea
            )
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

    def _sea_places(self) -> Sequence[tuple[float, float]]:
        """Where the sea's name may stand: as the area says, else in the middle of the map."""
        f = self.frame
        return self.words["sea_at"] or [(0.5 * (f.west + f.east), 0.5 * (f.south + f.north))]

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
        small: Json = {"size": 6.2, "zorder": 7, "halo": theme.sea}
        for part in (0.0, 0.5, 1.0) if length > 11.0 else (1.0,):
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

    def lines(self, words: str, width: float, size: float) -> list[str]:
        """Words in lines of a width (mm)."""
        return wrapped(words, width, size, fonts=self.words["fonts"])

    def scale_key(
        self,
        left: float,
        base: float,
        width: float,
        heights: Sequence[float] | NDArray[np.float64],
        more: bool,
        mark: str = "{:g}",
    ) -> None:
        """The classes of the scale as boxes side by side, the upper bound below each; a + where there is more."""
        step = width / len(self.classes)
        for k, (bound, color, height) in enumerate(zip(self.classes, self.theme.ramp, heights, strict=True)):
            box = rectangle(left + k * step, base, step, float(height), color, zorder=11, gid=f"class-{k}")
            self.paper.add_patch(box)
            words = mark.format(bound) + ("+" if more and k == len(self.classes) - 1 else "")
            self.write(self.paper, left + (k + 1) * step, base - 2.9, words, 6.2, color=self.theme.grey, ha="right")

    def head_and_foot(self) -> None:
        """Heading above the map, caveats and credits below."""
        theme, left, paper = self.theme, self.sheet.left, self.sheet
        y = self.top + 2.4
        for line in reversed(self.head[1]):
            self.write(self.paper, left, y, line, paper.body, color=theme.grey)
            y += BODY_LEADING
        y += 1.8
        for line in reversed(self.head[0]):
            self.write(self.paper, left, y, line, paper.head, weight="bold")
            y += HEAD_LEADING
        for k, line in enumerate(self.foot):
            y = self.foot_top - FOOT_LEADING * k
            self.write(self.paper, left, y, line, FOOT_SIZE, color=theme.grey)


class MapSheet(Sheet):
    """A sheet with one map, and a panel beside it or below.

    Parameters
    ----------
    heading : str
        Empty: the title of the run.
    domain : tuple of float
        West, east, south, north, degrees.
    below : float
        Height of the panel where it lies below the map, mm.
    notes : sequence of str, optional
        For the foot, as for `footlines`.
    ends : bool
        Whether what became of the boats stands above, as for `headlines`.
    """

    def __init__(
        self,
        map_data: MapData,
        look: Look,
        heading: str,
        domain: tuple[float, float, float, float],
        below: float,
        notes: Sequence[str] | None = None,
        *,
        ends: bool = False,
    ) -> None:
        paper = look.paper
        foot = footlines(map_data, look.words, paper, notes)
        bottom = 9.0 + FOOT_LEADING * len(foot) + (below if paper.below else 0.0)
        frame = fit(
            domain, bottom, paper.left, paper.text_width - paper.gap - paper.panel, paper.map_height, map_data.area.box
        )
        self.panel = (
            (paper.left, bottom - 8.0) if paper.below else (frame.left + frame.width + paper.gap, bottom + frame.height)
        )
        self.panel_width = paper.panel or paper.text_width
        head = headlines(map_data, look.words, paper, heading, ends=ends)
        super().__init__(map_data, look, head, foot, bottom + frame.height)
        self.put(frame)
