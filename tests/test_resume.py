"""Runs that are killed, stopped or fail go on from what they saved and leave the very bytes of an unbroken one."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netCDF4 import Dataset
from processes import forked

from driftsim import cli, config
from driftsim.drift import checkpoint, simulation
from driftsim.results import folder as folders
from driftsim.results import output, placing
from driftsim.studies import study
from driftsim.system import disk
from driftsim.system.errors import InputError, Interrupted, RunError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, to kill a process without a long start")

OF_THE_PROCESS = ("run.json", "run.log")
BROKEN = {
    "output.map": False, "output.csv": False, "boats.perturbation": "redrawn", "coast.refloat_half_life_hours": 5.0,
    "uncertain": {
        "wind": {"scale": {"normal": [1.0, 0.08]}}, "release": {"shift_days": {"between": [0.0, 2.0]}},
        "mixing": {"flight_speed_m_s": {"between": [0.02, 0.2]}},
    },
}  # fmt: skip
"""What runs here have on top of the tiny one: more of the state in play, and no files that take seconds to draw up."""


@pytest.fixture(scope="module")
def cfg(tiny_config: Path) -> config.Config:
    return config.load(tiny_config, BROKEN)


@pytest.fixture(scope="module")
def unbroken(cfg: config.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study.run(cfg, tmp_path_factory.mktemp("unbroken") / "run").folder


def assert_same_bytes(found: Path, expected: Path) -> None:
    names = {path.name for path in expected.iterdir()}
    assert {path.name for path in found.iterdir()} == names
    for name in sorted(names - set(OF_THE_PROCESS)):
        assert (found / name).read_bytes() == (expected / name).read_bytes(), name


def driving(cfg: config.Config, folder: Path, **more: Any) -> Callable[[], None]:
    """A run that saves after every day."""

    def go() -> None:
        checkpoint.SHARE = 1e9
        study.run(cfg, folder, save_every_s=0.0, **more)

    return go


def killed_at(cfg: config.Config, folder: Path, after_s: float) -> bool:
    """Start a run and kill it; whether it was still there to be killed."""
    process = forked(driving(cfg, folder))
    process.join(after_s)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def assert_resumes(folder: Path, unbroken: Path, cfg: config.Config) -> None:
    if (folder / "checkpoint.npz").exists():
        assert study.resume(folder, cfg).folder == folder
    elif (folder / "summary.json").exists():  # killed when its results stood
        placing.prepare_folder(folder, overwrite=True).release()
    else:  # killed before it had begun
        study.run(cfg, folder, overwrite=True)
    assert_same_bytes(folder, unbroken)


def kills(cfg: config.Config, unbroken: Path, tmp_path: Path, count: int, seed: int) -> None:
    began = time.perf_counter()
    process = forked(driving(cfg, tmp_path / "timed"))
    process.join()
    whole_s = time.perf_counter() - began
    hit = 0
    for k, part in enumerate(np.random.default_rng(seed).uniform(0.02, 1.0, count)):
        folder = tmp_path / f"killed-{k}"
        while not killed_at(cfg, folder, part * whole_s):  # done before it could be killed: the machine was quicker
            shutil.rmtree(folder)
            part *= 0.9
        hit += (folder / "checkpoint.npz").exists()
        assert_resumes(folder, unbroken, cfg)
        shutil.rmtree(folder)
    assert hit > count // 3


def test_killed_at_random_moments(cfg: config.Config, unbroken: Path, tmp_path: Path) -> None:
    kills(cfg, unbroken, tmp_path, 2, 17)


@pytest.mark.long
def test_killed_at_fifty_random_moments(cfg: config.Config, unbroken: Path, tmp_path: Path) -> None:
    kills(cfg, unbroken, tmp_path, 50, 18)


def killing_itself(cfg: config.Config, folder: Path, name: str, times: int) -> Callable[[], None]:
    """A run whose process kills itself when ``name`` is written for the n-th time, but not yet in its place."""

    def go() -> None:
        replace, seen = os.replace, [0]

        def replaced(beside: Any, file: Any) -> None:
            seen[0] += Path(file).name == name
            if seen[0] == times:
                os.kill(os.getpid(), signal.SIGKILL)
            replace(beside, file)

        disk.os.replace = replaced  # type: ignore[assignment]
        driving(cfg, folder)()

    return go


MORE = [
    pytest.param(name, times, marks=pytest.mark.long)
    for name, times in (
        ("checkpoint.npz", 1),
        ("summary.json", 1),
        ("tracks.nc", 1),
        ("arrivals.nc", 2),
        ("driftsim.json", 2),
    )
]
"""Each file of the results is moved twice: to its name on the stage, and with the others to its place."""


@pytest.mark.parametrize(("name", "times"), [("checkpoint.npz", 9), ("summary.json", 2), *MORE])
def test_killed_while_a_file_is_written(
    name: str, times: int, cfg: config.Config, unbroken: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    process = forked(killing_itself(cfg, folder, name, times))
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert list(folder.glob(".driftsim-*")), "it was to be killed with a file half in place"
    assert (folder / "summary.json").exists() == (name == "driftsim.json")
    assert_resumes(folder, unbroken, cfg)


def stopped(cfg: config.Config, folder: Path, after_days: int) -> None:
    """Run some days and stop as a signal would have it."""
    days = [0]

    def stop() -> int | None:
        days[0] += 1
        return int(signal.SIGTERM) if days[0] > after_days else None

    with pytest.raises(Interrupted):
        study.run(cfg, folder, stop=stop)


@pytest.mark.parametrize(("days", "threads"), [(6, 1), (11, 2)])
def test_another_number_of_threads_goes_on(
    days: int, threads: int, cfg: config.Config, unbroken: Path, tmp_path: Path
) -> None:
    stopped(cfg, tmp_path / "run", days)
    assert not (tmp_path / "run" / "summary.json").exists()
    study.resume(tmp_path / "run", threads=threads)
    assert_same_bytes(tmp_path / "run", unbroken)
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    assert told["threads"] == threads
    assert told["resumed_at_step"] == 24 * (days + 1)


def test_where_it_stands_is_all_that_counts(cfg: config.Config, unbroken: Path, tmp_path: Path) -> None:
    """Stopped, resumed and stopped again, over and over."""
    folder = tmp_path / "run"
    stopped(cfg, folder, 2)
    for _ in range(2):
        asked = iter([None, int(signal.SIGINT)])
        with pytest.raises(Interrupted):
            study.resume(folder, stop=lambda asked=asked: next(asked))  # type: ignore[misc]
    study.resume(folder)
    assert_same_bytes(folder, unbroken)
    log = (folder / "run.log").read_text()
    assert log.count("resumed at step") == 3
    assert log.count("stopped by signal") == 3


def test_saving_takes_its_share_and_no_more(cfg: config.Config, tmp_path: Path) -> None:
    class Slow:
        step, inputs, saved_bytes = 0, [], 0

        def saved_in_pieces(self) -> list[Any]:
            time.sleep(0.008)
            return []

    keeper = checkpoint.Keeper(tmp_path, cfg, 0.0)
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < 0.5:
        keeper(Slow())
        time.sleep(0.001)
    assert 1 <= keeper.saves <= 1 + passed / (0.008 / checkpoint.SHARE)

    class Big(Slow):
        saved_bytes = int(checkpoint.SLOW_BYTES_S)

    first = checkpoint.Keeper(tmp_path, cfg, 0.0)
    first(Big())
    assert first.saves == 0, "the first save waits until a second is 2 % of the time"
    never = checkpoint.Keeper(tmp_path, cfg, float("inf"))
    never(Slow())
    assert never.saves == 0


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_changed_config_is_refused_and_says_which_key(
    cfg: config.Config, tiny_config: Path, unbroken: Path, tmp_path: Path
) -> None:
    stopped(cfg, tmp_path / "run", 3)
    for changed, said in (
        ({"run.seed": 8}, "run.seed is 7 in the run and 8 in the config"),
        ({"boats.jibe_percent_per_hour": 6.0}, "boats.jibe_percent_per_hour is 4.0"),
        ({"coast.refloat_half_life_hours": 0.0}, "coast.refloat_half_life_hours is 5.0"),
    ):
        with pytest.raises(InputError, match=said):
            study.resume(tmp_path / "run", config.load(tiny_config, {**BROKEN, **changed}))
    study.resume(tmp_path / "run", config.load(tiny_config, {**BROKEN, "run.threads": 1}))
    assert_same_bytes(tmp_path / "run", unbroken)


def write_current(path: Path, speed: float) -> None:
    with Dataset(path, "w") as file:
        lon, lat = np.arange(126.0, 144.5, 0.5), np.arange(32.0, 49.5, 0.5)
        for name, values, units in (("lon", lon, "degrees_east"), ("lat", lat, "degrees_north")):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,)).units = units
            file[name][:] = values
        file.createDimension("time", 40)
        file.createVariable("time", "f8", ("time",)).units = "days since 2017-11-10"
        file["time"][:] = np.arange(40)
        for name, way, part in (("uo", "eastward", 0.7), ("vo", "northward", 0.3)):
            file.createVariable(name, "f4", ("time", "lat", "lon")).units = "m s-1"
            file[name].standard_name = f"{way}_sea_water_velocity"
            file[name][:] = part * speed * (1.0 + 0.01 * np.arange(40)[:, None, None])


@pytest.fixture
def with_file(tiny_config: Path, tmp_path: Path) -> config.Config:
    write_current(tmp_path / "current.nc", 0.3)
    current = {"product": "cf", "files": [str(tmp_path / "current.nc")], "stamp": "instant"}
    return config.load(tiny_config, {**BROKEN, **{f"current.{key}": value for key, value in current.items()}})


def test_a_changed_input_file_is_refused_and_named(with_file: config.Config, tmp_path: Path) -> None:
    stopped(with_file, tmp_path / "run", 3)
    write_current(tmp_path / "other.nc", 0.31)
    (tmp_path / "other.nc").replace(tmp_path / "current.nc")
    with pytest.raises(InputError, match=r"current\.nc: not as it was when the run"):
        study.resume(tmp_path / "run")


BANK = """{"type": "Polygon", "coordinates": [[[133.4, 38.6], [136.4, 38.6], [%s, 40.2], [133.4, 38.6]]]}"""


def test_other_files_that_have_changed_are_refused_too(cfg: config.Config, tmp_path: Path) -> None:
    """The places of release are read anew: other places would make other boats of those that drift already."""
    bank, diffusivity, folder = tmp_path / "bank.geojson", tmp_path / "k.nc", tmp_path / "run"
    bank.write_text(BANK % 136.4)
    write_diffusivity(diffusivity, 40.0)
    source = cfg.release.sources[0].model_copy(update={"kind": "geojson", "points": (), "file": str(bank)})
    release = cfg.release.model_copy(update={"sources": (source, cfg.release.sources[1])})
    mixing = cfg.mixing.model_copy(update={"diffusivity_file": str(diffusivity), "flight_speed_m_s": 0.0})
    stopped(cfg.model_copy(update={"release": release, "mixing": mixing}), folder, 2)
    bank.write_text(BANK % 135.9)
    for force in (False, True):  # its boats would be others
        with pytest.raises(InputError, match=r"bank\.geojson: not as it was when the run .*; put it back"):
            study.resume(folder, force=force)
    bank.write_text(BANK % 136.4)
    write_diffusivity(diffusivity, 41.0)
    with pytest.raises(InputError, match=r"k\.nc: not as it was when the run"):
        study.resume(folder)
    write_diffusivity(diffusivity, 40.0)
    study.resume(folder)


def write_diffusivity(path: Path, value: float) -> None:
    with Dataset(path, "w") as file:
        for name, values, units in (
            ("lon", np.arange(126.0, 144.5, 1.5), "degrees_east"),
            ("lat", np.arange(32.0, 49.5, 1.5), "degrees_north"),
        ):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,)).units = units
            file[name][:] = values
        file.createVariable("diffusivity", "f4", ("lat", "lon")).units = "m2 s-1"
        file["diffusivity"][:] = value


def test_boats_of_another_release_are_not_taken_for_the_run_s(cfg: config.Config) -> None:
    """As another version might draw them."""
    sim = simulation.Simulation(cfg)
    saved = sim.saved()
    sim.restore(saved)
    state = saved["state"].copy()
    state["release"][17] += 1
    with pytest.raises(ValueError, match="not those that this version would release"):
        sim.restore({**saved, "state": state})


def test_an_input_file_that_vanishes_stops_the_run_which_goes_on_when_it_is_back(
    with_file: config.Config, tmp_path: Path
) -> None:
    current, away, folder = tmp_path / "current.nc", tmp_path / "away.nc", tmp_path / "run"
    expected = study.run(with_file, tmp_path / "expected").folder

    stopped(with_file, folder, 3)
    current.rename(away)
    with pytest.raises(InputError, match=r"current\.nc"):
        study.resume(folder)
    assert (folder / "checkpoint.npz").exists()
    away.rename(current)
    study.resume(folder)
    assert_same_bytes(folder, expected)


def test_an_input_that_fails_under_way_leaves_what_was_saved(
    cfg: config.Config, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a reader does whose file is cut short while the run goes on."""
    folder, drive = tmp_path / "run", simulation.Simulation._drive

    def fails(self: simulation.Simulation, steps: int) -> None:
        if self.step >= 120:
            raise InputError("current.nc: cannot be read any more")
        drive(self, steps)

    with monkeypatch.context() as patch:
        patch.setattr(simulation.Simulation, "_drive", fails)
        patch.setattr(checkpoint, "SHARE", 1e9)
        with pytest.raises(RunError, match=r"cannot be read any more[\s\S]*driftsim resume"):
            study.run(cfg, folder, save_every_s=0.0)
    assert checkpoint.read(folder).step == 120
    assert "failed at step 120" in (folder / "run.log").read_text()
    study.resume(folder)
    assert_same_bytes(folder, unbroken)


def assert_same_boats(found: Path, expected: Path) -> None:
    with output.read_run(found) as one, output.read_run(expected) as other:
        for name in one.arrivals.variables:
            np.testing.assert_array_equal(one.arrivals[name].values, other.arrivals[name].values, err_msg=str(name))


def changes_of(folder: Path) -> list[dict[str, Any]]:
    """What the results say was other from some step on; each file of them says so, and the caveats do."""
    with output.read_run(folder) as run:
        found = run.summary["provenance"].get("changes", [])
        told = [text for text in run.summary["caveats"] if "resumed at step" in text]
        assert len(told) == len(found)
        assert json.loads(run.arrivals.attrs.get("changes", "[]")) == found
    return found


def test_other_versions_go_on_with_a_warning_and_are_recorded(
    cfg: config.Config, unbroken: Path, tmp_path: Path
) -> None:
    folder, told = tmp_path / "run", []
    stopped(cfg, folder, 4)
    mine = checkpoint.made_with()
    original = checkpoint.made_with
    try:
        checkpoint.made_with = lambda: {**mine, "numba": "9.9.9", "processor": "another"}  # type: ignore[assignment]
        study.resume(folder, warn=told.append)
    finally:
        checkpoint.made_with = original
    assert len(told) == 1
    assert f"numba {mine['numba']} then, 9.9.9 from here on" in told[0]
    assert "processor" in told[0]
    assert "last bits may differ" in told[0]
    assert_same_boats(folder, unbroken)
    (change,) = changes_of(folder)
    assert change["step"] == 120 and change["moment"] == "2017-11-25T00:00:00Z"
    assert f"numba {mine['numba']} then, 9.9.9 from here on" in change["changed"]
    assert not changes_of(unbroken)


def test_another_program_needs_force_and_is_recorded(
    cfg: config.Config, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    stopped(cfg, folder, 4)
    monkeypatch.setattr(checkpoint.identity, "sources", lambda: "c0ffee" + "0" * 58)
    with pytest.raises(InputError, match=r"the sources of driftsim are not those.*--force.*--overwrite"):
        study.resume(folder)
    asked = iter([None, int(signal.SIGTERM)])
    with pytest.raises(Interrupted):
        study.resume(folder, force=True, stop=lambda: next(asked))
    study.resume(folder)  # by the same program again: nothing to force
    assert_same_boats(folder, unbroken)
    (change,) = changes_of(folder)
    assert change["step"] == 120 and "c0ffee" in change["changed"][0]
    assert "c0ffee" in (folder / "run.log").read_text()


def make_hole(path: Path, level: int) -> None:
    """Take the values of one level away, 500 km wide."""
    with Dataset(path, "r+") as file:
        for name in ("uo", "vo"):
            file[name][level, 8:18, 10:20] = np.nan


def test_repair_the_file_then_resume(with_file: config.Config, tmp_path: Path) -> None:
    """As the message says: the file is repaired, or fill_km raised, and the run goes on from where it stood."""
    expected = study.run(with_file, tmp_path / "expected").folder
    make_hole(tmp_path / "current.nc", 19)  # not one of the three that are looked at
    assert "read: the first, the middle and the last alone, of 17 of the current" in study.check(with_file)
    assert "as far as was looked" in study.check(with_file)
    with pytest.raises(
        InputError, match=r"has no value at .*2017-11-29.*raise current.fill_km to \d+, or repair the file"
    ):
        study.check(with_file, levels=True)
    for folder in (tmp_path / "repaired", tmp_path / "filled"):
        with pytest.raises(
            RunError, match=r"raise current\.fill_km to \d+, or repair the file\nWhat was saved.*--force"
        ):
            checkpoint.SHARE, share = 1e9, checkpoint.SHARE
            try:
                study.run(with_file, folder, save_every_s=0.0)
            finally:
                checkpoint.SHARE = share
    assert checkpoint.read(tmp_path / "filled").step == 24 * 8
    farther = with_file.model_copy(update={"current": with_file.current.model_copy(update={"fill_km": 700.0})})
    with pytest.raises(InputError, match=r"current\.fill_km is 100\.0 in the run and 700\.0.*go on with --force"):
        study.resume(tmp_path / "filled", farther)
    study.resume(tmp_path / "filled", farther, force=True)
    (change,) = changes_of(tmp_path / "filled")
    assert change["step"] == 24 * 8 and change["changed"] == ["current.fill_km 100.0 then, 700.0 from here on"]
    assert "fill_km = 700.0" in (tmp_path / "filled" / "config.toml").read_text()

    write_current(tmp_path / "current.nc", 0.3)
    assert "read: all 17 of the current" in study.check(with_file, levels=True)
    with pytest.raises(InputError, match=r"current\.nc: not as it was.*go on with --force.*put it back"):
        study.resume(tmp_path / "repaired")
    study.resume(tmp_path / "repaired", force=True)
    assert_same_boats(tmp_path / "repaired", expected)
    (change,) = changes_of(tmp_path / "repaired")
    assert change["step"] == 24 * 8 and "current.nc as it is from here on (sha256 " in change["changed"][0]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other"])
def test_a_damaged_checkpoint_is_refused(damage: str, cfg: config.Config, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    stopped(cfg, folder, 1)
    file = folder / "checkpoint.npz"
    data = bytearray(file.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 0x10
    file.write_bytes({"cut": data[: len(data) // 3], "empty": b"", "other": b"PK is no archive"}.get(damage, data))
    with pytest.raises(InputError, match=r"checkpoint\.npz: cannot be read .*run the config anew"):
        study.resume(folder)


def test_a_checkpoint_holds_no_pickle(cfg: config.Config, tmp_path: Path) -> None:
    stopped(cfg, tmp_path / "run", 1)
    with np.load(tmp_path / "run" / "checkpoint.npz", allow_pickle=False) as found:
        assert not any(found[name].dtype.hasobject for name in found.files)


def test_an_unfinished_run_is_not_run_over(cfg: config.Config, unbroken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    stopped(cfg, folder, 1)
    with pytest.raises(InputError, match="unfinished run; go on with `driftsim resume"):
        study.run(cfg, folder)
    study.run(cfg, folder, overwrite=True)
    assert_same_bytes(folder, unbroken)


def test_an_unfinished_run_over_older_results_leaves_them(cfg: config.Config, unbroken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(unbroken, folder)
    asked = iter([None, int(signal.SIGTERM)])
    with pytest.raises(Interrupted):
        study.run(cfg, folder, overwrite=True, stop=lambda: next(asked))
    for name in (*placing.NAMES["run"].results, folders.FILE):
        if (unbroken / name).exists():
            assert (folder / name).read_bytes() == (unbroken / name).read_bytes(), name


@pytest.mark.parametrize("there", [False, True])
def test_there_must_be_a_run_to_go_on_with(there: bool, tmp_path: Path) -> None:
    if there:
        (tmp_path / "run").mkdir()
    with pytest.raises(InputError, match="no unfinished run" if there else "no such folder"):
        study.resume(tmp_path / "run")
    assert (tmp_path / "run").exists() == there


# --- the system says no ---------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]).returncode:
        pytest.skip("needs root and mount: a small disk of its own")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_while_saving(cfg: config.Config, unbroken: Path, tmp_path: Path) -> None:
    """The last save that fitted is whole, and the run goes on from it when there is room."""
    disk_, filler = tmp_path / "disk", tmp_path / "disk" / "filler"
    with small_disk(disk_, "4m"):
        stopped(cfg, disk_ / "run", 5)
        before = (disk_ / "run" / "checkpoint.npz").read_bytes()
        with suppress(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        asked = iter([None, int(signal.SIGTERM)])
        with pytest.raises(RunError, match=r"cannot be written \(No space left on device\)[\s\S]*driftsim resume"):
            study.resume(disk_ / "run", stop=lambda: next(asked))
        assert (disk_ / "run" / "checkpoint.npz").read_bytes() == before
        assert not list((disk_ / "run").glob(".driftsim*"))
        with pytest.raises(RunError, match="cannot be written"):  # to the end: the results do not fit either
            study.resume(disk_ / "run")
        assert (disk_ / "run" / "checkpoint.npz").read_bytes() == before
        assert not (disk_ / "run" / "summary.json").exists()
        filler.unlink()
        study.resume(disk_ / "run")
        assert_same_bytes(disk_ / "run", unbroken)


def test_a_full_disk_while_results_take_the_place_of_others(cfg: config.Config, unbroken: Path, tmp_path: Path) -> None:
    """Those that are there stay, and go when there is room for the new ones."""
    disk_, filler = tmp_path / "disk", tmp_path / "disk" / "filler"
    with small_disk(disk_, "4m"):
        other = cfg.model_copy(update={"run": cfg.run.model_copy(update={"seed": 8})})
        study.run(other, disk_ / "run")
        before = {path.name: path.read_bytes() for path in (disk_ / "run").iterdir() if path.name != "run.log"}
        free = shutil.disk_usage(disk_).free
        filler.write_bytes(bytes(free - 100_000))  # room for the first checkpoint alone
        with pytest.raises(RunError, match=r"cannot be written[\s\S]*driftsim resume"):
            study.run(cfg, disk_ / "run", overwrite=True)
        after = {path.name: path.read_bytes() for path in (disk_ / "run").iterdir() if path.name != "run.log"}
        assert after.pop("checkpoint.npz")
        assert after == before
        filler.unlink()
        study.resume(disk_ / "run")
        assert_same_bytes(disk_ / "run", unbroken)


def test_a_disk_that_may_only_be_read(cfg: config.Config, tmp_path: Path) -> None:
    disk_ = tmp_path / "disk"
    with small_disk(disk_, "4m"):
        stopped(cfg, disk_ / "run", 2)
        subprocess.run(["mount", "-o", "remount,ro", disk_], check=True)
        for begin in (lambda: study.resume(disk_ / "run"), lambda: study.run(cfg, disk_ / "new")):
            with pytest.raises(InputError, match=r"Read-only file system.*choose another folder"):
                begin()


# --- from the command line ------------------------------------------------------------------------------------------


SIGNALS = [pytest.param(signal.SIGINT, 130, marks=pytest.mark.long), (signal.SIGTERM, 143)]
if hasattr(signal, "SIGHUP"):
    SIGNALS.append(pytest.param(signal.SIGHUP, 129, marks=pytest.mark.long))


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_signals_stop_cleanly(number: int, code: int, tiny_config: Path, unbroken: Path, tmp_path: Path) -> None:
    """SIGINT in a process with a start of its own: test_cli.py."""
    folder, told = tmp_path / "run", tmp_path / "told"
    # Enough boats that it drives for seconds.
    words = ["run", str(tiny_config), "-o", str(folder), "--boats", "60000", "--threads", "1"]
    process = forked(lambda: cli.main(words, prog_name="driftsim"), told)
    while not (folder / "checkpoint.npz").exists() and process.is_alive():
        time.sleep(0.02)
    time.sleep(0.1)
    os.kill(process.pid, number)
    process.join(120)
    assert process.exitcode == code, told.read_text()
    assert f"driftsim resume {folder}" in told.read_text()
    assert "Traceback" not in told.read_text()
    assert checkpoint.read(folder).step > 0
    assert not (folder / "summary.json").exists()


def test_of_two_runs_into_one_folder_the_second_is_refused(cfg: config.Config, tmp_path: Path) -> None:
    """Also where the first one was killed with its lock in place: then the second one is not."""
    folder = tmp_path / "run"
    stopped(cfg, folder, 1)
    with (
        placing.prepare_folder(folder, unfinished=True),
        pytest.raises(InputError, match="another run is writing into this folder"),
    ):
        study.resume(folder)
    (folder / placing.LOCK).touch()  # of a process that is no more
    study.resume(folder)


# --- over and over --------------------------------------------------------------------------------------------------


def resources_in_use() -> tuple[float, int, int]:
    """Resident memory in MB, open files, threads of this process; memory that only waits to be used again is let go."""
    gc.collect()  # a simulation and its fields refer to each other
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024.0, len(os.listdir("/proc/self/fd")), int(status["Threads"])


def soak(cfg: config.Config, tmp_path: Path, runs: int, allowed_mb: float) -> None:
    """Many short runs in one process: after some to warm up, nothing grows."""

    def some(count: int) -> tuple[float, int, int]:
        for _ in range(count):
            study.run(cfg, tmp_path / "run", overwrite=True)
        return resources_in_use()

    first, last = some(max(2, runs // 5)), some(runs)
    assert last[0] - first[0] < allowed_mb
    assert last[1] <= first[1]
    assert last[2] <= first[2]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_short_runs_in_a_row_leave_nothing_behind(cfg: config.Config, tmp_path: Path) -> None:
    few, brief = {"number": 100}, {"end": datetime(2017, 11, 25)}
    update = {"boats": cfg.boats.model_copy(update=few), "run": cfg.run.model_copy(update=brief)}
    soak(cfg.model_copy(update=update), tmp_path, 3, 20.0)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_a_hundred_runs_in_a_row_leave_nothing_behind(cfg: config.Config, tmp_path: Path) -> None:
    soak(cfg, tmp_path, 100, 25.0)
