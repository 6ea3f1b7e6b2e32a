"""Regions that people draw: which landings they hold, from which files they come, and what results carry of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from corpus.broken_vectors import SQUARE, kml, polygon
from islands import geojson
from pydantic import ValidationError

from driftsim.area import own_regions
from driftsim.area.area_file import RegionTable
from driftsim.area.own_regions import Landings, OwnRegion, Piece
from driftsim.system.errors import InputError

LON = np.array([139.7, 139.9, 140.0, np.nan, 139.95, -220.05])
LAT = np.array([39.5, 39.7, 40.1, np.nan, 39.9, 39.9])
LINE = np.array([0, 0, 0, -1, 1, 1], np.int16)
KM = np.array([610.0, 640.0, 702.5, np.nan, 3.5, 31.0])


def landings(lon: Any = LON, lat: Any = LAT) -> Landings:
    return Landings(np.asarray(lon, float), np.asarray(lat, float), LINE, KM, ("honshu", "sado"))


def test_regions_overlap_and_hold_what_lies_in_them() -> None:
    south, wide = shapely.box(139.0, 39.0, 141.0, 39.8), shapely.box(139.85, 39.6, 140.5, 40.5)
    found = own_regions.members([OwnRegion("a", "A", south), OwnRegion("b", "B", wide)], landings())
    np.testing.assert_array_equal(found[:, 0], [True, True, False, False, False, False])
    np.testing.assert_array_equal(
        found[:, 1], [False, True, True, False, True, True], "another branch of longitude too"
    )


def test_pieces_of_coast() -> None:
    """From one kilometre up to, not including, another; round the end of a closed line."""
    found = own_regions.members(
        [
            OwnRegion("a", "A", pieces=(Piece("honshu", (610.0, 702.5)),)),
            OwnRegion("b", "B", pieces=(Piece("sado", (30.0, 5.0)),)),
        ],
        landings(),
    )
    np.testing.assert_array_equal(found[:, 0], [True, True, False, False, False, False])
    np.testing.assert_array_equal(found[:, 1], [False, False, False, False, True, True])
    with pytest.raises(InputError, match=r"region 'C': there is no coast line 'oki'; lines: honshu, sado"):
        own_regions.members([OwnRegion("c", "C", pieces=(Piece("oki", (0.0, 1.0)),))], landings())


@pytest.mark.parametrize(
    "shape",
    [
        shapely.box(178.5, -20.0, 181.5, -15.0),
        shapely.box(-181.5, -20.0, -178.5, -15.0),
        shapely.MultiPolygon([shapely.box(178.5, -20.0, 180.0, -15.0), shapely.box(-180.0, -20.0, -178.5, -15.0)]),
    ],
)
def test_a_region_across_180_degrees(shape: Any) -> None:
    lon = np.array([178.0, 179.0, 180.5, -179.5, -178.0, 181.6])
    of = Landings(lon, np.full(6, -17.0), LINE, KM)
    np.testing.assert_array_equal(
        own_regions.members([OwnRegion("a", "A", shape)], of)[:, 0], [False, True, True, True, False, False]
    )


def test_parts_of_a_region_add_up_to_it() -> None:
    """A polygon cut along straight lines: every place lies in one part, whatever their shape."""
    rng = np.random.default_rng(3)
    whole = shapely.Polygon([(139.1, 39.0), (140.9, 39.3), (140.2, 41.0), (139.4, 40.6)])
    parts = [
        shapely.intersection(whole, shapely.box(138, south, 142, north))
        for south, north in ((39, 39.6), (39.6, 40.3), (40.3, 42))
    ]
    of = Landings(rng.uniform(139, 141, 4000), rng.uniform(39, 41, 4000), np.zeros(4000, int), np.zeros(4000))
    found = own_regions.members([OwnRegion("a", "A", shape) for shape in (whole, *parts)], of)
    np.testing.assert_array_equal(found[:, 1:].sum(axis=1), found[:, 0])
    inside = np.array([whole.contains(shapely.Point(x, y)) for x, y in zip(of.lon[:200], of.lat[:200], strict=True)])
    np.testing.assert_array_equal(found[:200, 0], inside)


def test_names_and_keys_from_a_file(tmp_path: Path) -> None:
    """Features of one name are one region; keys are free ones, of Latin letters where there are any."""
    boxes = [shapely.box(n, 1.0, n + 0.5, 2.0) for n in range(5)]
    path = geojson(tmp_path / "beats.geojson", boxes, ["Oga", "男鹿", "Oga", "Akita", ""])
    found = own_regions.read(path, taken=("akita", "noto"))
    assert [(r.key, r.name) for r in found] == [
        ("oga", "Oga"), ("u7537_9e7f", "男鹿"), ("akita_2", "Akita"), ("region_5", "Region 5"),
    ]  # fmt: skip
    assert found[0].shape.equals(shapely.MultiPolygon([boxes[0], boxes[2]]))
    (tmp_path / "beats.kml").write_bytes(kml(polygon(SQUARE)))
    (of_kml,) = own_regions.read(tmp_path / "beats.kml")
    assert (of_kml.key, of_kml.name) == ("oga_beach", "Oga beach") and of_kml.shape.equals(shapely.Polygon(SQUARE))
    with pytest.raises(InputError, match=r"feature 1 has no property 'town' \(there: name\)"):
        own_regions.read(path, name="town")


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (shapely.LineString([(1, 1), (2, 2)]), "Beat: is a LineString, not a polygon"),
        (shapely.Polygon([(1, 1), (2, 2), (2, 1), (1, 2)]), "Beat: the polygon is not a proper one"),
        (shapely.Polygon([(179, 1), (-179, 1), (-179, 2), (179, 2)]), "an edge runs from 179 to -179 degrees"),
        (shapely.box(350_000, 4e6, 360_000, 4.1e6), "is no place in degrees; longitude comes first"),
        (shapely.Point(1, 2).buffer(0.5, quad_segs=60), "the regions have 241 corners; at most 200: simplify them"),
    ],
)
def test_what_is_no_region_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: Any, says: str) -> None:
    monkeypatch.setattr(own_regions, "MOST_VERTICES", 200)
    with pytest.raises(InputError) as caught:
        own_regions.read(geojson(tmp_path / "beats.geojson", [shape], ["Beat"]))
    assert says in str(caught.value) and "beats.geojson" in str(caught.value)


def test_results_carry_the_regions() -> None:
    ring = shapely.Polygon(SQUARE, [[(134.5, 38.3), (135.0, 38.3), (135.0, 38.6), (134.5, 38.3)]])
    regions = (OwnRegion("oga", "Oga", ring), OwnRegion("bay", "Bay", pieces=(Piece("honshu", (3.0, 8.5)),)))
    tables = [RegionTable.model_validate(told) for told in own_regions.described(regions)]
    again = [own_regions.of(table) for table in tables]
    assert [(r.key, r.name, r.pieces) for r in again] == [(r.key, r.name, r.pieces) for r in regions]
    assert again[0].shape.equals(ring) and again[1].shape is None


@pytest.mark.parametrize(
    "told",
    [
        {}, {"key": "a"}, {"key": "A!", "name": "a"}, {"key": "a", "name": "a", "outline": 3},
        {"key": "a", "name": "a", "outline": [[[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]]},
        {"key": "a", "name": "a", "outline": [[[[0, 0], [1, 1], [1, float("nan")], [0, 0]]]]},
        {"key": "a", "name": "a", "pieces": [{"line": "x"}]},
        {"key": "a", "name": "a", "pieces": [{"line": "x", "km": [1, float("nan")]}]},
    ],
)  # fmt: skip
def test_descriptions_that_are_none(told: Any) -> None:
    with pytest.raises((InputError, ValidationError)):
        own_regions.of(RegionTable.model_validate(told))
