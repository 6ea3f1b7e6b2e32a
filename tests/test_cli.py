"""The command line as people meet it: what it prints, what it leaves, its exit codes, and never a traceback."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from processes import forked

from driftsim import cli, config
from driftsim.drift import simulation
from driftsim.studies.study import Study

COMMAND = [sys.executable, "-c", "from driftsim.cli import main; main(prog_name='driftsim')"]
INPUT_ERROR = 2


def call(*arguments: object) -> Result:
    """The command in this process; an exception that is not an exit fails the test."""
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def start(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **more)


def assert_refused(result: Result, *parts: str) -> None:
    """Exit code 2 and a message that names each part."""
    assert result.exit_code == INPUT_ERROR, result.output
    assert "Traceback" not in result.output
    for part in parts:
        assert part in result.output, f"{part!r} is not in: {result.output}"


@pytest.fixture(scope="module")
def short(tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config of four days without a map."""
    path = tmp_path_factory.mktemp("short") / "short.toml"
    text = tiny_config.read_text(encoding="utf-8").replace("end = 2017-12-06", "end = 2017-11-24")
    path.write_text(text + "map = false\n", encoding="utf-8")
    return path


# --- help ----------------------------------------------------------------------------------------------------------


def test_help_lists_the_commands() -> None:
    result = call("--help")
    assert result.exit_code == 0
    for command in ("run", "resume", "check", "init", "map", "records", "validate", "report", "export"):
        assert re.search(rf"^  {command} ", result.output, re.MULTILINE), command
    for option in ("--output", "--boats", "--seed", "--threads", "--overwrite"):
        assert option in call("run", "--help").output


def test_version() -> None:
    import driftsim

    assert driftsim.__version__ in call("--version").output


def test_an_unknown_option_is_a_usage_error(short: Path) -> None:
    assert_refused(call("run", short, "--bots", 3), "--bots")


# --- run -----------------------------------------------------------------------------------------------------------


def test_run_in_a_process_of_its_own(tiny_config: Path, tiny_run: Study, tmp_path: Path) -> None:
    """Results by default in runs/NAME, the table on stdout, progress on stderr, and the same bytes as from Python.

    On a console of Japan, in a notebook's terminal, with compiling switched off (`test_anywhere`)."""
    place = {"PYTHONIOENCODING": "cp932", "MPLBACKEND": "module://none.such", "NUMBA_DISABLE_JIT": "1"}
    done = start("run", tiny_config, cwd=tmp_path, env={**os.environ, **place}, encoding="cp932")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "tiny"
    assert "Akita" in done.stdout
    assert f"Results: {Path('runs') / 'tiny'}" in done.stdout
    assert "landing_map.png" in done.stdout
    lines = done.stderr.splitlines()
    assert "\r" not in done.stderr, "a log wants plain lines"
    assert re.match(r"2017-12-06  100 %  afloat [\d,]+  ashore [\d,]+  [\d.]+ million steps/s  0 s left", lines[-1])
    assert len(lines) < 10
    for path in tiny_run.folder.iterdir():
        if path.name not in ("run.json", "run.log"):
            assert (folder / path.name).read_bytes() == path.read_bytes(), path.name


def test_overrides_take_the_config_s_place(short: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    result = call("run", short, "-o", folder, "--boats", 130, "--seed", 99, "--threads", 1)
    assert result.exit_code == 0, result.output
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    timings = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (summary["boats"], summary["seed"], timings["threads"]) == (130, 99, 1)
    assert sum(summary["outcomes"].values()) == 130
    resolved = config.load(folder / "config.toml")
    assert (resolved.boats.number, resolved.run.seed) == (130, 99)
    assert {"wall_s", "compile_s", "particle_steps", "particle_steps_per_s", "machine"} <= timings.keys()
    assert not (folder / "landing_map.png").exists()  # the config wants none
    assert "Map:" not in result.output


def test_results_are_not_overwritten_unless_asked(short: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert call("run", short, "-o", folder, "--boats", 70).exit_code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert_refused(call("run", short, "-o", folder, "--boats", 80), str(folder), "--overwrite")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert call("run", short, "-o", folder, "--boats", 80, "--overwrite").exit_code == 0
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8"))["boats"] == 80
    assert {path.name for path in folder.iterdir()} == before.keys()


def test_a_file_in_the_folder_s_place(short: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    assert_refused(call("run", short, "-o", tmp_path / "out"), str(tmp_path / "out"))
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_an_interrupted_run_leaves_nothing_half_done_and_can_go_on(
    tiny_config: Path, tiny_run: Study, tmp_path: Path
) -> None:
    text = tiny_config.read_text(encoding="utf-8").replace("end = 2017-12-06", "end = 2037-12-06")
    (tmp_path / "long.toml").write_text(text, encoding="utf-8")
    words, told = ["run", str(tmp_path / "long.toml"), "-o", str(tmp_path / "out")], tmp_path / "told"
    process = forked(lambda: cli.main(words, prog_name="driftsim"), told)
    while not told.read_text() and process.is_alive():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    process.join(60)
    said = told.read_text()
    assert process.exitcode == 130, said
    assert "Traceback" not in said
    assert f"SIGINT: stops after the day in hand, saved; go on later with `driftsim resume {tmp_path / 'out'}`" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"checkpoint.npz", "run.log"}
    refused = call("run", tmp_path / "long.toml", "-o", tmp_path / "out")
    assert_refused(refused, "unfinished run", f"`driftsim resume {tmp_path / 'out'}`", "--overwrite")


# --- progress ------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(step: int) -> simulation.Progress:
    return simulation.Progress(
        step=step, steps=200, moment=np.datetime64("2017-11-20") + step // 24, afloat=1234, ashore=56, boats=1290,
        particle_steps=step * 1000, wall_s=step * 0.01,
    )  # fmt: skip


def test_progress_renews_one_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.arange(0.0, 100.0, 0.3))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    stream = Terminal()
    report = cli._progress(stream)
    for step in (50, 100, 200):
        report(progress(step))
    shown = stream.getvalue()
    assert shown.count("\r") == 3
    assert shown.count("\n") == 1
    assert shown.endswith("\n")
    assert "afloat 1,234  ashore 56" in shown
    assert " 25 %" in shown
    assert "1 s left" in shown.split("\r")[2]  # half of the way took a second


def test_progress_in_a_log_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.arange(0.0, 1000.0, 1.0))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    stream = io.StringIO()
    report = cli._progress(stream)
    for step in range(1, 201):
        report(progress(step))
    lines = stream.getvalue().splitlines()
    assert 15 <= len(lines) <= 25  # 200 s, one in 10 s
    assert lines[-1].endswith(" 0 s left")
    assert "\r" not in stream.getvalue()


# --- what is wrong with the input ----------------------------------------------------------------------------------


def test_all_errors_of_a_config_at_once(tiny_config: Path, tmp_path: Path) -> None:
    text = tiny_config.read_text(encoding="utf-8")
    text = text.replace("seed = 7", "sed = 7").replace("FISHING-VESSEL-5", "FISHING-VESSEL-55")
    text = text.replace("share = 0.4", "share = -0.4").replace("radius_km = 15.0", 'radius_km = "far"')
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    for result in (call("run", path, "-o", tmp_path / "out"), call("check", path)):
        assert_refused(result, "sed", "seed", "FISHING-VESSEL-55", "share", "-0.4", 'radius_km = "far"')
        for bad in ("sed = 7", 'leeway = "FISHING-VESSEL-55"', "share = -0.4", 'radius_km = "far"'):
            assert re.search(rf"line {lines.index(bad) + 1}\b", result.output), f"line of {bad} in {result.output}"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "check"])
def test_configs_that_cannot_be_read(command: str, tmp_path: Path) -> None:
    assert_refused(call(command, tmp_path / "none.toml"), "none.toml")
    assert_refused(call(command, tmp_path), str(tmp_path))
    (tmp_path / "torn.toml").write_text("[run]\nstart = \n", encoding="utf-8")
    assert_refused(call(command, tmp_path / "torn.toml"), "torn.toml", "line 2")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00\x01")
    assert_refused(call(command, tmp_path / "bytes.toml"), "bytes.toml")


@pytest.mark.parametrize("override", [("--boats", "0"), ("--boats", "-5"), ("--boats", "many"), ("--threads", "-1")])
def test_overrides_are_checked(short: Path, tmp_path: Path, override: tuple[str, str]) -> None:
    assert_refused(call("run", short, "-o", tmp_path / "out", *override), override[1])
    assert not (tmp_path / "out").exists()


def test_fields_that_cannot_be_used(short: Path, tmp_path: Path) -> None:
    """Found before anything runs."""
    text = short.read_text(encoding="utf-8")
    (tmp_path / "not.nc").write_bytes(b"this is no NetCDF file\n" * 20)
    path = tmp_path / "files.toml"
    path.write_text(text.replace('product = "climatology"', 'product = "cf"\nfiles = ["not.nc"]', 1), encoding="utf-8")
    refused = call("run", path, "-o", tmp_path / "out")
    assert_refused(refused, "not.nc")
    assert refused.stdout == ""
    assert not list((tmp_path / "out").glob("*"))


def test_boats_on_land_are_named(short: Path, tmp_path: Path) -> None:
    text = short.read_text(encoding="utf-8").replace("points = [[136.2, 37.8]]", "points = [[137.9, 36.2]]")
    path = tmp_path / "land.toml"
    path.write_text(text.replace("radius_km = 15.0", "radius_km = 1.0"), encoding="utf-8")
    assert_refused(call("check", path), "off Noto")


# --- check, init, map ----------------------------------------------------------------------------------------------


def test_check_says_what_a_run_would_do(tiny_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("check", tiny_config, "--boats", 54321)
    assert result.exit_code == 0, result.output
    for part in (
        "2017-11-20",
        "2017-12-06",
        "384 steps",
        "54,321",
        "12 members",
        "Yamato Bank",
        "75.0%",
        "upright",
        "60.0%",
    ):
        assert part in result.output, part
    assert re.search(r"memory +about [\d,]+ MB", result.output)
    assert re.search(r"time +.*\b(s|min|h)\b", result.output)
    assert "circulation.nc" in result.output
    assert list(tmp_path.iterdir()) == []


def test_init_check_run(tmp_path: Path) -> None:
    """The way of somebody new."""
    path = tmp_path / "mine.toml"
    result = call("init", path)
    assert result.exit_code == 0
    assert "driftsim check" in result.output
    assert call("check", path).exit_code == 0
    before = path.read_bytes()
    assert_refused(call("init", path), "mine.toml", "exists")
    assert path.read_bytes() == before
    assert_refused(call("init", tmp_path / "no" / "such" / "folder.toml"), "folder.toml")


def test_init_writes_beside_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init").exit_code == 0
    assert (tmp_path / "drift.toml").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["drift.toml"]


def test_map_draws_again_from_the_files(tiny_run: Study, tmp_path: Path) -> None:
    target = tmp_path / "again.png"
    result = call("map", tiny_run.folder, "-o", target)
    assert result.exit_code == 0, result.output
    assert str(target) in result.output
    assert target.read_bytes() == (tiny_run.folder / "landing_map.png").read_bytes()


def test_map_of_a_folder_without_results(tmp_path: Path) -> None:
    assert_refused(call("map", tmp_path), str(tmp_path))
    assert_refused(call("map", tmp_path / "none"), "none")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to(short: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert_refused(call("run", short, "-o", tmp_path / "out"), str(tmp_path))
    finally:
        tmp_path.chmod(0o700)


def test_baselines_are_configs_of_the_same_boats(short: Path, tmp_path: Path) -> None:
    folder = tmp_path / "refs"
    result = call("baselines", short, "-o", folder, "--boats", 170)
    assert result.exit_code == 0, result.output
    downwind, currents = (config.load(folder / f"{name}.toml") for name in ("straight_downwind", "currents_only"))
    base = config.load(short, {"boats.number": 170})
    assert downwind.release == currents.release == base.release
    assert downwind.boats.number == currents.boats.number == 170
    assert (downwind.wind, downwind.current.product) == (base.wind, "none")
    assert [(c.windage_percent, c.windage_angle_deg) for c in downwind.boats.classes] == [(3.0, 0.0)]
    assert (downwind.mixing.flight_speed_m_s, downwind.mixing.diffusivity_m2_s) == (0.0, 0.0)
    # The climatology's Ekman part is wind; its eddies are as many as those of the run.
    geostrophic = base.current.model_copy(update={"ekman_percent": 0.0, "members": 12})
    assert (currents.wind, currents.current, currents.mixing) == (None, geostrophic, base.mixing)
    assert [c.windage_percent for c in currents.boats.classes] == [0.0]
    assert_refused(call("baselines", short, "-o", folder), "straight_downwind.toml", "exists")
    assert_refused(call("baselines", folder / "straight_downwind.toml", "-o", tmp_path / "x"), "no current")
    assert_refused(call("baselines", folder / "currents_only.toml", "-o", tmp_path / "x"), "no wind")
    assert not (tmp_path / "x").exists()


def test_no_current_is_a_current_of_nothing(short: Path, tmp_path: Path) -> None:
    call("baselines", short, "-o", tmp_path, "--boats", 60)
    none = config.load(tmp_path / "straight_downwind.toml")
    still = {"product": "climatology", "scale": 0.0, "ekman_percent": 0.0, "eddy_scale": 0.0}
    nothing = config.load(tmp_path / "straight_downwind.toml", {"current": still})
    done = [simulation.run(cfg) for cfg in (none, nothing)]
    assert [set(result.info["forcing"]) for result in done] == [{"wind"}, {"wind", "current"}]
    assert done[0].forcing_mean is not None and "current_u" not in done[0].forcing_mean
    assert done[0].arrivals.equals(done[1].arrivals)
    assert (
        np.hypot(*(done[0].arrivals[f"final_{x}"] - done[0].arrivals[f"release_{x}"] for x in ("lon", "lat"))).max()
        > 0.5
    )
