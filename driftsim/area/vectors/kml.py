"""KML (OGC 07-147r2), plain or packed as KMZ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from ...system.errors import InputError
from .feature import Feature, Source, plain, words
from .xml_tree import Element, tree

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_KIND = "a KML file"


def read(source: Source) -> list[Feature]:
    """Placemarks of a KML file."""
    return _features(source, source.content(_KIND))


def read_packed(source: Source) -> list[Feature]:
    """Placemarks of a KMZ file: its first .kml."""
    files = source.packed(source.content("a KMZ file"), lambda name: name.endswith(".kml"), "a KMZ file")
    if not files:
        raise InputError(f"{source.path}: not a KMZ file (no .kml in it)")
    return _features(source, next(iter(files.values())))


def _features(source: Source, raw: bytes) -> list[Feature]:
    root = tree(source, raw, _KIND)
    if root.name != "kml":
        raise InputError(f"{source.path}: not a KML file (it begins with <{plain(root.name)[:-2]}>, not <kml>)")
    out = []
    for mark in root.below():
        if mark.name == "Placemark":
            try:
                shapes = list(_shapes(mark))
            except (ValueError, shapely.errors.ShapelyError) as error:
                what = ascii(str(error).removeprefix("IllegalArgumentException: "))[1:-1][:120]
                raise InputError(f"{source.path}: {plain(mark.said('name'))}no proper KML geometry ({what})") from None
            if shapes:
                shape = shapes[0] if len(shapes) == 1 else _together(shapes)
                out.append(Feature(shape, _properties(mark)))
    return out


def _together(shapes: list[BaseGeometry]) -> BaseGeometry:
    """Several shapes as one of several parts; of one kind where they are."""
    for kind, together in (("Polygon", shapely.multipolygons), ("LineString", shapely.multilinestrings)):
        if all(shape.geom_type == kind for shape in shapes):
            return together(shapes)
    return (
        shapely.multipoints(shapes)
        if all(shape.geom_type == "Point" for shape in shapes)
        else shapely.geometrycollections(shapes)
    )


def _shapes(element: Element) -> Iterator[BaseGeometry]:
    for child in element.children:
        if child.name in _GEOMETRIES:
            yield _GEOMETRIES[child.name](child)
        elif child.name in ("MultiGeometry", "MultiTrack"):
            yield from _shapes(child)


def _point(element: Element) -> BaseGeometry:
    return shapely.Point(_coordinates(element)[0])


def _line(element: Element) -> BaseGeometry:
    return shapely.LineString(_coordinates(element))


def _polygon(element: Element) -> BaseGeometry:
    def rings(name: str) -> list[NDArray[np.float64]]:
        return [_coordinates(ring) for side in element.all(name) for ring in side.all("LinearRing")]

    outer = rings("outerBoundaryIs")
    if len(outer) != 1:
        raise ValueError(f"a polygon has {len(outer)} outer boundaries")
    return shapely.Polygon(outer[0], rings("innerBoundaryIs"))


def _track(element: Element) -> BaseGeometry:
    return shapely.LineString([_numbers(child.text.split()) for child in element.all("coord")])


_GEOMETRIES: dict[str, Callable[[Element], BaseGeometry]] = {
    "Point": _point,
    "LineString": _line,
    "LinearRing": _line,
    "Polygon": _polygon,
    "Track": _track,
}


def _coordinates(element: Element) -> NDArray[np.float64]:
    tuples = element.said("coordinates").split()
    if not tuples:
        raise ValueError(f"{element.name} has no coordinates")
    return np.array([_numbers(one.split(",")) for one in tuples])


def _numbers(parts: list[str]) -> tuple[float, float]:
    lon, lat = float(parts[0]), float(parts[1]) if len(parts) > 1 else np.nan
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise ValueError(f"{','.join(parts)[:40]} is no longitude,latitude")
    return lon, lat


def _properties(mark: Element) -> dict[str, str]:
    out: dict[str, str] = {}
    for element in mark.below():
        if element.name in ("name", "when", "begin", "end"):
            out.setdefault(element.name, element.text)
        elif element.name in ("Data", "SimpleData") and "name" in element.attributes:
            out.setdefault(element.attributes["name"], element.said("value") or element.text)
    return words(out.items())
