"""Places where boats begin: points, lines and areas that are drawn from uniformly.

A place turns two uniform numbers into a position, and says whether it will do; where it will not (on land, outside a
ragged edge) the boat's next pair of numbers is tried. So a boat's position follows from its number alone, and it is
uniform over the part of the place that is sea. Edges are straight in longitude and latitude, as a boat's path is; area
is that on the sphere, length that on the WGS84 ellipsoid.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from ..system.errors import InputError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from ..system.kinds import Slice
    from .coast import Coast

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GEOD = Geod(ellps="WGS84")

Index: TypeAlias = "Slice | NDArray[np.int64] | Bools"

LEAST_ACCEPTED = 0.02
"""A place of which less than this part is sea, after the land-locked cells are left out, is refused as a slip."""

OUT, PARTLY, WHOLLY = 0, 1, 2

_PARTLY_AT_MOST = 0.15
_CELLS_AT_MOST = 20_000
_SPLITS_AT_MOST = 14
_LINE_PIECE_DEG = 0.05
_PROBES = 4096


class Place(Protocol):
    """Anything that boats can be put into."""

    def draw(self, u: Floats, v: Floats) -> tuple[Floats, Floats, Bools]:
        """Longitude, latitude (degrees) for uniforms in (0, 1), and whether the position will do; all shape (n,)."""
        ...


class Limit(Protocol):
    """One condition on a position of an area. Limits that compare equal hold the same positions."""

    def classify(self, cells: Cells) -> NDArray[np.int8]:
        """Whether each cell is OUT, PARTLY or WHOLLY within; PARTLY is always allowed as an answer."""
        ...

    def contains(self, lon: Floats, lat: Floats) -> Bools:
        """Whether positions are within."""
        ...


@dataclass(frozen=True, eq=False)
class Cells:
    """Boxes in degrees, each array of shape (n,)."""

    west: Floats
    east: Floats
    south: Floats
    north: Floats

    @classmethod
    def grid(cls, bounds: tuple[float, float, float, float], count: int = 8) -> Cells:
        """``count`` x ``count`` cells of a box (west, south, east, north)."""
        x, y = np.linspace(bounds[0], bounds[2], count + 1), np.linspace(bounds[1], bounds[3], count + 1)
        i, j = (a.ravel() for a in np.meshgrid(np.arange(count), np.arange(count)))
        return cls(x[i], x[i + 1], y[j], y[j + 1])

    def __len__(self) -> int:
        return len(self.west)

    def __getitem__(self, which: Index) -> Cells:
        return Cells(self.west[which], self.east[which], self.south[which], self.north[which])

    def __add__(self, other: Cells) -> Cells:
        pairs = zip(self._arrays(), other._arrays(), strict=True)
        return Cells(*(np.concatenate(pair) for pair in pairs))

    def _arrays(self) -> tuple[Floats, ...]:
        return self.west, self.east, self.south, self.north

    def quarters(self) -> Cells:
        """Each cell cut in four."""
        x, y = self.centre()
        return (
            Cells(self.west, x, self.south, y)
            + Cells(x, self.east, self.south, y)
            + Cells(self.west, x, y, self.north)
            + Cells(x, self.east, y, self.north)
        )

    def centre(self) -> tuple[Floats, Floats]:
        """Middle in longitude and latitude."""
        return 0.5 * (self.west + self.east), 0.5 * (self.south + self.north)

    def half_diagonal_km(self) -> Floats:
        """Upper bound on the distance from the middle to any point of the cell."""
        lowest = np.where((self.south < 0.0) & (self.north > 0.0), 0.0, np.minimum(abs(self.south), abs(self.north)))
        width = (self.east - self.west) * np.cos(np.radians(lowest))
        # 111.8 km is more than any degree of WGS84; 1 % for the geometry being curved.
        return 1.01 * 0.5 * 111.8 * np.hypot(width, self.north - self.south)

    def area(self) -> Floats:
        """Area on the sphere, up to a factor."""
        found: Floats = (self.east - self.west) * (np.sin(np.radians(self.north)) - np.sin(np.radians(self.south)))
        return found


@dataclass(frozen=True)
class Within:
    """Inside polygons (shapely geometry, degrees)."""

    shape: BaseGeometry

    def classify(self, cells: Cells) -> NDArray[np.int8]:
        shapely.prepare(self.shape)
        boxes = shapely.box(cells.west, cells.south, cells.east, cells.north)
        flags = np.where(shapely.intersects(self.shape, boxes), PARTLY, OUT).astype(np.int8)
        flags[shapely.contains_properly(self.shape, boxes)] = WHOLLY
        return flags

    def contains(self, lon: Floats, lat: Floats) -> Bools:
        shapely.prepare(self.shape)
        found: NDArray[np.bool_] = shapely.contains_xy(self.shape, lon, lat)
        return found


@dataclass(frozen=True)
class Distance:
    """At least ``least_km`` and at most ``most_km`` from a point, along the ellipsoid."""

    lon: float
    lat: float
    least_km: float
    most_km: float

    def _km(self, lon: Floats, lat: Floats) -> Floats:
        found: Floats = GEOD.inv(np.full_like(lon, self.lon), np.full_like(lat, self.lat), lon, lat)[2] * 1e-3
        return found

    def classify(self, cells: Cells) -> NDArray[np.int8]:
        km, reach = self._km(*cells.centre()), cells.half_diagonal_km()
        flags = np.full(len(cells), PARTLY, np.int8)
        flags[(km - reach >= self.least_km) & (km + reach <= self.most_km)] = WHOLLY
        flags[(km + reach < self.least_km) | (km - reach > self.most_km)] = OUT
        return flags

    def contains(self, lon: Floats, lat: Floats) -> Bools:
        km = self._km(lon, lat)
        return (km >= self.least_km) & (km <= self.most_km)

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the disc, degrees, a little too wide rather than too narrow."""
        edge = np.arange(0.0, 360.0, 2.0)
        lon, lat, _ = GEOD.fwd(
            np.full_like(edge, self.lon), np.full_like(edge, self.lat), edge, np.full_like(edge, 1e3 * self.most_km)
        )
        lon = self.lon + (np.asarray(lon) - self.lon + 180.0) % 360.0 - 180.0
        # Between two of 180 points of the edge the disc reaches at most 1 - cos 1° = 0.00015 of its radius farther.
        spare = 2e-4 * max(np.ptp(lon), np.ptp(lat))
        return float(lon.min() - spare), float(min(lat) - spare), float(lon.max() + spare), float(max(lat) + spare)


@dataclass(frozen=True)
class Sea:
    """At sea, and at least ``least_km`` from any shore."""

    coast: Coast
    least_km: float = 0.0

    def classify(self, cells: Cells) -> NDArray[np.int8]:
        lon, lat = cells.centre()
        # 1 % and 50 m for distances that are rounded or measured on a sphere.
        reach = 1.01 * cells.half_diagonal_km() + 0.05
        km = np.asarray(self.coast.distance_km(lon, lat), np.float64)
        seaward = np.where(self.coast.is_land(lon, lat), -km, km)
        flags = np.full(len(cells), PARTLY, np.int8)
        flags[seaward - reach > 1.01 * self.least_km] = WHOLLY
        flags[seaward + reach < 0.99 * self.least_km] = OUT
        return flags

    def contains(self, lon: Floats, lat: Floats) -> Bools:
        sea = ~np.asarray(self.coast.is_land(lon, lat), bool)
        if self.least_km > 0.0:
            sea[sea] = np.asarray(self.coast.distance_km(lon[sea], lat[sea])) >= self.least_km
        return sea


@dataclass(frozen=True, eq=False)
class Points:
    """Single positions, each as likely as the others; shapes (n,)."""

    lon: Floats
    lat: Floats

    def draw(self, u: Floats, v: Floats) -> tuple[Floats, Floats, Bools]:
        k = np.minimum((u * len(self.lon)).astype(np.int64), len(self.lon) - 1)
        return self.lon[k], self.lat[k], np.ones(len(u), bool)


class Line:
    """Lines, uniform by length.

    Parameters
    ----------
    lines : sequence of ndarray, shape (points, 2)
        Longitude and latitude of the points.
    limits : sequence of Limit
    """

    def __init__(self, lines: Sequence[Floats], limits: Sequence[Limit]) -> None:
        starts, ends = [], []
        for line in lines:
            dense = _dense(np.asarray(line, np.float64))
            starts.append(dense[:-1])
            ends.append(dense[1:])
        self._start, self._end = np.concatenate(starts), np.concatenate(ends)
        metres = GEOD.inv(self._start[:, 0], self._start[:, 1], self._end[:, 0], self._end[:, 1])[2]
        self._cumulative = np.concatenate([[0.0], np.cumsum(metres)])
        self._limits = tuple(limits)
        if not self._cumulative[-1] > 0.0:
            raise InputError("the line has no length; use a point")

    def draw(self, u: Floats, v: Floats) -> tuple[Floats, Floats, Bools]:
        k, part = _pick(self._cumulative, u)
        place = self._start[k] + part[:, None] * (self._end[k] - self._start[k])
        lon, lat = np.ascontiguousarray(place[:, 0]), np.ascontiguousarray(place[:, 1])
        return lon, lat, _within_all(self._limits, lon, lat)


def _dense(line: Floats) -> Floats:
    """A line with points so near to each other that a degree has one length between them."""
    pieces = [line[:1]]
    for a, b in itertools.pairwise(line):
        count = max(1, math.ceil(float(np.abs(b - a).max()) / _LINE_PIECE_DEG))
        pieces.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces)


class Area:
    """An area, uniform on the sphere: the part of a box that satisfies all limits.

    The box is cut into cells, those across an edge ever finer, until nearly all of the area lies in cells that are
    wholly within; only a draw in one of the others needs to be looked at closer.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north, degrees.
    limits : sequence of Limit
    """

    def __init__(self, bounds: tuple[float, float, float, float], limits: Sequence[Limit]) -> None:
        self._limits = tuple(limits)
        cells, wholly = _cover(bounds, self._limits)
        if len(cells) == 0:
            raise InputError("none of it is sea")
        self._cells, self._wholly = cells, wholly
        self._cumulative = np.concatenate([[0.0], np.cumsum(cells.area())])
        self._sin_south, self._sin_north = (np.sin(np.radians(a)) for a in (cells.south, cells.north))

    def draw(self, u: Floats, v: Floats) -> tuple[Floats, Floats, Bools]:
        k, part = _pick(self._cumulative, u)
        cells = self._cells[k]
        lon = cells.west + part * (cells.east - cells.west)
        lat = np.degrees(np.arcsin(self._sin_south[k] + v * (self._sin_north[k] - self._sin_south[k])))
        lat = np.clip(lat, cells.south, cells.north)
        good = self._wholly[k]
        look = ~good
        good[look] = _within_all(self._limits, lon[look], lat[look])
        return lon, lat, good


@lru_cache(maxsize=64)
def _cover(bounds: tuple[float, float, float, float], limits: tuple[Limit, ...]) -> tuple[Cells, Bools]:
    """Cells that cover the area, and which of them lie wholly in it; kept: it is most of a release plan's work."""
    cells = Cells.grid(bounds)
    done = cells[:0]
    for depth in range(_SPLITS_AT_MOST):
        flags = np.full(len(cells), WHOLLY, np.int8)
        for limit in limits:
            here = flags != OUT
            flags[here] = np.minimum(flags[here], limit.classify(cells[here]))
        done += cells[flags == WHOLLY]
        cells = cells[flags == PARTLY]
        ragged, whole = cells.area().sum(), done.area().sum()
        few = len(done) + 4 * len(cells) <= _CELLS_AT_MOST
        if ragged <= _PARTLY_AT_MOST * (ragged + whole) or not few or depth == _SPLITS_AT_MOST - 1:
            break
        cells = cells.quarters()
    return done + cells, np.arange(len(done) + len(cells)) < len(done)


def _pick(cumulative: Floats, u: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The interval of a cumulative sum (from 0) that ``u`` of its total falls into, and how far into it (0 to 1)."""
    target = u * cumulative[-1]
    k = np.clip(np.searchsorted(cumulative, target, side="right") - 1, 0, len(cumulative) - 2)
    return k, np.clip((target - cumulative[k]) / (cumulative[k + 1] - cumulative[k]), 0.0, 1.0)


def _within_all(limits: tuple[Limit, ...], lon: Floats, lat: Floats) -> Bools:
    good = np.ones(len(lon), bool)
    for limit in limits:
        good[good] = limit.contains(lon[good], lat[good])
    return good


def accepted_part(place: Place) -> float:
    """Part of the draws that will do, from a fixed set of trials; 0 where none of them does."""
    k = np.arange(_PROBES, dtype=np.float64) + 0.5
    # Roberts' R2 sequence: evenly spread, and no seed.
    _, _, good = place.draw(k * 0.7548776662466927 % 1.0, k * 0.5698402909980532 % 1.0)
    return float(good.mean())
