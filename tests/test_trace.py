"""Any boat of a run again: the same bits, and a budget that can be worked out by hand."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from analytic import gridded, uniform
from click.testing import CliRunner
from test_minimal import CONFIG, write_field
from test_reproducible import EVERYTHING
from test_terms import SEA, START

from driftsim import cli, config
from driftsim.drift import simulation, tracing
from driftsim.results import output
from driftsim.results.result import Run
from driftsim.results.trace import Trace, text
from driftsim.studies import study, trace
from driftsim.system.errors import InputError

DAY_S = 86_400.0


def alone(tables: str, boat: int = 5, **sources: object) -> simulation.Simulation:
    cfg = config.parse_text(tables, ".", name="test.toml")
    return simulation.Simulation(cfg, [boat], sources=sources or None)


def budget(path: tracing.Path) -> dict[str, np.ndarray]:
    return dict(zip(tracing.COLUMNS, path.moved.sum(axis=0), strict=True))


# --- by hand --------------------------------------------------------------------------------------------------------


HULL = "[[boats.classes]]\nwindage_percent = 3.0\nwindage_angle_deg = 20.0"


@pytest.mark.parametrize(("ekman", "angle"), [(0.0, 0.0), (1.5, 35.0)])
def test_steady_fields_move_the_boat_by_their_speed_times_the_time(ekman: float, angle: float) -> None:
    """Two days of a current, waves, and a wind that carries the hull and the water under it."""
    current, wind, stokes = (0.31, -0.07), (-4.0, 9.0), (0.02, 0.05)
    tables = SEA.format(boats=HULL).replace(
        'product = "climatology"\n[wind]',
        f'product = "climatology"\nekman_percent = {ekman}\nekman_angle_deg = {angle}\n[wind]',
    )
    sim = alone(
        tables, current=uniform("current", *current), wind=uniform("wind", *wind), stokes=uniform("stokes", *stokes)
    )
    moved, seconds = budget(tracing.follow(sim)), 2 * DAY_S

    def of_wind(percent: float, degrees: float) -> np.ndarray:
        """So many percent of the wind, turned to its right: clockwise."""
        along, across = (f(math.radians(degrees)) * percent / 100.0 for f in (math.cos, math.sin))
        return np.array([along * wind[0] + across * wind[1], along * wind[1] - across * wind[0]]) * seconds

    np.testing.assert_allclose(moved["current"], np.array(current) * seconds, rtol=1e-6)
    np.testing.assert_allclose(moved["stokes"], np.array(stokes) * seconds, rtol=1e-5)
    np.testing.assert_allclose(moved["leeway"], of_wind(3.0, 20.0), rtol=1e-5)
    np.testing.assert_allclose(moved["ekman"], of_wind(ekman, angle), rtol=1e-5)
    for name in ("flight", "error", "walk"):
        assert not moved[name].any()
    assert np.abs(moved["rest"]).max() < 0.01


def shear(kind: str) -> object:
    """A current that grows northward and turns with time: each stage of a step sees another one."""
    axes = np.linspace(120.0, 150.0, 31), np.linspace(25.0, 55.0, 31)
    times = START + np.arange(0.0, 9.0) * 0.5 * DAY_S
    return gridded(kind, *axes, times, lambda x, y, t: (0.2 * (y - 30.0), 0.3 * np.sin((t - START) / 9000.0) + 0 * x))


@pytest.mark.parametrize("scheme", ["euler", "rk2", "rk4"])
def test_the_terms_of_every_scheme_add_up_to_where_the_boat_went(scheme: str) -> None:
    """In metres they add up to the path step by step; a wrong weight or stage would leave hundreds of metres."""
    tables = SEA.format(boats=HULL).replace("seed = 5", f'seed = 5\nscheme = "{scheme}"\nstep_minutes = 120.0')
    path = tracing.follow(alone(tables, current=shear("current"), wind=uniform("wind", 6.0, -2.0)))
    assert np.ptp(path.lon) > 1.0
    assert np.abs(path.moved[:, -1]).max() < 0.005
    north = path.moved.sum(axis=(0, 1))[1] / 111_120.0
    assert path.lat[-1] - path.lat[0] == pytest.approx(north, abs=1e-7)


# --- the same bits --------------------------------------------------------------------------------------------------


def test_any_boat_with_everything_switched_on_comes_out_the_same(tmp_path: Path) -> None:
    """Capsized, sunk, stranded and afloat again, redrawn leeway, every noise: the row of the run, bit for bit."""
    cfg = config.parse_text(EVERYTHING, tmp_path, name="everything.toml")
    whole = simulation.Simulation(cfg, np.arange(120))
    whole.advance(cfg.run.steps)
    rows = whole.arrivals()
    outcome, capsized = rows["outcome"].values, np.isfinite(rows["capsize_time"].values)
    chosen = {int(np.flatnonzero(outcome == code)[0]) for code in (0, 1, 2, 3)}
    chosen.add(int(np.flatnonzero(capsized & (outcome == 1))[-1]))
    for boat in sorted(chosen):
        sim = simulation.Simulation(cfg, [boat])
        path = tracing.follow(sim)
        row = rows.isel(boat=slice(boat, boat + 1))
        assert trace.differences(row, sim) == []
        moved = budget(path)
        assert np.abs(path.moved[:, -1]).max() < 0.01, boat
        assert all(np.hypot(*moved[name]) > 100.0 for name in ("current", "leeway", "flight", "error", "walk"))
        assert path.elapsed[0] == row["release_time"].values[0]
        if outcome[boat] == 1:
            assert path.lon[-1] == row["landing_lon"].values[0]
            assert sim.since_start(path.elapsed[-1]) == row["landing_time"].values[0]


def test_a_long_random_walk_lands_where_its_drawn_path_did(tmp_path: Path) -> None:
    tables = EVERYTHING.replace("diffusivity_m2_s = 30.0", "diffusivity_m2_s = 400.0")
    cfg = config.parse_text(tables, tmp_path, name="walk.toml")
    whole = simulation.Simulation(cfg, np.arange(60))
    whole.advance(cfg.run.steps)
    rows = whole.arrivals()
    boat = int(np.flatnonzero(rows["outcome"].values == 1)[0])
    sim = simulation.Simulation(cfg, [boat])
    path = tracing.follow(sim)
    assert trace.differences(rows.isel(boat=slice(boat, boat + 1)), sim) == []
    assert np.abs(path.moved[:, -1]).max() < 0.01
    assert path.moved[-1, -1].tolist() == [0.0, 0.0]


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def traced(tiny_run: study.Study, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trace, list[Path]]:
    """A boat of the tiny run that landed and was tracked, traced."""
    rows = tiny_run.run.arrivals
    boat = int(np.flatnonzero(rows["outcome"].values[:50] == 1)[0])
    return trace.trace(tiny_run.folder, boat, tmp_path_factory.mktemp("traced"))


def test_the_path_is_the_track_of_the_run(traced: tuple[Trace, list[Path]], tiny_run: study.Study) -> None:
    found, _ = traced
    track = tiny_run.run.tracks.isel(trajectory=found.boat)
    there = np.isfinite(track["time"].values)
    assert there.sum() > 8
    at = np.searchsorted(found.time, track["time"].values[there] - 1.0)
    for name in ("lon", "lat"):
        assert (getattr(found, name)[at].astype(np.float32) == track[name].values[there]).all()


def test_the_tables_hold_what_moved_the_boat(traced: tuple[Trace, list[Path]], tiny_run: study.Study) -> None:
    found, (path, budget_, figure) = traced
    row = tiny_run.run.arrivals.isel(boat=found.boat)
    with open(path, encoding="utf-8", newline="") as lines:
        steps = list(csv.DictReader(lines))
    assert float(steps[-1]["lon"]) == pytest.approx(float(row["landing_lon"]), abs=1e-7)
    assert len(steps) == len(found.time)
    east = sum(float(step["leeway_east_m"] or 0.0) for step in steps)
    with open(budget_, encoding="utf-8", newline="") as lines:
        terms = {line["term"]: line for line in csv.DictReader(lines)}
    assert float(terms["leeway"]["east_m"]) == pytest.approx(east, abs=0.1)
    assert float(terms["leeway"]["east_m_per_day"]) == pytest.approx(east / float(row["age_days"]), rel=1e-5)
    parts = [float(line["share_of_way"]) for name, line in terms.items() if name != "all"]
    assert sum(parts) == pytest.approx(1.0, abs=1e-5)
    assert set(terms) == {"current", "eddies", "leeway", "flight", "rest", "all"}
    assert figure.read_bytes().startswith(b"\x89PNG")
    told = text(found)
    assert f"{float(row['landing_lon']):.4f} E" in told
    assert "random flight" in told


def test_the_command_prints_the_budget(tiny_run: study.Study, tmp_path: Path) -> None:
    arguments = ["trace", str(tiny_run.folder), "3", "-o", str(tmp_path)]
    ran = CliRunner().invoke(cli.main, arguments)
    assert ran.exit_code == 0, ran.output
    assert "of the way" in ran.output
    assert sorted(file.name for file in tmp_path.glob("boat_3_*")) == [
        "boat_3_budget.csv", "boat_3_path.csv", "boat_3_trace.png"
    ]  # fmt: skip


# --- what cannot be traced ------------------------------------------------------------------------------------------


def test_a_boat_that_the_run_has_not(tiny_run: study.Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no boat 700; its 700 are numbered from 0 on"):
        trace.trace(tiny_run.folder, 700, tmp_path)


def test_a_boat_that_comes_out_otherwise(
    tiny_run: study.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bit of one number is enough; nothing is written."""
    arrival = Run.arrival

    def nudged(run: Run, boat: int) -> xr.Dataset:
        row = arrival(run, boat)
        row["final_lat"] = row["final_lat"].copy(data=np.nextafter(row["final_lat"].values, 90.0))
        return row

    monkeypatch.setattr(Run, "arrival", nudged)
    with pytest.raises(InputError, match=r"boat 2 comes out otherwise here: final_lat is .* there and .* here.*run it"):
        trace.trace(tiny_run.folder, 2, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_that_went_on_with_other_fields(
    tiny_run: study.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = output.read_run(tiny_run.folder)
    origin = {**opened.summary["provenance"], "changes": [{"step": 9, "moment": "", "changed": ["files"]}]}
    opened.summary["provenance"] = origin
    monkeypatch.setattr(output, "read_run", lambda folder: opened)
    with pytest.raises(InputError, match="went on with other fields or another program from some step on"):
        trace.trace(tiny_run.folder, 2, tmp_path)


@pytest.fixture(scope="module")
def from_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of forty boats from two files."""
    path = tmp_path_factory.mktemp("files")
    (path / "akita.toml").write_text(CONFIG.replace("number = 300", "number = 40") + "map = false\n", encoding="utf-8")
    write_field(
        path / "current.nc", {"uo": "eastward_sea_water_velocity", "vo": "northward_sea_water_velocity"}, (0.4, 0.05)
    )
    write_field(path / "wind.nc", {"u10": "eastward_wind", "v10": "northward_wind"}, (5.0, -7.0))
    study.run(config.load(path / "akita.toml"), path / "result")
    return path


def other_field(file: Path) -> None:
    write_field(file, {"u10": "eastward_wind", "v10": "northward_wind"}, (5.0, -7.5))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [(other_field, "wind.nc: not as it was when .*result was run"), (Path.unlink, r"wind\.nc")],
)
def test_fields_that_are_gone_or_changed(
    from_files: Path, tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    kept = shutil.copy2(from_files / "wind.nc", tmp_path / "kept.nc")
    try:
        spoil(from_files / "wind.nc")
        with pytest.raises(InputError, match=message):
            trace.trace(from_files / "result", 7, tmp_path)
    finally:
        shutil.copy2(kept, from_files / "wind.nc")
    found, _ = trace.trace(from_files / "result", 7, tmp_path)
    assert found.boat == 7
