"""Files of areas, lines and points: what stands in them comes back, and what is hostile is refused in one message."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from corpus import broken_vectors
from corpus.broken_vectors import HOLE, KML_HOLE, SQUARE, gpx, kml, parts, polygon, shp, track, zipped
from pyproj import CRS, Transformer

from driftsim.area import vectors
from driftsim.system.errors import InputError

WANTED = shapely.Polygon(SQUARE, [HOLE])


def read(tmp_path: Path, ending: str, content: bytes) -> list[vectors.Feature]:
    path = tmp_path / f"beats{ending}"
    path.write_bytes(content)
    return vectors.read(path)


def geojson(rings: list[list[list[float]]]) -> bytes:
    geometry = {"type": "Polygon", "coordinates": rings}
    return json.dumps({"type": "Feature", "properties": {"name": "Oga beach"}, "geometry": geometry}).encode()


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".geojson", geojson([SQUARE, HOLE])),
        (".json", geojson([SQUARE[::-1], HOLE[::-1]])),  # the order of corners is anybody's
        (".kml", kml(polygon(SQUARE, KML_HOLE))),
        (".kml", kml(f"<MultiGeometry>{polygon(SQUARE[::-1], KML_HOLE)}</MultiGeometry>")),
        (".kmz", zipped(doc_kml=kml(polygon(SQUARE, KML_HOLE)))),
    ],
)
def test_an_area_with_a_hole(tmp_path: Path, ending: str, content: bytes) -> None:
    (found,) = read(tmp_path, ending, content)
    assert shapely.force_2d(found.shape).equals(WANTED)
    assert found.name == "Oga beach"


def dbf(name: str) -> bytes:
    import io

    import shapefile

    table = io.BytesIO()
    with shapefile.Writer(dbf=table) as writer:
        writer.field("name", "C", 40)
        writer.record(name)
    return table.getvalue()


def test_a_shapefile_with_its_table(tmp_path: Path) -> None:
    shape = shp(5, parts(SQUARE, HOLE))  # outlines clockwise, holes the other way round
    (tmp_path / "beats.dbf").write_bytes(dbf("男鹿"))
    (found,) = read(tmp_path, ".shp", shape)
    assert found.shape.equals(WANTED) and found.name == "男鹿"
    (packed,) = read(tmp_path, ".zip", zipped(beats_shp=shape, beats_dbf=dbf("Oga")))
    assert packed.shape.equals(WANTED) and packed.name == "Oga"


def test_a_shapefile_in_metres_is_turned_into_degrees(tmp_path: Path) -> None:
    zone = CRS.from_epsg(32654)
    metres = np.column_stack(Transformer.from_crs("EPSG:4326", zone, always_xy=True).transform(*np.array(SQUARE).T))
    (tmp_path / "beats.prj").write_text(zone.to_wkt("WKT1_ESRI"))
    (found,) = read(tmp_path, ".shp", shp(5, parts(metres.tolist())))
    assert shapely.hausdorff_distance(found.shape, shapely.Polygon(SQUARE)) < 1e-6


def test_lines_and_points(tmp_path: Path) -> None:
    mark = "<Point><coordinates>134.25,39.5,7</coordinates></Point><TimeStamp><when>2017-11-02</when></TimeStamp>"
    (point,) = read(tmp_path, ".kml", kml(mark))
    assert point.shape.equals(shapely.Point(134.25, 39.5)) and point.properties["when"] == "2017-11-02"
    line, waypoint = read(
        tmp_path, ".gpx", gpx(track(SQUARE[:3]) + '<wpt lat="39.5" lon="134.25"><name>a</name></wpt>')
    )
    assert line.shape.equals(shapely.LineString(SQUARE[:3])) and "time" in line.properties
    assert waypoint.shape.equals(shapely.Point(134.25, 39.5)) and waypoint.name == "a"
    moved = "".join(f"<gx:coord>{lon} {lat} 0</gx:coord>" for lon, lat in SQUARE[:3])
    (moving,) = read(tmp_path, ".kml", kml(f"<gx:Track xmlns:gx='x'>{moved}</gx:Track>"))
    assert moving.shape.equals(line.shape)


@pytest.mark.parametrize("case", broken_vectors.CASES, ids=lambda case: f"{case.ending[1:]}: {case.name}")
def test_broken_files_are_refused_by_name(tmp_path: Path, case: broken_vectors.BrokenVectors) -> None:
    with pytest.raises(InputError) as caught:
        for feature in read(tmp_path, case.ending, case.content):
            vectors.refuse_improper(feature.shape)
    message = str(caught.value)
    assert case.says in message and len(message) < 400 and message.isprintable()
    assert message.startswith(str(tmp_path)) or "not a proper one" in message


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.kml").mkdir()
    with pytest.raises(InputError, match="no regular file"):
        vectors.read(tmp_path / "folder.kml")
    with pytest.raises(InputError, match=r"cannot be read \(No such file"):
        vectors.read(tmp_path / "none.shp")


@pytest.mark.parametrize(("box", "west"), [((-180.0, 180.0), -179.0), ((0.0, 360.0), 181.0)])
def test_longitudes_come_into_the_branch_of_the_box(box: tuple[float, float], west: float) -> None:
    assert vectors.branch(shapely.box(181.0, 3.0, 184.0, 5.0), box).bounds == (west, 3.0, west + 3.0, 5.0)
