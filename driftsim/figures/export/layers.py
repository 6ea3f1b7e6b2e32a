"""What a run has to show, as layers of features: a geometry each, and columns of numbers and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from ...results.columns import coded, date_times, landed
from ...results.statistics import flag_names
from ...system.constants import SECONDS_PER_DAY
from ...system.errors import InputError
from ...system.kinds import AnyArray, JsonView

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from ...results.result import Readable

Columns = dict[str, AnyArray]

DIGITS = 5
"""Of coordinates, degrees: a metre."""


@dataclass(frozen=True)
class Layer:
    """Features of one kind.

    Attributes
    ----------
    name : str
    title : str
        For people.
    geometry : (n,) ndarray of shapely geometries
        WGS84, longitude first, within -180..180.
    columns : dict of (n,) ndarray
        Numbers (NaN: none), words (objects) or UTC times (``datetime64[s]``, NaT: none).
    rows : callable
        The layer as a plain table; by default the columns.
    """

    name: str
    title: str
    geometry: AnyArray
    columns: Columns
    rows: Callable[[], Columns] | None = field(default=None, compare=False)

    def table(self) -> Columns:
        """The layer without its geometry, for CSV."""
        return self.columns if self.rows is None else self.rows()


def layers_of(run: Readable, names: Sequence[str] | None = None) -> list[Layer]:
    """Layers of a run.

    Parameters
    ----------
    run : Run or Result
    names : sequence of str, optional
        Some of `LAYERS`; by default all that the run kept.

    Raises
    ------
    InputError
        For an unknown layer, or one that the run did not keep.
    """
    unknown = [name for name in names or () if name not in LAYERS]
    if unknown:
        raise InputError(f"--layer {unknown[0]}: no such layer; choose among {', '.join(LAYERS)}")
    found = {name: make(run) for name, make in LAYERS.items() if names is None or name in names}
    missing = [name for name in names or () if found[name] is None]
    if missing:
        where = getattr(run, "path", "run")
        raise InputError(f"{where}: has no {missing[0]}: its config did not ask for them (see [output] and [coast])")
    return [layer for layer in found.values() if layer is not None]


def _branch(lon: AnyArray) -> NDArray[np.float64]:
    """Longitudes within -180..180, as GeoJSON and KML want them."""
    return (np.asarray(lon, np.float64) + 180.0) % 360.0 - 180.0


def _places(lon: AnyArray, lat: AnyArray) -> NDArray[np.float64]:
    return np.column_stack([_branch(lon), np.asarray(lat, np.float64)]).round(DIGITS)


def _has_coast(run: Readable) -> bool:
    """Whether boats landed, and the shoreline is at hand."""
    return run.coast() is not None and bool((run.arrivals["coast_line"].values >= 0).any())


def _landings(run: Readable) -> Layer | None:
    columns = landed(run.arrivals)
    xy = _places(columns.pop("landing_lon"), columns.pop("landing_lat"))
    if not len(xy):
        return None
    return Layer(
        "landings",
        "First landings of boats",
        shapely.points(xy),
        columns,
        lambda: {**columns, "lon": xy[:, 0], "lat": xy[:, 1]},
    )


NUMBERS = (
    "boats",
    "probability",
    "mean_low",
    "mean_high",
    "season_low",
    "season_high",
    "share_of_home",
    "share_mean_low",
    "share_mean_high",
    "share_season_low",
    "share_season_high",
    "within_20_km",
    "days_p10",
    "days_p50",
    "days_p90",
)


def _stretches(run: Readable) -> Layer | None:
    """The named stretches of coast with the numbers of the summary, on the generalised line."""
    coast = run.coast()
    if coast is None or not _has_coast(run):
        return None
    bins, lines = coast.line_bins(), coast.bin_lines()
    regions = run.summary["regions"]
    found: list[tuple[str, BaseGeometry]] = []
    for code, key in enumerate(coast.stretch_keys):
        pieces = [shapely.linestrings(lines[i].round(DIGITS)) for i in np.flatnonzero(bins.stretch == code)]
        if pieces and key in regions:
            merged = shapely.line_merge(shapely.union_all(pieces))
            found.append((key, shapely.multilinestrings(shapely.get_parts(merged))))
    columns = _numbers(regions, [key for key, _ in found])
    return Layer("stretches", "Stretches of coast with their probabilities", np.array([g for _, g in found]), columns)


def _regions(run: Readable) -> Layer | None:
    """Regions of somebody's own with their numbers, as they were drawn; cut at 180 degrees. None without any."""
    own = {key: one.shape for key, one in run.area.own.items() if one.shape is not None}
    if not own:
        return None
    world = [shapely.transform(_WORLD, lambda xy, t=turn: xy + np.array([t, 0.0])) for turn in (-360.0, 0.0, 360.0)]
    shapes = []
    for shape in own.values():
        parts = [
            shapely.transform(shapely.intersection(shape, part), lambda xy, t=turn: xy - np.array([t, 0.0]))
            for turn, part in zip((-360.0, 0.0, 360.0), world, strict=True)
            if shapely.intersects(shape, part)
        ]
        pieces = [piece for part in parts for piece in shapely.get_parts(part) if piece.geom_type == "Polygon"]
        shapes.append(shapely.multipolygons(pieces))
    columns = _numbers(run.summary["regions"], list(own))
    return Layer("regions", "Regions of one's own with their probabilities", np.array(shapes), columns)


_WORLD = shapely.box(-180.0, -90.0, 180.0, 90.0)


def _numbers(regions: JsonView, keys: list[str]) -> Columns:
    """Names and numbers of regions, a row each."""
    columns: Columns = {"key": _words(keys)}
    columns |= {name: _words([regions[key][name] for key in keys]) for name in ("name", "country")}
    columns["boats"] = np.array([regions[key]["boats"] for key in keys], np.int64)
    columns |= {
        name: np.array([np.nan if regions[key][name] is None else regions[key][name] for key in keys], np.float64)
        for name in NUMBERS[1:]
    }
    return columns


def _coast_km(run: Readable) -> Layer | None:
    """Landings by 5 km of the generalised coast."""
    from ...results.landing_bins import landings_by_km

    coast = run.coast()
    if coast is None or not _has_coast(run):
        return None
    columns = {name: np.asarray(values) for name, values in landings_by_km(run.arrivals, coast).items()}
    lon, lat = columns.pop("lon"), columns.pop("lat")
    columns = {name: _words(values) if values.dtype.kind in "UO" else values for name, values in columns.items()}
    lines = np.array([shapely.linestrings(line.round(DIGITS)) for line in coast.bin_lines()])
    return Layer("coast_km", "Landings by 5 km of coast", lines, columns, lambda: {**columns, "lon": lon, "lat": lat})


def _tracks(run: Readable) -> Layer | None:
    """Paths of the boats whose tracks were kept."""
    tracks = run.tracks
    if tracks is None:
        return None
    lon, lat, time = (tracks[name].values for name in ("lon", "lat", "time"))
    there = np.isfinite(lon + lat + time)
    keep = np.flatnonzero(there.sum(axis=1) >= 2)
    if not keep.size:
        return None
    start = run.arrivals.attrs["run_start"]
    lines, ends = [], np.empty((keep.size, 2))
    for row, boat in enumerate(keep):
        fixes = there[boat]
        lines.append(_path(_places(lon[boat, fixes], lat[boat, fixes])))
        ends[row] = time[boat, fixes][[0, -1]]
    columns: Columns = {"boat": tracks["trajectory"].values[keep].astype(np.int64)}
    columns |= {name: coded(tracks[name])[keep] for name in ("source", "boat_class", "outcome", "stretch")}
    columns["member"] = tracks["member"].values[keep].astype(np.int64)
    columns |= {"begin": date_times(ends.min(axis=1), start), "end": date_times(ends.max(axis=1), start)}
    columns["days"] = (np.ptp(ends, axis=1) / SECONDS_PER_DAY).round(4)

    def fixes_of_all() -> Columns:
        of, at = np.nonzero(there[keep])
        boat = keep[of]
        xy = _places(lon[boat, at], lat[boat, at])
        return {
            "boat": columns["boat"][of],
            "time": date_times(time[boat, at], start),
            "lon": xy[:, 0],
            "lat": xy[:, 1],
            "age_days": tracks["age_days"].values[boat, at].astype(np.float64).round(4),
        }

    return Layer("tracks", "Tracks of boats", np.array(lines), columns, fixes_of_all)


def _path(xy: NDArray[np.float64]) -> BaseGeometry:
    """A line; cut where it crosses the 180th meridian."""
    cuts = np.flatnonzero(np.abs(np.diff(xy[:, 0])) > 180.0) + 1
    if not cuts.size:
        return shapely.linestrings(xy)
    return shapely.multilinestrings([shapely.linestrings(part) for part in np.split(xy, cuts) if len(part) > 1])


def _density(run: Readable) -> Layer | None:
    """Days afloat, summed over boats, classes and weeks, in the cells that any boat crossed."""
    density = run.density
    if density is None:
        return None
    days = density["boat_days"].transpose("boat_class", "time", "lat", "lon").values
    total = days.sum(axis=(0, 1), dtype=np.float64)
    j, i = np.nonzero(total)
    west, east = density["lon_bounds"].values.T
    south, north = density["lat_bounds"].values.T
    shift = _branch(west) - west
    cells = shapely.box((west + shift)[i].round(6), south[j].round(6), (east + shift)[i].round(6), north[j].round(6))

    def by_week() -> Columns:
        c, t, y, x = np.nonzero(days)
        start = run.arrivals.attrs["run_start"]
        begin, end = density["time_bounds"].values.T
        return {
            "boat_class": _words(flag_names(density["boat_class"]))[c],
            "week_start": date_times(begin, start)[t],
            "week_end": date_times(end, start)[t],
            "lon": _branch(density["lon"].values)[x],
            "lat": density["lat"].values[y],
            "boat_days": days[c, t, y, x].astype(np.float64).round(4),
        }

    columns = {"boat_days": total[j, i].round(4), "cell": np.arange(total.size).reshape(total.shape)[j, i]}
    return Layer("density", "Days afloat, summed over boats", cells, columns, by_week)


def _words(values: Sequence[str] | AnyArray) -> AnyArray:
    return np.array([str(value) for value in values], dtype=object)


LAYERS: dict[str, Callable[[Readable], Layer | None]] = {
    "landings": _landings,
    "stretches": _stretches,
    "regions": _regions,
    "coast_km": _coast_km,
    "tracks": _tracks,
    "density": _density,
}
"""Names of the layers, and what makes them of a run; None where the run did not keep it."""
