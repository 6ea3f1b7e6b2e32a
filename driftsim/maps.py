"""The landing map: one sheet that answers where boats come ashore, drawn from a run's folder alone.

Everything is laid out in millimetres on the sheet, and the map shares these coordinates: a ribbon width, a leader line
and a text box can be compared directly. The projection is equirectangular with equal scales at the middle latitude.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftsim.earth import degrees_per_metre
from driftsim.errors import InputError
from driftsim.statistics import RECORDS, steady_fields

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

Floats = NDArray[np.float64]

KEY_REGIONS = ("aomori", "akita", "noto", "fukui")

# Sheet, mm. The panel at the right holds the scale and the regions, so that no box ever covers a coast.
SHEET_WIDTH = 170.0
MARGIN_LEFT, MARGIN_RIGHT = 9.5, 4.5
PANEL_WIDTH, PANEL_GAP = 45.0, 3.5
MAP_HEIGHT_MM = (125.0, 190.0)
RIBBON_MM = 4.2
ARROW_KEY_MM = 6.0
INLAND_MM = 1.1
LEGEND_HEIGHT = 34.0
SEA_PLACES = ((132.6, 37.8), (134.3, 37.3), (136.4, 40.7), (135.2, 42.3), (137.3, 43.6), (131.0, 36.2))
MOST_SOURCES = 12
HEAD_SIZE, HEAD_LEADING, BODY_LEADING = 12.5, 5.6, 4.3
FOOT_SIZE, FOOT_LEADING = 6.4, 3.1
BOX_HEIGHT, BOX_GAP = 15.5, 2.2
POINT_MM = 25.4 / 72.0

# Colours. The scale has the hues of cmocean's "matter" (Thyng et al. 2016, doi 10.5670/oceanog.2016.66) at six steps:
# its lightness falls steadily, so it reads the same with any colour vision and in grey, and it stands off the cool sea.
RAMP = ("#fcd59a", "#f5a46c", "#e46b53", "#bf3a5b", "#851d63", "#3d0f4d")
SEA, LAND, SHORE = "#e9f0f3", "#f7f5f0", "#9a978f"
INK, GREY, FAINT = "#22262b", "#666b70", "#aab2b8"
CURRENT, WIND, SOURCE, WATER = "#9dbdcc", "#b3aea6", "#2f5d73", "#5d8499"

DOMAIN = (127.0, 143.0, 33.0, 48.0)
COAST_BOX = (125.0, 145.0, 30.0, 53.0)
"""West, east, south, north of the coast data: the map cannot reach beyond it."""

SMOOTHING_KM = 10.0
"""Standard deviation of the smoothing along the coast: it takes out the sampling noise of single 5 km bins."""

SINGLE_KM = 25.0
"""Length over which the smoothing spreads a single boat: the lowest class is not below one boat on it."""

FEW_LANDINGS = 50
"""Below this the number of landings is printed beside the scale."""

STYLE = {"text.hinting": "no_hinting", "figure.dpi": 200.0}
"""Over matplotlib's defaults: without hinting a line of text is as long at every resolution."""

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "heading": "Where drifting boats come ashore",
        "climatology": "Typical season, from a climatology of {fields}: not the record of any one year",
        "hindcast": "Hindcast with {fields} of the period",
        "period": "{fields} of the period",
        "drawn": "{fields} from a climatology",
        "steady": "a steady {field} of {date}",
        "steady_undated": "a steady {field}",
        "over": "{fields} over {steady}",
        "rest_climatology": ", the rest from a climatology",
        "rest_unknown": ", the rest of no stated record",
        "no_hindcast": "{fields}: not a hindcast",
        "lost": "Boats set adrift from {first} to {last}",
        "lost_once": "Boats set adrift on {first}",
        "scale": "Landings along the coast",
        "scale_unit": "boats per km, of 1000 released",
        "no_landings": "no boat came ashore",
        "landings": ("{n} landing in all", "{n} landings in all"),
        "regions": "Share of Japan’s landings",
        "season": "(range of single wind seasons)",
        "sampling": "(sampling interval only)",
        "probability": "probability {value}",
        "rest": "Elsewhere in Japan {value}",
        "current": "mean current {speed:g} m/s",
        "wind": "mean wind {speed:g} m/s",
        "source": "{share} of boats",
        "source_key": "where boats begin to drift",
        "caveat": (
            "Shares and probabilities (of all boats released) hold for the stated sources "
            "and for boats that stay afloat."
        ),
        "caveat_season": (
            "Ranges: 2.5–97.5 % of single wind seasons; the choice of source, boat and current is not in them."
        ),
        "caveat_sampling": (
            "Ranges: sampling only, for want of members; seasons and the choice of source, boat and current are not in "
            "them."
        ),
        "sources": "Sources: {sources}.",
        "smoothing": "Ribbon smoothed over {km:g} km of coast (standard deviation).",
        "run": "{boats} boats, {members}, seed {seed}, driftsim {version}.",
        "members": ("{n} member", "{n} members"),
        "backward": {  # a path back to a coast is no arrival
            "heading": "Where drifting boats may have come from",
            "lost": "Paths traced back in time from {first} to {last}",
            "lost_once": "Paths traced back in time from {first}",
            "scale": "Paths back to the coast",
            "scale_unit": "paths per km, of 1000 traced",
            "no_landings": "no path leads back to a coast",
            "landings": ("{n} path in all", "{n} paths in all"),
            "regions": "Share of paths back to Japan",
            "probability": "of all paths {value}",
            "source": "{share} of paths",
            "source_key": "where paths are traced from",
            "caveat": (
                "Traced backward in time: no forecast of arrivals. Shares hold for the stated places and dates, "
                "all places of origin weighted alike."
            ),
        },
        "credit": "Data: {credits}.",
        "coast_credit": "coast GSHHG 2.3.7 (Wessel & Smith 1996, LGPL)",
        "kinds": {"wind": "wind", "stokes": "Stokes drift", "current": "current"},
        "and": " and ",
        "months": (
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
        "places": (
            ("RUSSIA", 135.3, 46.2), ("CHINA", 128.9, 44.4), ("NORTH KOREA", 128.35, 40.85),
            ("SOUTH KOREA", 128.3, 36.75),
            ("HOKKAIDO", 141.95, 43.3), ("HONSHU", 139.0, 36.2), ("KYUSHU", 131.1, 32.6), ("SAKHALIN", 142.55, 48.6),
        ),
        "waters": (("Tsugaru Strait", 141.95, 41.62), ("Korea Strait", 128.5, 34.0), ("Pacific\nOcean", 142.0, 36.0)),
    }
}  # fmt: skip


class Frame(NamedTuple):
    """The map on the sheet: its corners in degrees, its place and size in mm."""

    west: float
    east: float
    south: float
    north: float
    left: float
    bottom: float
    width: float
    height: float

    def x(self, lon: Any) -> Any:
        """Sheet coordinate (mm) of a longitude (degrees east)."""
        return self.left + (np.asarray(lon, dtype=np.float64) - self.west) * (self.width / (self.east - self.west))

    def y(self, lat: Any) -> Any:
        """Sheet coordinate (mm) of a latitude (degrees north)."""
        return self.bottom + (np.asarray(lat, dtype=np.float64) - self.south) * (
            self.height / (self.north - self.south)
        )

    def lonlat(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Degrees of sheet coordinates."""
        return (
            self.west + (np.asarray(x) - self.left) * ((self.east - self.west) / self.width),
            self.south + (np.asarray(y) - self.bottom) * ((self.north - self.south) / self.height),
        )

    @property
    def middle(self) -> float:
        """Latitude at which the scale is the same along both axes."""
        return 0.5 * (self.south + self.north)

    @property
    def mm_per_km(self) -> float:
        """Scale along the middle parallel."""
        return self.width / (_degree_km(self.middle)[0] * (self.east - self.west))


@dataclass(frozen=True)
class Ribbon:
    """Landings along the shore, bin by bin.

    Attributes
    ----------
    line : ndarray of int, shape (n,)
        Number of the coast line each bin lies on.
    km : ndarray of float64, shape (n,)
        Middle of the bin along its line.
    width_km : ndarray of float64, shape (n,)
    lon, lat : ndarray of float64, shape (n,)
        Middle of the bin, degrees.
    stretch : ndarray of str, shape (n,)
        Key of the leaf stretch.
    density : ndarray of float64, shape (n,)
        Boats per km of coast per 1000 released, smoothed along the line.
    """

    line: NDArray[np.int64]
    km: Floats
    width_km: Floats
    lon: Floats
    lat: Floats
    stretch: NDArray[np.str_]
    density: Floats


@dataclass(frozen=True)
class Material:
    """What the sheet shows, read from a run's folder.

    Attributes
    ----------
    summary : dict
        Contents of summary.json.
    domain : tuple of float
        West, east, south, north of the run, degrees.
    ribbon : Ribbon
    sources : dict
        Name to (share of the boats, release longitudes, release latitudes).
    lost : tuple of datetime
        First and last release.
    arrows : dict
        ``"current"`` and ``"wind"`` to (lon, lat, u, v) of the mean over the run; u, v (ny, nx), m/s, NaN on land.
    kinds : dict
        Field to its kind of record: ``"climatology"``, ``"steady"``, ``"reanalysis"``, ``"analysis"`` or
        ``"observation"``.
    credits : tuple of str
    steady : dict
        Field that is one level at all times to the date of that level; empty where the file has none.
    backward : bool
        Whether the paths go back in time.
    """

    summary: dict[str, Any]
    domain: tuple[float, float, float, float]
    ribbon: Ribbon
    sources: dict[str, tuple[float, Floats, Floats]]
    lost: tuple[datetime, datetime]
    arrows: dict[str, tuple[Floats, Floats, Floats, Floats]]
    kinds: dict[str, str]
    credits: tuple[str, ...]
    steady: dict[str, str] = field(default_factory=dict)
    backward: bool = False


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
        return _Sheet(material, _words(lang, material), sea_name).draw()


def _words(lang: str, material: Material) -> dict[str, Any]:
    """The words of a language, for the direction of the run."""
    words = WORDS[lang]
    return {**words, **words["backward"]} if material.backward else words


# --- reading


def read_material(run: Path | str | Any) -> Material:
    """What the sheet shows, from the files of a run or from a run in memory.

    Parameters
    ----------
    run : path, Run or Result
        Folder of a run; or what `driftsim.output.read_run` or a simulation gave.

    Raises
    ------
    InputError
        If the folder holds no complete run, or a part of it does not fit.
    """
    from driftsim.output import read_run

    if isinstance(run, Path | str):
        with read_run(run) as opened:
            return read_material(opened)
    summary, arrivals = run.summary, run.arrivals
    missing = [key for key in ("boats", "members", "regions") if key not in summary]
    if missing or not arrivals.sizes.get("boat"):
        what = f"no {', '.join(missing)} in summary.json" if missing else "no boats in arrivals.nc"
        raise InputError(f"{getattr(run, 'path', 'run')}: {what}; run the config again")
    forcing = summary.get("forcing") or {}
    config = _config(run)
    direction = arrivals.attrs.get("direction") or config.get("run", {}).get("direction")
    return Material(
        summary=summary,
        domain=_domain(run, config),
        ribbon=_read_ribbon(arrivals),
        sources=_read_sources(arrivals),
        lost=_read_dates(arrivals),
        arrows=_read_arrows(run.forcing_mean),
        kinds={kind: str(notes.get("kind_of_record") or "") for kind, notes in forcing.items()},
        credits=_credits(forcing),
        steady=steady_fields(forcing),
        backward=direction == "backward",
    )


def _config(run: Any) -> dict[str, Any]:
    """The run's resolved config, as tables."""
    text = run.config if hasattr(run, "config") else run.info.get("config", "")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f"{getattr(run, 'path', 'run')}: config.toml cannot be read ({problem})") from problem


def _domain(run: Any, config: dict[str, Any]) -> tuple[float, float, float, float]:
    """The run's domain from its config, within the coast data."""
    try:
        named = config.get("coast", {}).get("domain", DOMAIN)
        west, east, south, north = (float(edge) for edge in named)
    except (TypeError, ValueError) as problem:
        raise InputError(
            f"{getattr(run, 'path', 'run')}: the domain in config.toml cannot be read ({problem})"
        ) from problem
    if west > 180.0:
        west, east = west - 360.0, east - 360.0
    box = max(west, COAST_BOX[0]), min(east, COAST_BOX[1]), max(south, COAST_BOX[2]), min(north, COAST_BOX[3])
    if box[0] >= box[1] or box[2] >= box[3]:
        raise InputError(
            f"coast.domain = {list(named)}: outside the coast data ({COAST_BOX[0]:g}–{COAST_BOX[1]:g} E, "
            f"{COAST_BOX[2]:g}–{COAST_BOX[3]:g} N), so there is nothing to draw"
        )
    return box


def _read_ribbon(arrivals: Any) -> Ribbon:
    from driftsim.coast import shoreline
    from driftsim.output import landings_by_km

    table = landings_by_km(arrivals, shoreline.load())
    km = 0.5 * (table["km_start"] + table["km_end"])
    width = table["km_end"] - table["km_start"]
    line = np.unique(table["line"].astype(str), return_inverse=True)[1]
    density = smoothed_density(line, km, width, table["landings"]) * 1000.0 / arrivals.sizes["boat"]
    return Ribbon(line, km, width, table["lon"], table["lat"], table["stretch"].astype(str), density)


def _read_sources(arrivals: Any) -> dict[str, tuple[float, Floats, Floats]]:
    from driftsim.statistics import flag_names

    source, lon, lat = (arrivals[name].values for name in ("source", "release_lon", "release_lat"))
    out = {}
    for code, name in enumerate(flag_names(arrivals["source"])):
        rows = np.flatnonzero((source == code) & np.isfinite(lon + lat))
        if rows.size:
            out[name] = (rows.size / source.size, lon[rows], lat[rows])
    return out


def _read_dates(arrivals: Any) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(str(arrivals.attrs["run_start"]).removesuffix("Z")).replace(tzinfo=UTC)
    seconds = arrivals["release_time"].values
    return start + timedelta(seconds=float(np.nanmin(seconds))), start + timedelta(seconds=float(np.nanmax(seconds)))


def _read_arrows(forcing: Any) -> dict[str, tuple[Floats, Floats, Floats, Floats]]:
    """Mean over the run of each field that is there; NaN where it is dry."""
    out = {}
    for name in ("current", "wind"):
        if forcing is not None and f"{name}_u" in forcing:
            u, v = (forcing[f"{name}_{c}"].values.astype(np.float64) for c in "uv")
            wet = np.isfinite(u).all(axis=0)
            mean = [np.where(wet, np.where(wet, part, 0.0).mean(axis=0), np.nan) for part in (u, v)]
            if wet.any() and u.shape[1] > 1 and u.shape[2] > 1:
                out[name] = (forcing["lon"].values, forcing["lat"].values, mean[0], mean[1])
    return out


def _credits(forcing: dict[str, Any]) -> tuple[str, ...]:
    """Credit lines, each once, with what they are for."""
    by_line: dict[str, list[str]] = {}
    for kind, notes in forcing.items():
        line = str(notes.get("credit") or notes.get("title") or "").strip().rstrip(".")
        if line:
            by_line.setdefault(line, []).append(kind)
    return tuple(
        line if line.lower().startswith(kinds[0]) else f"{', '.join(kinds)}: {line}" for line, kinds in by_line.items()
    )


# --- what is drawn: numbers before ink


def density_classes(density: Floats, width_km: Floats | None = None, least: float = 0.0) -> tuple[float, ...]:
    """Upper bounds of the six classes of the scale, boats per km per 1000 released: 1, 2, 5 steps.

    The top class holds the densest kilometres in which 5 % of the landings lie, so that one small cape does not set the
    scale for a whole coast; denser bins take its colour and the full width.

    Parameters
    ----------
    density : ndarray, shape (n,)
    width_km : ndarray, shape (n,), optional
        Length of the bins; equal when left out.
    least : float
        The lowest class is not below this, so that a handful of boats does not look like many.
    """
    boats = density if width_km is None else density * width_km
    if not boats.sum() > 0.0:
        return ()
    order = np.argsort(density)
    cumulated = np.cumsum(boats[order])
    high = density[order][np.searchsorted(cumulated, 0.95 * cumulated[-1])]
    steps = [m * 10.0**e for e in range(-9, 4) for m in (1.0, 2.0, 5.0)]
    top = max(int(np.searchsorted(steps, high)), int(np.searchsorted(steps, least * (1.0 - 1e-9))) + 5)
    return tuple(steps[top - 5 : top + 1])


def class_of(density: Floats, classes: Sequence[float]) -> NDArray[np.int64]:
    """Index of the colour of each density, 0 to 5."""
    return np.clip(np.searchsorted(classes, density, side="left"), 0, len(classes) - 1)


def ribbon_width_mm(density: Floats, classes: Sequence[float]) -> Floats:
    """Width of the ribbon: proportional to the density, so that its area is a number of boats; not below a hairline."""
    width = RIBBON_MM * np.minimum(density / classes[-1], 1.0)
    return np.where(density > classes[0] / 20.0, np.maximum(width, 0.45), 0.0)


class Chain(NamedTuple):
    """Consecutive bins of one coast line on the sheet, mm; `normal` points out to sea."""

    rows: NDArray[np.int64]
    xy: Floats
    normal: Floats
    closed: bool


def _chains(frame: Frame, ribbon: Ribbon) -> list[Chain]:
    """Coast lines with a smooth seaward normal at each bin; a line has land on its right."""
    from scipy.ndimage import gaussian_filter1d

    chains = []
    for line in np.unique(ribbon.line):
        rows = np.flatnonzero(ribbon.line == line)
        rows = rows[np.argsort(ribbon.km[rows], kind="stable")]
        if rows.size < 3:
            continue
        xy = np.column_stack([frame.x(ribbon.lon[rows]), frame.y(ribbon.lat[rows])])
        bin_mm = float(np.median(ribbon.width_km[rows])) * frame.mm_per_km
        closed = bool(np.hypot(*(xy[0] - xy[-1])) < 2.0 * bin_mm)
        smooth = gaussian_filter1d(xy, min(2.0, rows.size / 8), axis=0, mode="wrap" if closed else "nearest")
        ahead = np.roll(smooth, -1, 0) - np.roll(smooth, 1, 0) if closed else np.gradient(smooth, axis=0)
        length = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)
        chains.append(Chain(rows, xy, np.column_stack([-ahead[:, 1], ahead[:, 0]]) / length[:, None], closed))
    return chains


def ribbon_polygons(frame: Frame, ribbon: Ribbon, classes: Sequence[float]) -> tuple[list[Floats], Floats, list[Chain]]:
    """Quadrilaterals of the ribbon (mm on the sheet), densest last, and the density of each.

    They start a little inland: the land is drawn above them, which gives the ribbon the true shore for its inner edge.
    """
    chains = _chains(frame, ribbon)
    if not classes:
        return [], np.empty(0), chains
    width = ribbon_width_mm(ribbon.density, classes)
    for chain in chains:
        if chain.closed:  # around an islet the full width would be an island of its own
            size = np.ptp(chain.xy, axis=0).max()
            width[chain.rows] = np.minimum(width[chain.rows], max(0.45, 0.5 * size))
    polygons, density = [], []
    for chain in chains:
        outer = chain.xy + (width[chain.rows] * chain.normal.T).T
        inner = chain.xy - 0.7 * chain.normal
        if chain.closed:
            outer, inner = (np.concatenate([edge[-1:], edge, edge[:1]]) for edge in (outer, inner))
        else:
            outer, inner = (np.concatenate([edge[:1], edge, edge[-1:]]) for edge in (outer, inner))
        outer_node, inner_node = 0.5 * (outer[1:] + outer[:-1]), 0.5 * (inner[1:] + inner[:-1])
        for k, row in enumerate(chain.rows):
            if width[row] > 0.0:
                polygons.append(
                    np.array(
                        [inner_node[k], outer_node[k], outer[k + 1], outer_node[k + 1], inner_node[k + 1], inner[k + 1]]
                    )
                )
                density.append(ribbon.density[row])
    order = np.argsort(density, kind="stable")
    return [polygons[i] for i in order], np.asarray(density)[order], chains


def smoothed_density(line: NDArray[Any], km: Floats, width_km: Floats, boats: Floats) -> Floats:
    """Boats per km, both boats and kilometres smoothed along each line, so that a short last bin makes no spike."""
    from scipy.ndimage import gaussian_filter1d

    out = np.zeros(len(km))
    for name in np.unique(line):
        rows = np.flatnonzero(line == name)
        rows = rows[np.argsort(km[rows], kind="stable")]
        sigma = SMOOTHING_KM / float(np.median(width_km[rows]))
        many, long = (
            gaussian_filter1d(values[rows].astype(float), sigma, mode="reflect") for values in (boats, width_km)
        )
        out[rows] = many / np.maximum(long, 1e-9)
    return out


def source_outline(lon: Floats, lat: Floats, frame: Frame) -> Any:
    """Outline (shapely geometry, mm on the sheet) of the area a source covers, from its release points.

    The convex hull where the points fill it, as they do for boxes and circles; else the union of the smaller Delaunay
    triangles (an alpha shape, Edelsbrunner et al. 1983), which follows a coast and keeps holes.
    """
    import shapely
    from scipy.spatial import Delaunay

    every = max(1, lon.size // 3000)
    xy = np.unique(np.column_stack([frame.x(lon[::every]), frame.y(lat[::every])]).round(4), axis=0)
    hull = shapely.multipoints(xy).convex_hull
    if len(xy) < 40 or hull.area < 4.0:
        return hull.buffer(0.9)
    corner = xy[Delaunay(xy).simplices]
    a, b, c = (np.hypot(*(corner[:, k] - corner[:, k - 1]).T) for k in range(3))
    (ax, ay), (bx, by) = (corner[:, 1] - corner[:, 0]).T, (corner[:, 2] - corner[:, 0]).T
    area = 0.5 * np.abs(ax * by - ay * bx)
    # Three times the mean spacing: uniform points then leave no gap (checked from 40 to 3000 points).
    small = a * b * c / np.maximum(4.0 * area, 1e-12) < 3.0 * math.sqrt(hull.area / len(xy))
    if area[small].sum() > 0.92 * hull.area or not small.any():
        return hull
    return shapely.coverage_union_all(shapely.polygons(corner[small])).buffer(0.3).simplify(0.15)


def scale_bar_km(frame: Frame) -> float:
    """Round length (1, 2 or 5 times a power of ten, km) nearest to a fifth of the map's width."""
    target = 0.2 * frame.width / frame.mm_per_km
    steps = [m * 10.0**e for e in range(5) for m in (1.0, 2.0, 5.0)]
    return min(steps, key=lambda step: abs(math.log(step / target)))


def _degree_km(lat: float) -> tuple[float, float]:
    """Length of a degree of longitude and of latitude, km, on WGS84."""
    east, north = degrees_per_metre("wgs84", lat)
    return 1e-3 / float(east), 1e-3 / float(north)


def _frame(domain: tuple[float, float, float, float], bottom: float) -> Frame:
    """Place of the map on the sheet: the domain, widened where it would be too low or too tall for the sheet."""
    west, east, south, north = domain
    width = SHEET_WIDTH - MARGIN_LEFT - PANEL_GAP - PANEL_WIDTH - MARGIN_RIGHT
    for _ in range(3):  # the middle latitude moves as the frame grows
        height = _map_height(width, west, east, south, north)
        if height < MAP_HEIGHT_MM[0]:
            south, north = _grown(south, north, (north - south) * MAP_HEIGHT_MM[0] / height, COAST_BOX[2:])
        elif height > MAP_HEIGHT_MM[1]:
            west, east = _grown(west, east, (east - west) * height / MAP_HEIGHT_MM[1], COAST_BOX[:2])
    return Frame(west, east, south, north, MARGIN_LEFT, bottom, width, _map_height(width, west, east, south, north))


def _map_height(width: float, west: float, east: float, south: float, north: float) -> float:
    """Height (mm) that gives both axes the same scale at the middle latitude."""
    east_km, north_km = _degree_km(0.5 * (south + north))
    return width * north_km * (north - south) / (east_km * (east - west))


def _grown(low: float, high: float, size: float, limits: Sequence[float]) -> tuple[float, float]:
    """An interval of the wanted size about the same middle, moved to stay within the limits where it fits."""
    size = min(size, max(limits[1] - limits[0], high - low))
    low = 0.5 * (low + high) - 0.5 * size
    low = max(min(low, limits[1] - size), min(limits[0], low + size))
    return low, low + size


# --- the drawing


class _Sheet:
    """The figure while it is being drawn: the sheet in mm, the map inside it, what is to be shown."""

    def __init__(self, material: Material, words: dict[str, Any], sea_name: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from driftsim.coast import shoreline

        self.material, self.words, self.sea_name = material, words, sea_name
        self.coast = shoreline.load()
        self.keys: dict[str, float] = {}
        self.taken: list[Any] = []
        self.areas: list[Any] = []
        self.kind = "season" if has_seasons(material.summary) else "mean"
        least = 1000.0 / (SINGLE_KM * int(material.summary["boats"]))
        self.classes = density_classes(material.ribbon.density, material.ribbon.width_km, least)
        self.head, self.foot = headlines(material, words), footlines(material, words)
        self.frame = _frame(material.domain, bottom=9.0 + FOOT_LEADING * len(self.foot))
        self.height = self.frame.bottom + self.frame.height + 4.2 + HEAD_LEADING * len(self.head[0])
        self.height += BODY_LEADING * len(self.head[1])
        self.figure = Figure(figsize=(SHEET_WIDTH / 25.4, self.height / 25.4), facecolor="white")
        FigureCanvasAgg(self.figure)
        self.map = self._axes(self.frame.left, self.frame.bottom, self.frame.width, self.frame.height)
        self.paper = self._axes(0.0, 0.0, SHEET_WIDTH, self.height)

    def draw(self) -> Figure:
        """Everything, from the sea upwards."""
        polygons, density, chains = ribbon_polygons(self.frame, self.material.ribbon, self.classes)
        self._sea_and_land()
        self._graticule()
        self._sources()
        self._ribbon(polygons, density)
        self._regions(chains)
        self._scale_bar()
        self._names()
        self._arrows()
        self._legend()
        self._head_and_foot()
        return self.figure

    def _axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        place = (left / SHEET_WIDTH, bottom / self.height, width / SHEET_WIDTH, height / self.height)
        axes = self.figure.add_axes(place)
        axes.set(xlim=(left, left + width), ylim=(bottom, bottom + height))
        axes.set_axis_off()
        return axes

    def _write(self, axes: Axes, x: float, y: float, words: str, size: float, **style: Any) -> Text:
        style = {"color": INK, "ha": "left", "va": "baseline", "fontfamily": "DejaVu Sans", **style}
        halo = style.pop("halo", None)
        text = axes.text(x, y, words, fontsize=size, parse_math=False, **style)
        if halo:
            from matplotlib.patheffects import withStroke

            text.set_path_effects([withStroke(linewidth=1.8, foreground=halo)])
        return text

    def _sea_and_land(self) -> None:
        from matplotlib.collections import PolyCollection
        from matplotlib.patches import Rectangle

        f = self.frame
        self.map.add_patch(Rectangle((f.left, f.bottom), f.width, f.height, facecolor=SEA, edgecolor="none", zorder=0))
        land = land_polygons(self.coast.polygons, f)
        self.map.add_collection(
            PolyCollection(land, facecolors=LAND, edgecolors=SHORE, linewidths=0.35, zorder=4, gid="land"),
            autolim=False,
        )
        self.paper.add_patch(
            Rectangle((f.left, f.bottom), f.width, f.height, facecolor="none", edgecolor=GREY, linewidth=0.6, zorder=9)
        )

    def _graticule(self) -> None:
        f = self.frame
        step = next(s for s in (1, 2, 5, 10) if (f.north - f.south) / s <= 6.0)
        thin: dict[str, Any] = {"color": FAINT, "linewidth": 0.35, "zorder": 1}
        for lon in range(math.ceil(f.west / step) * step, math.floor(f.east) + 1, step):
            x = float(f.x(lon))
            self.map.plot([x, x], [f.bottom, f.bottom + f.height], **thin)
            self._write(self.paper, x, f.bottom - 3.2, f"{lon}°E", 6.5, color=GREY, ha="center")
        for lat in range(math.ceil(f.south / step) * step, math.floor(f.north) + 1, step):
            y = float(f.y(lat))
            self.map.plot([f.left, f.left + f.width], [y, y], **thin)
            self._write(self.paper, f.left - 1.2, y, f"{lat}°N", 6.5, color=GREY, ha="right", va="center")

    def _arrows(self) -> None:
        """Mean current on a fine raster, mean wind on a coarse one; none where words stand."""
        for name, color, spacing, width in (("wind", WIND, 19.0, 0.0032), ("current", CURRENT, 6.2, 0.0019)):
            if name in self.material.arrows:
                x, y, u, v = _thinned(self.frame, *self.material.arrows[name], spacing)
                key = _key_speed(np.hypot(u, v))
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

    def _sources(self) -> None:
        import shapely
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        shapes = {name: source_outline(lon, lat, self.frame) for name, (_, lon, lat) in self.material.sources.items()}
        for shape in shapes.values():
            for part in shapely.get_parts(shape):
                outline = Outline(shapely.get_coordinates(part.exterior), closed=True)
                self.map.add_patch(PathPatch(outline, facecolor=SOURCE, edgecolor="none", alpha=0.10, zorder=2.4))
                self.map.add_patch(
                    PathPatch(
                        outline, facecolor="none", edgecolor=SOURCE, linewidth=0.8, linestyle=(0, (3, 1.8)), zorder=5
                    )
                )
        self._source_names(shapes)
        self.areas = [_box(*shape.bounds) for shape in shapes.values()]

    def _source_names(self, shapes: dict[str, Any]) -> None:
        """Names in or beside their shapes, largest share first; where all places are taken the footer has to do."""
        style: dict[str, Any] = {"color": SOURCE, "linespacing": 1.15, "zorder": 6, "halo": SEA}
        for name in sorted(shapes, key=lambda key: -self.material.sources[key][0]):
            share = self.material.sources[name][0]
            label, size = _readable(name), 6.8 if share >= 0.1 else 6.0
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
                text = self._write(self.map, *at, label, size, ha=ha, va=va, **style)
                box = self._extent(text)
                fits = (ha, va) != ("center", "center") or (box.width < right - left and box.height < high - low)
                if fits and self._placed(text):
                    break
                text.remove()

    def _placed(self, text: Text, clear_of: Sequence[Any] = ()) -> bool:
        """True, and the room is taken, if a text lies within the map and on no other."""
        box = self._extent(text, pad=0.4)
        f = self.frame
        inside = box.x0 > f.left and box.x1 < f.left + f.width and box.y0 > f.bottom and box.y1 < f.bottom + f.height
        if not inside or any(box.overlaps(other) for other in (*self.taken, *clear_of)):
            return False
        self.taken.append(box)
        return True

    def _extent(self, text: Text, pad: float = 0.0) -> Any:
        """Bounding box of a text in sheet mm."""
        box = text.get_window_extent().transformed(self.paper.transData.inverted())
        return box.padded(pad)

    def _ribbon(self, polygons: list[Floats], density: Floats) -> None:
        from matplotlib.collections import PolyCollection

        if polygons:
            colors = [RAMP[i] for i in class_of(density, self.classes)]
            self.map.add_collection(
                PolyCollection(polygons, facecolors=colors, edgecolors=colors, linewidths=0.25, zorder=3, gid="ribbon"),
                autolim=False,
            )

    def _names(self) -> None:
        """The sea first, at the first of its places that is free; then countries and straits, where they fit."""
        centred: dict[str, Any] = {"ha": "center", "va": "center", "linespacing": 1.1, "zorder": 5}
        sea = {**centred, "color": WATER, "style": "italic", "halo": SEA}
        for lon, lat in SEA_PLACES if self.sea_name else ():
            x, y = float(self.frame.x(lon)), float(self.frame.y(lat))
            text = self._write(self.map, x, y, self.sea_name, 14.0, fontfamily="STIXGeneral", gid="sea", **sea)
            if self._placed(text, clear_of=self.areas):
                break
            text.remove()
        for kind, size, style in (("places", 6.2, {**centred, "color": GREY, "halo": LAND}), ("waters", 6.6, sea)):
            for name, lon, lat in self.words[kind]:
                text = self._write(self.map, float(self.frame.x(lon)), float(self.frame.y(lat)), name, size, **style)
                if not self._placed(text):
                    text.remove()

    def _scale_bar(self) -> None:
        """At the lower right, where the Pacific is; its length holds at the middle latitude."""
        f = self.frame
        km = scale_bar_km(f)
        length = km * f.mm_per_km
        x, y = f.left + f.width - length - 7.5, f.bottom + 3.6
        for k, color in enumerate((INK, "white")):
            bar = _rectangle(x + k * length / 2, y, length / 2, 0.8, color, zorder=7, gid=f"scale-bar-{k}")
            bar.set(edgecolor=INK, linewidth=0.4)
            self.map.add_patch(bar)
        small: dict[str, Any] = {"size": 6.2, "zorder": 7, "halo": SEA}
        for part in (0.0, 0.5, 1.0):
            self._write(self.map, x + part * length, y + 1.6, f"{km * part:g}", ha="center", **small)
        self._write(self.map, x + length + 1.2, y - 0.5, "km", **small)
        self.taken.append(_box(x - 2.0, y - 1.0, x + length + 5.5, y + 4.2))

    def _regions(self, chains: list[Chain]) -> None:
        """The four regions: a box each at the height of its coast, a leader line to where most boats come ashore."""
        f, regions = self.frame, self.material.summary.get("regions", {})
        anchors = {key: self._anchor(key, chains) for key in KEY_REGIONS if key in regions}
        floor, ceiling = f.bottom + 5.0, f.bottom + f.height - LEGEND_HEIGHT
        height = {key: anchor[1] if anchor else floor for key, anchor in anchors.items()}
        keys = sorted(height, key=lambda key: -height[key])
        centres = spread([height[key] for key in keys], BOX_HEIGHT, BOX_GAP, floor, ceiling - 8.5)
        left = f.left + f.width + PANEL_GAP
        top = centres[0] + BOX_HEIGHT / 2 if keys else ceiling
        self._write(self.paper, left, top + 5.2, self.words["regions"], 7.8, weight="bold")
        self._write(
            self.paper, left, top + 1.9, self.words["season" if self.kind == "season" else "sampling"], 6.8, color=GREY
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
            self._write(self.paper, left, y, self.words["rest"].format(value=percent(rest)), 6.8, color=GREY)

    def _region_box(self, key: str, region: dict[str, Any], left: float, centre: float, full: float) -> None:
        value, (low, high) = _number(region, "share_of_japan"), _interval(region, "share_", self.kind)
        bottom = centre - BOX_HEIGHT / 2
        box = _rectangle(left, bottom, PANEL_WIDTH, BOX_HEIGHT, "white", zorder=11, gid=f"box-{key}")
        box.set(edgecolor=FAINT, linewidth=0.6)
        self.paper.add_patch(box)
        name = f"{region.get('name', key.title())} {percent(value)} {interval_words(low, high)}".rstrip()
        self._write(self.paper, left + 2.0, bottom + 10.6, name, 9.6, weight="bold", zorder=12, gid=f"label-{key}")
        self._range_bar(left + 2.0, bottom + 7.6, PANEL_WIDTH - 4.0, value, low, high, full)
        chance = (
            f"{percent(_number(region, 'probability'))} {interval_words(*_interval(region, '', self.kind))}".strip()
        )
        words = self.words["probability"].format(value=chance)
        self._write(self.paper, left + 2.0, bottom + 2.4, words, 6.8, color=GREY, zorder=12)

    def _range_bar(self, x: float, y: float, width: float, value: float, low: float, high: float, full: float) -> None:
        """Share and its range on an axis from 0 that the four boxes have in common."""
        line: dict[str, Any] = {"solid_capstyle": "butt", "zorder": 12}
        self.paper.plot([x, x + width], [y, y], color="#e3e6e8", linewidth=3.2, **line)
        if np.isfinite([low, high]).all():
            self.paper.plot(
                [x + width * low / full, x + width * high / full], [y, y], color=RAMP[2], linewidth=3.2, **line
            )
        if np.isfinite(value):
            self.paper.plot([x + width * value / full] * 2, [y - 1.0, y + 1.0], color=INK, linewidth=1.2, **line)

    def _leader(self, anchor: tuple[float, float], left: float, centre: float) -> None:
        """From the box straight to the map's edge, then across to the coast."""
        knee = self.frame.left + self.frame.width - 1.5
        path = [[left, knee, anchor[0]], [centre, centre, anchor[1]]]
        for t in np.linspace(0.0, 1.0, 40):  # no name and no arrow under the line
            x, y = anchor[0] + t * (knee - anchor[0]), anchor[1] + t * (centre - anchor[1])
            self.taken.append(_box(x - 0.8, y - 0.8, x + 0.8, y + 0.8))
        self.paper.plot(*path, color="white", linewidth=1.8, alpha=0.8, zorder=10, solid_capstyle="round")
        self.paper.plot(*path, color=INK, linewidth=0.6, zorder=10.5, solid_joinstyle="round")
        self.paper.plot(
            *anchor, "o", color=INK, markersize=2.4, markeredgecolor="white", markeredgewidth=0.5, zorder=10.6
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
        f, words = self.frame, self.words
        left, top = f.left + f.width + PANEL_GAP, f.bottom + f.height
        self._write(self.paper, left, top - 2.6, words["scale"], 7.8, weight="bold")
        if not self.classes:
            self._write(self.paper, left, top - 6.2, words["no_landings"], 6.8, color=GREY)
        else:
            self._write(self.paper, left, top - 6.0, words["scale_unit"], 6.8, color=GREY)
            step, base = PANEL_WIDTH / len(self.classes), top - 13.2
            for k, (bound, color) in enumerate(zip(self.classes, RAMP, strict=True)):
                height = float(ribbon_width_mm(np.array([bound]), self.classes)[0])
                self.paper.add_patch(
                    _rectangle(left + k * step, base, step, height, color, zorder=11, gid=f"class-{k}")
                )
                more = "+" if k == len(self.classes) - 1 and self.material.ribbon.density.max() > bound else ""
                self._write(
                    self.paper, left + (k + 1) * step, base - 2.9, f"{bound:g}{more}", 6.2, color=GREY, ha="right"
                )
        y = top - 20.5
        few = _landings(self.material.summary)
        if self.classes and few is not None and few < FEW_LANDINGS:
            self._write(self.paper, left, top - 20.2, words["landings"][few != 1].format(n=few), 6.8, color=GREY)
            y -= 4.2
        swatch = _rectangle(left, y - 1.1, ARROW_KEY_MM, 2.2, "none", zorder=11, gid="key-source")
        swatch.set(edgecolor=SOURCE, linewidth=0.8, linestyle=(0, (3, 1.8)))
        self.paper.add_patch(swatch)
        self._write(self.paper, left + ARROW_KEY_MM + 1.8, y - 0.8, words["source_key"], 6.8, color=GREY)
        y -= 4.2
        for name, color in (("current", CURRENT), ("wind", WIND)):
            if name in self.keys:
                self._arrow_key(left, y, color, words[name].format(speed=self.keys[name]))
                y -= 3.8

    def _arrow_key(self, left: float, y: float, color: str, words: str) -> None:
        from matplotlib.patches import FancyArrow

        arrow = FancyArrow(
            left, y, ARROW_KEY_MM, 0.0, width=0.28, head_width=1.1, head_length=1.3, length_includes_head=True
        )
        arrow.set(facecolor=color, edgecolor="none", zorder=11)
        self.paper.add_patch(arrow)
        self._write(self.paper, left + ARROW_KEY_MM + 1.8, y - 0.8, words, 6.8, color=GREY)

    def _head_and_foot(self) -> None:
        y = self.frame.bottom + self.frame.height + 2.4
        for line in reversed(self.head[1]):
            self._write(self.paper, MARGIN_LEFT, y, line, 8.2, color=GREY)
            y += BODY_LEADING
        y += 1.8
        for line in reversed(self.head[0]):
            self._write(self.paper, MARGIN_LEFT, y, line, HEAD_SIZE, weight="bold")
            y += HEAD_LEADING
        for k, line in enumerate(self.foot):
            y = self.frame.bottom - 8.0 - FOOT_LEADING * k
            self._write(self.paper, MARGIN_LEFT, y, line, FOOT_SIZE, color=GREY)


def _box(left: float, low: float, right: float, high: float) -> Any:
    from matplotlib.transforms import Bbox

    return Bbox.from_extents(left, low, right, high)


def _rectangle(x: float, y: float, width: float, height: float, color: str, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=color, edgecolor="none", **style)


def spread(wanted: Sequence[float], height: float, gap: float, floor: float, ceiling: float) -> list[float]:
    """Centres of boxes near the wanted ones (descending), within floor and ceiling, at least a gap apart.

    The order is kept. Where all of them do not fit, the lowest go below the floor rather than over each other.
    """
    centres = [min(y, ceiling - height / 2) for y in wanted]
    pitch = height + gap
    for k in range(len(centres) - 1, -1, -1):  # upwards: keep clear of the floor
        lowest = floor + height / 2 + pitch * (len(centres) - 1 - k)
        centres[k] = max(centres[k], lowest)
    centres = centres and [min(centres[0], ceiling - height / 2), *centres[1:]]
    for k in range(1, len(centres)):
        centres[k] = min(centres[k], centres[k - 1] - pitch)
    return centres


def land_polygons(polygons: Sequence[Floats], frame: Frame) -> list[Floats]:
    """Coast polygons on the sheet (mm), reduced to what can be seen: 0.05 mm, the parts within the map."""
    import shapely

    rings = [np.asarray(ring) for ring in polygons]
    rings = [ring if ring.shape[1] == 2 else ring.T for ring in rings]
    corner = np.array([[*ring.min(axis=0), *ring.max(axis=0)] for ring in rings])
    margin = 0.2
    keep = (
        (corner[:, 0] < frame.east + margin) & (corner[:, 2] > frame.west - margin)
        & (corner[:, 1] < frame.north + margin) & (corner[:, 3] > frame.south - margin)
        & (frame.mm_per_km * 111.0 * np.maximum(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1]) > 0.08)
    )  # fmt: skip
    chosen = [ring for ring, wanted in zip(rings, keep, strict=True) if wanted]
    if not chosen:
        return []
    index = np.repeat(np.arange(len(chosen)), [len(ring) for ring in chosen])
    everywhere = np.concatenate(chosen)
    xy = np.column_stack([frame.x(everywhere[:, 0]), frame.y(everywhere[:, 1])])
    simple = shapely.simplify(shapely.linestrings(xy, indices=index), 0.05, preserve_topology=False)
    return [shapely.get_coordinates(line) for line in simple if shapely.get_num_coordinates(line) > 2]


def _thinned(frame: Frame, lon: Floats, lat: Floats, u: Floats, v: Floats, spacing_mm: float) -> tuple[Floats, ...]:
    """Box means of a field on a raster of about the spacing wanted: sheet positions and components of the wet boxes."""
    import warnings

    step_x = max(1, round(spacing_mm / abs(float(frame.x(lon[1]) - frame.x(lon[0])))))
    step_y = max(1, round(spacing_mm / abs(float(frame.y(lat[1]) - frame.y(lat[0])))))
    ny, nx = (lat.size // step_y) * step_y, (lon.size // step_x) * step_x

    def boxes(a: Floats) -> Floats:
        return (
            a[:ny, :nx].reshape(ny // step_y, step_y, nx // step_x, step_x).swapaxes(1, 2).reshape(-1, step_y * step_x)
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean_u, mean_v = np.nanmean(boxes(u), axis=1), np.nanmean(boxes(v), axis=1)
    wet = np.isfinite(boxes(u)).mean(axis=1) > 0.6
    grid_x, grid_y = np.meshgrid(frame.x(lon), frame.y(lat))
    return boxes(grid_x).mean(axis=1)[wet], boxes(grid_y).mean(axis=1)[wet], mean_u[wet], mean_v[wet]


def _key_speed(speed: Floats) -> float:
    """Round speed (1, 2, 5) near the fast end of what is drawn, for the key."""
    fast = float(np.percentile(speed, 90)) if speed.size else 1.0
    steps = [m * 10.0**e for e in range(-4, 3) for m in (1.0, 2.0, 5.0)]
    return min(steps, key=lambda step: abs(math.log(step / max(fast, 1e-4))))


# --- words


def percent(share: float) -> str:
    """A fraction in percent, with the digits that a reader can use: ``19 %``, ``0.4 %``, ``<0.1 %``, ``–`` for NaN."""
    return f"{_digits(share)} %" if np.isfinite(share) else "–"


def interval_words(low: float, high: float) -> str:
    """Range of fractions in percent, ``(8–33)``; empty where there is none."""
    return f"({_digits(low)}–{_digits(high)})" if np.isfinite([low, high]).all() else ""


def _digits(share: float) -> str:
    value = 100.0 * share
    if value <= 0.0:
        return "0"
    if value < 0.1:
        return "<0.1"
    return f"{value:.1f}" if value < 0.95 else f"{value:.0f}"


def _number(region: dict[str, Any], key: str) -> float:
    value = region.get(key)
    return math.nan if value is None else float(value)


def has_seasons(summary: dict[str, Any]) -> bool:
    """True if there are members and boats enough for a range of single seasons; else intervals are of sampling."""
    return summary.get("interval_method", "members") == "members" and int(summary.get("members", 1)) >= 10


def _interval(region: dict[str, Any], prefix: str, kind: str) -> tuple[float, float]:
    """Ends of an interval (fractions), NaN where there is none: prefix "share_" or "", kind "season" or "mean"."""
    return _number(region, f"{prefix}{kind}_low"), _number(region, f"{prefix}{kind}_high")


def _full_scale(regions: Sequence[dict[str, Any]], kind: str) -> float:
    """End of the axis that the range bars have in common: a little beyond the largest value."""
    values = [x for of in regions for x in (_number(of, "share_of_japan"), *_interval(of, "share_", kind))]
    return 1.05 * max([x for x in values if np.isfinite(x)] + [1e-3])


def _rest_of_japan(regions: Sequence[dict[str, Any]]) -> float:
    shares = [_number(region, "share_of_japan") for region in regions]
    return max(0.0, 1.0 - float(np.nansum(shares))) if np.isfinite(shares).any() else math.nan


def _readable(name: str) -> str:
    """A source's name as a person would write it: ``yamato_bank`` becomes ``Yamato Bank``, ``off_Sinpo`` Off Sinpo."""
    words = name.replace("_", " ").split()
    whole = " ".join(word[:1].upper() + word[1:] for word in words) if name == name.lower() else " ".join(words)
    return whole[:1].upper() + whole[1:]


def is_hindcast(kinds: dict[str, str]) -> bool:
    """True if every field is a record of its own period."""
    return bool(kinds) and all(kind in RECORDS for kind in kinds.values())


def headlines(material: Material, words: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Heading and what the map is. The year of a climatology is only a calendar, and is not printed."""
    what = _fields_in_words(material, words)
    dated = any(kind in RECORDS for kind in material.kinds.values())
    first, last = material.lost
    both_years = dated and first.year != last.year
    end = _day(last, words, year=dated)
    begin = _day(first, words, year=both_years) if first.date() != last.date() else end
    lost = words["lost_once" if begin == end else "lost"].format(first=begin, last=end).replace(" ", "\u00a0")
    body = _wrapped(f"{what}. {lost}." if what else f"{lost}.", SHEET_WIDTH - MARGIN_LEFT - MARGIN_RIGHT, 8.2)
    return _heading(_title(material) or words["heading"]), body


def _fields_in_words(material: Material, words: dict[str, Any]) -> str:
    """What moved the boats; empty if no field says what it is."""
    kinds = material.kinds
    real = [name for name, kind in kinds.items() if kind in RECORDS]
    typical = [name for name, kind in kinds.items() if kind == "climatology"]
    steady = [name for name, kind in kinds.items() if kind == "steady"]
    if is_hindcast(kinds):
        return words["hindcast"].format(fields=_listed(real, words))
    if not real and not steady:
        return words["climatology"].format(fields=_listed(typical, words)) if typical else ""
    what = ""
    if real:
        what = words["period"].format(fields=_listed(real, words))
    elif typical:
        what = words["drawn"].format(fields=_listed(typical, words))
    if steady:
        dates = [material.steady.get(name, "") for name in steady]
        one = [
            words["steady" if date else "steady_undated"].format(field=words["kinds"].get(name, name), date=date)
            for name, date in zip(steady, dates, strict=True)
        ]
        joined = words["and"].join(one)
        what = words["over"].format(fields=what, steady=joined) if what else joined
    if real and typical:
        what += words["rest_climatology"]
    elif len(real) + len(typical) + len(steady) < len(kinds):
        what += words["rest_unknown"]
    return words["no_hindcast"].format(fields=what[0].upper() + what[1:])


def _title(material: Material) -> str:
    """The run's title, with the years of a hindcast alone; empty where nothing is left to print.

    Other years are taken off with what belongs to them: ``Autumn 2017 (a trial of 2019)`` becomes ``Autumn``.
    """
    title = " ".join(str(material.summary.get("title") or "").split())
    named = {int(year) for year in re.findall(rf"\b{_YEAR}\b", title)}
    if is_hindcast(material.kinds) and named <= _years(material):
        return title
    if "hindcast" in title.lower() and not is_hindcast(material.kinds):
        return ""
    if not named:
        return title
    title = re.sub(rf"\s*\([^)]*\b{_YEAR}\b[^)]*\)", "", title)
    title = re.sub(rf"\s*(?:\b(?:of|in|for|since|year)\s+)?\b{_YEAR}(?:\s?[/–-]\s?\d{{2,4}})?\b", "", title)
    title = title.strip(" ,;:–-")
    if len(title) < 4 or re.search(_DANGLING, title):
        return ""
    return title[0].upper() + title[1:]


_DANGLING = r"-\d\d\b|\b(between|from|to|and|not)\s+(and|to|until|but)\b|\b(of|in|to|and|from|until|not)$"
"""What a year that is taken off may leave behind; such a title is not worth printing."""

_YEAR = r"(?:19|20)\d\d"


def _years(material: Material) -> set[int]:
    """Years that the run touches."""
    ends = [moment.year for moment in material.lost]
    weeks = [datetime.fromisoformat(day) for day in material.summary.get("weeks") or ()]
    ends += [(day + timedelta(days=more)).year for day in weeks for more in (0, 6)]
    return set(range(min(ends), max(ends) + 1))


def _landings(summary: dict[str, Any]) -> int | None:
    """Boats that came ashore anywhere; None if the summary does not say."""
    ends = summary.get("outcomes")
    if not ends:
        return None
    return sum(n for name, n in ends.items() if name not in ("adrift", "sunk") and not name.startswith("left_"))


def _heading(title: str) -> list[str]:
    """A title in one line, or in two; what is longer ends in an ellipsis."""
    width = SHEET_WIDTH - MARGIN_LEFT - MARGIN_RIGHT
    lines = _wrapped(title, width, HEAD_SIZE, bold=True)
    if len(lines) > 2:
        return [lines[0], lines[1].rsplit(" ", 1)[0] + " …"]
    while len(lines) == 2 and width > 0.5 * SHEET_WIDTH:  # no last word alone on its line
        width -= 4.0
        narrower = _wrapped(title, width, HEAD_SIZE, bold=True)
        if len(narrower) > 2:
            break
        lines = narrower
    return lines


def _listed(kinds: Sequence[str], words: dict[str, Any]) -> str:
    """Fields in words: ``wind and current``."""
    names = [name for kind, name in words["kinds"].items() if kind in kinds]
    return words["and"].join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _day(moment: datetime, words: dict[str, Any], *, year: bool) -> str:
    return f"{moment.day} {words['months'][moment.month - 1]}" + (f" {moment.year}" if year else "")


def footlines(material: Material, words: dict[str, Any]) -> list[str]:
    """Caveats, size of the run, credits: wrapped to the sheet."""
    from driftsim import output

    summary = material.summary
    members = int(summary.get("members", 1))
    run = words["run"].format(
        boats=f"{int(summary['boats']):,}",
        members=words["members"][members != 1].format(n=members),
        seed=summary.get("seed", "–"),
        version=summary.get("version") or output.version(),
    )
    caveat = f"{words['caveat']} {words['caveat_season' if has_seasons(summary) else 'caveat_sampling']}"
    shares = sorted(((of[0], _readable(name)) for name, of in material.sources.items()), key=lambda one: -one[0])
    listed = ", ".join(f"{name}\u00a0{percent(share)}".replace(" ", "\u00a0") for share, name in shares[:MOST_SOURCES])
    paragraphs = [
        caveat,
        words["sources"].format(sources=listed + (", …" if len(shares) > MOST_SOURCES else "")),
        f"{run} {words['smoothing'].format(km=SMOOTHING_KM)}",
        words["credit"].format(credits="; ".join((*material.credits, words["coast_credit"]))),
    ]
    width = SHEET_WIDTH - MARGIN_LEFT - MARGIN_RIGHT
    return [line for paragraph in paragraphs for line in _wrapped(paragraph, width, FOOT_SIZE)]


def _wrapped(words: str, width_mm: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines no wider than the width when set in the sheet's typeface, with 3 % in hand for hinting."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    measure = TextToPath()
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure.get_text_width_height_descent(longer, font, False)[0] * POINT_MM <= 0.97 * width_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
