"""Which stretch of coast each edge of the shore belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...system.errors import InputError
from ..area_file import MOST_STRETCHES, AreaFile, Mainland
from ..coast import earth_xyz
from .frame import MICRO, Frame
from .rings import Ring, nearest_vertex, ring_at, square_km
from .samples import Codes

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

DEFAULT_KM2 = 100.0
"""Pieces of land above this become stretches of their own where the file names none."""

_UNNAMED = 255


@dataclass(frozen=True)
class Named:
    """A stretch: what tables need to know of it, and a place on its land if it was made from the shoreline."""

    key: str
    name: str
    country: str
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class NamedPolygon:
    """An outline whose shore is one stretch."""

    code: int
    shape: BaseGeometry


@dataclass(frozen=True)
class Owners:
    """Stretches, the code of each edge of each ring, and which ring is which mainland."""

    stretches: tuple[Named, ...]
    codes: list[Codes]
    mainland: dict[str, int]


class _Owning:
    """The codes as they come about."""

    def __init__(self, area: AreaFile, rings: list[Ring], frame: Frame, outlines: list[NamedPolygon]) -> None:
        self.area, self.rings, self.frame, self.outlines = area, rings, frame, outlines
        self.codes: list[Codes | None] = [None] * len(rings)
        self.leading: list[int] = []
        """Rings whose shore others are compared with."""

    def give(self, index: int, codes: Codes, *, leads: bool) -> None:
        self.codes[index] = codes
        if leads:
            self.leading.append(index)

    def whole(self, index: int, code: int, *, leads: bool) -> None:
        self.give(index, np.full(len(self.rings[index]) - 1, code, np.uint8), leads=leads)


def owners(
    area: AreaFile,
    rings: list[Ring],
    frame: Frame,
    named: list[Named],
    outlines: list[NamedPolygon],
) -> Owners:
    """The stretch of every edge.

    In this order: mainlands with boundaries, places (``at``), boxes of islands, pieces of land above the size that the
    file states, and the rest by the nearest shore of those. What lies in a named outline is its own in any case.

    Parameters
    ----------
    named
        Stretches known so far: those of the file, then those of its polygons.
    outlines
        Outlines that name shore, the first one first.

    Raises
    ------
    InputError
        A place without land, boundaries out of order, too many stretches, a stretch without shore.
    """
    own = _Owning(area, rings, frame, outlines)
    code_of = {stretch.key: code for code, stretch in enumerate(named)}
    mainland = {}
    for n, land in enumerate(area.mainlands):
        index = mainland[land.key] = ring_at(rings, land.at, f"mainlands[{n}].at")
        own.give(index, _along(rings[index], land, n, code_of), leads=True)
    for n, stretch in enumerate(area.stretches):
        if stretch.at is not None:
            index = ring_at(rings, stretch.at, f"stretches[{n}].at")
            if own.codes[index] is None:
                own.whole(index, n, leads=True)
    _boxes(own)
    in_outlines = _outlined(own)
    stretches = (*named, *_above(own, len(named), in_outlines))
    _rest(own, in_outlines)
    codes = [
        np.where(given == _UNNAMED, code, given)
        for code, given in zip(own.codes, in_outlines, strict=True)
        if code is not None
    ]
    _all_there(stretches, codes, rings, frame)
    return Owners(stretches, codes, mainland)


def _along(ring: Ring, land: Mainland, n: int, code_of: dict[str, int]) -> Codes:
    """Stretch of each edge of a mainland from the boundaries along it, which must come in the ring's order."""
    count = len(ring) - 1
    at = [nearest_vertex(ring, *boundary.at) for boundary in land.boundaries]
    order = [(i - at[0]) % count for i in at]
    for m in range(1, len(order)):
        if order[m] <= order[m - 1]:
            raise InputError(
                f"mainlands[{n}].boundaries[{m}] ({land.key}: {land.boundaries[m].stretch}, "
                f"{list(land.boundaries[m].at)}) is out of order: give them along the shore, land on the right hand"
            )
    codes = np.empty(count, np.uint8)
    for boundary, first, after in zip(land.boundaries, order, [*order[1:], count], strict=True):
        codes[(at[0] + np.arange(first, after)) % count] = code_of[boundary.stretch]
    return codes


def _boxes(own: _Owning) -> None:
    """Islands whose middle lies in a box of a stretch; the last such box counts."""
    boxes = [(code, box) for code, stretch in enumerate(own.area.stretches) for box in stretch.islands]
    for index, ring in enumerate(own.rings):
        if own.codes[index] is None:
            lon, lat = 0.5 * (ring.min(0) + ring.max(0)) / MICRO
            for code, (west, east, south, north) in boxes:
                if west < lon < east and south < lat < north:
                    own.whole(index, code, leads=False)


def _outlined(own: _Owning) -> list[Codes]:
    """For each ring the codes that outlines give its edges, 255 where none does: in one, else near to one."""
    count = [len(ring) - 1 for ring in own.rings]
    out = np.full(sum(count), _UNNAMED, np.uint8)
    if own.outlines:
        middle = np.concatenate([0.5 * (ring[:-1] + ring[1:]) for ring in own.rings]) / MICRO
        lat = 0.5 * (own.frame.south + own.frame.north)
        scale = np.array([np.cos(np.radians(lat)), 1.0])
        shapes = [shapely.transform(outline.shape, lambda xy: xy * scale) for outline in own.outlines]
        reach = (own.area.polygons.reach_km if own.area.polygons else 2.0) / 111.2
        where, which = shapely.STRtree(shapes).query_nearest(
            shapely.points(middle * scale), max_distance=max(reach, 1e-9), all_matches=True
        )
        # The first outline of equally near ones: both columns come sorted by place.
        first = np.r_[True, where[1:] != where[:-1]] if len(where) else np.zeros(0, bool)
        best = np.minimum.reduceat(which, np.flatnonzero(first)) if len(where) else which
        out[where[first]] = np.array([outline.code for outline in own.outlines], np.uint8)[best]
    return np.split(out, np.cumsum(count)[:-1])


def _above(own: _Owning, known: int, in_outlines: list[Codes]) -> list[Named]:
    """Stretches for the pieces of land above the stated size that have none yet, the largest first."""
    least = own.area.islands_above_km2
    if least is None:
        if known:
            return []
        least = DEFAULT_KM2
    free = [i for i, code in enumerate(own.codes) if code is None and (in_outlines[i] == _UNNAMED).any()]
    sizes = {i: square_km(own.rings[i]) for i in free}
    large = sorted((i for i in free if sizes[i] > least), key=lambda i: -sizes[i])
    if not large and not known and free:
        large = [max(free, key=lambda i: sizes[i])]
    if known + len(large) > MOST_STRETCHES:
        bound = sizes[large[MOST_STRETCHES - known]] if known < MOST_STRETCHES else 0.0
        raise InputError(
            f"islands_above_km2 = {least:g} gives {len(large)} stretches"
            + (f" besides the {known} that are named" if known else "")
            + f"; at most {MOST_STRETCHES} in all: "
            + (f"use {_rounded_up(bound):g}" if bound else "name fewer")
        )
    out: list[Named] = []
    for index in large:
        point = shapely.point_on_surface(shapely.make_valid(shapely.Polygon(own.rings[index] / MICRO)))
        lon, lat = round(point.x, 4), round(point.y, 4)
        own.whole(index, known + len(out), leads=True)
        name = f"Land at {_degrees(lon, 'E', 'W')}, {_degrees(lat, 'N', 'S')}"
        key = f"land_{len(out) + 1}"
        while any(stretch.key == key for stretch in own.area.stretches):
            key += "_"
        out.append(Named(key, name, own.area.country, (lon, lat)))
    return out


def _degrees(value: float, positive: str, negative: str) -> str:
    value = (value + 180.0) % 360.0 - 180.0 if positive == "E" else value
    return f"{abs(value):.1f}° {positive if value >= 0.0 else negative}"


def _rounded_up(value: float) -> float:
    """Three digits, upwards: a threshold that the value does not pass."""
    step = 10.0 ** (np.floor(np.log10(value)) - 2)
    return float(np.ceil(value / step) * step)


def _rest(own: _Owning, in_outlines: list[Codes]) -> None:
    """Land without a stretch goes to that of the nearest shore of those that lead, or of an outline."""
    points, owner = [], []
    for index, ring in enumerate(own.rings):
        codes = own.codes[index] if index in own.leading else None
        given = in_outlines[index]
        taken = np.where(given == _UNNAMED, codes, given) if codes is not None else given
        shore = ~own.frame.on_edge(ring) & (taken != _UNNAMED)
        if shore.any():
            points.append(0.5 * (ring[:-1] + ring[1:])[shore] / MICRO)
            owner.append(taken[shore])
    if not points:
        raise InputError("stretches: none of them has shore in the box; give at, a boundary or islands_above_km2")
    where, codes_of = np.concatenate(points), np.concatenate(owner)
    tree = cKDTree(earth_xyz(where[:, 0], where[:, 1]))
    for index, ring in enumerate(own.rings):
        if own.codes[index] is None:
            given = in_outlines[index]
            if (given != _UNNAMED).any() and index not in own.leading:
                middle = 0.5 * (ring[:-1] + ring[1:]) / MICRO
                own.codes[index] = codes_of[tree.query(earth_xyz(middle[:, 0], middle[:, 1]))[1]].astype(np.uint8)
            else:
                distance, nearest = tree.query(earth_xyz(*(ring[:-1] / MICRO).T))
                own.whole(index, int(codes_of[nearest[np.argmin(distance)]]), leads=False)


def _all_there(stretches: tuple[Named, ...], codes: list[Codes], rings: list[Ring], frame: Frame) -> None:
    count = np.zeros(len(stretches), np.int64)
    for code, ring in zip(codes, rings, strict=True):
        count += np.bincount(code[~frame.on_edge(ring)], minlength=len(stretches))
    absent = [stretch.key for stretch, number in zip(stretches, count, strict=True) if not number]
    if absent:
        raise InputError(f"stretches: {', '.join(absent[:8])} has no shore in the box; remove it or move its place")


def names_of(area: AreaFile) -> list[Named]:
    """Stretches that the file names, by code."""
    return [
        Named(stretch.key, stretch.name.get("en") or next(iter(stretch.name.values())), stretch.country)
        for stretch in area.stretches
    ]


def counts(found: Owners, rings: list[Ring]) -> NDArray[np.int64]:
    """Edges of each stretch, (stretch,)."""
    return sum(
        (np.bincount(code, minlength=len(found.stretches)) for code in found.codes),
        np.zeros(len(found.stretches), np.int64),
    )
