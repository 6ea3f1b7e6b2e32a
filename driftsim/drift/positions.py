"""Places that are tied to times: last known positions, and the way of a vessel from which something fell.

A boat's date decides where it begins: at the position of that date, or where the vessel was then.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..area.places import GEOD
from ..config import values
from ..system.errors import InputError
from ..system.kinds import Json, JsonView

if TYPE_CHECKING:
    from ..area.coast import Coast

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

KINDS = ("positions", "track")

_LARGEST_BYTES = 20_000_000
_NAMES = {
    "time": ("time", "date", "datetime", "timestamp", "time_utc", "times", "coordtimes"),
    "lon": ("longitude", "lon", "long", "x"),
    "lat": ("latitude", "lat", "y"),
    "radius": ("radius_km", "radius"),
    "number": ("number", "boats", "weight"),
}
"""Names of columns of a table, and of properties of a feature, in lower case."""

_NEEDED = "columns time, longitude, latitude, and if you like radius_km and number"
_PROBES = 64


@dataclass(frozen=True)
class Fix:
    """A position with its time (epoch seconds), how well it is known, and how many boats it stands for."""

    time: float
    lon: float
    lat: float
    radius_km: float = 0.0
    number: float = 1.0


@dataclass(frozen=True, eq=False)
class Tied:
    """Where boats begin that begin at a step.

    Attributes
    ----------
    centre : callable
        Longitude, latitude (degrees) and radius (km) for the uniform numbers that dates were drawn by, and the steps.
    """

    centre: Callable[[Floats, NDArray[np.int64]], tuple[Floats, Floats, Floats]]
    coast: Coast | None

    def draw(
        self, u: Floats, step: NDArray[np.int64], a: Floats, b: Floats
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Position in the disc about the place of each step, uniform by area, and whether it is at sea."""
        lon, lat, radius = self.centre(u, step)
        x, y = _around(lon, lat, radius, a, b)
        dry = np.zeros(len(x), bool) if self.coast is None else np.asarray(self.coast.is_land(x, y))
        return x, y, ~dry | (radius == 0.0)


def _around(lon: Floats, lat: Floats, radius_km: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Points about others: a square root makes them uniform by area. Where the radius is 0, the others themselves."""
    x, y, _ = GEOD.fwd(lon, lat, 360.0 * b, 1e3 * radius_km * np.sqrt(a))
    x = lon + (np.asarray(x) - lon + 180.0) % 360.0 - 180.0
    still = radius_km == 0.0
    return np.where(still, lon, x), np.where(still, lat, y)


# Last known positions ------------------------------------------------------------------------------------------------


def positions(fixes: list[Fix], steps: NDArray[np.int64], coast: Coast | None, domain: Box, on_land: str) -> Tied:
    """Each position at its own step; `release.Dates` chooses among them by their numbers of boats.

    Raises
    ------
    InputError
        If one lies on land or outside the domain.
    """
    lon, lat, radius = (np.array([getattr(fix, name) for fix in fixes]) for name in ("lon", "lat", "radius_km"))
    lon, lat = _refuse_unfit(lon, lat, radius, coast, domain, on_land)
    share = np.array([fix.number for fix in fixes])
    cumulative = np.concatenate([[0.0], np.cumsum(share) / share.sum()])

    def centre(u: Floats, step: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        # As `release.Dates.draw` chooses, so that two positions of one moment are told apart.
        k = np.minimum(np.searchsorted(cumulative, u, side="right") - 1, len(lon) - 1)
        return lon[k], lat[k], radius[k]

    return Tied(centre, coast)


def track(
    fixes: list[Fix],
    radius_km: float,
    moments: Callable[[NDArray[np.int64]], Floats],
    span: tuple[int, int],
    coast: Coast | None,
    domain: Box,
    on_land: str,
) -> Tied:
    """The way of a vessel: straight in longitude and latitude from each position to the next.

    Parameters
    ----------
    moments : callable
        Epoch seconds of steps.
    span : tuple of int
        First and last step of release.
    """
    times, lon, lat = (np.array([getattr(fix, name) for fix in fixes]) for name in ("time", "lon", "lat"))
    if (np.diff(times) <= 0.0).any():
        raise InputError("the times of a track must ascend; put its positions in order")
    if np.abs(np.diff(lon)).max() > 180.0:
        raise InputError("the track jumps from one side of 180 degrees to the other; count on past it, as in 181")
    steps = np.arange(span[0], span[1] + 1)
    at = moments(steps)
    x, y = np.interp(at, times, lon), np.interp(at, times, lat)
    radius = np.full(len(x), radius_km)
    x, y = _refuse_unfit(x, y, radius, coast, domain, on_land)

    def centre(u: Floats, step: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        k = step - span[0]
        return x[k], y[k], radius[k]

    return Tied(centre, coast)


def _refuse_unfit(
    lon: Floats, lat: Floats, radius: Floats, coast: Coast | None, domain: Box, on_land: str
) -> tuple[Floats, Floats]:
    """See that places lie in the domain and at sea; those without radius on land are moved where that is asked for."""
    edge = [_around(lon, lat, radius, np.ones(len(lon)), np.full(len(lon), turn)) for turn in (0.0, 0.25, 0.5, 0.75)]
    west, east = (of(np.concatenate([x for x, _ in edge])) for of in (np.min, np.max))
    south, north = (of(np.concatenate([y for _, y in edge])) for of in (np.min, np.max))
    if not (domain[0] <= west and east <= domain[1] and domain[2] <= south and north <= domain[3]):
        raise InputError(
            f"reaches {west:.3f} to {east:.3f} E, {south:.3f} to {north:.3f} N, outside the domain {domain[0]:g} to "
            f"{domain[1]:g} E, {domain[2]:g} to {domain[3]:g} N; move it or widen coast.domain"
        )
    if coast is None:
        return lon, lat
    k: Floats = np.arange(_PROBES, dtype=np.float64) + 0.5
    a, b = np.mod(k * 0.7548776662466927, 1.0), np.mod(k * 0.5698402909980532, 1.0)
    dry = np.zeros(len(lon), bool)
    for n in range(len(lon)):
        x, y = _around(np.full(_PROBES, lon[n]), np.full(_PROBES, lat[n]), np.full(_PROBES, radius[n]), a, b)
        dry[n] = bool(np.asarray(coast.is_land(x, y)).all())
    if not dry.any():
        return lon, lat
    first = int(np.flatnonzero(dry)[0])
    move = on_land == "move" and not radius[dry].any()
    if not move:
        remedy = "give a place at sea" + ("" if radius[dry].any() else ', or set release.on_land = "move"')
        raise InputError(
            f"on land: {int(dry.sum())} of its places, the first [{lon[first]:g}, {lat[first]:g}]; {remedy}"
        )
    lon, lat = lon.copy(), lat.copy()
    lon[dry], lat[dry] = coast.nearest_sea(lon[dry], lat[dry])
    return lon, lat


# Files ---------------------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Fix]:
    """Positions with times: of a CSV file, or of the points or the line of a GeoJSON file that state their times.

    Raises
    ------
    InputError
        Names line or feature.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        why = getattr(problem, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path}: cannot be read ({why}); give a CSV or GeoJSON file") from None
    if len(raw) > _LARGEST_BYTES:
        raise InputError(f"{path}: is larger than {_LARGEST_BYTES // 10**6} MB")
    fixes = _features(path, text) if text.lstrip().startswith("{") else _rows(path, text)
    if not fixes:
        raise InputError(f"{path}: holds no position; give {_NEEDED}")
    return fixes


def _rows(path: Path, text: str) -> list[Fix]:
    head = text.partition("\n")[0]
    comma = next((mark for mark in (";", "\t") if head.count(mark) > head.count(",")), ",")
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=comma))
    except csv.Error as problem:
        raise InputError(f"{path}: cannot be read as a table ({problem}); give {_NEEDED}") from None
    names = [cell.strip().lower() for cell in lines[0]] if lines else []
    of = {what: next((names.index(n) for n in known if n in names), None) for what, known in _NAMES.items()}
    if None in (of["time"], of["lon"], of["lat"]):
        raise InputError(f"{path}: has the columns {', '.join(names)[:200] or 'none'}; needed are {_NEEDED}")
    out = []
    for number, cells in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in cells):
            if len(cells) != len(names):
                raise InputError(f"{path}: line {number}: has {len(cells)} cells, the first line {len(names)} names")
            given = {what: cells[n].strip() for what, n in of.items() if n is not None}
            out.append(_fix(given, f"{path}: line {number}"))
    return out


def _features(path: Path, text: str) -> list[Fix]:
    try:
        content = json.loads(text)
        features = content["features"] if content.get("type") == "FeatureCollection" else [content]
        out: list[Fix] = []
        for number, feature in enumerate(features, 1):
            out += _of_feature(feature, f"{path}: feature {number}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path}: not GeoJSON; give features with points, or a line, and their times") from None
    return out


def _of_feature(feature: JsonView, where: str) -> Iterable[Fix]:
    kind, places = feature["geometry"]["type"], feature["geometry"]["coordinates"]
    stated = {str(name).lower(): value for name, value in (feature.get("properties") or {}).items()}
    given = {what: next((stated[n] for n in known if n in stated), None) for what, known in _NAMES.items()}
    times = given["time"]
    if kind == "Point":
        places, times = [places], [times]
    elif kind not in ("LineString", "MultiPoint"):
        raise InputError(f"{where}: is a {str(kind)[:40]}; a position is a Point, a track a LineString")
    if not isinstance(times, list) or len(times) != len(places) or None in times:
        raise InputError(f"{where}: must state time as a property; of a line times, one for each place")
    more = {what: given[what] for what in ("radius", "number") if given[what] is not None}
    for place, moment in zip(places, times, strict=True):
        yield _fix({"time": moment, "lon": place[0], "lat": place[1], **more}, where)


def _fix(given: Json, where: str) -> Fix:
    try:
        moment = datetime.fromisoformat(str(given["time"]).strip())
    except ValueError:
        raise InputError(
            f"{where}: time = {str(given['time'])[:40]!r}: must be a date and time such as 2017-11-01T08:00Z"
        ) from None
    try:
        lon, lat = values.degrees(given["lon"], "EW"), values.degrees(given["lat"], "NS")
    except ValueError as problem:
        raise InputError(f"{where}: {problem}") from None
    radius, number = (_number(given.get(what), name, where) for what, name in (("radius", 0.0), ("number", 1.0)))
    return Fix((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), lon, lat, radius, number)


def _number(value: str | float | None, default: float, where: str) -> float:
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0.0 <= number <= 1e9:
        raise InputError(f"{where}: {str(value)[:40]!r} must be a number, 0 or more (radius in km, number of boats)")
    return number
