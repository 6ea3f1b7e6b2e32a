"""Closed outlines of the land in a box, from the world's polygons or the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from ...system.errors import InputError
from .frame import MICRO, Frame

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Ring = NDArray[np.int64]
"""(n, 2) longitude and latitude in microdegrees, clockwise, the first vertex again at the end."""

Polygons = NDArray[np.object_]

_POLYGON = 3
_FARTHEST_DEG = 0.05


def gshhg() -> Polygons:
    """All polygons of GSHHG, full resolution, level 1 (the boundary between sea and land): 180,000 for the world.

    P. Wessel and W. H. F. Smith, J. Geophys. Res. 101 (B4), 8741-8743, 1996, doi 10.1029/96JB00104.

    Raises
    ------
    InputError
        Without the package that carries them.
    """
    try:
        from roaring_landmask import LandmaskProvider, Shapes
    except ImportError:
        raise InputError(
            'shoreline = "gshhg" needs the package roaring-landmask: pip install "driftsim[areas]"; or give a file '
            "of polygons"
        ) from None
    found: NDArray[np.object_] = shapely.get_parts(shapely.from_wkb(bytes(Shapes.wkb(LandmaskProvider.Gshhg))))
    return found


def cut(polygons: Polygons, frame: Frame) -> list[Ring]:
    """Outlines of the land in a box, largest first. Holes are filled: a lake is no sea.

    Parameters
    ----------
    polygons : (n,) array of shapely polygons
        Degrees, from -180 to 180; what they cut at 180° is joined again.
    """
    corners = shapely.box(frame.west, frame.south, frame.east, frame.north)
    found = []
    for turn in (-360.0, 0.0, 360.0):
        bounds = shapely.bounds(polygons) + np.array([turn, 0.0, turn, 0.0])
        inside = (bounds[:, 0] < frame.east) & (bounds[:, 2] > frame.west)
        inside &= (bounds[:, 1] < frame.north) & (bounds[:, 3] > frame.south)
        if inside.any():
            shifted = _shifted(polygons[inside], turn) if turn else polygons[inside]
            found.append(shapely.get_parts(shapely.intersection(shifted, corners)))
    if not found:
        return []
    pieces = _joined(np.concatenate(found), frame)
    pieces = pieces[(shapely.get_type_id(pieces) == _POLYGON) & ~shapely.is_empty(pieces)]
    rings = (_ring(piece) for piece in pieces[np.argsort(-shapely.area(pieces), kind="stable")])
    return [ring for ring in rings if len(ring) >= 4]


def _shifted(polygons: Polygons, turn: float) -> Polygons:
    found: NDArray[np.object_] = shapely.transform(polygons, lambda xy: xy + np.array([turn, 0.0]))
    return found


def _joined(pieces: Polygons, frame: Frame) -> Polygons:
    """The pieces, those that meet at 180 degrees being one again."""
    for seam in (-180.0, 180.0):
        if frame.west < seam < frame.east:
            bounds = shapely.bounds(pieces)
            touch = (bounds[:, 0] == seam) | (bounds[:, 2] == seam)
            pieces = np.concatenate([pieces[~touch], shapely.get_parts(shapely.union_all(pieces[touch]))])
    return pieces


def _ring(piece: BaseGeometry) -> Ring:
    xy = np.rint(shapely.get_coordinates(piece.exterior) * MICRO).astype(np.int64)
    xy = xy[np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]]
    found: NDArray[np.int64] = xy[::-1] if shapely.is_ccw(piece.exterior) else xy
    return found


def ring_at(rings: list[Ring], place: tuple[float, float], key: str) -> int:
    """Index of the ring that holds a place, else of the nearest.

    Raises
    ------
    InputError
        Without land within 0.05 degrees; it names the key that gave the place.
    """
    point = shapely.Point(place)
    near = [
        (shapely.distance(shapely.Polygon(ring / MICRO), point), i)
        for i, ring in enumerate(rings)
        if (ring.min(0) / MICRO - 0.2 < place).all() and (ring.max(0) / MICRO + 0.2 > place).all()
    ]
    distance, index = min(near, default=(np.inf, -1))
    if not distance <= _FARTHEST_DEG:
        raise InputError(f"{key} = {list(place)}: the shoreline has no land there; give a place on it")
    return index


def nearest_vertex(ring: Ring, lon: float, lat: float) -> int:
    """Index of the vertex nearest to a place; the closing vertex is left out."""
    d = (ring[:-1] / MICRO - (lon, lat)) * (np.cos(np.radians(lat)), 1.0)
    return int(np.argmin((d**2).sum(1)))


def square_km(ring: Ring) -> float:
    """Area within a ring on a sphere of the Earth's surface, km²."""
    x, y = np.radians(ring / MICRO).T
    z = np.sin(y)
    return float(abs(0.5 * (x[:-1] * z[1:] - x[1:] * z[:-1]).sum()) * 6371.007**2)
