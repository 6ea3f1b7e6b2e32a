"""Other programs read what is exported, with their own readers, and find the run's numbers in it."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import xarray as xr

from driftsim.figures import export
from driftsim.results import output
from driftsim.results.outcome import Outcome
from driftsim.results.result import Run
from driftsim.studies.study import Study
from driftsim.system.errors import InputError


@pytest.fixture(scope="module")
def run(tiny_run: Study) -> Iterator[Run]:
    with output.read_run(tiny_run.folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def landed(run: Run) -> np.ndarray[Any, Any]:
    return np.flatnonzero(run.arrivals["outcome"].values == Outcome.LANDED)


def written(run: Run, to: str, folder: Path, **more: Any) -> dict[str, Path]:
    return {path.name: path for path in export.export(run, to, folder, **more)}


def rows(file: Path) -> list[dict[str, str]]:
    with open(file, encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


# --- features ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def geojson(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return written(run, "geojson", tmp_path_factory.mktemp("geojson"))


def test_geojson_as_ogr_reads_it(run: Run, landed: np.ndarray[Any, Any], geojson: dict[str, Path]) -> None:
    """GDAL's reader, which is that of QGIS."""
    pyogrio = pytest.importorskip("pyogrio")
    assert sorted(geojson) == sorted(f"{name}.geojson" for name in export.LAYERS if name != "regions")
    points = pyogrio.read_dataframe(geojson["landings.geojson"])
    assert len(points) == landed.size > 100
    assert points.crs.to_epsg() == 4326
    assert set(points.geom_type) == {"Point"}
    np.testing.assert_allclose(points.geometry.x, run.arrivals["landing_lon"].values[landed], atol=1e-5)
    np.testing.assert_allclose(points.geometry.y, run.arrivals["landing_lat"].values[landed], atol=1e-5)
    moments = points["landing_time"].dt.tz_localize(None).to_numpy().astype("datetime64[s]")
    expected = run.to_xarray()["landing_time"].values[landed].astype("datetime64[ms]")
    assert np.abs(moments - expected).max() <= np.timedelta64(1, "s")
    stretches = pyogrio.read_dataframe(geojson["stretches.geojson"]).set_index("key")
    for key in ("noto", "akita", "sado"):
        of = run.summary["regions"][key]
        assert stretches.loc[key, "probability"] == of["probability"]
        assert stretches.loc[key, "season_high"] == of["season_high"]
        assert stretches.loc[key, "boats"] == of["boats"]
    lengths = pyogrio.read_dataframe(geojson["coast_km.geojson"])
    assert lengths["landings"].sum() == landed.size
    west, _, east, _ = stretches.loc[["noto"]].total_bounds
    assert 136.5 < west < 136.8
    assert 137.2 < east < 137.5


def test_geojson_keeps_to_its_standard(geojson: dict[str, Path]) -> None:
    """RFC 7946: outer rings run anticlockwise, longitude first; caveats go along as a foreign member."""
    for name, file in geojson.items():
        found = json.loads(file.read_text(encoding="utf-8"))
        assert found["type"] == "FeatureCollection"
        assert "staying afloat" in found["driftsim"]["caveats"]
        for feature in found["features"][:200]:
            shape = shapely.from_geojson(json.dumps(feature["geometry"]))
            assert shape.is_valid, name
            if shape.geom_type == "Polygon":
                assert shape.exterior.is_ccw
            west, south, east, north = shape.bounds
            assert 120 < west <= east < 150
            assert 30 < south <= north < 55


def test_density_cells_add_up(run: Run, geojson: dict[str, Path]) -> None:
    assert run.density is not None
    cells = json.loads(geojson["density.geojson"].read_text(encoding="utf-8"))["features"]
    total = sum(cell["properties"]["boat_days"] for cell in cells)
    assert total == pytest.approx(float(run.density["boat_days"].sum()), rel=1e-4)
    assert {shapely.from_geojson(json.dumps(cell["geometry"])).area for cell in cells} == {0.0625}


def test_geopackage(run: Run, landed: np.ndarray[Any, Any], tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    (file,) = written(run, "gpkg", tmp_path / "a.gpkg").values()
    assert [name for name, _ in pyogrio.list_layers(file)] == [name for name in export.LAYERS if name != "regions"]
    tracks = pyogrio.read_dataframe(file, layer="tracks")
    assert run.tracks is not None
    assert len(tracks) == run.tracks.sizes["trajectory"]
    one = run.tracks.isel(trajectory=3)
    fixes = np.isfinite(one["lon"].values)
    line = np.array(tracks.geometry.iloc[3].coords)
    np.testing.assert_allclose(line, np.column_stack([one["lon"].values, one["lat"].values])[fixes], atol=1e-5)
    points = pyogrio.read_dataframe(file, layer="landings")
    assert points["landing_time"].dt.tz is not None
    assert points["landing_time"].min().year == 2017
    assert len(points) == landed.size
    info = pyogrio.read_info(file, layer="landings")
    assert "staying afloat" in info["layer_metadata"]["caveats"]


def test_kml_is_valid_and_says_when(run: Run, landed: np.ndarray[Any, Any], tmp_path: Path) -> None:
    """Against the schema of KML 2.2, and as GDAL reads it."""
    validator = pytest.importorskip("fastkml.validator")
    pyogrio = pytest.importorskip("pyogrio")
    (file,) = written(run, "kml", tmp_path / "drift.kml", layers=["landings", "stretches", "coast_km"]).values()
    assert validator.validate(file_to_validate=file)
    wrong = tmp_path / "wrong.kml"
    wrong.write_text(
        file.read_text(encoding="utf-8")
        .replace("<coordinates>", "<places>", 1)
        .replace("</coordinates>", "</places>", 1)
    )
    with pytest.raises(AssertionError):
        validator.validate(file_to_validate=wrong)
    text = file.read_text(encoding="utf-8")
    assert text.count("<TimeStamp>") == landed.size
    layers = [name for name, _ in pyogrio.list_layers(file)]
    assert len(layers) == 3
    points = pyogrio.read_dataframe(file, layer=layers[0])
    assert len(points) == landed.size
    assert points.geometry.iloc[0].x == pytest.approx(run.arrivals["landing_lon"].values[landed[0]], abs=1e-5)


def test_all_of_a_kml_is_valid(run: Run, tmp_path: Path) -> None:
    validator = pytest.importorskip("fastkml.validator")
    (file,) = written(run, "kml", tmp_path / "drift.kml", layers=["tracks", "density"]).values()
    assert validator.validate(file_to_validate=file)


def test_csv(run: Run, landed: np.ndarray[Any, Any], tmp_path: Path) -> None:
    files = written(run, "csv", tmp_path)
    table = rows(files["landings.csv"])
    assert [int(row["boat"]) for row in table] == run.arrivals["boat"].values[landed].tolist()
    assert {row["stretch"] for row in table} <= run.summary["regions"].keys()
    assert all(row["landing_time"].endswith("Z") for row in table)
    assert run.tracks is not None
    fixes = rows(files["tracks.csv"])
    assert len(fixes) == int(np.isfinite(run.tracks["lon"].values).sum())
    count = Counter(row["boat"] for row in fixes)
    assert len(count) == run.tracks.sizes["trajectory"]
    assert run.density is not None
    days = rows(files["density.csv"])
    assert sum(float(row["boat_days"]) for row in days) == pytest.approx(
        float(run.density["boat_days"].sum()), rel=1e-4
    )
    assert {row["boat_class"] for row in days} == {"upright", "swamped"}


def test_parquet_with_and_without_places(run: Run, landed: np.ndarray[Any, Any], tmp_path: Path) -> None:
    """Numbers, words and times as they are, and places as the specification of GeoParquet has them (1.1.0)."""
    pq = pytest.importorskip("pyarrow.parquet")
    files = written(run, "geoparquet", tmp_path / "geo")
    assert set(files) == {f"{name}.parquet" for name in export.LAYERS if name != "regions"}
    found = pq.read_table(files["landings.parquet"])
    geo = json.loads(found.schema.metadata[b"geo"])
    assert geo["version"] == "1.1.0" and geo["primary_column"] == "geometry"
    column = geo["columns"]["geometry"]
    assert column["encoding"] == "WKB" and column["geometry_types"] == ["Point"] and "crs" not in column
    assert "staying afloat" in json.loads(found.schema.metadata[b"driftsim"])["caveats"]
    places = shapely.from_wkb(found["geometry"].to_numpy())
    np.testing.assert_allclose(shapely.get_x(places), run.arrivals["landing_lon"].values[landed], atol=1e-5)
    np.testing.assert_allclose(shapely.get_y(places), run.arrivals["landing_lat"].values[landed], atol=1e-5)
    west, south, east, north = column["bbox"]
    assert (west, east) == (shapely.get_x(places).min(), shapely.get_x(places).max())
    assert (south, north) == (shapely.get_y(places).min(), shapely.get_y(places).max())
    assert str(found["landing_time"].type) == "timestamp[ms, tz=UTC]"
    expected = run.to_xarray()["landing_time"].values[landed].astype("datetime64[ms]")
    gap = np.abs(found["landing_time"].to_numpy().astype("datetime64[ms]") - expected)
    assert gap.max() <= np.timedelta64(1, "s")
    lines = pq.read_table(files["tracks.parquet"])
    assert set(json.loads(lines.schema.metadata[b"geo"])["columns"]["geometry"]["geometry_types"]) <= {
        "LineString", "MultiLineString",
    }  # fmt: skip
    tables = written(run, "parquet", tmp_path / "plain")
    fixes = pq.read_table(tables["tracks.parquet"])
    assert "geometry" not in fixes.column_names and b"geo" not in fixes.schema.metadata
    with open(written(run, "csv", tmp_path / "csv")["tracks.csv"], encoding="utf-8") as text:
        assert fixes.num_rows == sum(1 for _ in text) - 1
    geopandas = pytest.importorskip("geopandas")
    assert geopandas.read_parquet(files["stretches.parquet"]).crs.to_authority() == ("OGC", "CRS84")


def test_without_the_extra_three_formats_work_and_the_others_say_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"geopandas", "pyogrio", "rasterio", "zarr"}
    for name in extra | {name for name in sys.modules if name.partition(".")[0] in extra}:
        monkeypatch.setitem(sys.modules, name, None)
    for to in ("geojson", "kml", "csv"):
        export.export(run, to, tmp_path / export.FORMATS[to].name, layers=["stretches"])
    for to in ("gpkg", "zarr", "geotiff"):
        with pytest.raises(InputError, match=re.escape("pip install 'driftsim[export]'")):
            export.export(run, to, tmp_path / ("a.gpkg" if to == "gpkg" else to))
    with pytest.raises(InputError, match=re.escape("pip install 'driftsim[export]'")):
        run.to_geodataframe()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["csv", "drift.kml", "geojson", "geotiff"]
    assert list((tmp_path / "geotiff").iterdir()) == []


# --- arrays --------------------------------------------------------------------------------------------------------


def test_geotiff_is_north_up_and_in_its_place(run: Run, tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    assert run.density is not None
    file = written(run, "geotiff", tmp_path)["density.tif"]
    # Cloud-optimised: GDAL says so, and the directory stands before the numbers.
    begin = file.read_bytes()[:400]
    assert b"GDAL_STRUCTURAL_METADATA_SIZE" in begin and b"LAYOUT=IFDS_BEFORE_DATA" in begin
    with rasterio.open(file) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG" and raster.profile["tiled"]
    days = run.density["boat_days"].sum("boat_class")
    with rasterio.open(file) as raster:
        assert raster.crs.to_epsg() == 4326
        assert raster.count == days.sizes["time"]
        assert tuple(raster.transform) == (0.25, 0.0, 127.0, 0.0, -0.25, 48.0, 0.0, 0.0, 1.0)
        assert raster.descriptions[1].startswith("2017-11-27 to ")
        assert "staying afloat" in raster.tags()["caveats"]
        values = raster.read(2)
        where = np.unravel_index(int(days.isel(time=1).values.argmax()), days.isel(time=1).shape)
        lat, lon = float(days["lat"][where[0]]), float(days["lon"][where[1]])
        assert next(raster.sample([(lon, lat)], 2))[0] == pytest.approx(float(days.isel(time=1).max()))
        assert values.sum() == pytest.approx(float(days.isel(time=1).sum()), rel=1e-5)


def test_zarr_holds_every_data_set(run: Run, landed: np.ndarray[Any, Any], tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    (store,) = written(run, "zarr", tmp_path / "drift.zarr").values()
    with xr.open_zarr(store, group="arrivals") as boats:
        expected = run.to_xarray()
        assert boats.sizes == expected.sizes
        gap = np.abs(boats["landing_time"].values[landed] - expected["landing_time"].values[landed])
        assert gap.max() < np.timedelta64(1, "ms")
        np.testing.assert_array_equal(boats["stretch"].values, expected["stretch"].values)
        assert boats["stretch"].attrs["flag_meanings"] == expected["stretch"].attrs["flag_meanings"]
        assert "staying afloat" in boats.attrs["caveats"]
    with xr.open_zarr(store, group="tracks") as tracks:
        assert run.tracks is not None
        np.testing.assert_array_equal(tracks["lon"].values, run.tracks["lon"].values)
        assert tracks.attrs["featureType"] == "trajectory"
    tree = xr.open_datatree(store, engine="zarr")
    assert set(tree.children) == {"arrivals", "tracks", "density", "forcing_mean"}


def test_a_geodataframe_of_the_landings(run: Run, landed: np.ndarray[Any, Any]) -> None:
    pytest.importorskip("geopandas")
    frame = run.to_geodataframe()
    assert len(frame) == landed.size
    assert frame.crs.to_epsg() == 4326
    assert frame.groupby("stretch").size()["noto"] == run.summary["regions"]["noto"]["boats"]
    assert (frame["landing_time"] > frame["release_time"]).all()


# --- files that are there, and what is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(("to", "name"), [("kml", "a.kml"), pytest.param("zarr", "a.zarr", marks=pytest.mark.long)])
def test_nothing_is_overwritten_unasked(run: Run, tmp_path: Path, to: str, name: str) -> None:
    more: dict[str, Any] = {} if to == "zarr" else {"layers": ["stretches"]}
    place = tmp_path / name

    def content() -> dict[str, bytes]:
        return {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    export.export(run, to, place, **more)
    before = content()
    assert before
    export.export(run, to, place, overwrite=True, **more)
    assert content() == before
    next(p for p in tmp_path.rglob("*") if p.is_file()).write_bytes(b"mine")
    mine = content()
    with pytest.raises(InputError, match=f"{name}.*--overwrite"):
        export.export(run, to, place, **more)
    assert content() == mine
    if to == "zarr":  # a folder of files: one that was changed is not swept away with the others
        with pytest.raises(InputError, match="is not as it was written"):
            export.export(run, to, place, overwrite=True, **more)
        assert content() == mine
    else:
        export.export(run, to, place, overwrite=True, **more)
        assert content() == before


def test_what_cannot_be_exported(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--to shp: no such format"):
        export.export(run, "shp", tmp_path / "a")
    with pytest.raises(InputError, match="--layer boats: no such layer"):
        export.export(run, "csv", tmp_path / "a", layers=["boats"])
    with pytest.raises(InputError, match="no layers to choose"):
        export.export(run, "zarr", tmp_path / "a", layers=["tracks"])
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="needs a folder"):
        export.export(run, "csv", tmp_path / "file")
    with pytest.raises(InputError, match=r"cannot be (written|made)"):
        export.export(run, "kml", tmp_path / "file" / "a.kml")
    assert [p.name for p in tmp_path.rglob("*") if not p.is_dir()] == ["file"]


def test_a_run_without_tracks_and_density(run: Run, tmp_path: Path) -> None:
    from synthetic import make_result

    result = make_result(50, 3, tracks=2)
    result.tracks = result.density = None
    with pytest.raises(InputError, match="has no tracks"):
        export.export(result, "csv", tmp_path, layers=["tracks"])
    with pytest.raises(InputError, match="kept no density"):
        export.export(result, "geotiff", tmp_path)
    with pytest.raises(InputError, match="out="):
        export.export(result, "csv")
    assert "tracks.csv" not in written(result, "csv", tmp_path)


def test_paths_across_the_180th_meridian_are_cut() -> None:
    from driftsim.figures.export.layers import _path, _places

    xy = _places(np.array([178.0, 179.5, 181.0, 182.5]), np.array([40.0, 40.5, 41.0, 41.5]))
    assert xy[:, 0].tolist() == [178.0, 179.5, -179.0, -177.5]
    shape = _path(xy)
    assert [part.length > 0 for part in shape.geoms] == [True, True]
    assert shape.bounds == (-179.0, 40.0, 179.5, 41.5)


def test_hostile_names_in_every_text_format(tmp_path: Path) -> None:
    from synthetic import make_result

    result = make_result(40, 3, tracks=2)
    evil = 'a "b", <c> & ]]> \x01 \u2028 =1+1'
    names = result.arrivals["source"].attrs["flag_meanings"]
    result.arrivals["source"].attrs["flag_meanings"] = [evil] * len(names)
    result.arrivals.attrs["title"] = evil
    for to in ("geojson", "kml", "csv"):
        export.export(result, to, tmp_path / export.FORMATS[to].name, layers=["landings"])
    assert rows(tmp_path / "csv" / "landings.csv")[0]["source"] == evil
    found = json.loads((tmp_path / "geojson" / "landings.geojson").read_text(encoding="utf-8"))
    assert found["features"][0]["properties"]["source"] == evil
    assert found["driftsim"]["title"] == evil
    import xml.etree.ElementTree as ET

    document = ET.parse(tmp_path / "drift.kml")
    sources = [e.text for e in document.iter("{http://www.opengis.net/kml/2.2}SimpleData") if e.get("name") == "source"]
    assert sources[0] == evil.replace("\x01", " ")
