"""GPX 1.0 and 1.1 (topografix.com): waypoints, routes, tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from ...system.errors import InputError
from .feature import Feature, Source, plain, words
from .xml_tree import Element, tree

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_KIND = "a GPX file"


def read(source: Source) -> list[Feature]:
    """Waypoints as points, routes and tracks as lines, segment by segment; segments of one point are left out."""
    root = tree(source, source.content(_KIND), _KIND)
    if root.name != "gpx":
        raise InputError(f"{source.path}: not a GPX file (it begins with <{plain(root.name)[:-2]}>, not <gpx>)")
    out = []
    for element in root.children:
        try:
            shape = _shape(element)
        except ValueError as error:
            what = ascii(str(error))[1:-1][:120]
            raise InputError(f"{source.path}: {plain(element.said('name'))}no proper GPX ({what})") from None
        if shape is not None:
            said = {key: element.said(key) for key in ("name", "time", "desc")}
            if any(True for point in element.below() if point.name == "time"):
                said["time"] = said["time"] or "each point"
            out.append(Feature(shape, words(said.items())))
    return out


def _shape(element: Element) -> BaseGeometry:
    if element.name == "wpt":
        return shapely.Point(_place(element))
    if element.name == "rte":
        segments = [[_place(point) for point in element.all("rtept")]]
    elif element.name == "trk":
        segments = [[_place(point) for point in part.all("trkpt")] for part in element.all("trkseg")]
    else:
        return None
    lines = [shapely.LineString(segment) for segment in segments if len(segment) > 1]
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def _place(element: Element) -> tuple[float, float]:
    try:
        lon, lat = (float(element.attributes[key]) for key in ("lon", "lat"))
    except KeyError:
        raise ValueError(f"<{element.name}> without lon and lat") from None
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise ValueError(f"lon {lon}, lat {lat} of <{element.name}>")
    return lon, lat
