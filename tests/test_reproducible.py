"""A boat's fate depends on its number and the config, and on nothing else; equal runs leave equal bytes.

Everything that can happen to a boat is switched on, so that every random number and every part of its state is in play.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from driftsim import config
from driftsim.drift import simulation
from driftsim.studies import study

BOATS = 1500  # three tasks of 512: two threads have something to share

EVERYTHING = """
[run]
title = "everything that can happen"
start = 2017-11-29
end = 2017-12-13
seed = 11

[current]
product = "climatology"
ekman_percent = 0.8

[wind]
product = "climatology"
members = 7

[boats]
number = 1500
jibe_percent_per_hour = 6.0
perturbation = "redrawn"
perturbation_hours = 24.0

[[boats.classes]]
leeway = "FISHING-VESSEL-5"
share = 0.5

[[boats.classes]]
leeway = "SKIFF-3"
share = 0.3

[[boats.classes]]
windage_percent = 2.5
windage_angle_deg = 12.0
share = 0.2

[boats.capsizing]
wind_m_s = 16.0
width_m_s = 3.0
becomes = "SKIFF-3"

[boats.sinking]
mean_life_days = 25.0
after_days = 0.5

[mixing]
diffusivity_m2_s = 30.0
flight_speed_m_s = 0.15
flight_time_days = 2.0
current_error_m_s = 0.05
current_error_hours = 20.0
wind_error_m_s = 1.5
wind_error_hours = 15.0

[release]
first = 2017-11-29
last = 2017-12-04

[[release.sources]]
name = "off Noto"
weight = 0.5
kind = "circle"
points = [[136.2, 37.8]]
radius_km = 20.0

[[release.sources]]
name = "off Akita"
weight = 0.3
kind = "box"
box = [138.8, 139.5, 39.6, 40.6]

[[release.sources]]
name = "Tsugaru"
weight = 0.2
kind = "box"
box = [142.3, 142.9, 41.0, 41.6]

[coast]
refloat_half_life_hours = 10.0

[output]
tracks = 40
track_every_hours = 3.0
density_grid_deg = 0.5
map = false

[uncertain]
release.shift_east_km = { normal = [0, 4] }
release.shift_north_km = { between = [-3, 5] }
release.shift_days = { between = [0, 2.5] }
release.weights = { dirichlet = 4 }
boats.shares = { dirichlet = 3 }
boats.jibe_percent_per_hour = { lognormal = [5, 1.4] }
boats.sinking.mean_life_days = { lognormal = [20, 1.3] }
current.scale = { between = [0.75, 1.5] }
current.ekman_percent = { between = [0.2, 1.4] }
current.eddy_scale = { lognormal = [1, 1.3] }
current.ekman_angle_deg = { normal = [45, 8] }
wind.scale = { normal = [1, 0.08] }
mixing.flight_speed_m_s = { between = [0.02, 0.2] }
"""

Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> config.Config:
    path = tmp_path_factory.mktemp("everything") / "everything.toml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return config.load(path)


def columns(sim: simulation.Simulation) -> Columns:
    """What has become of each boat, in the order of their numbers."""
    arrivals = sim.arrivals()
    of_boats = [name for name, variable in arrivals.data_vars.items() if variable.dims == ("boat",)]
    return {str(name): arrivals[name].values for name in (*of_boats, "boat")}


def drive(cfg: config.Config, numbers: Any = None, pieces: tuple[int, ...] = ()) -> simulation.Simulation:
    """Run to the end; first in pieces of so many steps, if any are given, over and over."""
    sim = simulation.Simulation(cfg, numbers=numbers)
    while pieces and sim.step < cfg.run.steps:
        for steps in pieces:
            sim.advance(steps)
    sim.advance(cfg.run.steps)
    assert sim.step == cfg.run.steps
    return sim


def assert_same(found: Columns, expected: Columns, rows: Any = slice(None)) -> None:
    """Bit for bit, NaN included."""
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        different = [
            i for i, (a, b) in enumerate(zip(found[name], values[rows], strict=True)) if a.tobytes() != b.tobytes()
        ]
        assert not different, (
            f"{name}: {len(different)} boats differ, the first boat {found['boat'][different[0]]}: "
            f"{found[name][different[0]]!r}, not {values[rows][different[0]]!r}"
        )


@pytest.fixture(scope="module")
def whole_run(everything: config.Config) -> simulation.Simulation:
    return drive(everything)


@pytest.fixture(scope="module")
def whole(whole_run: simulation.Simulation) -> Columns:
    return columns(whole_run)


def test_everything_happens(whole: Columns, whole_run: simulation.Simulation) -> None:
    """Else the tests below would show less than they say."""
    outcome = np.bincount(whole["outcome"], minlength=4)
    assert outcome.min() > 20, outcome  # adrift, landed, left, sunk
    assert np.isfinite(whole["capsize_time"]).sum() > 50
    landed = whole["outcome"] == 1
    moved_on = landed & (whole["final_time"] > whole["landing_time"] + 3600.0)
    assert moved_on.sum() > 20  # refloated
    capsized_first = landed & (whole["capsize_time"] < whole["landing_time"])
    assert capsized_first.sum() > 5
    tracks = whole_run.result().tracks
    assert tracks is not None
    assert tracks.sizes["trajectory"] == 40


def test_threads_change_no_byte(everything: config.Config, tmp_path: Path) -> None:
    folders = []
    for threads in (1, 2):
        run = everything.run.model_copy(update={"threads": threads})
        output = everything.output.model_copy(update={"map": True})
        cfg = everything.model_copy(update={"run": run, "output": output})
        folders.append(study.run(cfg, tmp_path / f"threads-{threads}").folder)
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == sorted(path.name for path in folders[1].iterdir())
    assert {"arrivals.nc", "tracks.nc", "density.nc", "forcing_mean.nc", "summary.json", "landing_map.png"} <= {*names}
    for name in names:
        if name not in ("run.json", "run.log"):  # time taken, threads, machine
            assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_first_boats_of_many_are_the_boats_of_a_small_run(everything: config.Config, whole: Columns) -> None:
    boats = everything.boats.model_copy(update={"number": 1000})
    few = drive(everything.model_copy(update={"boats": boats}))
    assert_same(columns(few), whole, slice(0, 1000))


def test_every_place_in_a_block_is_as_good_as_another(everything: config.Config) -> None:
    """The same boat in all lanes of three blocks goes the same way in each, to the last bit.

    Where the compiler unrolls a loop over lanes, it may contract ``a * b + c * d`` in two ways in the two halves.
    """
    for number in (0, 4, 6, 9):  # of each source
        sim = simulation.Simulation(everything, np.full(192, number))
        sim.advance(24 * 8)
        row = sim.state[:-1]
        for name in row.dtype.names:
            different = [lane for lane in range(192) if row[name][lane].tobytes() != row[name][0].tobytes()]
            assert not different, f"boat {number}: {name} is another in lanes {different[:8]} ... than in lane 0"


def test_any_order(everything: config.Config, whole: Columns) -> None:
    order = np.random.default_rng(3).permutation(BOATS)
    assert_same(columns(drive(everything, order)), whole, order)


def test_any_split(everything: config.Config, whole: Columns, whole_run: simulation.Simulation) -> None:
    """One boat alone, a block and one more, and what is left, shuffled."""
    order = np.random.default_rng(5).permutation(BOATS)
    parts = np.split(order, [1, 66, 700])
    driven = [drive(everything, part) for part in parts]
    for part, sim in zip(parts, driven, strict=True):
        assert_same(columns(sim), whole, part)
    density = [sim.result().density for sim in driven]
    expected = whole_run.result().density
    assert expected is not None
    total = sum(part["boat_days"].values.astype(np.float64) for part in density if part is not None)
    np.testing.assert_allclose(total, expected["boat_days"].values, rtol=1e-6)
    assert sum(sim.particle_steps for sim in driven) == whole_run.particle_steps


@pytest.mark.parametrize("pieces", [(1, 7, 23, 50), (36,), (24 * 9 + 5,)], ids=str)
def test_any_cut_in_time(everything: config.Config, whole: Columns, pieces: tuple[int, ...]) -> None:
    numbers = np.arange(0, BOATS, 3)
    assert_same(columns(drive(everything, numbers, pieces)), whole, numbers)


def test_perturbations_redrawn_within_a_day_know_no_windows(everything: config.Config) -> None:
    boats = everything.boats.model_copy(update={"perturbation_hours": 30.0})
    cfg = everything.model_copy(update={"boats": boats})
    numbers = np.arange(0, BOATS, 3)
    assert_same(columns(drive(cfg, numbers, (7,))), columns(drive(cfg, numbers)))


def test_tracks_are_those_of_the_boats_they_name(everything: config.Config, whole_run: simulation.Simulation) -> None:
    """Whatever boats a simulation is made of, and in whatever order."""
    whole = whole_run.result().tracks
    some = drive(everything, [31, 4, 700, 12]).result().tracks
    assert whole is not None
    assert some is not None
    for number in {31, 4, 12} & {*some["trajectory"].values.tolist()}:
        mine, expected = (
            np.column_stack([of.sel(trajectory=number)[name].dropna("obs") for name in ("time", "lon", "lat")])
            for of in (some, whole)
        )
        np.testing.assert_array_equal(mine, expected)
    assert {31, 4, 12} <= {*some["trajectory"].values.tolist()}


@pytest.mark.parametrize("stop", [101, 240])
def test_restart_in_the_middle(everything: config.Config, whole: Columns, stop: int) -> None:
    """The state and the step are all that a run carries on."""
    numbers = np.arange(0, BOATS, 2)
    first = simulation.Simulation(everything, numbers)
    first.advance(stop)
    second = simulation.Simulation(everything, numbers)
    second.state = first.state
    second.step = first.step
    second.advance(everything.run.steps)
    assert_same(columns(second), whole, numbers)


def test_another_seed_is_another_run(everything: config.Config, whole: Columns) -> None:
    run = everything.run.model_copy(update={"seed": 12})
    other = columns(drive(everything.model_copy(update={"run": run}), np.arange(500)))
    for name in ("release_lon", "final_lon"):
        assert (other[name] != whole[name][:500]).mean() > 0.95, name


def test_numbers_beyond_32_bits_have_fates_of_their_own(everything: config.Config, whole: Columns) -> None:
    far = columns(drive(everything, np.arange(500) + 2**32))
    assert (far["final_lon"] != whole["final_lon"][:500]).mean() > 0.95
