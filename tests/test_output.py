"""The folder of a run: whole files, equal bytes, one holder; and what the printed table says."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import time
from collections import Counter
from types import SimpleNamespace

import netCDF4
import numpy as np
import pytest
import xarray as xr
from processes import forked
from synthetic import CLASSES, START, make_arrivals, make_result, make_run_folder

from driftsim.area.regions import REGIONS
from driftsim.results import (
    csv_tables,
    data_sets,
    landing_bins,
    netcdf,
    output,
    placing,
    provenance,
    text_files,
)
from driftsim.results import folder as marker
from driftsim.results.statistics import flag_names, summarise
from driftsim.system import disk
from driftsim.system.errors import InputError

RESULTS = tuple(name for name in placing.NAMES["run"].results if name not in ("arrivals.parquet", "members.csv"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_run_folder(tmp_path_factory.mktemp("run") / "out", 1200, 24)


@pytest.fixture(scope="module")
def run(folder):
    with output.read_run(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def arrivals():
    return make_arrivals(1200, 24)


def line_coast():
    """Two lines of 5 km bins, the second with a short last bin."""
    start = np.array([0.0, 5.0, 10.0, 0.0, 5.0])
    bins = (
        np.array([0, 0, 0, 1, 1], np.int16),
        start,
        np.array([5.0, 10.0, 15.0, 5.0, 7.5]),
        137.0 + start,
        37.0 + start,
    )
    stretch = np.array([13, 13, 15, 6, 6], np.int16)
    return SimpleNamespace(line_names=("honshu", "isle, the"), line_bins=lambda width: (*bins, stretch))


# --- the files -----------------------------------------------------------------------------------------------------


def test_all_files_are_there_and_nothing_else(folder):
    assert {file.name for file in folder.iterdir()} == {*RESULTS, "run.json", marker.FILE}


def test_equal_runs_leave_equal_bytes(folder, tmp_path):
    time.sleep(1.1)  # a time stamp of whole seconds would show
    again = make_run_folder(tmp_path / "elsewhere", 1200, 24)
    for name in (*RESULTS, marker.FILE):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_threads_make_no_difference_to_the_data(tmp_path):
    run = make_result(60, 4, tracks=5)
    for threads in (1, 2):
        run.info["config"] = f"[run]\nseed = 3\nthreads = {threads}\n"
        run.info["timings"] = {"wall_s": 3.0 / threads, "threads": threads}
        output.write_run(tmp_path / str(threads), run)
    for name in (*RESULTS, marker.FILE):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name
    assert json.loads((tmp_path / "2" / "run.json").read_text())["threads"] == 2


def test_arrivals_come_back_as_they_were(run, arrivals):
    for name in arrivals.variables:
        assert run.arrivals[name].dtype == arrivals[name].dtype, name
        np.testing.assert_array_equal(run.arrivals[name].values, arrivals[name].values, err_msg=name)
    for name in ("source", "boat_class", "outcome", "stretch", "exit"):
        assert flag_names(run.arrivals[name]) == flag_names(arrivals[name])


def test_numbers_are_the_same_from_files_and_from_memory(run, arrivals):
    notes = make_result(10, 2).info["forcing"]
    expected = summarise(arrivals, REGIONS, notes)
    assert {key: run.summary[key] for key in expected} == json.loads(json.dumps(expected))
    again = summarise(run.arrivals, REGIONS, notes)
    assert {key: again[key] for key in ("regions", "outcomes", "by_source")} == {
        key: expected[key] for key in ("regions", "outcomes", "by_source")
    }


def test_xarray_opens_everything_with_no_hints(folder, arrivals):
    opened = xr.open_dataset(folder / "arrivals.nc")
    first = np.datetime64(START) + np.round(arrivals["release_time"].values[0]).astype("m8[s]")
    assert opened["release_time"].values[0] == first
    assert np.isnat(opened["landing_time"].values[opened["outcome"].values != 1]).all()
    assert opened["age_days"].dtype == np.float32  # a number of days, not a type of its own
    assert opened["stretch"].dtype == np.int16
    masks, near = opened["within_20_km"].attrs["flag_masks"], opened["within_20_km"].values
    names = opened["within_20_km"].attrs["flag_meanings"].split()
    akita = (near & masks[names.index("akita")]) != 0
    np.testing.assert_array_equal(akita, arrivals["within_20_km"].values >> np.uint64(6) & np.uint64(1) == 1)


def test_tracks_are_cf_trajectories(folder, arrivals):
    tracks = xr.open_dataset(folder / "tracks.nc")
    assert tracks.attrs["featureType"] == "trajectory"
    assert tracks["trajectory"].attrs["cf_role"] == "trajectory_id"
    assert set(tracks["age_days"].coords) == {"trajectory", "time", "lat", "lon"}
    assert [tracks[name].attrs["standard_name"] for name in ("lon", "lat", "time")] == ["longitude", "latitude", "time"]
    end = np.datetime64(START) + (arrivals["final_time"].values[:200, None] * 1000).astype("m8[ms]")
    there = np.isfinite(tracks["lon"].values)
    assert there.any(axis=1).mean() > 0.9
    with np.errstate(invalid="ignore"):
        assert not (there & (tracks["time"].values > end + np.timedelta64(1, "s"))).any()
    np.testing.assert_array_equal(there, ~np.isnat(tracks["time"].values))


def test_tracks_end_with_the_landing_whatever_the_arrays_hold(arrivals):
    moment = np.arange(0.0, 181 * 86400.0, 43200.0)
    shape = (7, moment.size)
    tracks = data_sets.tracks(
        np.full(shape, 135.0), np.full(shape, 39.0), moment, arrivals, boats=[3, 8, 2, 40, 41, 42, 43]
    )
    boat = arrivals.isel(boat=8)
    kept = tracks["time"].values[1]
    kept = kept[np.isfinite(kept)]
    assert kept.min() >= float(boat["release_time"]) - 0.5
    assert kept.max() <= float(boat["final_time"]) + 0.5
    assert kept.max() >= float(boat["final_time"]) - 43200.0
    with pytest.raises(InputError, match="no row among the arrivals"):
        data_sets.tracks(np.full((1, 3), 135.0), np.full((1, 3), 39.0), np.arange(3.0), arrivals, boats=[5000])


def test_density_and_forcing_say_their_bounds(folder):
    density = xr.open_dataset(folder / "density.nc")
    assert density["boat_days"].dims == ("boat_class", "time", "lat", "lon")
    assert density["boat_class"].attrs["flag_meanings"] == " ".join(CLASSES)
    np.testing.assert_array_equal(density["lon_bounds"].values.mean(axis=1), density["lon"].values)
    assert density["time_bounds"].values[1, 0] == np.datetime64("2017-10-08")
    forcing = xr.open_dataset(folder / "forcing_mean.nc")
    assert forcing["wind_u"].attrs["standard_name"] == "eastward_wind"
    assert forcing["time_bounds"].values[0, 1] == np.datetime64("2017-10-15")
    assert np.isnan(forcing["current_u"].values[0, 0, 0])
    assert np.nanmean(forcing["current_v"].values) == pytest.approx(0.03)


def test_density_is_in_days():
    hours = np.full((1, 1, 2, 2), 6.0)
    one = data_sets.density(hours, [0.0, 7 * 86400.0], [130.0, 131.0, 133.0], [38.0, 39.0, 40.0], ["hull"], START)
    assert one["boat_days"].values.tolist() == [[[[0.25, 0.25], [0.25, 0.25]]]]
    assert one["lon"].values.tolist() == [130.5, 132.0]


def test_files_say_where_they_came_from(folder):
    for name in ("arrivals.nc", "tracks.nc", "density.nc", "forcing_mean.nc"):
        with netCDF4.Dataset(folder / name) as data:
            assert data.Conventions == "CF-1.10"
            assert data.seed == 3
            assert data.config == (folder / "config.toml").read_text()
            assert json.loads(data.inputs)["wind"]["kind_of_record"] == "climatology"
            assert json.loads(data.libraries)["numpy"] == np.__version__
            for variable in data.variables.values():  # CF: no gaps in coordinates and their bounds
                if variable.dimensions == (variable.name,) or variable.name.endswith("_bounds"):
                    assert "_FillValue" not in variable.ncattrs()
    origin = json.loads((folder / "summary.json").read_text())["provenance"]
    assert set(origin) >= {"driftsim_version", "git_commit", "seed", "config_sha256", "inputs", "libraries"}


def test_names_with_blanks_become_one_word_on_disk(tmp_path, arrivals):
    named = arrivals.copy()
    named["source"].attrs = {"flag_meanings": ["Yamato Bank, north", "nan west", 'the "third"']}
    netcdf.write_arrivals(tmp_path, named, {})
    with xr.open_dataset(tmp_path / "arrivals.nc") as data:
        assert data["source"].attrs["flag_meanings"] == 'Yamato_Bank,_north nan_west the_"third"'
    with csv_tables.arrivals_csv(tmp_path) as append:
        append(named)
    with open(tmp_path / "arrivals.csv", newline="") as lines:
        assert {row["source"] for row in csv.DictReader(lines)} == {"Yamato Bank, north", "nan west", 'the "third"'}


# --- tables --------------------------------------------------------------------------------------------------------


def test_arrivals_csv_has_the_landed_boats_as_they_are(folder, arrivals):
    with open(folder / "arrivals.csv", newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    landed = np.flatnonzero(arrivals["outcome"].values == 1)
    assert [int(row["boat"]) for row in rows] == landed.tolist()
    keys = flag_names(arrivals["stretch"])
    for row, i in zip(rows[:300], landed, strict=False):
        boat = arrivals.isel(boat=int(i))
        assert row["stretch"] == keys[int(boat["stretch"])]
        assert row["stretch_name"] == REGIONS[row["stretch"]].name
        assert float(row["landing_lon"]) == pytest.approx(float(boat["landing_lon"]), abs=6e-6)
        assert float(row["coast_km"]) == pytest.approx(float(boat["coast_km"]), abs=6e-4)
        moment = np.datetime64(row["landing_time"].removesuffix("Z"))
        assert abs((moment - np.datetime64(START)) / np.timedelta64(1, "s") - float(boat["landing_time"])) <= 0.5
        assert (row["capsize_time"] == "") == np.isnan(float(boat["capsize_time"]))


def test_landings_by_km_count_every_landing_on_a_line_and_show_empty_bins(tmp_path):
    arrivals = make_arrivals(8, 2)
    arrivals["outcome"].values[:] = [1, 1, 1, 1, 1, 0, 1, 1]
    arrivals["coast_line"].values[:] = [0, 0, 0, 1, 1, -1, 1, -1]
    arrivals["coast_km"].values[:] = [0.0, 4.99, 14.0, 5.0, 9.9, np.nan, 1.0, np.nan]  # 9.9: past the end of its line
    csv_tables.write_landings_by_km(tmp_path, landing_bins.landings_by_km(arrivals, line_coast()))
    with open(tmp_path / "landings_by_km.csv", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["line"], float(row["km_start"]), int(row["landings"])) for row in rows] == [
        ("honshu", 0.0, 2),
        ("honshu", 5.0, 0),
        ("honshu", 10.0, 1),
        ("isle, the", 0.0, 1),
        ("isle, the", 5.0, 2),
    ]
    assert [row["stretch"] for row in rows] == ["noto", "noto", "fukui", "akita", "akita"]
    assert float(rows[4]["per_boat_released"]) == 2 / 8
    assert float(rows[4]["per_boat_and_km"]) == pytest.approx(2 / 8 / 2.5)


def test_landings_by_km_on_the_real_lines(tmp_path, arrivals):
    shoreline = pytest.importorskip("driftsim.area.shoreline")
    coast = shoreline.load()
    landed = np.flatnonzero(arrivals["outcome"].values == 1)
    place = [arrivals[f"landing_{axis}"].values[landed] for axis in ("lon", "lat")]
    line, km = coast.project(*place, arrivals["stretch"].values[landed])
    real = arrivals.copy(deep=True)
    real["coast_line"].values[:] = -1
    real["coast_line"].values[landed], real["coast_km"].values[landed] = line, km
    columns = landing_bins.landings_by_km(real, coast)
    assert columns["landings"].sum() == landed.size
    assert (columns["landings"] == 0).any()
    by_stretch = Counter()
    for key, number in zip(columns["stretch"], columns["landings"], strict=True):
        by_stretch[key] += int(number)
    keys, codes = flag_names(arrivals["stretch"]), arrivals["stretch"].values[landed]
    assert by_stretch["akita"] == pytest.approx(np.count_nonzero(codes == keys.index("akita")), abs=8)


def test_no_coast_leaves_a_header(folder):
    assert (folder / "landings_by_km.csv").read_text().splitlines() == [
        "line,km_start,km_end,lon,lat,stretch,landings,per_boat_released,per_boat_and_km"
    ]


def test_json_is_json(folder):
    def refuse(word):
        raise AssertionError(word)

    for name in ("summary.json", "run.json"):
        assert json.loads((folder / name).read_text(encoding="utf-8"), parse_constant=refuse)
    assert {"wall_s", "compile_s", "particle_steps", "particle_steps_per_s", "threads", "machine"} <= set(
        json.loads((folder / "run.json").read_text())
    )


# --- whole or not at all -------------------------------------------------------------------------------------------


def test_a_file_that_fails_leaves_the_old_one_and_no_remains(tmp_path):
    file = tmp_path / "summary.json"
    text_files.write_text(file, "old")
    with pytest.raises(ZeroDivisionError), disk.whole(file) as beside:
        beside.write_text("half")
        raise ZeroDivisionError
    assert file.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["summary.json"]


def test_a_full_disk_is_told_by_the_name_of_the_file(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"summary\.json: cannot be written \(No space left on device\)"):
        text_files.write_json(tmp_path / "summary.json", {"boats": 1})
    assert not list(tmp_path.iterdir())


def test_an_overwrite_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    folder = make_run_folder(tmp_path / "out", 40, 4)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(output, "write_density", stop)
    with pytest.raises(KeyboardInterrupt):
        output.write_run(folder, make_result(50, 4), overwrite=True)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_results_are_not_overwritten_unasked(tmp_path):
    folder = make_run_folder(tmp_path / "out", 40, 4)
    before = (folder / "arrivals.nc").read_bytes()
    with pytest.raises(InputError, match="--overwrite"):
        placing.prepare_folder(folder)
    assert not (folder / placing.LOCK).exists()
    with placing.prepare_folder(folder, overwrite=True):
        pass  # a run that fails before it writes
    assert (folder / "arrivals.nc").read_bytes() == before
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("kept")
    with placing.prepare_folder(tmp_path / "notes") as held:
        output.write_run(held, make_result(40, 4))
    assert (tmp_path / "notes" / "mine.txt").read_text() == "kept"


def test_a_second_run_into_the_folder_is_refused_and_a_dead_one_is_not_in_the_way(tmp_path):
    ready, done = multiprocessing.get_context("fork").Event(), multiprocessing.get_context("fork").Event()

    def hold():
        with placing.prepare_folder(tmp_path / "out"):
            ready.set()
            done.wait(30)

    other = forked(hold)
    assert ready.wait(30)
    with pytest.raises(InputError, match="another run is writing"):
        placing.prepare_folder(tmp_path / "out", overwrite=True)
    other.kill()
    other.join()
    assert (tmp_path / "out" / placing.LOCK).exists()  # it had no time to tidy up
    with placing.prepare_folder(tmp_path / "out"), pytest.raises(InputError, match="another run is writing"):
        placing.prepare_folder(tmp_path / "out")
    assert not (tmp_path / "out" / placing.LOCK).exists()


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("not a folder")
    with pytest.raises(InputError, match="cannot be made"):
        placing.prepare_folder(tmp_path / "out")


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs file permissions")
def test_a_folder_that_cannot_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written to"):
        placing.prepare_folder(tmp_path)


def test_reading_what_is_not_a_run(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        output.read_run(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no complete run"):
        output.read_run(tmp_path)
    (tmp_path / "summary.json").write_text("{broken")
    with pytest.raises(InputError, match="nothing tells whether its files belong together"):
        output.read_run(tmp_path)
    marker.write_marker(tmp_path, ["summary.json"])
    with pytest.raises(InputError, match=r"summary\.json: cannot be read"):
        _ = output.read_run(tmp_path).summary
    with pytest.raises(InputError, match=r"arrivals\.nc: not there"):
        _ = output.read_run(tmp_path).arrivals


# --- in words ------------------------------------------------------------------------------------------------------


def test_a_result_prints_as_a_short_tree_and_becomes_a_data_set(run):
    memory = make_result(1200, 24)
    for of in (memory, run):
        text = repr(of)
        assert "Akita" in text
        assert "1,200 boats, 24 members" in text
        assert text.count("\n") < 12
        data = of.to_xarray()
        assert data["release_time"].dtype.kind == "M"
        assert data.sizes["boat"] == 1200
    assert memory.regions["noto"]["boats"] == run.regions["noto"]["boats"]


def test_provenance_hides_the_threads_alone():
    one, two, other = (
        provenance.provenance(f"[run]\nseed = {seed}\nthreads = {threads}\n", seed, {})
        for seed, threads in ((1, 4), (1, 16), (2, 4))
    )
    assert one == two
    assert one["config_sha256"] != other["config_sha256"]
    assert "threads = 0" in one["config"]
