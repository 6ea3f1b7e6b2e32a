"""Areas, lines and points that people draw, from files of the usual formats: GeoJSON, KML, GPX, shapefile."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ...system.errors import InputError
from . import geojson, gpx, kml, shapefile
from .feature import Feature, Source, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

__all__ = ["LARGEST_BYTES", "Feature", "branch", "dimension", "read", "refuse_improper"]

LARGEST_BYTES = 20_000_000

_READERS: Mapping[str, Callable[[Source], list[Feature]]] = {
    ".kml": kml.read,
    ".kmz": kml.read_packed,
    ".gpx": gpx.read,
    ".shp": shapefile.read,
    ".zip": shapefile.read_packed,
}
"""By the end of the file's name; anything else is GeoJSON."""


def read(path: Path, largest_bytes: int = LARGEST_BYTES) -> list[Feature]:
    """All features of a file that have a geometry, with their properties; degrees, longitude first.

    Parameters
    ----------
    path : Path
        GeoJSON, KML (also packed as KMZ), GPX, or a shapefile (also packed as ZIP) with its .dbf and .prj.
    largest_bytes : int
        Of the file, and of what is packed in it.

    Returns
    -------
    list of Feature
        At least one; shapes are not empty, and of any kind.

    Raises
    ------
    InputError
        If it cannot be read, is too large, is broken, or has no geometry.
    """
    source = Source(path, largest_bytes)
    found = _READERS.get(path.suffix.lower(), geojson.read)(source)
    found = [feature for feature in found if not feature.shape.is_empty]
    if not found:
        raise InputError(f"{path}: holds no feature with a geometry")
    for feature in found:
        edges = feature.shape.bounds
        if not all(math.isfinite(edge) for edge in edges):
            raise InputError(f"{path}: {plain(feature.name)}a coordinate is not a finite number")
    return found


def dimension(shape: BaseGeometry) -> int:
    """2 for areas, 1 for lines, 0 for points, -1 for collections of them."""
    return -1 if shape.geom_type == "GeometryCollection" else int(shapely.get_dimensions(shape))


def refuse_improper(shape: BaseGeometry) -> None:
    """Raises InputError for a polygon that crosses itself or has no area."""
    if shape.is_empty or not shape.is_valid or not shape.area > 0.0:
        reason = shapely.is_valid_reason(shape)
        raise InputError(f"the polygon is not a proper one ({reason}); give its corners in order, once around")


def branch(shape: BaseGeometry, box: Sequence[float]) -> BaseGeometry:
    """The shape with its longitudes in the branch (-180..180 or 0..360) of a box (west, east, ...).

    Raises
    ------
    InputError
        For coordinates that are no degrees.
    """
    if not all(abs(edge) <= 720.0 for edge in shape.bounds):
        raise InputError(f"{shape.bounds[0]:g}, {shape.bounds[1]:g} is no place in degrees; longitude comes first")
    middle = 0.5 * (shape.bounds[0] + shape.bounds[2])
    turns = round((0.5 * (box[0] + box[1]) - middle) / 360.0)
    return shapely.transform(shape, lambda xy: xy + np.array([360.0 * turns, 0.0])) if turns else shape
