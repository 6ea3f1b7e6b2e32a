"""Observed tracks against boats: known distances, areas that hold what they promise, and every format that is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from driftsim import config
from driftsim.cli import main
from driftsim.studies import study
from driftsim.system.errors import InputError
from driftsim.validation import compare, finds, track_files, tracks

KM = 111.195
"""Of a degree of latitude."""


def straight_run(boats: int = 120, speed_km_day: float = 20.0) -> Any:
    """Boats from 139 E 39 N that go north at about the same speed for five days, with a fix every twelve hours."""
    hours = 12.0 * np.arange(11)
    rng = np.random.default_rng(6)
    speeds = speed_km_day + rng.normal(0.0, 2.0, boats)
    east = rng.normal(0.0, 0.01, boats)
    lat = 39.0 + np.outer(speeds / KM, hours / 24.0)
    lon = 139.0 + np.outer(east, hours / 24.0)
    number = np.arange(boats)
    arrivals = xr.Dataset(
        {
            "release_time": ("boat", np.zeros(boats)), "final_time": ("boat", np.full(boats, 432000.0)),
            "release_lon": ("boat", lon[:, 0]), "release_lat": ("boat", lat[:, 0]),
            "final_lon": ("boat", lon[:, -1]), "final_lat": ("boat", lat[:, -1]),
        },
        coords={"boat": number}, attrs={"run_start": "2017-11-20T00:00:00"},
    )  # fmt: skip
    kept = xr.Dataset(
        {"lon": (("trajectory", "obs"), lon), "lat": (("trajectory", "obs"), lat),
         "time": (("trajectory", "obs"), np.tile(3600.0 * hours, (boats, 1)))},
        coords={"trajectory": number},
    )  # fmt: skip
    return type("Run", (), {"arrivals": arrivals, "tracks": kept})()


def track(*fixes: tuple[float, float, float], name: str = "d1") -> track_files.Track:
    """A track by days from 20 November, km east and km north of where the boats begin."""
    day, east, north = np.array(fixes).T
    lat = 39.0 + north / KM
    lon = 139.0 + east / (KM * np.cos(np.radians(39.0)))
    zero = np.zeros(len(day))
    return track_files.Track(name, 1511136000.0 + 86400.0 * day, lon, lat, zero, zero)


def north(km_day: float) -> track_files.Track:
    """Fixes every day, due north from where the boats begin."""
    return track(*((day, 0.0, km_day * day) for day in range(5)))


# --- distances -----------------------------------------------------------------------------------------------------


def test_a_track_that_the_boats_follow_and_one_that_they_do_not() -> None:
    run = straight_run()
    good = tracks.compare(run, [north(20.0)], dated=True)
    assert [row["age_days"] for row in good["by_age"]] == [1, 2, 3, 4]
    assert good["tracks"][0]["boats"] == 120
    assert good["skill"] > 0.85
    assert (good["within_50"], good["within_90"], good["last_fixes"]) == (1, 1, 1)
    bad = tracks.compare(run, [north(40.0)], dated=True)
    last = bad["tracks"][0]["fixes"][-1]
    assert last["mean_separation_km"] == pytest.approx(80.0, abs=2.0)  # 160 against 80
    assert last["path_km"] == pytest.approx(160.0, rel=2e-3)
    assert last["mass_above"] == pytest.approx(1.0, abs=0.01)
    assert bad["skill"] == pytest.approx(0.5, abs=0.03)  # (20 + 40 + 60 + 80) / (40 + 80 + 120 + 160)
    with pytest.raises(InputError, match="release boats there"):
        tracks.compare(run, [track_files.load("pairs")[0]], dated=True)
    with pytest.raises(InputError, match=r"output\.tracks"):
        tracks.compare(type("Run", (), {"tracks": None})(), [], dated=True)


def test_99_boats_are_too_few() -> None:
    with pytest.raises(InputError, match="no 100 boats"):
        tracks.compare(straight_run(99), [north(20.0)], dated=True)
    assert tracks.compare(straight_run(100), [north(20.0)], dated=True)["tracks"][0]["boats"] == 100


def test_a_climatology_is_moved_to_the_year_of_the_track() -> None:
    later = north(20.0)
    later = track_files.Track(**{**vars(later), "time": later.time + 3 * 365 * 86400.0 + 86400.0})  # 2020 has a 29th
    assert tracks.compare(straight_run(), [later], dated=False)["skill"] > 0.85


def test_the_two_references_by_hand() -> None:
    """The fix before the start lies 7 km west and 5 km south, half a day before: 14 and 10 km a day are kept."""
    seen = track((-0.5, -7.0, -5.0), (0.0, 0.0, 0.0), (1.0, 0.0, 20.0), (2.0, 3.0, 40.0))
    of = tracks.compare(straight_run(), [seen], dated=True)
    assert of["tracks"][0]["start"] == 1
    still, kept = of["references"]
    assert (still["name"], kept["name"]) == ("standing still", "last observed velocity kept")
    fixes = of["tracks"][0]["fixes"]
    assert [fix["still_km"] for fix in fixes] == pytest.approx([20.0, np.hypot(3.0, 40.0)], rel=3e-3)
    assert [fix["kept_km"] for fix in fixes] == pytest.approx([np.hypot(14.0, 10.0), np.hypot(25.0, 20.0)], rel=3e-3)
    path = 20.0 + 20.0 + np.hypot(3.0, 20.0)
    assert still["skill"] == pytest.approx(1.0 - (20.0 + np.hypot(3.0, 40.0)) / path, abs=5e-3)
    assert still["gain_km"]["mean"] == pytest.approx(
        np.mean([fix["still_km"] - fix["energy_score_km"] for fix in fixes])
    )
    first = tracks.compare(straight_run(), [north(20.0)], dated=True)["references"][1]
    assert (first["tracks"], first["gain_km"]["mean"]) == (0, pytest.approx(np.nan, nan_ok=True))


def test_days_hold_equally_many_fixes() -> None:
    """Every six hours for four days: four fixes a day, none of the start."""
    quarter = track(*((0.25 * k, 0.0, 5.0 * k) for k in range(17)))
    by_age = tracks.compare(straight_run(), [quarter], dated=True)["by_age"]
    assert [(row["age_days"], row["fixes"]) for row in by_age] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert by_age[1]["still_km"] == pytest.approx(5.0 * np.mean([5, 6, 7, 8]), rel=2e-3)


def test_the_dateline_is_no_distance() -> None:
    assert tracks._plane((179.9, 0.0), np.array([-179.9]), np.array([0.0]))[0] == pytest.approx([22.2, 0.0], abs=0.1)


# --- areas ---------------------------------------------------------------------------------------------------------


def contained(boats: int, trials: int, seed: int) -> np.ndarray:
    """Shares of trials in which a further draw lies in the 50 and the 90 % area of an ensemble of its own kind.

    Bent and stretched, as drifting ensembles are.
    """
    rng = np.random.default_rng(seed)
    mass = np.empty(trials)
    for k in range(trials):
        x, y = rng.normal(0.0, 1.0, (2, boats + 1))
        points = np.stack([40.0 * x, 9.0 * y + 12.0 * x * x], axis=1)
        mass[k] = tracks.mass_above(points[1:] - points[0])
    return np.array([(mass <= 0.5).mean(), (mass <= 0.9).mean()])


def check(boats: int, trials: int) -> None:
    """What the areas hold is within 0.03 and 0.02 of what they promise.

    Three standard errors with 2500 trials, two and a half with 1500.
    """
    half, most = contained(boats, trials, seed=boats)
    assert half == pytest.approx(0.5, abs=0.03)
    assert most == pytest.approx(0.9, abs=0.02)


def test_a_perfect_ensemble_is_contained() -> None:
    check(100, 1500)


@pytest.mark.long
@pytest.mark.parametrize("boats", [150, 300, 1000])
def test_perfect_ensembles_are_contained(boats: int) -> None:
    check(boats, 2500)


def test_an_ensemble_that_is_too_narrow_or_too_wide_shows() -> None:
    rng = np.random.default_rng(2)
    for spread, above in ((0.5, True), (2.0, False)):
        inside = [
            tracks.mass_above(spread * rng.normal(0.0, 1.0, (100, 2)) - rng.normal(0.0, 1.0, 2)) <= 0.5
            for _ in range(200)
        ]
        assert bool(np.mean(inside) < 0.3) is above
        assert bool(np.mean(inside) > 0.7) is not above


def test_boats_on_one_point_or_on_one_line_do_not_break_it() -> None:
    assert np.isnan(tracks.mass_above(np.full((120, 2), 3.0)))
    line = np.column_stack([np.linspace(-50.0, 50.0, 101), np.zeros(101)])
    assert tracks.mass_above(line) < 0.7  # the middle of an even line
    assert tracks.mass_above(line + np.array([80.0, 0.0])) > 0.95


# --- what is said --------------------------------------------------------------------------------------------------


def said(within_50: int, within_90: int, tracks_: int, **more: Any) -> list[str]:
    gain = {"mean": 4.0, "low": 1.0, "high": 7.0}
    mass = [0.3] * within_50 + [0.7] * (within_90 - within_50) + [0.99] * (tracks_ - within_90)
    of = {
        **tracks._containment(mass), "dated": True,
        "references": [{"name": "standing still", "tracks": tracks_, "gain_km": gain}], **more,
    }  # fmt: skip
    return compare._of_tracks(of)


def test_the_verdict_on_tracks_is_no_stronger_than_their_number() -> None:
    assert (
        said(0, 1, 4)[0]
        == "Tracks: 0 of 4 last fixes lie in the 50 % area, 1 in the 90 % area; too few to judge the areas."
    )
    assert "nothing speaks against the areas" in said(6, 11, 12)[0]
    assert said(1, 3, 12)[0].endswith("the areas are too small.")
    assert said(24, 24, 24)[0].endswith("the areas are too large.")
    assert said(6, 11, 12)[1] == "Tracks: the boats are better than standing still (energy score +4.0 km)."
    noise = [{"name": "standing still", "tracks": 9, "gain_km": {"mean": 4.0, "low": -1.0, "high": 9.0}}]
    assert "not shown to be better or worse" in said(6, 11, 12, references=noise)[1]
    none = [{"name": "last observed velocity kept", "tracks": 0, "gain_km": {}}]
    assert said(6, 11, 12, references=none)[1].startswith("Tracks: no fix before the start")
    assert said(6, 11, 12, dated=False)[-1].endswith("tests no day.")


# --- files ---------------------------------------------------------------------------------------------------------


def test_the_hulls_seen_twice() -> None:
    pairs = {track.id: track for track in track_files.load("pairs")}
    assert sorted(pairs) == ["kitakanegasawa", "miyazawa", "nezugaseki", "rokkozaki", "sai"]
    days = {name: (track.time[1] - track.time[0]) / 86400.0 for name, track in pairs.items()}
    assert days["nezugaseki"] == pytest.approx(3.9, abs=0.05)
    assert days["rokkozaki"] == pytest.approx(4.5)
    of = pairs["nezugaseki"]
    assert finds.distance_km(of.lon[0], of.lat[0], of.lon[1:], of.lat[1:])[0] == pytest.approx(25.3, abs=0.5)


FIXES = (
    ("7001", "2019-01-02T06:00:00", 135.5, 39.25),
    ("7001", "2019-01-02T12:00:00", 135.75, 39.5),
    ("7001", "2019-01-03T12:00:00", 136.0, 39.625),
    ("82", "2019-01-02T06:00:00", 131.125, 37.75),
    ("82", "2019-01-04T06:00:00", 132.0, 38.25),
)
SIZES = (3, 2)


def netcdf(kind: str) -> xr.Dataset:
    """The fixes as a CF trajectory file of a kind (appendix H.4)."""
    time, lon, lat = (np.array(column) for column in list(zip(*FIXES, strict=True))[1:])
    columns = {
        "time": (time.astype("datetime64[ns]"), {"standard_name": "time"}),
        "x": (lon, {"standard_name": "longitude", "units": "degrees_east"}),
        "y": (lat, {"standard_name": "latitude", "units": "degrees_north"}),
    }
    role = {"cf_role": "trajectory_id"}
    ids = ["7001", "82"]
    if kind == "single":
        one = {key: ("obs", values[:3], attrs) for key, (values, attrs) in columns.items()}
        return xr.Dataset({**one, "drifter": ((), "7001", role)}, attrs={"featureType": "trajectory"})
    if kind in ("multidimensional", "obs first"):
        dims = ("drifter", "obs") if kind == "multidimensional" else ("obs", "drifter")
        full = {}
        for key, (values, attrs) in columns.items():
            table = np.full((2, 3), np.datetime64("NaT") if key == "time" else np.nan, values.dtype)
            table[0], table[1, :2] = values[:3], values[3:]
            full[key] = (dims, table if dims[0] == "drifter" else table.T, attrs)
        return xr.Dataset({**full, "name": ("drifter", ids, role)})
    flat = {key: ("obs", values, attrs) for key, (values, attrs) in columns.items()}
    if kind == "contiguous":
        return xr.Dataset(
            {**flat, "number": ("drifter", list(SIZES), {"sample_dimension": "obs"}), "name": ("drifter", ids, role)}
        )
    if kind == "indexed":  # in no order of the tracks
        mixed = [0, 3, 1, 4, 2]
        flat = {key: ("obs", values[mixed], attrs) for key, (_, values, attrs) in flat.items()}
        index = np.repeat([0, 1], SIZES)[mixed]
        return xr.Dataset(
            {**flat, "whose": ("obs", index, {"instance_dimension": "drifter"}), "name": ("drifter", ids, role)}
        )
    return xr.Dataset(  # names and ids as the Global Drifter Program's ragged file has them
        {
            "time": ("obs", columns["time"][0]), "lon": ("obs", lon.astype(np.float32)), "lat": ("obs", lat),
            "rowsize": ("traj", list(SIZES)), "ID": ("traj", [7001, 82]),
        }
    )  # fmt: skip


KINDS = ("single", "multidimensional", "obs first", "contiguous", "indexed", "drifter program")


@pytest.mark.parametrize("kind", KINDS)
def test_trajectories_in_netcdf(tmp_path: Path, kind: str) -> None:
    netcdf(kind).to_netcdf(tmp_path / "t.nc")
    found = track_files.load(tmp_path / "t.nc")
    assert [track.id for track in found] == (["7001"] if kind == "single" else ["7001", "82"])
    assert found[0].time.tolist() == [1546408800.0, 1546430400.0, 1546516800.0]
    assert (found[0].lon.tolist(), found[0].lat.tolist()) == ([135.5, 135.75, 136.0], [39.25, 39.5, 39.625])
    if kind != "single":
        assert (found[1].lon.tolist(), found[1].lat.tolist()) == ([131.125, 132.0], [37.75, 38.25])


def test_netcdf_3_and_the_tracks_of_a_run_are_read(tmp_path: Path) -> None:
    netcdf("single").drop_vars("drifter").to_netcdf(tmp_path / "old.nc", format="NETCDF3_CLASSIC")
    assert track_files.load(tmp_path / "old.nc")[0].id == "0"
    own = straight_run().tracks.isel(trajectory=slice(3))
    own["time"].attrs["units"] = "seconds since 2017-11-20"
    own.trajectory.attrs["cf_role"] = "trajectory_id"
    own.to_netcdf(tmp_path / "tracks.nc")
    assert [len(track.time) for track in track_files.load(tmp_path / "tracks.nc")] == [11, 11, 11]


def wrong(change: str) -> xr.Dataset:
    """A trajectory file with something wrong in it."""
    data = netcdf("indexed" if change == "index" else "contiguous")
    if change == "sizes":
        data["number"] = ("drifter", [3, 3], {"sample_dimension": "obs"})
    elif change == "index":
        data["whose"] = ("obs", [0, 1, 0, 2, 0], {"instance_dimension": "drifter"})
    elif change == "no longitude":
        data = data.drop_vars("x")
    elif change == "no time":
        data["time"] = ("obs", np.arange(5.0), {"standard_name": "time", "units": "1"})
    elif change == "backward":
        data["time"] = ("obs", data.time.values[[0, 2, 1, 3, 4]], {"standard_name": "time"})
    elif change == "off the earth":
        data["y"] = ("obs", [39.0, 39.1, 39.2, 95.0, 38.0], {"standard_name": "latitude"})
    return data


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("sizes", "variable number: its 6 fixes are not the 5"),
        ("index", "variable whose: names tracks"),
        ("no longitude", "standard_name longitude"),
        ("no time", "variable time: is no time"),
        ("backward", "observation 2 of variable time: track '7001' does not go forward"),
        ("off the earth", "observation 3: 131.125, 95 is no longitude and latitude"),
    ],
)
def test_bad_netcdf_is_named(tmp_path: Path, change: str, told: str) -> None:
    wrong(change).to_netcdf(tmp_path / "t.nc")
    with pytest.raises(InputError) as refused:
        track_files.load(tmp_path / "t.nc")
    assert told in str(refused.value)


def test_half_a_netcdf_file_is_refused(tmp_path: Path) -> None:
    netcdf("contiguous").to_netcdf(tmp_path / "t.nc")
    whole = (tmp_path / "t.nc").read_bytes()
    (tmp_path / "t.nc").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError, match=r"cannot be read .*CF trajectories in NetCDF"):
        track_files.load(tmp_path / "t.nc")


def test_drifters_in_the_formats_of_the_drifter_program(tmp_path: Path) -> None:
    (tmp_path / "erddap.csv").write_text(
        "ID,time,latitude,longitude,ve\n,UTC,degrees_north,degrees_east,m/s\n"
        "7001,2019-01-02T06:00:00Z,39.25,135.5,0.1\n7001,2019-01-02T12:00:00Z,39.5,135.75,0.1\n",
        encoding="utf-8",
    )
    (tmp_path / "ascii.dat").write_text(
        "7001 1 2.250 2019 39.25 135.50 12.0 0.1\n7001 1 2.500 2019 39.50 135.75 12.0 0.1\n"
        "7001 1 2.750 2019 999.999 999.999 12.0 0.1\n",
        encoding="utf-8",
    )
    (one,), (two,) = (track_files.load(tmp_path / name) for name in ("erddap.csv", "ascii.dat"))
    assert one.time.tolist() == two.time.tolist() == [1546408800.0, 1546430400.0]
    assert (
        (one.lon.tolist(), one.lat.tolist()) == (two.lon.tolist(), two.lat.tolist()) == ([135.5, 135.75], [39.25, 39.5])
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,time,lon,lat\na,2019-01-02,135,39\na,2019-01-01,135,39\n", "line 3, column time"),
        ("id,time,lon,lat\na,2019-01-02,135,39\n", "no track has two fixes"),
        ("id,time,lon,lat\na,today,135,39\n", "line 2, column time: 'today'"),
        ("ID,time,latitude,longitude\n7,2019-01-02,39,x\n", "line 2"),
        ("7001 1 2.25 2019 39.2 135.5 12 1\n7001 1 2.5 2019\n", "line 2: not number, month"),
    ],
)
def test_bad_tracks_are_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        track_files.load(tmp_path / "t.csv")
    assert told in str(refused.value)
    with pytest.raises(InputError, match="no such file"):
        track_files.load(tmp_path / "none.csv")


# --- the whole -----------------------------------------------------------------------------------------------------

OPEN_SEA = """
[run]
start = 2019-01-02
end = 2019-01-05
seed = 3

[current]
product = "climatology"

[wind]
product = "climatology"
members = 5

[boats]
number = 150

[[boats.classes]]
windage_percent = 2.0

[release]
[[release.sources]]
name = "a drifter"
kind = "circle"
points = [[135.5, 39.25]]
radius_km = 5.0
dates = [2019-01-02]

[coast]
shoreline = "SHORELINE"

[output]
tracks = 150
track_every_hours = 3.0
map = false
"""


@pytest.mark.parametrize("shoreline", ["none", "gshhg"])
def test_tracks_of_a_run_without_a_shoreline_or_without_landings(tmp_path: Path, shoreline: str) -> None:
    (tmp_path / "sea.toml").write_text(OPEN_SEA.replace("SHORELINE", shoreline), encoding="utf-8")
    study.run(config.load(tmp_path / "sea.toml"), tmp_path / "run")
    rows = [f"7001,2019-01-0{2 + day}T00:00:00Z,{135.5 + 0.2 * day},{39.25 + 0.1 * day}" for day in range(3)]
    (tmp_path / "t.csv").write_text("id,time,lon,lat\n" + "\n".join(rows) + "\n", encoding="utf-8")
    run, seen, out = (str(tmp_path / name) for name in ("run", "t.csv", "out"))
    result = CliRunner().invoke(main, ["validate", run, "--tracks", seen, "-o", out])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert any("1 track" in line for line in lines[:6])  # the tracks lead
    for text in ("standing still", "last observed velocity kept", "- Tracks: ", "Landings: none to be compared"):
        assert text in result.output, text
    assert "Akita" not in result.output
    document = json.loads((tmp_path / "out" / "validation.json").read_text(encoding="utf-8"))
    assert (document["where"], document["skill"], document["score"]) == ({}, None, None)
    assert document["tracks"]["references"][0]["tracks"] == 1
    written = {path.name for path in (tmp_path / "out").iterdir()} - {"driftsim.json"}
    assert written == {"validation.json", "validation_tracks.png"}
    refused = CliRunner().invoke(main, ["validate", run])
    assert refused.exit_code == 2
    assert "nothing to compare with the records" in refused.output
