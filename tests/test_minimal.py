"""Read this first: a whole small study, top to bottom, in seconds.

Two kinds of boat are lost off Akita in a steady current and a steady wind. Where and when each must come ashore can be
worked out by hand; the study is run from its config file to the map, and must say the same.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
import xarray as xr

import driftsim
from driftsim.area import shoreline
from driftsim.studies import study

CURRENT = (0.40, 0.05)  # m/s towards east and north
WIND = (5.0, -7.0)  # m/s
WINDAGE = 0.02  # part of the wind with which the second kind of boat drifts
LAST_SEEN = (137.6, 39.6)  # longitude, latitude
METRES_PER_DEGREE = 111_120.0  # metric = "nautical": 60 sea miles in a degree of latitude

CONFIG = """
[run]
title = "Two hulls off Akita"
start = 2017-11-20T06:00:00
end = 2017-11-28
metric = "nautical"

[current]
product = "cf"
files = ["current.nc"]
steady = true                 # the file has one moment: take it for all times

[wind]
product = "cf"
files = ["wind.nc"]
steady = true

[boats]
number = 300

[[boats.classes]]
name = "awash"                # goes with the water
windage_percent = 0.0
share = 0.5

[[boats.classes]]
name = "high hull"            # and with 2 % of the wind
windage_percent = 2.0
share = 0.5

[mixing]                      # nothing is left to chance but which boat is of which kind
diffusivity_m2_s = 0.0

[[release.sources]]
name = "last seen"
kind = "point"
points = [[137.6, 39.6]]
dates = [2017-11-20T09:00:00]

[output]
tracks = 10
track_every_hours = 3.0
"""


def write_field(path: Path, names: dict[str, str], velocity: tuple[float, float]) -> None:
    """A field that is the same everywhere in the sea, as a provider would write it: CF names and units."""
    lon, lat = np.arange(124.0, 146.1, 1.0), np.arange(30.0, 51.1, 1.0)
    xr.Dataset(
        {
            name: (
                ("time", "lat", "lon"),
                np.full((1, lat.size, lon.size), value, np.float32),
                {"standard_name": standard_name, "units": "m s-1"},
            )
            for (name, standard_name), value in zip(names.items(), velocity, strict=True)
        },
        {
            "time": ("time", [0.0], {"standard_name": "time", "units": "hours since 2017-11-20 00:00:00"}),
            "lat": ("lat", lat, {"standard_name": "latitude", "units": "degrees_north"}),
            "lon": ("lon", lon, {"standard_name": "longitude", "units": "degrees_east"}),
        },
    ).to_netcdf(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the config and its two files."""
    path = tmp_path_factory.mktemp("minimal")
    (path / "akita.toml").write_text(CONFIG, encoding="utf-8")
    write_field(
        path / "current.nc", {"uo": "eastward_sea_water_velocity", "vo": "northward_sea_water_velocity"}, CURRENT
    )
    write_field(path / "wind.nc", {"u10": "eastward_wind", "v10": "northward_wind"}, WIND)
    return path


@pytest.fixture(scope="module")
def done(folder: Path) -> study.Study:
    """The study, run: the same as `driftsim run akita.toml -o result`."""
    return study.run(driftsim.load_config(folder / "akita.toml"), folder / "result")


def landfall(u: float, v: float) -> tuple[float, float, float]:
    """Longitude, latitude and days of the landfall at constant speed on a sphere: the path is a rhumb line."""
    lon0, lat0 = LAST_SEEN
    seconds = np.arange(0.0, 9 * 86_400.0, 60.0)
    lat = lat0 + v * seconds / METRES_PER_DEGREE
    stretched = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))  # Mercator's latitude: rhumb lines are straight on it
    lon = lon0 + u / v * np.degrees(stretched - stretched[0])
    path = shapely.LineString(np.column_stack([lon, lat]))
    shores = [shapely.LineString(ring) for ring in shoreline.load().polygons]
    crossings = shapely.get_coordinates(path.intersection([shore for shore in shores if path.intersects(shore)]))
    along = [path.project(shapely.Point(xy)) for xy in crossings]
    x, y = crossings[int(np.argmin(along))]
    return x, y, (y - lat0) * METRES_PER_DEGREE / v / 86_400.0


def test_boats_land_where_and_when_they_must(done: study.Study) -> None:
    boats = done.run.to_xarray()
    assert (boats.outcome == 1).all()  # all of them ashore
    for kind, part in enumerate((0.0, WINDAGE)):
        lon, lat, days = landfall(CURRENT[0] + part * WIND[0], CURRENT[1] + part * WIND[1])
        mine = boats.isel(boat=np.flatnonzero(boats.boat_class == kind))
        assert mine.sizes["boat"] > 100
        np.testing.assert_allclose(mine.landing_lon, lon, atol=2e-4)  # 17 m
        np.testing.assert_allclose(mine.landing_lat, lat, atol=2e-4)
        np.testing.assert_allclose(mine.age_days, days, atol=5e-4)  # 43 s
    assert set(np.unique(boats.release_time)) == {np.datetime64("2017-11-20T09:00:00", "ns")}


def test_the_summary_counts_them(done: study.Study) -> None:
    summary = json.loads((done.folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["boats"] == 300
    assert {name: number for name, number in summary["outcomes"].items() if number} == {"akita": 300}
    akita = summary["regions"]["akita"]
    assert akita["boats"] == 300
    assert akita["probability"] == akita["share_of_home"] == 1.0
    assert 0.97 < akita["mean_low"] < akita["mean_high"] == 1.0  # none of 300 elsewhere: about 1 - 3/300 at the least
    assert summary["regions"]["noto"]["boats"] == 0
    assert 0.0 < summary["regions"]["noto"]["mean_high"] < 0.03
    assert summary["interval_method"] == "sampling only"  # one member: nothing is known of other winters


def test_the_folder_holds_the_study(done: study.Study) -> None:
    expected = {
        "summary.json", "run.json", "arrivals.nc", "arrivals.csv", "landings_by_km.csv", "tracks.nc", "density.nc",
        "forcing_mean.nc", "config.toml", "landing_map.png", "run.log", "driftsim.json",
    }  # fmt: skip
    assert {path.name for path in done.folder.iterdir()} == expected
    assert done.map is not None
    assert done.map.read_bytes().startswith(b"\x89PNG")
    assert "Akita" in done.table()
    tracks = xr.open_dataset(done.folder / "tracks.nc")  # opens with no hints
    assert tracks.sizes["trajectory"] == 10
    first = tracks.isel(trajectory=0).dropna("obs")
    east = np.diff(first.lon) * METRES_PER_DEGREE * np.cos(np.radians(first.lat.values[:-1]))
    part = (0.0, WINDAGE)[int(first.boat_class)]
    assert east[0] / (3 * 3600.0) == pytest.approx(CURRENT[0] + part * WIND[0], rel=2e-3)
    tracks.close()


def test_the_same_in_python(folder: Path, done: study.Study) -> None:
    config = driftsim.load_config(folder / "akita.toml", {"boats.number": 80})
    result = driftsim.run(config)
    fewer, more = result.arrivals, driftsim.open_run(done.folder).arrivals
    for name in fewer.data_vars:  # a boat's fate does not depend on how many others there are
        np.testing.assert_array_equal(fewer[name], more[name][:80], err_msg=str(name))
    assert result.summary["outcomes"]["akita"] == 80
