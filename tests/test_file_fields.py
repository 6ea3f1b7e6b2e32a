"""Fields from files, from the config to the last place of a boat: ensembles, Stokes drift, odd axes, back in time.

The files are small and made here; the truth is in `oracle`: scipy, double precision, straight from the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import oracle
import pytest
from oracle import epoch

import driftsim
from driftsim import config as configuration
from driftsim.config import ConfigError
from driftsim.drift.simulation import Simulation
from driftsim.forcing.climatology.circulation import CirculationClimatology
from driftsim.forcing.memory import MemorySource
from driftsim.forcing.open import open_source
from driftsim.forcing.window import Window
from driftsim.system.errors import InputError

START, END = "2017-11-20", "2017-11-24"
TIMES = epoch(START) + 6 * 3600.0 * np.arange(17)
BOX = (127.0, 143.0, 33.0, 48.0)
LON, LAT = np.arange(125.0, 145.1, 1.0), np.arange(31.0, 50.1, 1.0)
T62 = [
    52.3799, 50.4752, 48.5705, 46.6658, 44.7611, 42.8564, 40.9517, 39.0470, 37.1422, 35.2375, 33.3328, 31.4281, 29.5234,
]  # fmt: skip
"""Rows of the T62 Gaussian grid."""
PLACES = [[133.2, 39.3], [135.1, 40.6], [131.9, 38.9]]
NAMES = {
    "current": ("eastward_sea_water_velocity", "northward_sea_water_velocity"),
    "wind": ("eastward_wind", "northward_wind"),
    "stokes": ("sea_surface_wave_stokes_drift_x_velocity", "sea_surface_wave_stokes_drift_y_velocity"),
}
SPEED = {"current": 0.2, "wind": 9.0, "stokes": 0.1}


def swirl(kind: str, lon: Any, lat: Any, times: Any, member: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A velocity that turns with place, time and member, (time, lat, lon)."""
    t, y, x = np.meshgrid((np.asarray(times) - TIMES[0]) / 86_400.0, lat, lon, indexing="ij")
    phase = 0.31 * (x - 134.0) - 0.47 * (y - 39.0) + 0.9 * t + 1.7 * member + {"current": 0.0, "wind": 2.0}.get(kind, 4)
    size = SPEED[kind] * (1.0 + 0.2 * np.sin(0.5 * y) + 0.1 * member)
    return size * np.cos(phase), size * np.sin(phase)


def write(
    path: Path, kind: str, *, lon: Any = LON, lat: Any = LAT, times: Any = TIMES, members: list[int] | None = None,
    dimension: str = "number", names: tuple[str, str] = ("u", "v"), land: Any = None,
) -> Path:  # fmt: skip
    """A CF file of `swirl`; with ``members`` a dimension of them stands between time and latitude."""
    lon, lat, times = np.asarray(lon), np.asarray(lat), np.asarray(times)
    values = np.stack([np.stack(swirl(kind, lon, lat, times, m)) for m in members or [0]], axis=2)
    if land is not None:
        values[..., land(*np.meshgrid(lon, lat))] = np.nan
    with netCDF4.Dataset(path, "w") as file:
        axes: dict[str, tuple[Any, dict[str, str]]] = {
            "time": (times, {"units": "seconds since 1970-01-01", "standard_name": "time"}),
            dimension: (np.array(members or [0]), {"standard_name": "realization", "units": "1"}),
            "lat": (lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": (lon, {"units": "degrees_east", "standard_name": "longitude"}),
        }
        if members is None:
            del axes[dimension]
        for name, (axis, attributes) in axes.items():
            file.createDimension(name, len(axis))
            variable = file.createVariable(name, "f8", (name,))
            variable.setncatts(attributes)
            variable[:] = axis
        for name, standard, data in zip(names, NAMES[kind], values, strict=True):
            variable = file.createVariable(name, "f4", tuple(axes), fill_value=np.float32(np.nan))
            variable.setncatts({"units": "m s-1", "standard_name": standard})
            variable[:] = data if members is not None else data[:, 0]
    return path


def tables(folder: Path, **more: Any) -> dict[str, Any]:
    """A config that leaves nothing to chance: boats of plain windage from three places, no coast."""
    sources = [{"name": f"place {i}", "kind": "point", "points": [p], "dates": [START]} for i, p in enumerate(PLACES)]
    base = {
        "run": {"start": START, "end": END, "threads": 1},
        "current": {"product": "cf", "files": ["current.nc"]},
        "wind": {"product": "cf", "files": ["wind.nc"]},
        "boats": {
            "number": 48, "jibe_percent_per_hour": 0.0, "classes": [{"windage_percent": 2.5, "windage_angle_deg": 15.0}]
        },
        "mixing": {"diffusivity_m2_s": 0.0},
        "release": {"sources": sources},
        "coast": {"shoreline": "none"},
        "output": {"tracks": 0},
    }  # fmt: skip
    for key, value in more.items():
        base[key] = {**base.get(key, {}), **value} if isinstance(value, dict) else value
    return {key: value for key, value in base.items() if value is not None}


def run(folder: Path, numbers: Any = None, **more: Any) -> Any:
    """Arrivals of a run."""
    simulation = Simulation(configuration.parse(tables(folder, **more), folder), numbers)
    simulation.advance(simulation.config.run.steps)
    return simulation.arrivals()


def places(arrivals: Any) -> np.ndarray:
    return np.column_stack([arrivals.final_lon, arrivals.final_lat])


def wanted(arrivals: Any, drift: oracle.Velocity, begin: str = START, end: str = END) -> np.ndarray:
    """Where the truth puts the boats of each source."""
    by_source = oracle.rk4(drift, *np.array(PLACES).T, epoch(begin), epoch(end), 1800.0)
    assert oracle.metres(by_source, np.array(PLACES)).min() > 5_000.0
    return by_source[arrivals.source.values]


# Ensembles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", ["number", "member", "realization"])
def test_members_are_found_by_any_of_their_names(tmp_path: Path, dimension: str) -> None:
    write(tmp_path / "wind.nc", "wind", members=[0, 1, 2], dimension=dimension)
    section = configuration.parse(tables(tmp_path, current={"product": "climatology", "files": []}), tmp_path).wind
    source = open_source("wind", section, BOX, (TIMES[0], TIMES[-1]))
    assert source.members == 3
    assert source.level(2).shape[0] == 3


def test_each_boat_feels_its_own_member_of_each_field(tmp_path: Path) -> None:
    write(tmp_path / "wind.nc", "wind", members=[0, 1, 2])
    write(tmp_path / "current.nc", "current", members=[0, 1], dimension="member")
    both = run(tmp_path)
    assert both.attrs["members"] == 6
    np.testing.assert_array_equal(both.member, both.boat % 6)
    for m in range(6):
        alone = tmp_path / f"alone_{m}"
        alone.mkdir()
        write(alone / "wind.nc", "wind", members=[m % 3])
        write(alone / "current.nc", "current", members=[m % 2])
        mine = np.flatnonzero(both.boat.values % 6 == m)
        single = run(alone, both.boat.values[mine])
        assert single.attrs["members"] == 1
        # Exactly: the same field gives the same boat, whatever stands beside it.
        np.testing.assert_array_equal(places(single), places(both)[mine])
    kinds = np.unique(np.column_stack([both.source, both.member]), axis=0)
    assert len(np.unique(places(both).round(6), axis=0)) == len(kinds) > 12


def test_members_and_the_truth(tmp_path: Path) -> None:
    write(tmp_path / "wind.nc", "wind", members=[0, 1, 2])
    write(tmp_path / "current.nc", "current", members=[0, 1])
    boats = run(tmp_path)
    for m in (1, 2, 5):
        wind, current = (
            oracle.on_grid(LON, LAT, *swirl(kind, LON, LAT, TIMES, k), TIMES)
            for kind, k in (("wind", m % 3), ("current", m % 2))
        )
        mine = boats.isel(boat=np.flatnonzero(boats.member == m))
        truth = wanted(mine, oracle.total(current, oracle.windage(wind, 2.5, 15.0)))
        assert oracle.metres(places(mine), truth).max() < 1.0


def test_files_of_an_ensemble_must_agree_on_its_size(tmp_path: Path) -> None:
    write(tmp_path / "wind_a.nc", "wind", members=[0, 1, 2], times=TIMES[:9])
    write(tmp_path / "wind_b.nc", "wind", members=[0, 1], times=TIMES[9:])
    write(tmp_path / "current.nc", "current")
    with pytest.raises(
        InputError, match=r"wind_b\.nc and .*wind_a\.nc hold some of the same members \(0, 1 and 0, 1, 2\)"
    ):
        run(tmp_path, wind={"files": ["wind_*.nc"]})


def test_the_number_of_members_of_a_file_is_not_for_the_config_to_say(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"wind\.members"):
        configuration.parse(tables(tmp_path, wind={"members": 3}), tmp_path)


# Stokes drift ---------------------------------------------------------------------------------------------------------


def test_stokes_drift_adds_to_the_current(tmp_path: Path) -> None:
    for kind in NAMES:
        write(tmp_path / f"{kind}.nc", kind)
    boats = run(tmp_path, stokes={"product": "cf", "files": ["stokes.nc"], "scale": 0.8})
    fields = {kind: oracle.from_file(tmp_path / f"{kind}.nc", "u", "v", TIMES) for kind in NAMES}
    waves = fields["stokes"]
    drift = oracle.total(
        fields["current"], oracle.windage(fields["wind"], 2.5, 15.0), lambda x, y, t: 0.8 * waves(x, y, t)
    )
    assert oracle.metres(places(boats), wanted(boats, drift)).max() < 1.0


def test_stokes_drift_with_table_leeway_must_be_meant(tmp_path: Path) -> None:
    for kind in NAMES:
        write(tmp_path / f"{kind}.nc", kind)
    table = {"number": 60, "classes": [{"leeway": "SKIFF-3"}], "jibe_percent_per_hour": 0.0}
    stokes = {"product": "cf", "files": ["stokes.nc"]}
    with pytest.raises(ConfigError, match=r"with_leeway = true"):
        run(tmp_path, boats=table, stokes=stokes)
    without = run(tmp_path, boats=table)
    meant = run(tmp_path, boats=table, stokes={**stokes, "with_leeway": True})
    np.testing.assert_array_equal(meant.release_lon, without.release_lon)
    moved = oracle.metres(places(meant), places(without))
    assert moved.min() > 1_000.0
    assert moved.max() < 2.0 * SPEED["stokes"] * (epoch(END) - epoch(START))


# Axes and directions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lat", "product", "close_m"),
    # The rows of T62 are uniform to 20 m hereabouts, and are taken as such.
    [(T62, "ncep_r1", 3.0), (np.sort(np.concatenate([T62, [36.0, 39.9, 40.1]])), "cf", 1.0)],
    ids=["gaussian", "uneven"],
)
def test_wind_on_an_axis_of_its_own(tmp_path: Path, lat: Any, product: str, close_m: float) -> None:
    names = ("uwnd", "vwnd") if product == "ncep_r1" else ("u", "v")
    lon = 1.875 * np.arange(66, 79)
    write(tmp_path / "wind.nc", "wind", lat=lat, lon=lon, names=names)
    write(tmp_path / "current.nc", "current")
    boats = run(tmp_path, wind={"product": product})
    wind = oracle.from_file(tmp_path / "wind.nc", *names, TIMES)
    current = oracle.from_file(tmp_path / "current.nc", "u", "v", TIMES)
    drift = oracle.total(current, oracle.windage(wind, 2.5, 15.0))
    assert oracle.metres(places(boats), wanted(boats, drift)).max() < close_m


def test_back_in_time_is_back_where_they_began(tmp_path: Path) -> None:
    for kind in ("current", "wind"):
        write(tmp_path / f"{kind}.nc", kind)
    last = run(tmp_path)
    first = [np.flatnonzero(last.source.values == i)[0] for i in range(len(PLACES))]
    begin = [
        {"name": f"end {i}", "kind": "point", "points": [places(last)[k].tolist()], "dates": [END]}
        for i, k in enumerate(first)
    ]
    back = run(tmp_path, run={"direction": "backward"}, release={"sources": begin})
    origin = np.array(PLACES)[back.source.values]
    assert oracle.metres(places(last)[first], np.array(PLACES)).min() > 5_000.0
    assert oracle.metres(places(back), origin).max() < 1.0
    np.testing.assert_array_equal(back.final_time, 0.0)  # seconds since the run's start


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize(("start", "end"), [("2017-11-19T23:00", END), (START, "2017-11-24T01:00")])
def test_a_run_beyond_the_record_does_not_start(tmp_path: Path, direction: str, start: str, end: str) -> None:
    for kind in ("current", "wind"):
        write(tmp_path / f"{kind}.nc", kind)
    with pytest.raises(InputError, match=r"current\.files .*cover 2017-11-20 00:00 UTC to 2017-11-24 00:00 UTC"):
        run(tmp_path, run={"start": start, "end": end, "direction": direction})


def test_sea_points_without_a_value_stop_the_run_before_it_starts(tmp_path: Path) -> None:
    write(tmp_path / "current.nc", "current", land=lambda x, y: (x > 133.5) & (x < 138.5) & (y > 38.5) & (y < 41.5))
    coast: Any = {"shoreline": "gshhg"}
    over = {"wind": None, "coast": coast, "boats": {"number": 8, "classes": [{"windage_percent": 0.0}]}}
    with pytest.raises(InputError, match=r"no value at \d+ of \d+ sea points.*222 km from .*current\.fill_km = 230"):
        run(tmp_path, **over)
    with pytest.raises(InputError, match=r"current\.nc.*its grid covers 125 to 145 E, 31 to 50 N; the run needs"):
        run(tmp_path, **{**over, "coast": {"domain": [127.0, 143.0, 30.0, 48.0]}})


def test_variables_of_another_name_are_told(tmp_path: Path) -> None:
    write(tmp_path / "current.nc", "current", names=("east", "north"))
    section = configuration.parse(tables(tmp_path, wind=None, boats={"classes": [{"windage_percent": 0.0}]}), tmp_path)
    other = section.current.model_copy(update={"product": "hycom"})
    told = open_source("current", other, BOX, (TIMES[0], TIMES[-1])).info["note"]
    assert "its variables east and north are not named as in this product" in told
    assert "not named" not in open_source("current", section.current, BOX, (TIMES[0], TIMES[-1])).info["note"]


# The climatology ------------------------------------------------------------------------------------------------------

OCTOBER = (epoch("2017-10-01"), epoch("2017-10-09"))


def test_the_climatology_fills_as_far_as_told_or_not_at_all() -> None:
    far, near = (CirculationClimatology(BOX, OCTOBER, fill_km=km) for km in (100.0, 20.0))
    assert far.filled is not None
    assert near.filled is not None
    assert far.filled.sum() > near.filled.sum() > 0
    none = CirculationClimatology(BOX, OCTOBER, land="zero")
    assert none.valid is None
    assert none.filled is None
    dry = ~none.wet
    assert dry.any()
    assert (none.level(0)[0][dry] == 0.0).all()
    np.testing.assert_array_equal(none.level(0)[0][~dry], far.level(0)[0][~dry])
    assert none.info["land"] == "zero"


@pytest.mark.parametrize("key", [{"fill_km": 30.0}, {"land": "zero"}])
def test_keys_of_land_reach_the_climatology_of_currents_and_not_the_wind(tmp_path: Path, key: dict[str, Any]) -> None:
    drawn = {"product": "climatology", "members": 2}
    text = tables(tmp_path, current={"product": "climatology", "files": [], **key}, wind={**drawn, "files": []})
    config = configuration.parse(text, tmp_path)
    source = open_source("current", config.current, BOX, OCTOBER)
    assert {name: source.info[name] for name in key} == key
    with pytest.raises(ConfigError, match=r'does not go with product = "climatology", which has a wind everywhere'):
        configuration.parse(tables(tmp_path, wind={**drawn, "files": [], **key}), tmp_path)
    written = configuration.dump(config).partition("[wind]")[2].partition("[boats]")[0]
    assert "fill_km" not in written
    assert "land" not in written


def test_shipped_files_are_named_by_their_place_in_the_data(tmp_path: Path) -> None:
    text = tables(tmp_path, current={"product": "climatology", "files": []}, wind={"product": "climatology"})
    text["wind"] = {"product": "climatology", "members": 2}
    config = configuration.parse(text, tmp_path)
    for kind, name in (("current", "circulation.nc"), ("wind", "wind_roses_2deg.csv")):
        info = open_source(kind, getattr(config, kind), BOX, OCTOBER, members=2).info
        assert [file["path"] for file in info["files"]] == [name]
        assert info["product"] == "climatology"
    for kind in ("current", "wind"):
        write(tmp_path / f"{kind}.nc", kind)
    own = open_source("wind", configuration.parse(tables(tmp_path), tmp_path).wind, BOX, (TIMES[0], TIMES[-1]))
    assert [file["path"] for file in own.info["files"]] == [str(tmp_path / "wind.nc")]


def test_the_whole_in_python(tmp_path: Path) -> None:
    """Members of files are seasons of a result like any other."""
    write(tmp_path / "wind.nc", "wind", members=[0, 1, 2])
    write(tmp_path / "current.nc", "current")
    result = driftsim.run(configuration.parse(tables(tmp_path), tmp_path))
    assert result.summary["members"] == 3
    assert result.summary["interval_method"] == "sampling only"  # three are too few for a range of seasons
    assert sum(result.summary["outcomes"].values()) == 48
    truth = np.mean([swirl("wind", LON, LAT, TIMES, m) for m in range(3)], axis=0)
    mean = oracle.on_grid(LON, LAT, *truth, TIMES)
    forcing = result.forcing_mean
    x, y = (a.ravel() for a in np.meshgrid(forcing.lon, forcing.lat))
    whole = np.mean([mean(x, y, TIMES[0] + 3600.0 * (h + 0.5)) for h in range(96)], axis=0)
    np.testing.assert_allclose(forcing.wind_u[0].values.ravel(), whole[:, 0], atol=0.02)


def test_members_of_a_coarse_field_are_averaged_once_a_node() -> None:
    lon, lat = np.array([130.0, 132.0, 134.0, 136.0]), np.array([36.0, 38.0, 40.0])
    level = np.random.default_rng(4).normal(0.0, 3.0, (1, 7, 3, 4, 2)).astype(np.float32)
    window = Window(MemorySource("wind", lon, lat, np.array([0.0]), level), np.float32)
    x, y = np.random.default_rng(5).uniform((130.1, 36.1), (133.9, 39.9), (500, 2)).T
    places = window.places(x, y)
    assert places.nodes.size == 9  # of 2000 corners
    i, j = np.floor((x - 130.0) / 2.0).astype(int), np.floor((y - 36.0) / 2.0).astype(int)
    a, b = ((x - lon[i]) / 2.0)[:, None], ((y - lat[j]) / 2.0)[:, None]
    mean = level[0].mean(axis=0, dtype=np.float64)
    south, north = ((1 - a) * mean[j + k, i] + a * mean[j + k, i + 1] for k in (0, 1))
    np.testing.assert_allclose(window.mean_at(0.0, places), (1 - b) * south + b * north, atol=1e-9)
