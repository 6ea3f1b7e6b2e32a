"""The two studies on real fields, as shipped: run to the map, plausible, and equal to an integration by other means."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import oracle
import pytest
import xarray as xr
from click.testing import CliRunner
from oracle import epoch

import driftsim
from driftsim import cli
from driftsim.drift.simulation import Simulation
from driftsim.figures import maps
from driftsim.studies import study
from driftsim.system import resources
from driftsim.system.errors import InputError

DATA = Path(__file__).parents[2].parent / "shared" / "data"
GLO12 = DATA / "currents" / "cmems_mod_glo_phy-cur_anfc_0.083deg_P1D-m_2021-01_1deg_5day.nc"
DUACS = DATA / "currents" / "nrt_global_allsat_phy_l4_20190223_20190226.nc"
ATLAS = DATA / "winds" / "blended_seawinds_atlas_seaofjapan.nc"
GFS = DATA / "winds" / "gfs_10m_wind_20161120-22_seaofjapan.nc"
pytestmark = pytest.mark.skipif(
    not all(path.exists() for path in (GLO12, DUACS, ATLAS, GFS)),
    reason=f"{DATA} or one of its fields is absent: real files are not shipped with the project",
)

HOUR, DAY = 3600.0, 86_400.0
JANUARY, NOVEMBER = "january_2021_glo12.toml", "two_days_november_2016.toml"
LINKS = {
    "glo12_2021-01_5day.nc": GLO12,
    "blended_seawinds_atlas.nc": ATLAS,
    "duacs_2019-02-23.nc": DUACS,
    "gfs_2016-11-20_10m_wind.nc": GFS,
}
LEEWAY = {0: 0.0180, 1: 0.0165}  # part of the wind, downwind, of FISHING-VESSEL-5 and SKIFF-3; across it cancels out
OPEN_SEA = [[133.2, 39.3], [135.1, 40.6], [131.9, 38.9], [136.4, 39.7]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped configs with the files beside them that they ask for."""
    path = tmp_path_factory.mktemp("real")
    (path / "data").mkdir()
    for name, file in LINKS.items():
        (path / "data" / name).symlink_to(file.resolve())
    for name in (JANUARY, NOVEMBER):
        shutil.copy(resources.config(name), path / name)
    return path


@pytest.fixture(scope="module")
def january(folder: Path) -> study.Study:
    config = driftsim.load_config(
        folder / JANUARY, {"boats.number": 1200, "wind.members": 40, "output.track_every_hours": 24.0, "run.threads": 1}
    )
    return study.run(config, folder / "january")


@pytest.fixture(scope="module")
def november(folder: Path) -> study.Study:
    told = CliRunner().invoke(
        cli.main,
        ["run", str(folder / NOVEMBER), "-o", str(folder / "november"), "--boats", "3000", "--threads", "1"],
    )
    assert told.exit_code == 0, told.output
    assert "Akita" in told.output
    assert str(folder / "november" / "landing_map.png") in told.output
    return study.Study(folder / "november", driftsim.open_run(folder / "november"), folder / "november/landing_map.png")


def summary(of: study.Study) -> dict[str, Any]:
    return json.loads((of.folder / "summary.json").read_text(encoding="utf-8"))


def gfs() -> oracle.Velocity:
    return oracle.from_file(GFS, "u10", "v10", epoch("2016-11-20") + 6 * HOUR * np.arange(9))


def glo12() -> oracle.Velocity:
    """Means of 1-5, 6-10, ... 26-30 January at the middle of each."""
    return oracle.from_file(GLO12, "uo", "vo", epoch("2021-01-03T12:00") + 5 * DAY * np.arange(6))


def duacs() -> oracle.Velocity:
    return oracle.from_file(DUACS, "ugos", "vgos")


def forcing(of: study.Study, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Longitude and latitude of the cells of forcing_mean.nc, and the mean velocity (period, cell, 2)."""
    with xr.open_dataset(of.folder / "forcing_mean.nc") as file:
        x, y = np.meshgrid(file.lon, file.lat)
        uv = np.stack([file[f"{kind}_{c}"].values.reshape(file.sizes["time"], -1) for c in "uv"], axis=-1)
    return x.ravel(), y.ravel(), uv


# What comes out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["january", "november"])
def test_every_boat_has_one_outcome_and_they_add_up(which: str, request: pytest.FixtureRequest) -> None:
    done: study.Study = request.getfixturevalue(which)
    told, boats = summary(done), done.run.to_xarray()
    assert sum(told["outcomes"].values()) == told["boats"] == boats.sizes["boat"]
    for name, number in told["outcomes"].items():
        if name == "adrift":
            assert number == (boats.outcome == 0).sum()
    ashore = boats.isel(boat=np.flatnonzero(boats.outcome == 1))
    assert (ashore.landing_time > ashore.release_time).all()
    assert (ashore.stretch >= 0).all()
    assert np.isfinite(boats.final_lon).all()
    assert np.isfinite(boats.final_lat).all()
    expected = {
        "summary.json", "run.json", "arrivals.nc", "arrivals.csv", "landings_by_km.csv", "tracks.nc", "density.nc",
        "forcing_mean.nc", "config.toml", "landing_map.png", "run.log", "driftsim.json",
    }  # fmt: skip
    assert {path.name for path in done.folder.iterdir()} == expected


def test_january_runs_from_the_1st_to_the_end_of_the_30th(january: study.Study) -> None:
    boats = january.run.to_xarray()
    adrift = boats.isel(boat=np.flatnonzero(boats.outcome == 0))
    assert set(np.unique(adrift.final_time)) == {np.datetime64("2021-01-31", "ns")}
    current = summary(january)["forcing"]["current"]
    assert current["levels"] == 6
    assert (current["first_level"], current["last_level"]) == ("2021-01-03 12:00 UTC", "2021-01-28 12:00 UTC")
    assert current["files"][0]["path"].endswith("data/glo12_2021-01_5day.nc")
    assert len(current["files"][0]["sha256"]) == 64
    assert summary(january)["members"] == 40


def test_january_says_what_it_is(january: study.Study) -> None:
    told = summary(january)
    assert told["forcing"]["current"]["kind_of_record"] == "analysis"
    assert told["forcing"]["current"]["spacing_deg"] == [1.0, 1.0]  # not the 1/12 degree of the product's name
    assert told["forcing"]["wind"]["kind_of_record"] == "climatology"
    assert told["forcing"]["wind"]["product"] == "wind_roses"
    assert any("wind is a climatology" in caveat for caveat in told["caveats"])
    title, body = maps.headlines(maps.read_map_data(january.folder), maps.WORDS["en"])
    heading = " ".join([*title, *body])
    assert "not a hindcast" in heading
    assert "2017" not in heading + json.dumps(told["caveats"])


def test_november_is_called_no_hindcast_for_its_current_is_of_another_year(november: study.Study) -> None:
    told = summary(november)["forcing"]
    assert told["current"]["kind_of_record"] == "steady"
    assert "one field, of 2019-02-23 00:00 UTC, at all times" in told["current"]["note"]
    assert told["current"]["holds"] == ["geostrophic"]
    assert told["wind"]["kind_of_record"] == "analysis"
    assert told["wind"]["levels"] == 9
    assert not maps.is_hindcast(maps.read_map_data(november.folder).kinds)


def test_boats_drift_with_current_and_wind_at_plausible_speeds(january: study.Study) -> None:
    boats, tracks = january.run.to_xarray(), xr.open_dataset(january.folder / "tracks.nc")
    way = oracle.metres(
        np.column_stack([boats.final_lon, boats.final_lat]), np.column_stack([boats.release_lon, boats.release_lat])
    )
    days = (boats.final_time - boats.release_time).values / np.timedelta64(1, "D")
    speed = way / (days * DAY)
    assert 0.08 < np.median(speed) < 0.30
    assert speed.max() < 0.6
    # After five days, of boats that have five: leeway in the mean wind, and the current of the first mean at the start.
    x, y, wind = forcing(january, "wind")
    for kind, part in LEEWAY.items():
        mine = tracks.isel(trajectory=np.flatnonzero((tracks.boat_class == kind) & (tracks.age_days.max("obs") > 9.0)))
        assert mine.sizes["trajectory"] > 200
        age = mine.age_days.values
        begin, end = np.zeros(len(age), int), np.argmax(age >= 8.0, axis=1)
        row = np.arange(len(age))
        places = [np.column_stack([mine.lon.values[row, k], mine.lat.values[row, k]]) for k in (begin, end)]
        moved = (places[1] - places[0]) / oracle.degrees(np.ones((len(row), 2)), places[0][:, 1])
        drift = moved / (DAY * (age[row, end] - age[row, begin]))[:, None]
        near = (np.abs(x - 134.5) < 4.0) & (np.abs(y - 39.5) < 2.0)
        middle = 0.5 * (places[0] + places[1])
        water = np.nanmean([glo12()(*middle.T, epoch("2021-01-08"))], axis=(0, 1))
        expected = part * wind[0, near].mean(axis=0) + water
        got = drift.mean(axis=0)
        assert np.hypot(*(got - expected)) < 0.25 * np.hypot(*expected), (got, expected)
    tracks.close()


def ekman(wind: Any) -> Any:
    """What altimetry lacks and is added: 1 % of the wind, 45 degrees to its right."""
    return oracle.windage(wind, 1.0, 45.0)


def test_boats_of_november_go_where_its_wind_and_current_take_them(november: study.Study) -> None:
    boats, current, wind = november.run.to_xarray(), duacs(), gfs()
    some = boats.release_time.isin(np.unique(boats.release_time)[::8])
    for source in (0, 1):
        for kind, part in LEEWAY.items():
            use = some & (boats.source == source) & (boats.boat_class == kind) & (boats.outcome == 0)
            mine = boats.isel(boat=np.flatnonzero(use))
            begin = np.column_stack([mine.release_lon, mine.release_lat])
            end = np.column_stack([mine.final_lon, mine.final_lat])
            drift = oracle.total(current, ekman(wind), oracle.windage(wind, 100 * part))
            released = (mine.release_time.values - np.datetime64("1970-01-01")) / np.timedelta64(1, "s")
            wanted = np.empty_like(begin)
            for t in np.unique(released):
                now = released == t
                wanted[now] = oracle.rk4(drift, *begin[now].T, t, epoch("2016-11-22"), 2 * HOUR)
            at_sea = np.isfinite(wanted).all(axis=1)  # as far as the file has values
            assert at_sea.sum() > 40
            scale = 1.0 / oracle.degrees(np.ones((1, 2)), np.array([39.9]))[0]
            got, expected = ((p - begin)[at_sea].mean(axis=0) * scale for p in (end, wanted))
            chance = np.std((end - wanted)[at_sea], axis=0) * scale / np.sqrt(at_sea.sum())
            assert np.hypot(*expected) > 5_000.0
            # Leeway across the wind, its spread and the random walk cancel out but for chance.
            assert np.hypot(*(got - expected)) < 0.05 * np.hypot(*expected) + 3.0 * np.hypot(*chance), (got, expected)


def test_mean_current_is_that_of_the_file(january: study.Study, november: study.Study) -> None:
    x, y, mean = forcing(november, "current")
    truth = duacs()(x, y, 0.0)
    wet = np.isfinite(truth[:, 0])
    assert wet.sum() > 400
    np.testing.assert_allclose(mean[0, wet], truth[wet], atol=1e-5)
    x, y, mean = forcing(january, "current")
    current = glo12()
    for period, (first, last) in zip(mean, [(0, 14), (14, 28), (28, 30)], strict=True):
        times = epoch("2021-01-01") + 6 * HOUR * (np.arange(4 * first, 4 * last) + 0.5)
        truth = np.mean([current(x, y, t) for t in times], axis=0)
        wet = np.isfinite(truth[:, 0])
        assert wet.sum() > 300
        np.testing.assert_allclose(period[wet], truth[wet], atol=2e-3)


def test_mean_wind_of_january_is_that_of_the_atlas(january: study.Study) -> None:
    x, y, mean = forcing(january, "wind")
    with netCDF4.Dataset(ATLAS) as file:
        u, v = (file[name][0].filled(np.nan) for name in ("u10", "v10"))
        lon, lat = file["lon"][:], file["lat"][:]
    atlas = oracle.on_grid(lon, lat, u, v)(x, y, 0.0)
    sea = np.isfinite(atlas[:, 0]) & (np.abs(x - 134.5) < 4.0) & (np.abs(y - 39.5) < 3.0)
    drawn = np.average(mean[:, sea].mean(axis=1), axis=0, weights=[14, 14, 2])
    # 40 members: a month's mean differs between years by about 1.6 m/s.
    np.testing.assert_allclose(drawn, atlas[sea].mean(axis=0), atol=3 * 1.6 / np.sqrt(40))


def test_mean_wind_of_november_is_that_of_the_file(november: study.Study) -> None:
    x, y, mean = forcing(november, "wind")
    wind = gfs()
    truth = np.mean([wind(x, y, epoch("2016-11-20") + HOUR * (k + 0.5)) for k in range(48)], axis=0)
    np.testing.assert_allclose(mean[0], truth, atol=0.05)


# The same by other means -----------------------------------------------------------------------------------------


def released(date: str, places: Any = OPEN_SEA) -> list[dict[str, Any]]:
    """A source for each place, so that a boat's source says where it began."""
    return [
        {"name": f"place {i}", "kind": "point", "points": [[float(x) for x in place]], "dates": [date]}
        for i, place in enumerate(places)
    ]


def ends(arrivals: xr.Dataset, sources: int) -> np.ndarray:
    """Last places (source, 2), which boats of one source share."""
    last = np.column_stack([arrivals.final_lon, arrivals.final_lat])
    for source in range(sources):
        mine = last[arrivals.source.values == source]
        assert len(mine) > 1
        assert np.ptp(mine, axis=0).max() == 0.0
    return np.array([last[arrivals.source.values == source][0] for source in range(sources)])


def calm(percent: float, angle_deg: float = 0.0) -> dict[str, Any]:
    """Overrides that leave nothing to chance."""
    boat = {"name": "boat", "windage_percent": percent, "windage_angle_deg": angle_deg, "share": 1.0}
    return {
        "boats.classes": [boat], "boats.number": 40, "mixing.flight_speed_m_s": 0.0, "mixing.diffusivity_m2_s": 0.0,
        "mixing.current_error_m_s": 0.0, "run.threads": 1, "output.tracks": 0,
    }  # fmt: skip


def test_30_days_in_the_glo12_means_to_a_few_metres(folder: Path) -> None:
    over = {**calm(0.0), "wind.members": 1, "release.sources": released("2021-01-01")}
    result = driftsim.run(driftsim.load_config(folder / JANUARY, over))
    wanted = oracle.rk4(glo12(), *np.array(OPEN_SEA).T, epoch("2021-01-01"), epoch("2021-01-31"), 3600.0)
    assert oracle.metres(wanted, np.array(OPEN_SEA)).min() > 100_000.0
    assert oracle.metres(ends(result.arrivals, 4), wanted).max() < 8.0


def test_8_days_of_drawn_wind_on_top_to_a_few_metres(folder: Path) -> None:
    over = {**calm(1.1, 25.0), "wind.members": 1, "release.sources": released("2021-01-05T06:00", OPEN_SEA[:3])}
    over["run.end"] = "2021-01-13"
    simulation = Simulation(driftsim.load_config(folder / JANUARY, over))
    simulation.advance(simulation.config.run.steps)
    source = simulation.windows["wind"].source
    levels = np.stack([source.level(k)[0] for k in range(source.times.size)])
    wind = oracle.on_grid(source.lon, source.lat, levels[..., 0], levels[..., 1], source.times)
    drift = oracle.total(glo12(), oracle.windage(wind, 1.1, 25.0))
    wanted = oracle.rk4(drift, *np.array(OPEN_SEA[:3]).T, epoch("2021-01-05T06:00"), epoch("2021-01-13"), 3600.0)
    assert oracle.metres(ends(simulation.arrivals(), 3), wanted).max() < 8.0


def test_two_days_of_gfs_wind_over_the_duacs_day_to_a_metre(folder: Path) -> None:
    over = {**calm(3.0, -20.0), "release.sources": released("2016-11-20T03:30")}
    result = driftsim.run(driftsim.load_config(folder / NOVEMBER, over))
    drift = oracle.total(duacs(), ekman(gfs()), oracle.windage(gfs(), 3.0, -20.0))
    wanted = oracle.rk4(drift, *np.array(OPEN_SEA).T, epoch("2016-11-20T03:30"), epoch("2016-11-22"), 900.0)
    assert oracle.metres(wanted, np.array(OPEN_SEA)).min() > 3_000.0
    assert oracle.metres(ends(result.arrivals, 4), wanted).max() < 1.0


def test_back_in_time_is_back_where_they_began(folder: Path) -> None:
    there = {**calm(3.0, 10.0), "release.sources": released("2016-11-20")}
    last = ends(driftsim.run(driftsim.load_config(folder / NOVEMBER, there)).arrivals, 4)
    back = {**there, "run.direction": "backward", "release.sources": released("2016-11-22", last)}
    result = driftsim.run(driftsim.load_config(folder / NOVEMBER, back))
    assert oracle.metres(last, np.array(OPEN_SEA)).min() > 1_000.0
    assert oracle.metres(ends(result.arrivals, 4), np.array(OPEN_SEA)).max() < 1.0
    assert np.unique(result.to_xarray().final_time) == np.datetime64("2016-11-20", "ns")


# What does not start -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "over", "message"),
    [
        (JANUARY, {"run.end": "2021-01-31T01:00"}, r"current\.files .*r 2021-01-01 00:00 UTC to 2021-01-31 00:00 UTC"
         r" \(6 steps\); the run needs 2021-01-01 00:00 UTC to 2021-01-31 01:00 UTC: add files, change run.start"),
        (JANUARY, {"run.start": "2020-12-31"}, r"the run needs 2020-12-31 00:00 UTC"),
        (JANUARY, {"run.start": "2020-12-31", "run.direction": "backward"}, r"the run needs 2020-12-31 00:00 UTC"),
        (NOVEMBER, {"run.end": "2016-11-22T06:00"}, r"wind\.files .*r 2016-11-20 00:00 UTC to 2016-11-22 00:00 UTC"),
        (NOVEMBER, {"current.steady": False}, r"current\.files .*r 2019-02-22 12:00 UTC to 2019-02-23 12:00 UTC"
         r".*current\.steady = true"),
        (NOVEMBER, {"wind.steady": True}, r"wind\.steady = true needs one time level, .* holds 9"),
        (NOVEMBER, {"coast.domain": [127.0, 143.0, 33.0, 53.0]},
         r"gfs.*covers 125 to 145 E, 30 to 53 N|no value at \d+ of \d+ sea points"),
        (JANUARY, {"stokes": {"product": "glo12", "files": ["data/glo12_2021-01_5day.nc"], "with_leeway": True}},
         r"no stokes found in it: looked for vsdx/vsdy"),
        (JANUARY, {"wind.fill_km": 20.0}, r'does not go with product = "wind_roses", which has a wind everywhere'),
        (JANUARY, {"wind.steady": True}, r'does not go with product = "wind_roses"'),
    ],
)  # fmt: skip
def test_what_the_fields_do_not_cover_does_not_start(
    folder: Path, tmp_path: Path, name: str, over: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        study.run(driftsim.load_config(folder / name, over), tmp_path / "result")
    assert not (tmp_path / "result" / "arrivals.nc").exists()


def test_the_fill_that_a_message_asks_for_does(folder: Path) -> None:
    message = (
        r"has no value at \d+ of \d+ sea points of the domain, such as .* E, .* N; "
        r"the farthest node needed lies \d+ km from the nearest value: set current\.fill_km = \d+"
    )
    with pytest.raises(InputError, match=message) as told:
        Simulation(driftsim.load_config(folder / JANUARY, {"current.fill_km": 0.0, "boats.number": 8}))
    wanted = float(str(told.value).partition("current.fill_km = ")[2].partition(",")[0])
    Simulation(driftsim.load_config(folder / JANUARY, {"current.fill_km": wanted, "boats.number": 8}))
    with pytest.raises(InputError, match=r"current\.fill_km"):
        Simulation(driftsim.load_config(folder / JANUARY, {"current.fill_km": wanted - 20.0, "boats.number": 8}))
