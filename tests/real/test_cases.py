"""Small inputs rebuilt from reports of people who do this work: each is read right, or refused in words that help."""

from __future__ import annotations

import contextlib
import importlib.util
import runpy
import shutil
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

import driftsim
from driftsim.drift.simulation import Simulation
from driftsim.results import table
from driftsim.studies import study
from driftsim.studies.inspection import inspect
from driftsim.system.errors import InputError

WITH_ECCODES = importlib.util.find_spec("eccodes") is not None

REFUSED = [
    ("03-wind-aloft", "config.toml", "given at 850 hPa, not at 10 m", 'wind.level = "850 hPa"'),
    ("03-wind-aloft", "config_100m.toml", "given at 100 m, not at 10 m", 'wind.level = "100 m"'),
    ("09-odd-times", "matlab_year0.toml", "counts from the year 0", "subtract 719529"),
    ("09-odd-times", "matlab_year0_proleptic.toml", "counts from the year 0", "subtract 719529"),
    ("12-last-known-positions", "config_lkp_csv.toml", "lkp.csv: not JSON", "give a GeoJSON file"),
    ("12-last-known-positions", "config_metres.toml", "no place in degrees", "longitude comes first"),
    ("13-own-regions", "config.toml", "coast.regions", "did you mean area.regions?"),
    ("14-stores-and-formats", "cds_zip.nc.toml", "it is a zip archive", "unpack it"),
    ("14-stores-and-formats", "fake.grib.toml", "it is GRIB", "fetch it again" if WITH_ECCODES else "driftsim[grib]"),
    ("14-stores-and-formats", "opendap.toml", "is read over the network", "--allow-network"),
    ("14-stores-and-formats", "plain.nc.gz.toml", "compressed by gzip", "gunzip"),
    ("14-stores-and-formats", "kerchunk.json.toml", "kerchunk.json: no wind found in it", "it holds nothing"),
    ("14-stores-and-formats", "s3.toml", "is read over the network", "--allow-network"),
    ("20-release-details", "harbours.toml", "on land: point [139.064, 37.93]", 'release.on_land = "move"'),
    ("20-release-details", "jst_word.toml", 'run.start = "2017-11-01 09:00 JST"', "such as 2017-10-01"),
    ("21-wind-as-speed-and-direction", "config_csv.toml", "table in text (CSV)", 'product = "series"'),
    ("22-components-at-other-times", "config.toml", "v_3hourly.nc): v10 has no step between", "u_hourly.nc"),
    ("22-components-at-other-times", "config_half.toml", "share no time step", "v_half.nc"),
    ("25-projected-grid", "config.toml", "lies on a projected grid", "Turn them to east and north before you regrid"),
]

RUNS = [  # speeds to the east at the start and at the end, m/s
    ("01-forecast-lead-files", "config.toml", 0.25, 0.75),
    ("01-forecast-lead-files", "config_b.toml", 0.25, 0.75),
    ("01-forecast-lead-files", "config_c.toml", 0.25, 0.75),
    ("07-monthly-means", "config.toml", 0.20, 0.20),
    ("07-monthly-means", "config_first_try.toml", 0.20, 0.20),
    ("07-monthly-means", "config_era5.toml", 1.0, 1.0),
    ("08-rectilinear-2d-coordinates", "config.toml", 0.5, 0.5),
    ("08-rectilinear-2d-coordinates", "config_wrf.toml", 1.0, 1.0),
    ("09-odd-times", "float32_days.toml", 0.26, 0.948),
    ("09-odd-times", "float32_seconds.toml", 0.26, 0.948),
    ("09-odd-times", "grads.toml", 0.26, 0.948),
    ("10-nomads-grads-server", "config.toml", 1.0, 1.0),
    *(("14-stores-and-formats", f"{name}.nc.toml", 1.0, 1.0) for name in (
        "plain", "cdf5", "offset64", "zstd", "blosc_zstd", "bzip2", "szip",
    )),
    ("14-stores-and-formats", "store.zarr.toml", 1.0, 1.0),
    ("18-reference-time-and-lead", "archive.toml", 1.0, 1.0),
    ("18-reference-time-and-lead", "one_run.toml", 1.0, 1.0),
    ("21-wind-as-speed-and-direction", "config.toml", 1.0, 1.0),
    ("21-wind-as-speed-and-direction", "config_named.toml", 1.0, 1.0),
    ("21-wind-as-speed-and-direction", "config_constant.toml", 1.0, 1.0),
]  # fmt: skip
SEEN_ELSEWHERE = {  # in tests of their own
    ("05-ensemble-in-files", "config.toml"), ("12-last-known-positions", "config_lkp_geojson.toml"),
    ("12-last-known-positions", "config_lkp_kml.toml"), ("12-last-known-positions", "config_track_gpx.toml"),
    ("12-last-known-positions", "config_track_geojson.toml"), ("16-few-boats-short-runs", "day_step.toml"),
    ("16-few-boats-short-runs", "one_boat.toml"), ("16-few-boats-short-runs", "two_boats.toml"),
    ("16-few-boats-short-runs", "one_step.toml"), ("19-zeros-on-land", "nans.toml"),
    ("19-zeros-on-land", "zeros.toml"), ("20-release-details", "between_steps.toml"),
    ("20-release-details", "degrees_minutes.toml"), ("20-release-details", "half_hour_backward.toml"),
    ("20-release-details", "harbours_move.toml"),
    ("20-release-details", "jst.toml"), ("24-another-sea", "config.toml"),
}  # fmt: skip


@pytest.fixture(scope="module")
def cases(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes the inputs of a case in a folder of its own, once."""
    source = shared / "cases"
    if not source.is_dir():
        pytest.skip(f"{source} is not there")
    made: dict[str, Path] = {}

    def case(name: str) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            for file in (source / name).iterdir():
                shutil.copy(file, folder)
            with contextlib.chdir(folder):
                runpy.run_path("make_input.py")
            made[name] = folder
        return made[name]

    return case


def eastward(result: Any, boat: int = 0) -> Any:
    """Speed of a boat from position to position, m/s."""
    lon, lat, times = (np.asarray(result.tracks[name])[boat].astype(float) for name in ("lon", "lat", "time"))
    here = np.isfinite(lon)
    return np.diff(lon[here]) * 111_319.5 * np.cos(np.radians(lat[here][:-1])) / np.diff(times[here])


@pytest.mark.parametrize(("name", "config", "says", "remedy"), REFUSED, ids=lambda value: str(value)[:30])
def test_a_case_that_cannot_be_read_is_refused(cases: Any, name: str, config: str, says: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        study.check(driftsim.load_config(cases(name) / config))
    assert says in str(caught.value) and remedy in str(caught.value)


def test_no_config_is_passed_over(shared: Path) -> None:
    there = {(path.parent.name, path.name) for path in (shared / "cases").glob("*/*.toml")}
    assert there <= {case[:2] for case in REFUSED} | {case[:2] for case in RUNS} | SEEN_ELSEWHERE


@pytest.mark.parametrize(("name", "config", "first", "last"), RUNS)
def test_a_case_that_is_read_drifts_at_the_right_speed(
    cases: Any, name: str, config: str, first: float, last: float
) -> None:
    if config.split(".")[0] in ("zstd", "blosc_zstd", "bzip2", "szip") and not (cases(name) / config[:-5]).exists():
        pytest.skip("this build of the library does not write the compression")
    # What is read is what counts here, not the error that a current of the catalogue is taken to have.
    result = driftsim.run(driftsim.load_config(cases(name) / config, {"mixing.current_error_m_s": 0.0}))
    assert eastward(result)[[0, -1]] == pytest.approx([first, last], abs=0.02)


def test_nine_leads_of_a_cycle_are_nine_steps(cases: Any) -> None:
    config = driftsim.load_config(cases("01-forecast-lead-files") / "config.toml")
    source = Simulation(config, numbers=[]).windows["wind"].source
    np.testing.assert_array_equal(source.times - config.run.start_epoch, 3600.0 * np.array([0, 6, 12]))
    report = inspect([cases("01-forecast-lead-files") / "gfs_*.nc"])
    assert "2017-11-01 00:00 to 2017-11-03 00:00, 9 steps of 6 h" in " ".join(report.text.split())


def test_five_files_are_five_members(cases: Any) -> None:
    text = study.check(driftsim.load_config(cases("05-ensemble-in-files") / "config.toml"))
    result = driftsim.run(driftsim.load_config(cases("05-ensemble-in-files") / "config.toml"))
    speeds = [eastward(result, boat).mean() for boat in range(20)]
    assert sorted(set(np.round(speeds, 1))) == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert "5 members" in text and "decided: members 0, 1, ..., 4 of 5 groups of files, by their numbers" in text


def test_zeros_on_land_are_told_of_or_masked(cases: Any) -> None:
    folder = cases("19-zeros-on-land")

    def landed(name: str, **keys: Any) -> Any:
        return driftsim.run(driftsim.load_config(folder / name, {**keys, "boats.number": 200})).summary["outcomes"]

    nans = landed("nans.toml")
    assert "decided: land as the variable mask has it" in study.check(driftsim.load_config(folder / "zeros.toml"))
    assert landed("zeros.toml") == nans
    with netCDF4.Dataset(folder / "current_zeros.nc", "r+") as file:
        file.renameVariable("mask", "without_a_meaning")
        file["without_a_meaning"].delncattr("standard_name")
        file["without_a_meaning"].delncattr("flag_meanings")
    text = study.check(driftsim.load_config(folder / "zeros.toml"))
    assert "exactly 0 at" in text and "current.zeros_are_land = true" in text
    assert landed("zeros.toml") != nans
    assert landed("zeros.toml", **{"current.zeros_are_land": True}) == nans


@pytest.mark.parametrize(
    ("config", "stated"),
    [("lkp_geojson", "time"), ("track_geojson", "times"), ("lkp_kml", "when"), ("track_gpx", "time")],
)
def test_times_of_single_positions_are_not_passed_over_in_silence(cases: Any, config: str, stated: str) -> None:
    text = study.check(driftsim.load_config(cases("12-last-known-positions") / f"config_{config}.toml"))
    said = f"positions: {stated} of its features is not used: boats of each begin from first to last"
    assert said in " ".join(text.split())


def test_a_step_of_a_day_and_a_release_between_steps(cases: Any) -> None:
    config = driftsim.load_config(cases("16-few-boats-short-runs") / "day_step.toml")
    assert config.output.track_every_hours == 24.0
    text = study.check(driftsim.load_config(cases("20-release-details") / "between_steps.toml"))
    assert "06:40 lies between steps" in text and "release at 2017-11-01 07:00" in text


@pytest.mark.parametrize(("config", "boats"), [("one_boat", 1), ("two_boats", 2), ("one_step", 1)])
def test_few_boats_and_short_runs(cases: Any, config: str, boats: int) -> None:
    result = driftsim.run(driftsim.load_config(cases("16-few-boats-short-runs") / f"{config}.toml"))
    assert sum(result.summary["outcomes"].values()) == boats
    assert np.isfinite(np.asarray(result.tracks["lon"])[0]).sum() >= 2


@pytest.mark.parametrize(("config", "hours"), [("jst", 6.0), ("half_hour_backward", 108.0)])  # after run.start
def test_boats_begin_when_they_are_said_to(cases: Any, config: str, hours: float) -> None:
    path = cases("20-release-details") / f"{config}.toml"
    tracks = driftsim.run(driftsim.load_config(path, {"boats.number": 50})).tracks
    there = np.isfinite(np.asarray(tracks["lon"])[0])
    assert np.asarray(tracks["time"])[0][there][0] == 3600.0 * hours


def test_boats_of_harbours_are_moved_to_the_sea(cases: Any) -> None:
    result = driftsim.run(driftsim.load_config(cases("20-release-details") / "harbours_move.toml"))
    assert sum(result.summary["outcomes"].values()) == 100
    lon, lat = (np.asarray(result.tracks[name])[:, 0].astype(float) for name in ("lon", "lat"))
    asked = np.array([[139.064, 37.930], [140.065, 39.755], [139.823, 38.930], [136.599, 36.615], [140.030, 40.216]])
    apart = np.hypot((lon[:, None] - asked[:, 0]) * np.cos(np.radians(38.5)), lat[:, None] - asked[:, 1]) * 111.2
    assert 0.0 < apart.min(axis=1).max() < 15.0


def test_a_file_of_another_sea_is_read(cases: Any) -> None:
    result = driftsim.run(driftsim.load_config(cases("24-another-sea") / "config.toml"))
    assert result.summary["outcomes"]["adrift"] == 200
    assert "nothing can be said of landings" in table.text(result.summary)
