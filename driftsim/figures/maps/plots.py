"""Figures of a result in memory or in a folder, for Python and notebooks: ``result.plot.landings()``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from driftsim.figures import canvas
from driftsim.figures.maps.drawing import figure_of
from driftsim.figures.maps.frame import Frame, map_height
from driftsim.figures.maps.landing import RegionFlags
from driftsim.figures.maps.map_data import read_map_data
from driftsim.figures.maps.ribbon import SINGLE_KM, density_classes, ribbon_polygons
from driftsim.figures.maps.style import STYLE, look
from driftsim.results import answer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...results.result import Readable

SMALL_MM = 70.0


class Plots:
    """The figures of a run.

    Each method gives a matplotlib figure, which a notebook shows; settings are those of
    `driftsim.figures.maps.figure_of`:
    ``lang``, ``theme``, ``width``, ``sea_name``.
    """

    def __init__(self, run: Readable) -> None:
        self._run = run

    def __repr__(self) -> str:
        return "Plots: .landings() .density() .dates() .sources(region=None) .zoom(region) .tracks() .variance()"

    def landings(self, **settings: Any) -> Figure:
        """Landing probability along the coast."""
        return figure_of(self._run, "landings", **settings)

    def density(self, **settings: Any) -> Figure:
        """Where boats are, a panel a fortnight."""
        return figure_of(self._run, "density", **settings)

    def dates(self, **settings: Any) -> Figure:
        """When boats come ashore, by region."""
        return figure_of(self._run, "dates", **settings)

    def sources(self, region: str | None = None, **settings: Any) -> Figure:
        """Where boats that reach a region, or each of those that lead, had started."""
        return figure_of(self._run, "sources", region=region, **settings)

    def zoom(self, region: str, **settings: Any) -> Figure:
        """One region at the full resolution of the coastline."""
        return figure_of(self._run, "zoom", region=region, **settings)

    def tracks(self, **settings: Any) -> Figure:
        """Tracks of the first boats."""
        return figure_of(self._run, "tracks", **settings)

    def variance(self, **settings: Any) -> Figure:
        """What explains how members differ: the weather, and each assumption that they drew."""
        return figure_of(self._run, "variance", **settings)


class _SmallSheet(RegionFlags):
    """A map without words around it."""

    def draw(self) -> Figure:
        """Sea, land, landings, the regions that lead."""
        polygons, density, chains = ribbon_polygons(self.frame, self.map_data.ribbon, self.classes)
        self.sea_and_land(coarse=True)
        if not self.map_data.backward:
            self.ribbon(polygons, density)
        for key in answer.leading(self.map_data.summary):
            anchor = self.anchor(key, chains)
            if anchor is not None:
                self.flag(anchor, self.region_name(key))
        return self.figure


def small_map(run: Readable) -> bytes:
    """The landings of a run as a PNG of a few ten kilobytes."""
    map_data = read_map_data(run)
    dressed = look(width="column", sea_name="none", area=map_data.area)
    width = SMALL_MM
    height = map_height(width, *map_data.domain)
    paper = dressed.paper._replace(width=width + 2.0)
    with canvas.style(STYLE):
        sheet = _SmallSheet(map_data, dressed._replace(paper=paper), ([], []), [], 1.0 + height)
        least = 1000.0 / (SINGLE_KM * int(map_data.summary["boats"]))
        sheet.classes = density_classes(map_data.ribbon.density, map_data.ribbon.width_km, least)
        sheet.put(Frame(*map_data.domain, 1.0, 1.0, width, height))
        sheet.draw()
        out = io.BytesIO()
        sheet.figure.savefig(out, format="png", dpi=110, metadata={"Software": None})
    return out.getvalue()


def as_html(run: Readable) -> str:
    """A run for a notebook: its tree and a small map, in one piece."""
    import base64
    import html

    from driftsim.system.errors import InputError

    tree = f'<pre style="margin:0">{html.escape(repr(run))}</pre>'
    try:
        picture = base64.b64encode(small_map(run)).decode("ascii")
    except InputError as problem:
        return f"{tree}<p>no map: {html.escape(str(problem))}</p>"
    image = f'<img alt="landings along the coast" style="height:22em" src="data:image/png;base64,{picture}">'
    return f'<div style="display:flex;gap:1.5em;align-items:center;flex-wrap:wrap">{tree}{image}</div>'
