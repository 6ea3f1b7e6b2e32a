"""Areas made of an area.toml: toy islands with known sizes, anywhere on the Earth, and files that are wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import islands
import numpy as np
import pytest
import shapely
from islands import area_toml, disc, geojson
from pyproj import Geod

from driftsim.area import area_file
from driftsim.area.builder import folder, outlines, owners, rasters
from driftsim.area.builder import rings as builder_rings
from driftsim.area.builder.frame import Frame
from driftsim.system.errors import InputError

GEOD = Geod(ellps="WGS84")
HALVES = """
lead = ["north"]
home = "isle"
[[stretches]]
key = "north"
name = { en = "North coast", ja = "北" }
country = "Isle"
polygon = [[9.5, -40.25], [11.0, -40.25], [11.0, -39.5], [9.5, -39.5]]
[[stretches]]
key = "south"
name = "South coast"
country = "Isle"
polygon = [[9.5, -41.0], [11.0, -41.0], [11.0, -40.25], [9.5, -40.25]]
[[groups]]
key = "isle"
name = "The isle"
country = "Isle"
"""


def made(path: Path) -> folder.Made:
    return folder.make(area_file.load(path), path.parent)


def rings(arrays: dict[str, Any]) -> list[Any]:
    return np.split(np.cumsum(arrays["vertices"], axis=1).T / 1e6, arrays["ring_starts"][1:-1])


def lengths(arrays: dict[str, Any]) -> dict[str, float]:
    last = arrays["line_km"][arrays["line_starts"][1:] - 1]
    return dict(zip(arrays["line_keys"].tolist(), last.tolist(), strict=True))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> folder.Made:
    return made(area_toml(tmp_path_factory.mktemp("plain")))


def test_the_largest_land_is_a_stretch_and_the_islet_its_own(plain: folder.Made) -> None:
    """No stretch is named: pieces of land above 100 km² are stretches, and the rest goes to the nearest."""
    assert [stretch.key for stretch in plain.stretches] == ["land_1"]
    assert plain.stretches[0].name == "Land at 10.5° E, 40.2° S"
    island, islet = rings(plain.arrays)
    assert len(island) == 241 and len(islet) == 25
    assert not shapely.is_ccw(shapely.LinearRing(island)), "land lies on the right hand"
    assert set(plain.arrays["stretch"].tolist()) == {0}
    # Inlets are shut and corners cut within 1 km, so the line is a little shorter than the shore.
    shore = GEOD.geometry_length(disc(10.5, -40.25, islands.RADIUS).exterior) / 1000.0
    assert lengths(plain.arrays) == {"land_1": pytest.approx(shore, rel=0.03)}


def test_rasters_say_what_the_outlines_say(plain: folder.Made) -> None:
    nx, ny = 120, 120
    lon, lat = np.meshgrid(9.6 + (np.arange(nx) + 0.5) / 60.0, -41.15 + (np.arange(ny) + 0.5) / 60.0)
    east, north = lon - 10.5, lat + 40.25
    inside = (np.hypot(east, north) < 0.25) | (np.hypot(east - 0.62, north - 0.33) < 0.02)
    land = np.unpackbits(plain.arrays["land"], count=nx * ny).reshape(ny, nx) == 1
    assert np.count_nonzero(land != inside) < 6, "but for centres on the very shore"
    bound = 250.0 * plain.arrays["clear"].reshape(ny, nx)
    sea = ~land & (np.hypot(east - 0.62, north - 0.33) > 0.35)
    # On this side of the island its nearest point lies towards its middle: a disc in degrees is an ellipse in metres.
    along = np.hypot(east, north)
    nearest = GEOD.inv(lon, lat, 10.5 + 0.25 * east / along, -40.25 + 0.25 * north / along)[2]
    assert (bound <= nearest)[sea].all() and np.median((nearest - bound)[sea & (nearest < 40_000.0)]) < 3000.0
    masks = plain.arrays["masks"][plain.arrays["near"].reshape(ny, nx)]
    assert set(np.unique(masks).tolist()) == {0, 1}
    assert not masks[sea & (nearest > 26_000.0)].any() and masks[sea & (nearest < 19_500.0)].all()


def test_named_halves(tmp_path: Path) -> None:
    """Polygons name the island's halves; what they do not reach goes to the nearest."""
    done = made(area_toml(tmp_path / "halves", more=HALVES))
    assert [stretch.key for stretch in done.stretches] == ["north", "south"]
    middle = np.concatenate([0.5 * (ring[:-1] + ring[1:]) for ring in rings(done.arrays)])
    codes = np.concatenate([part[:-1] for part in np.split(done.arrays["stretch"], done.arrays["ring_starts"][1:-1])])
    assert ((middle[:, 1] < -40.25) == (codes == 1)).all(), "the islet lies in the north"
    owner = done.arrays["line_stretch"]
    assert set(owner.tolist()) == {0, 1, -1}


def test_the_same_across_180_degrees(plain: folder.Made, tmp_path: Path) -> None:
    """An island cut at 180° is one again: the rasters of one that is not cut, and no shore on the cut."""
    path = area_toml(tmp_path / "seam", lon=179.95)
    assert "-180" in (path.parent / "land.geojson").read_text()
    found = made(path).arrays
    np.testing.assert_array_equal(found["land"], plain.arrays["land"])
    np.testing.assert_array_equal(found["masks"], plain.arrays["masks"])
    assert np.count_nonzero(found["near"] != plain.arrays["near"]) < 3, "but for centres 20 km from the shore"
    off = found["clear"].astype(int) - plain.arrays["clear"].astype(int)
    assert (off == 0).mean() > 0.999 and np.abs(off).max() <= 1
    assert lengths(found)["land_1"] == pytest.approx(lengths(plain.arrays)["land_1"], rel=1e-3)
    assert [len(ring) for ring in rings(found)] == [243, 25], "two vertices more, where the cut met the shore"
    assert found["vertices"].cumsum(axis=1)[0].max() == pytest.approx(180_590_000, abs=100)


def test_what_the_polygons_of_a_file_name(tmp_path: Path) -> None:
    more = 'country = "Isle"\n[polygons]\nfile = "towns.geojson"\nreach_km = 1.0\n'
    path = area_toml(tmp_path / "towns", more=more)
    west = shapely.box(9.5, -41.0, 10.4, -39.5)
    geojson(path.parent / "towns.geojson", [west, shapely.box(50, 50, 51, 51)], ["Ōtsu town", "far away"])
    done = made(path)
    assert [(s.key, s.name, s.country) for s in done.stretches] == [("otsu_town", "Ōtsu town", "Isle")]
    path.write_text(path.read_text().replace("[polygons]", "islands_above_km2 = 1.5\n[polygons]"))
    done = made(path)
    assert [stretch.key for stretch in done.stretches] == ["otsu_town", "land_1", "land_2"]
    island = rings(done.arrays)[0]
    codes = done.arrays["stretch"][: len(island) - 1]
    km = 111.2 * np.cos(np.radians(40.25)) * (0.5 * (island[:-1, 0] + island[1:, 0]) - 10.4)
    np.testing.assert_array_equal(codes == 0, km < 1.0)


def test_the_folder_is_complete_and_makes_itself_again(tmp_path: Path) -> None:
    """Stretches that were made stand in the area.toml of the folder, which gives the same bytes."""
    path = area_toml(tmp_path / "in", more='islands_above_km2 = 1.5\nports = "ports.csv"\n')
    (path.parent / "ports.csv").write_text("name,aliases,lon,lat,country\nQuay,,10.5,-40.52,Isle\n")
    shoreline = folder.build(path, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["area.toml", "ports.csv", "shoreline.npz"]
    again = area_file.load(tmp_path / "out" / "area.toml")
    assert [(s.key, s.name["en"]) for s in again.stretches] == [
        ("land_1", "Land at 10.5° E, 40.2° S"), ("land_2", "Land at 11.1° E, 39.9° S"),
    ]  # fmt: skip
    (tmp_path / "out" / "land.geojson").write_bytes((path.parent / "land.geojson").read_bytes())
    folder.build(tmp_path / "out" / "area.toml", tmp_path / "third")
    digests = [hashlib.sha256(p.read_bytes()).hexdigest() for p in (shoreline, tmp_path / "third" / "shoreline.npz")]
    assert digests[0] == digests[1]
    path.write_text(path.read_text().replace("km2 = 1.5", "km2 = 900"))
    with pytest.raises(InputError, match="exists already, and is another"):
        folder.build(path, tmp_path / "out")
    folder.build(path, tmp_path / "out", overwrite=True)
    assert len(area_file.load(tmp_path / "out" / "area.toml").stretches) == 1


WRONG = [  # what is added to the file, what the message must say
    ('box2 = [1, 2, 3, 4]', "box2 is no key of an area"),
    ("islands_above_km2 = -1.0", "islands_above_km2 = -1.0"),
    ('domain = [0, 50, -60, 0]', "not TOML"),
    ('lead = ["nowhere"]\n' + HALVES.split("\n", 2)[2], 'lead[0] = "nowhere" is not among the stretches and groups'),
    (HALVES.replace('home = "isle"', 'home = "isel"'), 'home = "isel" is not among'),
    (HALVES.replace('key = "south"', 'key = "north"'), 'stretches[1].key = "north" stands twice'),
    (HALVES.replace('key = "south"', 'key = "South!"'), "must be a key of small letters"),
    (HALVES.replace("11.0, -40.25]", "nan, -40.25]", 1), "stretches[0].polygon[1][0]"),
    (HALVES.replace("9.5, -39.5]", "9.5, -40.3]"), "stretches[0].polygon (north): the polygon is not a proper one"),
    (HALVES.replace("[11.0, -39.5]", "[-175.0, -39.5]"), "an edge runs from 11 to -175 degrees of longitude"),
    (HALVES.replace('polygon = [[9.5, -41', 'islands = [[9, 10, 5, 6]]\npolygon2 = [[9.5, -41'), "polygon2 is no key"),
    (HALVES + '[[stretches]]\nkey = "far"\nname = "far"\nat = [9.7, -41.1]\n', "stretches[2].at = [9.7, -41.1]"),
    (HALVES + '[[stretches]]\nkey = "far"\nname = "far"\n', "stretches[2] (far) has no shore"),
    (HALVES + '[[stretches]]\nkey = "far"\nname = "far"\nislands = [[9.7, 9.8, -41.1, -41]]\n', "far has no shore"),
    ('[[mainlands]]\nkey = "a"\nat = [10.5, -40.25]\nboundaries = [{ stretch = "b", at = [1, 2] }]', "is not among"),
    ('[[lines]]\nkey = "a"\n', "needs either land"),
    ('ports = "/etc/passwd"', "must be a file in the folder"),
    ('ports = "none.csv"', 'ports = "none.csv" cannot be read'),
    ('[polygons]\nfile = "land.geojson"', "feature 1 has no property 'name'; set polygons.name (there: none)"),
    ('[polygons]\nfile = "none.geojson"', "none.geojson: cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "says"), WRONG, ids=[says[:30] for _, says in WRONG])
def test_what_is_wrong_is_said_in_one_message(tmp_path: Path, more: str, says: str) -> None:
    path = area_toml(tmp_path / "bad", more=more)
    with pytest.raises(InputError) as caught:
        folder.build(path, tmp_path / "out")
    message = str(caught.value)
    assert says in message and str(path.parent) in message and len(message) < 600
    assert not (tmp_path / "out").exists()


def test_boxes_that_cannot_be(tmp_path: Path) -> None:
    path = area_toml(tmp_path / "bad")
    good = path.read_text()
    for box, says in (
        ("[170, -170, -5, 5]", "across 180° east of it is 180 or more"),
        ("[-120, 120, -60, 60]", "holds 28800 square degrees; at most 2500"),
        ("[0.001, 1, 0, 1]", "west must be a multiple of 1/60 degree"),
        ("[40, 41, 10, 11]", "domain = [9.7, 11.5, -41.05, -39.25] must lie in box"),
    ):
        path.write_text(good.replace(good.split("\n")[1].split(" = ")[1], box))
        with pytest.raises(InputError, match=says.replace("[", r"\[").replace("/", "/")):
            folder.build(path, tmp_path / "out")
    path.write_text(
        good.replace("box = [9.6, 11.6", "box = [30, 31").replace("domain = [9.7, 11.5", "domain = [30, 31")
    )
    with pytest.raises(InputError, match="the shoreline has no land there"):
        folder.build(path, tmp_path / "out")


def test_land_of_the_user_is_joined_and_its_lakes_filled(tmp_path: Path) -> None:
    ring = shapely.box(1.0, 1.0, 2.0, 2.0).difference(shapely.box(1.4, 1.4, 1.6, 1.7))
    path = geojson(tmp_path / "land.geojson", [ring, shapely.box(2.0, 1.0, 3.0, 2.0)])
    (joined,) = outlines.land(path, None)
    assert joined.area == pytest.approx(2.0 - 0.06) and len(joined.interiors) == 1
    crossed = shapely.Polygon([(1, 1), (2, 2), (2, 1), (1, 2)])
    with pytest.raises(InputError, match=r"land.geojson: Bow: the polygon is not a proper one"):
        outlines.land(geojson(path, [crossed], ["Bow"]), None)
    with pytest.raises(InputError, match="is a LineString, not a polygon"):
        outlines.land(geojson(path, [shapely.LineString([(1, 1), (2, 2)])]), None)


def test_too_many_islands_say_which_size_would_do(tmp_path: Path) -> None:
    path = area_toml(tmp_path / "many", more="islands_above_km2 = 0.0\n")
    grid = [disc(9.8 + 0.17 * (n % 9), -41.0 + 0.17 * (n // 9), 0.01 + 0.0004 * n, 24) for n in range(81)]
    geojson(path.parent / "land.geojson", grid)
    with pytest.raises(InputError, match="gives 81 stretches; at most 64 in all: use") as caught:
        made(path)
    use = str(caught.value).rpartition("use ")[2]
    path.write_text(path.read_text().replace("= 0.0\n", f"= {use}\n"))
    assert len(made(path).stretches) == 64


def test_the_shipped_shoreline_from_its_own_rings() -> None:
    """Stretches and land of the built-in area again, its rings standing for the polygons of the world."""
    from driftsim.system import resources

    path = resources.data("areas") / "sea_of_japan" / "area.toml"
    area = area_file.load(path)
    with np.load(path.parent / "shoreline.npz") as file:
        shipped = dict(file)
    frame = Frame(*area.box)
    polygons = np.array([shapely.Polygon(ring) for ring in rings(shipped)], object)
    outline = builder_rings.cut(polygons, frame)
    found = owners.owners(area, outline, frame, owners.names_of(area), [])

    def edges(of: list[Any], codes: Any) -> Any:
        """All edges with their stretches, sorted: rings may begin elsewhere, and equal islands change places."""
        rows = np.concatenate([np.c_[ring[:-1], ring[1:], code] for ring, code in zip(of, codes, strict=True)])
        return rows[np.lexsort(rows.T)]

    kept = [code[:-1] for code in np.split(shipped["stretch"], shipped["ring_starts"][1:-1])]
    whole = np.split(np.cumsum(shipped["vertices"], axis=1).T, shipped["ring_starts"][1:-1])
    np.testing.assert_array_equal(edges(outline, found.codes), edges(whole, kept))
    np.testing.assert_array_equal(np.packbits(rasters.land(outline, frame)), shipped["land"])
    assert set(found.mainland) == {land.key for land in area.mainlands}


@pytest.mark.long
def test_the_built_in_area_is_made_to_the_byte(tmp_path: Path) -> None:
    pytest.importorskip("roaring_landmask")
    from driftsim.system import resources

    path = resources.data("areas") / "sea_of_japan" / "area.toml"
    done = folder.make(area_file.load(path), path.parent)
    assert folder.packed(done) == (path.parent / "shoreline.npz").read_bytes()
