"""No part of the motion is there twice, and a geostrophic current gets the Ekman drift that it lacks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from driftsim import config
from driftsim.drift import simulation, terms
from driftsim.forcing.memory import MemorySource
from driftsim.forcing.open import open_source
from driftsim.results import caveats
from driftsim.studies import study
from driftsim.system import resources
from driftsim.system.errors import InputError

sys.path.insert(0, str(Path(__file__).parent / "readers"))
import replicas
from replicas import DAY, HOUR, ORIGIN

START = float(np.datetime64("2017-11-29", "s").astype(np.int64))
HALF = np.sqrt(0.5)
M_PER_DEGREE = 111_120.0

SEA = """
[run]
start = 2017-11-29
end = 2017-12-01
seed = 5
metric = "nautical"
[current]
product = "climatology"
[wind]
product = "climatology"
members = 1
[boats]
number = 64
{boats}
[mixing]
diffusivity_m2_s = 0.0
[release]
first = 2017-11-29
last = 2017-11-29
[[release.sources]]
name = "here"
kind = "box"
box = [132.0, 138.0, 37.0, 43.0]
[coast]
shoreline = "none"
domain = [120.0, 150.0, 25.0, 55.0]
[output]
tracks = 0
"""
LAZY = "[[boats.classes]]\nwindage_percent = 0.0"
TABLE = '[[boats.classes]]\nleeway = "PIW-2"\nshare = 0.6\n[[boats.classes]]\nleeway = "SKIFF-3"\nshare = 0.4'
JIBING = f"jibe_percent_per_hour = 35.0\n{TABLE}"
REDRAWN = f'perturbation = "redrawn"\nperturbation_hours = 5.0\n{TABLE}'
CAPSIZING = f"{TABLE}\n[boats.capsizing]\nwind_m_s = 8.0\nwidth_m_s = 3.0"
ALL = (
    f'perturbation = "redrawn"\nperturbation_hours = 5.0\n{JIBING}\n[boats.capsizing]\nwind_m_s = 8.0\nwidth_m_s = 3.0'
)


def uniform(kind: str, u: float, v: float, south: bool = False) -> MemorySource:
    shape = (2, 4, 4, 1)
    values = np.concatenate((np.full(shape, u), np.full(shape, v)), axis=-1)
    return MemorySource(
        kind, np.linspace(110, 160, 4), np.linspace(20, 60, 4) - 80 * south, [START - DAY, START + 9 * DAY], values
    )


def ends(
    tmp_path: Path,
    boats: str,
    wind: tuple[float, float],
    holds: list[str] | None,
    current: str = "",
    south: bool = False,
) -> Any:
    """State and simulation after the run in still water and a uniform wind."""
    path = tmp_path / "a.toml"
    text = SEA.format(boats=boats)
    if south:
        text = text.replace("138.0, 37.0, 43.0]", "138.0, -43.0, -37.0]").replace("25.0, 55.0]", "-55.0, -25.0]")
    path.write_text(text, encoding="utf-8")
    cfg = config.load(path)
    if current:
        extra = {key: float(value) for key, value in (pair.split("=") for pair in current.split())}
        cfg = cfg.model_copy(update={"current": cfg.current.model_copy(update=extra)})
    still, blowing = uniform("current", 0.0, 0.0, south), uniform("wind", *wind, south)
    still.info["holds"] = holds
    run = simulation.Simulation(cfg, sources={"current": still, "wind": blowing})
    run.advance(cfg.run.steps)
    return run


@pytest.mark.parametrize("boats", [LAZY, TABLE, JIBING, REDRAWN, CAPSIZING, ALL], ids=[
    "no leeway", "leeway", "jibing", "redrawn", "capsizing", "all",
])  # fmt: skip
@pytest.mark.parametrize("wind", [(3.0, -7.0), (-5.0, 2.0)])
def test_every_boat_is_carried_by_a_hundredth_of_the_wind_to_its_right(
    tmp_path: Path, boats: str, wind: tuple[float, float]
) -> None:
    """Beside the same run with a current that holds it: whatever the hull does, the difference is the Ekman drift."""
    with_, without = (ends(tmp_path, boats, wind, holds) for holds in (["geostrophic"], ["geostrophic", "ekman"]))
    a, b = with_.state[:-1], without.state[:-1]
    for name in ("side", "capsize_step"):
        np.testing.assert_array_equal(a[name], b[name])
    if "capsizing" in boats:
        assert (a["capsize_step"] >= 0).mean() > 0.3
    # Right of the direction (e, n) is (n, -e).
    east, north = 0.01 * HALF * (wind[0] + wind[1]), 0.01 * HALF * (wind[1] - wind[0])
    two_days = 2 * DAY / M_PER_DEGREE
    np.testing.assert_allclose(a["lat"] - b["lat"], north * two_days, rtol=2e-4)
    scale = np.cos(np.radians(0.5 * (a["lat"] + b["lat"])))
    np.testing.assert_allclose((a["lon"] - b["lon"]) * scale, east * two_days, rtol=0.0, atol=0.02 * abs(north + east))
    if boats == LAZY:
        np.testing.assert_allclose(b["lat"], without.boats.lat, atol=1e-12)


def test_a_calm_carries_nobody(tmp_path: Path) -> None:
    run = ends(tmp_path, LAZY, (0.0, 0.0), ["geostrophic"])
    np.testing.assert_array_equal(run.state["lat"][:-1], run.boats.lat)


def test_percent_and_angle_are_the_configs(tmp_path: Path) -> None:
    run = ends(tmp_path, LAZY, (0.0, 10.0), ["geostrophic"], "ekman_percent=1.5 ekman_angle_deg=-30.0")
    moved = (run.state["lat"][:-1] - run.boats.lat) * M_PER_DEGREE / (2 * DAY)
    np.testing.assert_allclose(moved, 0.15 * np.cos(np.radians(30.0)), rtol=1e-4)
    assert np.all(run.state["lon"][:-1] < run.boats.lon)
    assert "1.5 % of the wind, 30° to its left" in run.windows["current"].source.info["note"]
    off = ends(tmp_path, LAZY, (0.0, 10.0), ["geostrophic"], "ekman_percent=0.0")
    np.testing.assert_array_equal(off.state["lat"][:-1], off.boats.lat)
    assert "no Ekman drift is added" in off.windows["current"].source.info["note"]
    # A plain file, of which nothing is known, gets it when it is asked for only.
    for said, rate in (("", 0.0), ("ekman_percent=2.0", 0.2 * HALF)):
        plain = ends(tmp_path, LAZY, (0.0, 10.0), None, said)
        moved = (plain.state["lat"][:-1] - plain.boats.lat) * M_PER_DEGREE / (2 * DAY)
        np.testing.assert_allclose(moved, rate, rtol=1e-4, atol=1e-9)


FILES = """
[run]
start = 2017-10-01
end = 2017-10-02
[current]
{current}
{wind}
[boats]
number = 8
{boats}
[release]
first = 2017-10-01
last = 2017-10-01
[[release.sources]]
name = "here"
kind = "box"
box = [134.0, 136.0, 39.0, 41.0]
[coast]
shoreline = "none"
domain = [130.5, 139.0, 36.5, 42.5]
"""
WIND = '[wind]\nproduct = "era5"\nfiles = ["wind.nc"]'
STOKES = '[stokes]\nproduct = "smoc"\nfiles = ["smoc.nc"]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("terms")
    replicas.duacs(where / "duacs.nc", ORIGIN + DAY * np.arange(2))
    replicas.smoc(where / "smoc.nc", ORIGIN + HOUR * np.arange(25))
    replicas.era5(where / "wind.nc", ORIGIN + HOUR * np.arange(25), new=True)
    return where


def planned(folder: Path, current: str, wind: str = WIND, boats: str = LAZY) -> simulation.Simulation:
    path = folder / "run.toml"
    path.write_text(FILES.format(current=current, wind=wind, boats=boats), encoding="utf-8")
    return simulation.Simulation(config.load(path))


DUACS = 'product = "duacs"\nfiles = ["duacs.nc"]'
SMOC = 'product = "smoc"\nfiles = ["smoc.nc"]'
TOTAL = f'{SMOC}\nu = "utotal"\nv = "vtotal"'


def test_altimetry_gets_it_and_the_outputs_say_so(folder: Path) -> None:
    run = planned(folder, DUACS)
    np.testing.assert_allclose(run.classes.carried, [0.01 * HALF, 0.01 * HALF], rtol=1e-12)
    info = run.windows["current"].source.info
    assert info["ekman_added"] == {"percent_of_wind": 1.0, "degrees_to_the_right": 45.0, "side": "right"}
    assert "Ekman drift of 1 % of the wind, 45° to its right, is added" in info["note"]
    assert any("1 % of the wind, 45° to its right, is added" in line for line in caveats.caveats({"current": info}))
    assert not any("Ekman" in line for line in caveats.caveats({"current": {"note": ""}}))


def test_the_climatology_gives_up_its_own(folder: Path) -> None:
    """Where the config says how much, that of the monthly mean wind goes: none is there twice."""
    own, mine, none = (
        planned(folder, c) for c in ("", "ekman_percent = 2.0\nekman_angle_deg = 30.0", "ekman_percent = 0")
    )
    assert (own.classes.carried, none.classes.carried) == ((0.0, 0.0), (0.0, 0.0))
    np.testing.assert_allclose(mine.classes.carried, [0.02 * np.sqrt(0.75), 0.01], rtol=1e-12)
    fields = [run.windows["current"].source for run in (own, mine, none)]
    levels = [field.level(1) for field in fields]
    assert np.array_equal(levels[1], levels[2])
    ekman = (levels[0] - levels[1])[0][fields[0].wet]
    assert [field.info["holds"] for field in fields] == [["geostrophic", "ekman"], ["geostrophic"], ["geostrophic"]]
    assert 0.02 < np.hypot(*ekman.T).mean() < 0.08  # 1 % of 2 to 8 m/s, the mean of October
    assert np.hypot(*ekman.mean(axis=0)) > 0.5 * np.hypot(*ekman.T).mean()
    assert "without its Ekman part" in fields[1].info["note"]


def test_altimetry_without_wind_says_that_it_has_none(folder: Path) -> None:
    run = planned(folder, DUACS, wind="")
    assert run.classes.carried == (0.0, 0.0)
    assert "no wind is given, so no Ekman drift" in run.windows["current"].source.info["note"]


def test_a_model_gets_none(folder: Path) -> None:
    run = planned(folder, SMOC)
    assert run.classes.carried == (0.0, 0.0) and "ekman_added" not in run.windows["current"].source.info
    with pytest.raises(InputError, match=r"current\.ekman_percent = 0\.5: Mercator GLO12.*holds Ekman drift already"):
        planned(folder, f"{SMOC}\nekman_percent = 0.5")


def test_stokes_drift_is_not_taken_twice(folder: Path) -> None:
    planned(folder, SMOC, wind=f"{WIND}\n{STOKES}")
    planned(folder, TOTAL)
    with pytest.raises(InputError, match=r"\[stokes\]: the current \(utotal, vtotal of .*holds Stokes drift already"):
        planned(folder, TOTAL, wind=f"{WIND}\n{STOKES}")
    with pytest.raises(InputError, match=r"table leeway holds the push of the waves as well"):
        planned(folder, TOTAL, boats=TABLE)


@pytest.mark.parametrize(
    ("current", "match"),
    [
        ('product = "none"\nekman_percent = 1.0', r'ekman_percent.*does not go with product = "none"'),
        (f"{DUACS}\nekman_percent = -1.0", r"ekman_percent"),
        (f"{DUACS}\nekman_angle_deg = 300.0", r"ekman_angle_deg"),
    ],
)
def test_keys_that_cannot_be(folder: Path, current: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        planned(folder, current)


def test_it_needs_a_wind(folder: Path) -> None:
    with pytest.raises(InputError, match=r"ekman_percent.*needs wind"):
        planned(folder, f"{DUACS}\nekman_percent = 1.0", wind="")


# --- the hemispheres ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("boats", [LAZY, JIBING, REDRAWN, CAPSIZING], ids=["none", "jibing", "redrawn", "capsizing"])
def test_south_of_the_equator_it_is_to_the_left(tmp_path: Path, boats: str) -> None:
    """Beside the same run without it, as in the north: left of (3, 7) is (-7, 3), right of (3, -7) is (-7, -3)."""
    for south, way in ((False, -1.0), (True, 1.0)):
        carried, free = (
            ends(tmp_path, boats, (3.0, way * 7.0), holds, south=south).state[:-1]
            for holds in (["geostrophic"], ["geostrophic", "ekman"])
        )
        assert bool((free["lat"] < 0.0).all()) is south
        days = 2 * DAY / M_PER_DEGREE
        np.testing.assert_allclose(carried["lat"] - free["lat"], way * 0.01 * HALF * (7.0 + 3.0) * days, rtol=2e-4)
        scale = np.cos(np.radians(0.5 * (carried["lat"] + free["lat"])))
        moved = (carried["lon"] - free["lon"]) * scale
        np.testing.assert_allclose(moved, 0.01 * HALF * (3.0 - 7.0) * days, rtol=0.0, atol=0.004)


def test_the_words_say_which_side() -> None:
    side = terms._side
    assert side(45.0, (128.0, 142.0, 34.0, 48.0)) == side(-45.0, (150.0, 180.0, -50.0, -30.0)) == "right"
    assert side(45.0, (150.0, 180.0, -50.0, -30.0)) == side(-30.0, (128.0, 142.0, 34.0, 48.0)) == "left"
    assert side(45.0, (-180.0, 180.0, -70.0, 70.0)) == "right, left south of the equator"


# --- the reference without wind -------------------------------------------------------------------------------------


def reference(folder: Path, current: str, wind: str = WIND) -> tuple[config.Config | None, list[str]]:
    """What `baselines` makes of a config, and what it says."""
    path = folder / "run.toml"
    path.write_text(FILES.format(current=current, wind=wind, boats=TABLE), encoding="utf-8")
    told: list[str] = []
    for old in (folder / "refs").glob("*"):
        old.unlink()
    made = {path.stem: path for path in study.baselines(config.load(path), folder / "refs", told.append)}
    assert "straight_downwind" in made
    return (config.load(made["currents_only"]) if "currents_only" in made else None), told


def assert_no_wind(cfg: config.Config, expected: Any) -> simulation.Simulation:
    """No field but the current and its eddies, nothing that carries a hull, and the current is as expected."""
    run = simulation.Simulation(cfg)
    assert set(run.windows) - {"eddies"} == {"current"} and run.classes.carried == (0.0, 0.0)
    assert not run.classes.rows.any() and not any(run.state[name].any() for name in ("down_a", "right_a", "left_a"))
    source = run.windows["current"].source
    assert set(source.info["holds"]) <= {"geostrophic", "tide"}
    for k in range(len(source.times)):
        level = source.level(k)
        wet = np.ones(level.shape[1:3], bool) if source.wet is None else source.wet
        np.testing.assert_allclose(level[0][wet], expected(source, k)[wet], atol=2e-6)
    return run


@pytest.mark.parametrize(
    "keys", ["", "ekman_percent = 0", "ekman_percent = 2.0\nekman_angle_deg = 30.0", "scale = 0.5"]
)
def test_no_wind_reaches_the_reference_on_the_climatology(folder: Path, keys: str) -> None:
    """Its file has the Ekman part of each month's mean wind beside the whole: what is left is the rest."""

    def geostrophic(source: Any, k: int) -> Any:
        month = int(np.datetime64(round(source.times[k]), "s").astype("datetime64[M]").astype(int)) % 12
        with netCDF4.Dataset(resources.data("areas/sea_of_japan/circulation.nc")) as file:
            lon, lat = (np.round(file[name][:], 6) for name in ("longitude", "latitude"))
            at = np.ix_(np.isin(lat, np.round(source.lat, 6)), np.isin(lon, np.round(source.lon, 6)))
            u, v, ue, ve = (file[name][month].filled(np.nan)[at] for name in ("uo", "vo", "u_ekman", "v_ekman"))
        assert np.nanmean(np.hypot(ue, ve)) > 0.01
        return np.stack([u - ue, v - ve], axis=-1) * source.info["scale"]

    cfg, told = reference(folder, keys)
    assert cfg is not None and told == []
    assert_no_wind(cfg, geostrophic)


def test_no_wind_reaches_the_reference_on_files(folder: Path) -> None:
    """Altimetry is geostrophic; GlobCurrent has that part under a name of its own; of a model it cannot be had."""
    cfg, told = reference(folder, f"{DUACS}\nekman_percent = 2.0")
    assert cfg is not None and told == []
    duacs = open_source("current", cfg.current, cfg.coast.domain, (cfg.run.start_epoch, cfg.run.end_epoch))
    assert_no_wind(cfg, lambda source, k: duacs.level(k)[0])

    days = ORIGIN + DAY * np.arange(-1, 3)
    path = replicas.globcurrent(folder / "globcurrent.nc", days, (0.0, 15.0))
    cfg, told = reference(folder, 'product = "globcurrent"\nfiles = ["globcurrent.nc"]')
    assert cfg is None and len(told) == 1 and "holds Ekman or Stokes drift" in told[0]
    with netCDF4.Dataset(path, "r+") as dataset:
        for name in ("ugos", "vgos"):
            other = dataset.createVariable(name, "f4", dataset["uo"].dimensions, fill_value=9.96921e36)
            other.units = "m s-1"
            other[:] = 0.7 * dataset["uo" if name == "ugos" else "vo"][:]
    cfg, told = reference(folder, 'product = "globcurrent"\nfiles = ["globcurrent.nc"]')
    assert cfg is not None and told == [] and (cfg.current.u, cfg.current.v) == ("ugos", "vgos")
    whole = open_source(
        "current", cfg.current.model_copy(update={"u": "uo", "v": "vo"}), cfg.coast.domain,
        (cfg.run.start_epoch, cfg.run.end_epoch),
    )  # fmt: skip
    assert_no_wind(cfg, lambda source, k: 0.7 * whole.level(k)[0])

    for current in (SMOC, TOTAL):
        cfg, told = reference(folder, current)
        assert cfg is None and "Ekman or Stokes drift" in told[0]
    replicas.duacs(folder / "plain.nc", ORIGIN + DAY * np.arange(2))
    with netCDF4.Dataset(folder / "plain.nc", "r+") as dataset:
        for name in ("ugos", "vgos"):
            dataset[name].setncattr("standard_name", f"{'east' if name == 'ugos' else 'north'}ward_sea_water_velocity")
    cfg, told = reference(folder, 'product = "cf"\nfiles = ["plain.nc"]\nu = "ugos"\nv = "vgos"\nekman_percent = 1.5')
    assert cfg is not None and cfg.current.ekman_percent == 0.0 and "nobody knows" in told[0]


def test_the_factor_on_the_current_leaves_the_wind_alone(folder: Path) -> None:
    """Half of the climatology is half of its geostrophic part, with the whole Ekman part of the month's mean wind."""
    whole, none, half, double = (
        planned(folder, keys).windows["current"].source.level(1)
        for keys in ("", "ekman_percent = 0", "scale = 0.5", "scale = 2.0")
    )
    ekman = whole - none
    assert np.hypot(ekman[..., 0], ekman[..., 1]).mean() > 0.01
    np.testing.assert_allclose(half, 0.5 * none + ekman, atol=1e-6)
    np.testing.assert_allclose(double, 2.0 * none + ekman, atol=1e-6)
    nothing = planned(folder, "scale = 0.0").windows["current"].source.level(1)
    np.testing.assert_allclose(nothing, ekman, atol=1e-6)
