"""Where the map lies on the sheet: everything is laid out in millimetres, and the map shares these coordinates.

A ribbon width, a leader line and a text box can so be compared directly. The projection is equirectangular with equal
scales at the middle latitude.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftsim.area.earth import degrees_per_metre
from driftsim.figures.maps.style import PAGE

from ...system.constants import KM_PER_DEGREE

if TYPE_CHECKING:
    from matplotlib.transforms import Bbox

Floats = NDArray[np.float64]


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
        return self.width / (degree_km(self.middle)[0] * (self.east - self.west))


def scale_bar_km(frame: Frame) -> float:
    """Round length (1, 2 or 5 times a power of ten, km) nearest to a fifth of the map's width."""
    target = 0.2 * frame.width / frame.mm_per_km
    steps = [m * 10.0**e for e in range(5) for m in (1.0, 2.0, 5.0)]
    return min(steps, key=lambda step: abs(math.log(step / target)))


def degree_km(lat: float) -> tuple[float, float]:
    """Length of a degree of longitude and of latitude, km, on WGS84."""
    east, north = degrees_per_metre("wgs84", lat)
    return 1e-3 / float(east), 1e-3 / float(north)


def fit(
    domain: tuple[float, float, float, float],
    bottom: float,
    left: float = PAGE.left,
    width: float = PAGE.text_width - PAGE.gap - PAGE.panel,
    heights: tuple[float, float] = PAGE.map_height,
    limits: tuple[float, float, float, float] = (-720.0, 720.0, -90.0, 90.0),
) -> Frame:
    """Place of the map on the sheet: the domain, widened where it would be too low or too tall for the sheet.

    It stays within the limits (west, east, south, north): those of the coast data.
    """
    west, east, south, north = domain
    for _ in range(3):  # the middle latitude moves as the frame grows
        height = map_height(width, west, east, south, north)
        if height < heights[0]:
            south, north = _grown(south, north, (north - south) * heights[0] / height, limits[2:])
        elif height > heights[1]:
            west, east = _grown(west, east, (east - west) * height / heights[1], limits[:2])
    return Frame(west, east, south, north, left, bottom, width, map_height(width, west, east, south, north))


def map_height(width: float, west: float, east: float, south: float, north: float) -> float:
    """Height (mm) that gives both axes the same scale at the middle latitude."""
    east_km, north_km = degree_km(0.5 * (south + north))
    return width * north_km * (north - south) / (east_km * (east - west))


def _grown(low: float, high: float, size: float, limits: Sequence[float]) -> tuple[float, float]:
    """An interval of the wanted size about the same middle, moved to stay within the limits where it fits."""
    size = min(size, max(limits[1] - limits[0], high - low))
    low = 0.5 * (low + high) - 0.5 * size
    low = max(min(low, limits[1] - size), min(limits[0], low + size))
    return low, low + size


def land_polygons(polygons: Sequence[Floats], frame: Frame) -> list[Floats]:
    """Coast polygons on the sheet (mm), reduced to what can be seen: 0.05 mm, the parts within the map."""
    import shapely

    rings = [np.asarray(ring) for ring in polygons]
    rings = [ring if ring.shape[1] == 2 else ring.T for ring in rings if ring.size]
    if not rings:
        return []
    vertices, first = np.concatenate(rings), np.cumsum([0, *map(len, rings[:-1])])
    corner = np.hstack([np.minimum.reduceat(vertices, first), np.maximum.reduceat(vertices, first)])
    margin, per_degree = 0.2, frame.mm_per_km * KM_PER_DEGREE
    keep = (
        (corner[:, 0] < frame.east + margin)
        & (corner[:, 2] > frame.west - margin)
        & (corner[:, 1] < frame.north + margin)
        & (corner[:, 3] > frame.south - margin)
        & (per_degree * np.maximum(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1]) > 0.08)
    )
    chosen = [ring for ring, wanted in zip(rings, keep, strict=True) if wanted]
    if not chosen:
        return []
    index = np.repeat(np.arange(len(chosen)), [len(ring) for ring in chosen])
    everywhere = np.concatenate(chosen)
    xy = np.column_stack([frame.x(everywhere[:, 0]), frame.y(everywhere[:, 1])])
    simple = shapely.simplify(shapely.linestrings(xy, indices=index), 0.05, preserve_topology=False)
    at, of = shapely.get_coordinates(simple, return_index=True)
    return [ring for ring in np.split(at, np.flatnonzero(np.diff(of)) + 1) if len(ring) > 2]


def bbox(left: float, low: float, right: float, high: float) -> Bbox:
    """A box on the sheet, mm."""
    from matplotlib.transforms import Bbox

    return Bbox.from_extents(left, low, right, high)


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
