"""GeoJSON files of release places that must be refused, and some that must not."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class BrokenPlace(NamedTuple):
    """What stands in the file, and what the message must say."""

    name: str
    content: bytes
    says: str


def geometry(kind: str, coordinates: Any) -> bytes:
    """A feature with one geometry."""
    return json.dumps({"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}}).encode()


RING = [[133.1, 38.2], [135.9, 38.4], [135.2, 40.3], [133.1, 38.2]]
GOOD = [
    geometry("Polygon", [RING]),
    geometry("MultiPolygon", [[RING], [[[137.0, 41.0], [138.0, 41.0], [137.5, 41.7], [137.0, 41.0]]]]),
    geometry("LineString", RING[:3]),
    geometry("MultiPoint", RING[:3]),
    geometry("Point", [-226.0, 39.0]),  # another branch of longitude
    b'{"type": "FeatureCollection", "features": [%s]}' % geometry("Point", [134.0, 39.0]),
    b"\xef\xbb\xbf" + geometry("Point", [134.0, 39.0]),
]

DEEP = b'{"type": "Polygon", "coordinates": %s}' % (b"[" * 900 + b"]" * 900)
CROSSED = [RING[0], RING[2], RING[1], [133.0, 40.0], RING[0]]
COLLECTION = b'{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [134, 39]}]}'
AREA_AND_POINT = b'{"type": "FeatureCollection", "features": [%s, %s]}' % (GOOD[0], GOOD[4])

CASES = [
    BrokenPlace("nothing", b"", "not JSON"),
    BrokenPlace("no JSON", b"lon,lat\n134,39\n", "not JSON"),
    BrokenPlace("torn", geometry("Polygon", [RING])[:60], "not JSON"),
    BrokenPlace("not UTF-8", b'{"type": "caf\xe9"}', "not JSON"),
    BrokenPlace("another encoding", geometry("Point", [134.0, 39.0]).decode().encode("utf-16"), "not JSON"),
    BrokenPlace("deep", b"[" * 100_000, "nested too deeply"),
    BrokenPlace("deep coordinates", DEEP, "not GeoJSON"),
    BrokenPlace("a number of 5000 digits", b"1" * 5000, "not JSON"),
    BrokenPlace("30 MB", b" " * 30_000_000, "larger than 20 MB"),
    BrokenPlace("a list", b"[1, 2]", "not GeoJSON"),
    BrokenPlace("null", b"null", "not GeoJSON"),
    BrokenPlace("a text", b'"Point"', "not GeoJSON"),
    BrokenPlace("no type", b"{}", "not GeoJSON"),
    BrokenPlace("another type", b'{"type": "Topology"}', "not GeoJSON"),
    BrokenPlace("features of another kind", b'{"type": "FeatureCollection", "features": 3}', "not GeoJSON"),
    BrokenPlace("features that are text", b'{"type": "FeatureCollection", "features": "abc"}', "not GeoJSON"),
    BrokenPlace("no feature", b'{"type": "FeatureCollection", "features": []}', "no feature with a geometry"),
    BrokenPlace("no geometry", b'{"type": "Feature", "geometry": null}', "no feature with a geometry"),
    BrokenPlace("an empty geometry", geometry("Polygon", []), "no feature with a geometry"),
    BrokenPlace("a geometry that is text", b'{"type": "Feature", "geometry": "Point"}', "not GeoJSON"),
    BrokenPlace("an open ring", geometry("Polygon", [RING[:3]]), "not GeoJSON"),
    BrokenPlace("a ring that crosses itself", geometry("Polygon", [CROSSED]), "not a proper one"),
    BrokenPlace("no area", geometry("Polygon", [[RING[0], RING[1], RING[0], RING[0]]]), "not a proper one"),
    BrokenPlace("a line of one point", geometry("LineString", RING[:1]), "not GeoJSON"),
    BrokenPlace("a line without length", geometry("LineString", [RING[0], RING[0]]), "no length"),
    BrokenPlace("text for numbers", geometry("Point", ["134", "39"]), "not GeoJSON"),
    BrokenPlace("not a number", geometry("Point", [float("nan"), 39.0]), "not GeoJSON"),
    BrokenPlace("infinite", b'{"type": "Point", "coordinates": [1e999, 39]}', "not GeoJSON"),
    BrokenPlace("beyond the Earth", geometry("Point", [1e308, 39.0]), "is no place in degrees"),
    BrokenPlace("metres", geometry("Point", [350_000.0, 4_300_000.0]), "is no place in degrees"),
    BrokenPlace("latitude first", geometry("Point", [39.0, 134.0]), "longitude comes first"),
    BrokenPlace("outside", geometry("Point", [10.0, 39.0]), "outside the domain"),
    BrokenPlace("a collection", COLLECTION, "mixed"),
    BrokenPlace("areas and points", AREA_AND_POINT, "mixed"),
]  # fmt: skip
