"""A checkpoint whose checksums are right and whose content is not: nothing of it comes to a kernel."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from test_reproducible import EVERYTHING

from driftsim import config
from driftsim.drift import checkpoint, simulation
from driftsim.kernels import drive
from driftsim.system.errors import InputError

STEPS = 96
Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def cfg(tmp_path_factory: pytest.TempPathFactory) -> config.Config:
    path = tmp_path_factory.mktemp("everything") / "everything.toml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return config.load(path)


@pytest.fixture(scope="module")
def saved(cfg: config.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a run in which boats wait, drift, lie stranded, have left and have sunk."""
    folder, sim = tmp_path_factory.mktemp("saved"), simulation.Simulation(cfg)
    sim.advance(STEPS)
    checkpoint.save(folder, cfg, sim)
    status = sim.state["status"][:-1]
    assert {*np.unique(status).tolist()} == {drive.WAITING, drive.AFLOAT, drive.LEFT, drive.SUNK, drive.STRANDED}
    return folder / checkpoint.FILE


@pytest.fixture(scope="module")
def fresh(cfg: config.Config) -> simulation.Simulation:
    return simulation.Simulation(cfg)


def arrays_of(file: Path) -> Arrays:
    with np.load(file) as found:
        return {name: found[name].copy() for name in found.files}


def tampered(saved: Path, folder: Path, change: Callable[[Arrays], None]) -> checkpoint.Checkpoint:
    """The checkpoint after a change, with checksums that are right again."""
    arrays = arrays_of(saved)
    change(arrays)
    np.savez(folder / checkpoint.FILE, allow_pickle=False, **arrays)
    return checkpoint.read(folder)


def first(state: np.ndarray, status: int, landed: bool | None = None) -> int:
    mine = state["status"][:-1] == status
    if landed is not None:
        mine &= (state["segment"][:-1] >= 0) == landed
    return int(np.flatnonzero(mine)[0])


def test_what_a_run_saved_is_taken(saved: Path, cfg: config.Config, tmp_path: Path) -> None:
    """All along a run in which everything can happen."""
    sim = simulation.Simulation(cfg)
    for _ in range(0, cfg.run.steps, 112):
        simulation.Simulation(cfg).restore(sim.saved())
        sim.advance(112)
    assert tampered(saved, tmp_path, lambda arrays: None).step == STEPS


NOWHERE = (np.nan, np.inf, 1e300, -1e9, 500.0)
CHANGES: list[tuple[str, int, Any]] = [
    *(("lon", drive.AFLOAT, value) for value in NOWHERE),
    *(("lat", drive.AFLOAT, value) for value in NOWHERE),
    ("lon", drive.WAITING, 135.0), ("lon", drive.STRANDED, np.nan),
    *((name, drive.AFLOAT, value) for name in drive.HULL for value in (np.nan, np.inf, 1e30, 0.77)),
    *((name, drive.AFLOAT, value) for name in ("flight_u", "error_v", "gust_u") for value in (np.nan, 1e20, -77.0)),
    ("flight_v", drive.WAITING, 0.05),
    ("status", drive.AFLOAT, 6), ("status", drive.AFLOAT, -1), ("status", drive.AFLOAT, 127),
    ("status", drive.AFLOAT, drive.WAITING), ("status", drive.AFLOAT, drive.LANDED),
    ("status", drive.AFLOAT, drive.LEFT), ("status", drive.AFLOAT, drive.SUNK),
    ("status", drive.AFLOAT, drive.STRANDED),
    ("status", drive.WAITING, drive.AFLOAT), ("status", drive.LEFT, drive.AFLOAT), ("status", drive.SUNK, drive.AFLOAT),
    ("segment", drive.STRANDED, -1), ("segment", drive.STRANDED, 2**31 - 1), ("segment", drive.STRANDED, -2),
    ("segment", drive.STRANDED, 17), ("segment", drive.WAITING, 3),
    ("land_lon", drive.STRANDED, np.nan), ("land_lat", drive.STRANDED, 45.0), ("land_time", drive.STRANDED, 1e12),
    ("land_time", drive.STRANDED, -1.0), ("land_time", drive.WAITING, 3600.0),
    ("end_time", drive.AFLOAT, 3600.0), ("end_time", drive.SUNK, np.nan), ("end_time", drive.LEFT, 1e15),
    ("sink_time", drive.AFLOAT, np.nan), ("sink_time", drive.AFLOAT, 0.0), ("sink_time", drive.AFLOAT, np.inf),
    ("exit", drive.LEFT, 7), ("exit", drive.LEFT, -1), ("exit", drive.AFLOAT, 0), ("exit", drive.AFLOAT, -128),
    ("side", drive.AFLOAT, 0), ("side", drive.AFLOAT, 2), ("side", drive.AFLOAT, -128),
    ("capsize_step", drive.AFLOAT, STEPS + 1), ("capsize_step", drive.AFLOAT, -2), ("capsize_step", drive.WAITING, 1),
    ("near", drive.AFLOAT, 2**63), ("near", drive.WAITING, 1),
    ("number", drive.AFLOAT, 10**12), ("number", drive.AFLOAT, -5), ("member", drive.AFLOAT, 2**31 - 1),
    ("member", drive.AFLOAT, -1), ("boat_class", drive.AFLOAT, 32767), ("boat_class", drive.AFLOAT, -1),
    ("boat_class", drive.AFLOAT, 3), ("release", drive.AFLOAT, STEPS + 7), ("release", drive.WAITING, 0),
]  # fmt: skip
"""A field, the status of the boat whose value is changed, and what it is changed to."""


@pytest.mark.parametrize(("name", "status", "value"), CHANGES)
def test_a_state_that_never_was_is_refused(
    name: str, status: int, value: Any, saved: Path, fresh: simulation.Simulation, tmp_path: Path
) -> None:
    def change(arrays: Arrays) -> None:
        state = arrays["state"]
        row = first(state, status)
        assert not np.isclose(state[name][row], value, equal_nan=True)
        state[name][row] = value

    with pytest.raises(InputError, match=r"checkpoint\.npz: (boat \d+: \w+ is|the boats are not).*run the config anew"):
        tampered(saved, tmp_path, change).restore(fresh)


def leave_from_the_middle(state: np.ndarray) -> None:
    row = first(state, drive.LEFT)
    state["lon"][row], state["lat"][row] = 134.7, 39.4


OTHERS: list[tuple[str, Callable[[Arrays], Any]]] = [
    ("clock", lambda a: a["clock"].__setitem__(0, -1)),
    ("clock", lambda a: a["clock"].__setitem__(0, 2**62)),
    (f"step {STEPS + 1}", lambda a: a["clock"].__setitem__(0, STEPS + 1)),
    ("step 0", lambda a: a["clock"].__setitem__(0, 0)),
    ("particle-steps", lambda a: a["clock"].__setitem__(1, -1)),
    ("particle-steps", lambda a: a["clock"].__setitem__(1, 10**15)),
    ("density", lambda a: a["density"].__setitem__((0, 0, 5), -1)),
    ("density", lambda a: a["density"].__setitem__((0, 0, 5), 2**62)),
    ("density", lambda a: a["density"].__setitem__((-1, 0, 5), 1)),
    ("tracks", lambda a: a["tracks"].__setitem__((0, 0), [135.0, np.nan])),
    ("tracks", lambda a: a["tracks"].__setitem__((0, 0), [np.inf, 39.0])),
    ("tracks", lambda a: a["tracks"].__setitem__((0, -1), [135.0, 39.0])),
    ("forcing_count", lambda a: a["forcing_count"].__setitem__(0, 0.0)),
    ("mean current", lambda a: a["forcing_current_mean"].__setitem__((0, 3, 0), 99.0)),
    ("mean wind", lambda a: a["forcing_wind_sum"].__setitem__((3, 0), np.nan)),
    ("side by which", lambda a: leave_from_the_middle(a["state"])),
    ("spare", lambda a: a["state"]["lon"].__setitem__(-1, np.nan)),
    ("spare", lambda a: a["state"]["status"].__setitem__(-1, drive.AFLOAT)),
    ("is not as this version keeps it", lambda a: a.pop("density")),
    ("is not as this version keeps it", lambda a: a.update(state=a["state"][1:])),
    ("is not as this version keeps it", lambda a: a.update(clock=a["clock"].astype("f8"))),
]


@pytest.mark.parametrize(("said", "change"), OTHERS)
def test_clock_and_observers_are_held_against_the_config_too(
    said: str, change: Callable[[Arrays], Any], saved: Path, fresh: simulation.Simulation, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        tampered(saved, tmp_path, change).restore(fresh)


EXTREMES = [np.nan, np.inf, -np.inf, 1e300, -1e300, 0, -1, 1, 2**31 - 1, -(2**31), 2**63 - 1, 127, -128, 32767, 1e-300]


def flips(saved: Path, fresh: simulation.Simulation, folder: Path, count: int, seed: int) -> int:
    """Change one value of the state at a time, to an extreme or by one bit; how many were refused."""
    rng, refused = np.random.default_rng(seed), 0
    genuine = arrays_of(saved)
    for _ in range(count):
        state = genuine["state"].copy()
        row, name = int(rng.integers(len(state))), str(rng.choice(state.dtype.names))
        if rng.random() < 0.5:
            raw = state[name][row : row + 1].copy().view(np.uint8)
            raw[rng.integers(raw.size)] ^= 1 << rng.integers(8)
            state[name][row] = raw.view(state.dtype[name])[0]
        else:
            with np.errstate(all="ignore"):
                state[name][row] = np.array(EXTREMES[rng.integers(len(EXTREMES))]).astype(state.dtype[name])
        try:
            fresh.restore({**genuine, "state": state})
        except ValueError:
            refused += 1
        else:  # what passes is a state that could have been: the run goes on with it
            fresh.advance(24)
            assert np.isin(fresh.state["status"], range(6)).all()
    return refused


def test_one_value_at_a_time(saved: Path, fresh: simulation.Simulation, tmp_path: Path) -> None:
    assert flips(saved, fresh, tmp_path, 60, 3) > 30


@pytest.mark.long
def test_one_value_at_a_time_over_and_over(saved: Path, fresh: simulation.Simulation, tmp_path: Path) -> None:
    assert flips(saved, fresh, tmp_path, 10_000, 4) > 5_000


# --- what stands beside the arrays ----------------------------------------------------------------------------------


def headers(saved: Path, folder: Path, count: int, seed: int) -> int:
    """Mutate the text that says what the checkpoint is, and the archive itself; how many were refused."""
    rng, refused = np.random.default_rng(seed), 0
    arrays = arrays_of(saved)
    about = json.loads(arrays.pop("about").tobytes())
    small = {"clock": arrays["clock"]}
    for _ in range(count):
        changed = mutated(rng, json.loads(json.dumps(about)))
        text = np.frombuffer(json.dumps(changed).encode(), np.uint8).copy()
        if rng.random() < 0.2 and text.size:
            text[rng.integers(text.size)] = rng.integers(256)
        np.savez(folder / checkpoint.FILE, allow_pickle=False, about=text, **small)
        if rng.random() < 0.3:
            raw = bytearray((folder / checkpoint.FILE).read_bytes())
            raw[rng.integers(len(raw))] = rng.integers(256)
            (folder / checkpoint.FILE).write_bytes(raw)
        try:
            found = checkpoint.read(folder)
            found.other_inputs(SimpleNamespace(inputs=[]), force=True)
            found.other_sources(force=True)
            found.differences()
        except InputError as problem:
            assert "checkpoint.npz" in str(problem) or "not as it was" in str(problem)
            assert all(line.isprintable() for line in str(problem).splitlines())
            refused += 1
    return refused


ANYTHING: list[Any] = [None, True, 0, -1, 1.5, 1e400, "", "x" * 3000, "\x1b[31m", [], {}, [[]], {"path": 3}, "\ud800"]


def mutated(rng: np.random.Generator, value: Any) -> Any:
    """The value with something in it replaced, taken away or put in."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = str(rng.choice(list(value)))
        if rng.random() < 0.15:
            value.pop(key)
        else:
            value[key] = mutated(rng, value[key])
        return value
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = int(rng.integers(len(value)))
        value[at] = mutated(rng, value[at])
        return value
    if isinstance(value, str) and value and rng.random() < 0.6:
        at = int(rng.integers(len(value)))
        return value[:at] + chr(int(rng.integers(1, 0x300))) + value[at + int(rng.integers(3)) :]
    return ANYTHING[rng.integers(len(ANYTHING))]


def test_headers_of_all_kinds(saved: Path, tmp_path: Path) -> None:
    assert headers(saved, tmp_path, 60, 5) > 20


@pytest.mark.long
def test_headers_of_all_kinds_over_and_over(saved: Path, tmp_path: Path) -> None:
    assert headers(saved, tmp_path, 6_400, 6) > 2_500


def test_an_archive_that_promises_much_is_not_believed(saved: Path, tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**11,)})
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        shutil.copy(saved, tmp_path / checkpoint.FILE)
        with zipfile.ZipFile(tmp_path / checkpoint.FILE, "a", kind) as archive:
            archive.writestr("more.npy", header.getvalue() + bytes(8 if kind == zipfile.ZIP_STORED else 10_000_000))
        with pytest.raises(
            InputError, match=r"checkpoint\.npz: cannot be read \(.*(header says|packed).*run the config"
        ):
            checkpoint.read(tmp_path)
