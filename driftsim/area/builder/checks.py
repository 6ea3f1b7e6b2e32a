"""What a finished shoreline must hold to, looked at by other means than those that made it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from ...kernels.shore import CLEAR_UNIT_M
from ...system.errors import InputError
from ...system.kinds import AnyArray
from .frame import MICRO, PER_DEGREE, Frame
from .rings import Ring

_CELLS = 3000
_ROUNDING_M = 2.0


def check(arrays: dict[str, AnyArray], rings: list[Ring], frame: Frame) -> None:
    """Compares rasters and lines with the outlines themselves, at some thousand cells spread over the box.

    Raises
    ------
    InputError
        If one of them is wrong: the outlines cross each other or themselves, most likely.
    """
    cells = _spread(frame)
    row, column = np.divmod(cells, frame.nx)
    lon = frame.west + (column + 0.5) / PER_DEGREE
    lat = frame.south + (row + 0.5) / PER_DEGREE
    shapes = shapely.polygons([shapely.linearrings(ring / MICRO) for ring in rings])
    points = shapely.points(lon, lat)
    inside = np.zeros(len(cells), bool)
    inside[shapely.STRtree(points).query(shapes, predicate="contains")[1]] = True
    land = np.unpackbits(arrays["land"].astype(np.uint8), count=frame.nx * frame.ny)[cells] == 1
    _refuse(land != inside, lon, lat, "the raster of land is not what the outlines say")
    bound = CLEAR_UNIT_M * arrays["clear"].astype(np.float64)[cells]
    _refuse(bound > _metres_to_shore(rings, frame, lon, lat) + _ROUNDING_M, lon, lat, "the distance to shore is wrong")
    km, starts = arrays["line_km"].astype(np.float64), arrays["line_starts"].astype(np.int64)
    for key, a, b in zip(arrays["line_keys"], starts[:-1], starts[1:], strict=True):
        if not (km[a] == 0.0 and (np.diff(km[a:b]) >= 0.0).all() and km[b - 1] > 0.0):
            raise InputError(f"line {key}: its kilometres do not rise; the outline of its land is no proper one")


def _spread(frame: Frame) -> NDArray[np.int64]:
    """Cells spread evenly over the box, without a seed: steps of the golden section."""
    k = np.arange(min(_CELLS, frame.nx * frame.ny), dtype=np.float64)
    column = (k * 0.7548776662466927 % 1.0 * frame.nx).astype(np.int64)
    row = (k * 0.5698402909980532 % 1.0 * frame.ny).astype(np.int64)
    return np.unique(row * frame.nx + column)


def _metres_to_shore(
    rings: list[Ring], frame: Frame, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance to some shore near to each point, m: not less than that to the nearest."""
    pairs = []
    for ring in rings:
        shore = ~frame.on_edge(ring)
        pairs.append(np.stack([ring[:-1][shore], ring[1:][shore]], axis=1) / MICRO)
    segments = shapely.linestrings(np.concatenate(pairs))
    points = shapely.points(lon, lat)
    which, near = shapely.STRtree(segments).query_nearest(points, all_matches=False)
    ends = shapely.get_coordinates(shapely.shortest_line(points[which], segments[near])).reshape(-1, 2, 2)
    out = np.full(len(lon), np.inf)
    out[which] = Geod(ellps="WGS84").inv(*ends[:, 0].T, *ends[:, 1].T)[2]
    return out


def _refuse(wrong: NDArray[np.bool_], lon: NDArray[np.float64], lat: NDArray[np.float64], what: str) -> None:
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{what} at {lon[at]:.4f}, {lat[at]:.4f} (and {int(wrong.sum()) - 1} other places): the polygons of land "
            "cross each other or themselves; mend them"
        )
