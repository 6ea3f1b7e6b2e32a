"""Generalised coast lines: the shore without its inlets, along which kilometres are counted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from scipy.spatial import cKDTree

from ...system.kinds import AnyArray
from ..area_file import AreaFile
from ..coast import earth_xyz
from .frame import MICRO, Frame
from .owners import Owners
from .rings import Ring, nearest_vertex, ring_at, square_km
from .samples import Codes, sampled

CLOSING_KM = 1.0
"""Lines pass by inlets with a mouth narrower than twice this: harbours, rivers, lagoons."""
TOLERANCE_KM = 1.0
"""Leaves pieces of about 5 km."""
_SHORTEST_KM = 20.0


@dataclass(frozen=True)
class _Wanted:
    """A line to be drawn: its land, and from where to where (None: the southernmost point; once around)."""

    key: str
    ring: int
    begin: tuple[float, float] | None = None
    end: tuple[float, float] | None = None
    every: bool = False  # each run of shore between two cuts, not only the longest


def lines(area: AreaFile, rings: list[Ring], found: Owners, frame: Frame) -> dict[str, AnyArray]:
    """The lines, one after the other, with their kilometres and the stretch of each piece.

    Those of the file; without any, one for every mainland, every piece of land with a stretch of its own, and the
    largest of each stretch that has none else.
    """
    wanted = _stated(area, rings, found) if area.lines else _all(rings, found)
    geod = Geod(ellps="WGS84")
    keys: list[str] = []
    xy, km, stretch, starts = [], [], [], [0]
    for want in wanted:
        ring, code = closed(rings[want.ring], found.codes[want.ring], frame)
        for n, (first, count) in enumerate(_runs(ring, want, frame)):
            line, owner = generalised(ring, code, first, count)
            length = geod.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])[2] / 1000.0
            if n and length.sum() < _SHORTEST_KM:
                break
            keys.append(want.key if n == 0 else f"{want.key}_{n + 1}")
            xy.append(line)
            km.append(np.r_[0.0, np.cumsum(length)])
            stretch.append(np.r_[owner, -1])
            starts.append(starts[-1] + len(line))
    return {
        "line_keys": np.array(keys),
        "line_starts": np.array(starts, np.int32),
        "line_xy": np.rint(np.concatenate(xy) * MICRO).astype(np.int32),
        "line_km": np.concatenate(km).astype(np.float32),
        "line_stretch": np.concatenate(stretch).astype(np.int8),
    }


def _stated(area: AreaFile, rings: list[Ring], found: Owners) -> list[_Wanted]:
    out = []
    for n, line in enumerate(area.lines):
        land = found.mainland[line.land] if line.land is not None else None
        index = land if land is not None else ring_at(rings, line.at or (0.0, 0.0), f"lines[{n}].at")
        out.append(_Wanted(line.key, index, line.begin, line.end))
    return out


def _all(rings: list[Ring], found: Owners) -> list[_Wanted]:
    of_ring = {index: key for key, index in found.mainland.items()}
    there: set[int] = {int(code) for index in of_ring for code in np.unique(found.codes[index])}
    by_size = sorted(range(len(rings)), key=lambda i: -square_km(rings[i]))
    for index in by_size:
        mine = {int(code) for code in np.unique(found.codes[index])}
        if index not in of_ring and mine - there:
            of_ring[index] = found.stretches[min(mine - there)].key
            there |= mine
    return [_Wanted(key, index, every=True) for index, key in of_ring.items()]


def _runs(ring: Ring, want: _Wanted, frame: Frame) -> list[tuple[int, int]]:
    """First vertex and number of edges of each run of shore, the longest first; one of them unless all are wanted."""
    n = len(ring) - 1
    gaps = np.flatnonzero(frame.on_edge(ring, tolerance=200))
    if len(gaps):  # open: from the end of the last of the cut edges that follow each other to the next one
        runs = [(int(g + 1) % n, int((gaps[(i + 1) % len(gaps)] - g - 1) % n)) for i, g in enumerate(gaps)]
        if len(gaps) == 1:
            runs = [(runs[0][0], n - 1)]
        longest = max(runs, key=lambda run: run[1])
        rest = sorted((run for run in runs if run != longest and run[1] > 1), key=lambda run: -run[1])
        return [longest, *rest] if want.every else [longest]
    first = int(np.argmin(ring[:-1, 1])) if want.begin is None else nearest_vertex(ring, *want.begin)
    return [(first, n if want.end is None else (nearest_vertex(ring, *want.end) - first) % n or n)]


def closed(ring: Ring, codes: Codes, frame: Frame) -> tuple[Ring, Codes]:
    """A ring with its narrow inlets shut (grown and shrunk again), and the stretch of each of its edges."""
    scale = np.array([111.32 * np.cos(np.radians(ring[:, 1].mean() / MICRO)), 111.13]) / MICRO
    radius = min(CLOSING_KM, (np.ptp(ring, axis=0) * scale).max() / 16.0)
    shape = shapely.make_valid(shapely.Polygon(ring * scale)).buffer(radius, quad_segs=8).buffer(-radius, quad_segs=8)
    largest = max(shapely.get_parts(shape), key=shapely.area)
    outline = shapely.get_coordinates(shapely.LinearRing(largest.exterior.coords).segmentize(0.5))
    xy = np.rint(outline[:: -1 if largest.exterior.is_ccw else 1] / scale).astype(np.int64)
    points, owner = sampled([ring], [codes], frame)
    middle = 0.5 * (xy[:-1] + xy[1:]) / MICRO
    return xy, owner[cKDTree(points).query(earth_xyz(middle[:, 0], middle[:, 1]))[1]]


def generalised(ring: Ring, codes: Codes, first: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
    """Simplified line along ``count`` edges of a ring from vertex ``first``, and the stretch of each of its pieces.

    Stretch by stretch, so that the boundaries between stretches are vertices of the line.
    """
    n = len(ring) - 1
    xy = ring[(first + np.arange(count + 1)) % n] / MICRO
    code = codes[(first + np.arange(count)) % n]
    shrink = np.cos(np.radians(xy[:, 1].mean()))
    size_km = 111.0 * np.ptp(xy * (shrink, 1.0), axis=0).max()
    tolerance = min(TOLERANCE_KM, size_km / 8.0) / 111.0
    breaks = np.unique(np.r_[0, np.flatnonzero(np.diff(code)) + 1, count])
    if len(breaks) == 2 and (xy[0] == xy[-1]).all():  # a loop: Douglas-Peucker needs two ends
        far = int(np.argmax((((xy - xy[0]) * (shrink, 1.0)) ** 2).sum(1)))
        breaks = np.unique(np.r_[breaks, far])
    points, owner = [xy[:1]], []
    for a, b in pairwise(breaks):
        line = shapely.simplify(shapely.LineString(xy[a : b + 1] * (shrink, 1.0)), tolerance, preserve_topology=False)
        kept = shapely.get_coordinates(line) / (shrink, 1.0)
        points.append(kept[1:])
        owner.append(np.full(len(kept) - 1, code[a], np.int16))
    return np.concatenate(points), np.concatenate(owner)
