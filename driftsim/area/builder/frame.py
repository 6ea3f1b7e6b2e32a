"""The box of an area and the cells of its rasters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..coast import earth_xyz

PER_DEGREE = 60
MICRO = 1_000_000
"""Coordinates are whole microdegrees, as those of GSHHG: 0.1 m."""


class Frame(NamedTuple):
    """West, east, south, north, degrees; multiples of 1/60."""

    west: float
    east: float
    south: float
    north: float

    @property
    def nx(self) -> int:
        """Cells from west to east."""
        return round((self.east - self.west) * PER_DEGREE)

    @property
    def ny(self) -> int:
        """Cells from south to north."""
        return round((self.north - self.south) * PER_DEGREE)

    def wider(self, degrees: float) -> Frame:
        """The box with a margin on all sides."""
        return Frame(self.west - degrees, self.east + degrees, self.south - degrees, self.north + degrees)

    def centres(self) -> NDArray[np.float64]:
        """Cell centres in earth-centred metres, (ny * nx, 3), row by row from the south-west."""
        lon = self.west + (np.arange(self.nx) + 0.5) / PER_DEGREE
        lat = self.south + (np.arange(self.ny) + 0.5) / PER_DEGREE
        x, y = np.meshgrid(lon, lat)
        return earth_xyz(x.ravel(), y.ravel())

    def on_edge(self, xy: NDArray[np.int64], tolerance: int = 0) -> NDArray[np.bool_]:
        """Which edges of a closed ring lie on the box's boundary, within some microdegrees: cuts, no shore."""
        a, b = xy[:-1], xy[1:]
        found = np.zeros(len(a), bool)
        for axis, edges in ((0, (self.west, self.east)), (1, (self.south, self.north))):
            for edge in edges:
                here = [np.abs(p[:, axis] - round(edge * MICRO)) <= tolerance for p in (a, b)]
                found |= here[0] & here[1]
        return found
