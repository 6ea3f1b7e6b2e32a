"""Sweeps: what a sweep file makes of a config, runs that survive a kill, and the table of what came out."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from processes import forked

from driftsim import cli, config
from driftsim.figures import tornado
from driftsim.results import differences, output, placing
from driftsim.results import folder as marker
from driftsim.studies import study, sweep, verify
from driftsim.system.errors import InputError

BASE = """
[run]
title = "Little"
start = 2017-11-01
end = 2017-11-20
seed = 11
[current]
[wind]
members = 10
[boats]
number = 260
classes = [{ leeway = "SKIFF-3" }]
[release]
first = 2017-11-03
last = 2017-11-05T06:00:00
[[release.sources]]
name = "Yamato Bank"
kind = "polygon"
points = [[136.4, 38.6], [137.9, 38.1], [137.0, 39.4]]
[[release.sources]]
name = "off Noto"
kind = "box"
box = [135.2, 136.3, 37.4, 37.9]
dates = [2017-11-04, "2017-11-05T03:00:00+09:00"]
[[release.sources]]
name = "off Wonsan"
kind = "port"
port = "Wonsan"
[output]
map = false
tracks = 0
"""

SWEEP = """
[sweep]
base = "base.toml"
[[sweep.variation]]
name = "north-west"
group = "place"
shift_deg = [-0.75, 0.25]
[[sweep.variation]]
name = "no jibing"
set = { boats.jibe_percent_per_hour = 0.0 }
[sweep.grid]
"wind.scale" = [0.85, 1.15]
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a config and a sweep of it."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "base.toml").write_text(BASE, encoding="utf-8")
    (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    return folder


def call(*arguments: object) -> Any:
    result = CliRunner().invoke(cli.main, ["sweep", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


# --- the file ------------------------------------------------------------------------------------------------------


def varied(files: Path, text: str, **more: Any) -> dict[str, config.Variation]:
    path = files / "one.toml"
    path.write_text(f'[sweep]\nbase = "base.toml"\n{text}', encoding="utf-8")
    return {v.name: v for v in config.load_sweep(path, **more).variations}


def test_a_shift_in_degrees(files: Path) -> None:
    made = varied(files, '[[sweep.variation]]\nname = "x"\nshift_deg = [-0.75, 0.25]')
    bank, noto, wonsan = made["x"].config.release.sources
    assert np.allclose(bank.points, [[135.65, 38.85], [137.15, 38.35], [136.25, 39.65]])
    assert noto.box == pytest.approx((134.45, 135.55, 37.65, 38.15))
    assert (wonsan.port, wonsan.points, wonsan.box) == ("Wonsan", (), None)
    assert made["base"].config.release.sources[1].box == (135.2, 136.3, 37.4, 37.9)
    assert made["x"].config.release.first == made["base"].config.release.first


def test_a_shift_in_days(files: Path) -> None:
    release = varied(files, '[[sweep.variation]]\nname = "x"\nshift_days = 2.5')["x"].config.release
    assert release.first == datetime(2017, 11, 5, 12)
    assert release.last == datetime(2017, 11, 7, 18)
    assert release.sources[1].dates == (datetime(2017, 11, 6, 12), datetime(2017, 11, 7, 6))
    assert release.sources[0].first is None


def test_values_and_sources(files: Path) -> None:
    text = """
set = { wind.members = 12, run.seed = 5 }
[[sweep.variation]]
name = "x"
sources = ["off Wonsan", "Yamato Bank"]
[sweep.variation.set]
"release.sources[0].weight" = 3
boats.capsizing = { wind_m_s = 17.0 }
wind.scale = 0.85
run.seed = 6
"""
    made = varied(files, text, overrides={"boats.number": 77})
    base, x = made["base"].config, made["x"].config
    assert base.wind is not None and x.wind is not None and x.boats.capsizing is not None
    assert [(s.name, s.weight) for s in x.release.sources] == [("Yamato Bank", 3.0), ("off Wonsan", 1.0)]
    assert (x.boats.capsizing.wind_m_s, x.boats.capsizing.width_m_s) == (17.0, 5.0)
    assert (x.wind.scale, x.wind.members, x.run.seed, x.boats.number) == (0.85, 12, 6, 77)
    assert (base.wind.scale, base.wind.members, base.run.seed, base.boats.number) == (1.0, 12, 5, 77)
    assert (base.run.title, x.run.title) == ("Little", "Little: x")


def test_a_grid_is_every_value_with_every_other(files: Path) -> None:
    made = varied(files, '[sweep.grid]\n"wind.scale" = [0.85, 1.15]\nshift_days = [-1, 0.5, 2]')
    found = [(v.config.wind.scale, v.config.release.first) for v in made.values() if v.config.wind]
    days = [datetime(2017, 11, 2), datetime(2017, 11, 3, 12), datetime(2017, 11, 5)]
    assert found == [(1.0, datetime(2017, 11, 3)), *((s, d) for s in (0.85, 1.15) for d in days)]
    assert "wind.scale 1.15, shift_days -1" in made
    assert len({v.folder for v in made.values()}) == 7
    assert all(re.fullmatch(r"\w+", v.folder) for v in made.values())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("neither", "variation", "grid")),
        ("grid = { run.seed = [] }", ("sweep.grid",)),
        ('grid = { "run.seed" = [] }', ("run.seed", "one value at least")),
        ('grid = { "run.seed" = 4 }', ("line 3", "sweep.grid", "a table of lists")),
        ('grid = { "shift_deg" = [3] }', ("shift_deg = 3", "[east, north]")),
        (f'grid = {{ "run.seed" = {list(range(1001))} }}', ("1001 variations", "at most 1000")),
        ('[[sweep.variation]]\nsett = {}\nname = "a"', ("line 4", "sett", "did you mean set?")),
        ("[[sweep.variation]]\nset = {}", ("line 3", "name", "is missing")),
        ('[[sweep.variation]]\nname = "a"\nshift_deg = [1]', ("line 5", "shift_deg = [1]", "[east, north]")),
        ('[[sweep.variation]]\nname = "a"\nshift_days = "x"', ("line 5", "shift_days", "a number")),
        ('[[sweep.variation]]\nname = "..."', ('"..."', "a letter or a digit")),
        ('[[sweep.variation]]\nname = "base"', ("base", "too like")),
        ('[[sweep.variation]]\nname = "a b"\n[[sweep.variation]]\nname = "a_b"', ('"a_b"', 'too like "a b"')),
        ('[[sweep.variation]]\nname = "a"\nsources = ["off Notto"]', ('"a"', "off Notto", "did you mean off Noto")),
        ('[[sweep.variation]]\nname = "a"\nshift_deg = [9.0, 0.5]', ('"a"', "box", "must lie in the domain")),
        ('[[sweep.variation]]\nname = "a"\nshift_days = 90', ('"a"', "within the run")),
        ('[[sweep.variation]]\nname = "a"\nset = { wind.scal = 2 }', ('"a"', "wind.scal", "scale")),
        ('[[sweep.variation]]\nname = "a"\nset = { "x[" = 2 }', ('"a"', "x[", "is not the key")),
        ('[[sweep.variation]]\nname = "a"\nset = { "run.start.x.y" = 2 }', ('"a"', "run.start")),
        (
            '[[sweep.variation]]\nname = "a"\nsources = ["off Wonsan"]\nshift_deg = [1.0, 2.0]',
            ('"a"', "moves nothing", "port"),
        ),
    ],
)
def test_bad_sweep_files(files: Path, tmp_path: Path, text: str, parts: tuple[str, ...]) -> None:
    path = files / "bad.toml"
    path.write_text(f'[sweep]\nbase = "base.toml"\n{text}\n', encoding="utf-8")
    result = call(path, "-o", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert len(result.output.splitlines()) < 6
    for part in ("bad.toml", *parts):
        assert part in result.output
    assert not (tmp_path / "out").exists()


def test_files_that_are_no_sweeps(files: Path, tmp_path: Path) -> None:
    (tmp_path / "lost.toml").write_text('[sweep]\nbase = "gone.toml"\n[sweep.grid]\n"run.seed" = [1]\n')
    (tmp_path / "torn.toml").write_text("[sweep\n")
    (tmp_path / "other.toml").write_text("sweep = 3\n")
    wanted = {"lost.toml": "gone.toml: no such file", "torn.toml": "line 1", "other.toml": "must be a table"}
    for name, part in {**wanted, "none.toml": "no such file"}.items():
        result = call(tmp_path / name, "-o", tmp_path / "out")
        assert (result.exit_code, part in result.output) == (2, True), result.output
    assert "sweep is missing" in call(files / "base.toml").output


# --- the runs ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(files: Path) -> tuple[Path, Path, str]:
    """A sweep that was killed after its first run and started again: its folder, the first run's, what the second
    start said."""
    folder, told = files / "out", files / "told"
    words = ["sweep", str(files / "sweep.toml"), "-o", str(folder), "--jobs", "1"]
    process = forked(lambda: cli.main(words, prog_name="driftsim"), told)
    while not told.read_text().endswith("\n") and process.is_alive():
        time.sleep(0.01)
    assert re.match(r"1 of 5  base  \d+ s", told.read_text()), told.read_text()
    while not (folder / "north_west" / "run.log").exists() and process.is_alive():
        time.sleep(0.001)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not (folder / "sweep.json").exists()
    whole = [path.parent for path in folder.glob("*/summary.json")]
    assert whole == [folder / "base"]
    before = (folder / "base" / "summary.json").stat().st_mtime_ns
    for _ in range(50):  # the process that ran the second ends by itself, and lets go of its folder
        try:
            placing.Folder(folder / "north_west").release()
            break
        except (InputError, OSError):
            time.sleep(0.1)
    with pytest.MonkeyPatch.context() as patch:
        forks = multiprocessing.get_context("fork")  # has everything loaded; the first start had a process of its own
        patch.setattr(multiprocessing, "get_context", lambda _: forks)
        done = call(*words[1:])
    assert done.exit_code == 0, done.output
    assert (folder / "base" / "summary.json").stat().st_mtime_ns == before
    return folder, whole[0], done.stderr


def test_a_killed_sweep_goes_on(swept: tuple[Path, Path, str]) -> None:
    folder, _, told = swept
    lines = told.splitlines()
    assert lines[0] == "1 of 5  base  was there"
    assert [re.sub(r"\d+ s$", "", line)[:5] for line in lines] == [f"{n} of " for n in range(1, 6)]
    assert sum("was there" in line for line in lines) == 1
    assert {path.name for path in folder.iterdir() if path.is_file()} == {*placing.NAMES["sweep"].results, marker.FILE}
    assert not list(folder.glob("**/.driftsim.lock"))


def test_a_variation_is_the_run_of_its_config(swept: tuple[Path, Path, str], tmp_path: Path) -> None:
    folder = swept[0] / "north_west"
    study.run(config.load(folder / "config.toml"), tmp_path / "alone")
    names = {path.name for path in (tmp_path / "alone").iterdir()}
    assert {"arrivals.nc", "arrivals.csv", "summary.json", "density.nc"} <= names
    assert names == {path.name for path in folder.iterdir()}
    for name in names - {"run.json", "run.log"}:
        assert (folder / name).read_bytes() == (tmp_path / "alone" / name).read_bytes(), name


def test_the_table_is_that_of_the_runs(swept: tuple[Path, Path, str]) -> None:
    body = json.loads((swept[0] / "sweep.json").read_text(encoding="utf-8"))
    assert [row["folder"] for row in body["variations"]] == [
        "base", "north_west", "no_jibing", "wind_scale_0_85", "wind_scale_1_15",
    ]  # fmt: skip
    summaries = [output.read_run(swept[0] / row["folder"]).summary for row in body["variations"]]
    for row, summary in zip(body["variations"], summaries, strict=True):
        assert row["ashore_at_home"] == summary["regions"]["japan"]["probability"] > 0.1
        for key, of in row["regions"].items():
            share, base = (s["regions"][key]["share_of_home"] for s in (summary, summaries[0]))
            assert of["share"] == share
            assert of["change"] == pytest.approx(share - base, abs=1e-5)
    moved = body["variations"][1]["regions"]["noto"]
    assert 0.0 < moved["change_error"] < 0.3
    assert body["variations"][0]["regions"]["noto"]["change_error"] == 0.0
    rows = (swept[0] / "sweep.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 6
    assert rows[2].startswith("north-west,place,north_west,260,10,")
    shown = sweep.table(body)
    assert max(map(len, shown.splitlines())) <= 100
    noto = f"{100 * moved['share']:.1f}"
    assert re.search(rf"^  north-west .* {re.escape(noto)} ", shown, re.M)
    assert (swept[0] / "tornado.png").read_bytes()[:4] == b"\x89PNG"


def test_what_is_there_of_another_config_is_refused(swept: tuple[Path, Path, str], files: Path, tmp_path: Path) -> None:
    folder = swept[0]
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*/summary.json")}
    path = files / "changed.toml"
    path.write_text(
        SWEEP.replace("0.85, 1.15", "0.85, 1.25").replace("[-0.75, 0.25]", "[-0.5, 0.25]"), encoding="utf-8"
    )
    result = call(path, "-o", folder)
    assert result.exit_code == 2
    assert re.search(r"1 results? .*--overwrite", result.output)
    assert 'north_west: "north-west" now has release.sources = ' in result.output.replace("\n", " ")
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert (folder / "sweep.json").exists()
    assert call(files / "sweep.toml", "-o", folder, "--boats", "250").exit_code == 2


def test_a_damaged_variation_is_noticed_and_run_again(
    swept: tuple[Path, Path, str], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its arrivals are those of the base run: nothing but the checksum tells."""
    forks = multiprocessing.get_context("fork")  # has everything loaded
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: forks)
    folder = swept[0]
    file = folder / "north_west" / "arrivals.nc"
    genuine, kept = file.read_bytes(), {path: path.stat().st_mtime_ns for path in folder.glob("*/summary.json")}
    shutil.copy(folder / "base" / "arrivals.nc", file)
    assert verify.verify(folder / "base").whole and not verify.verify(folder / "north_west").whole
    result = call(files / "sweep.toml", "-o", folder, "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert 'variation "north-west" is run again, what was there stands in north_west.damaged: ' in result.output
    assert "arrivals.nc is not as it was" in result.output
    assert result.output.count("  was there\n") == 4
    assert file.read_bytes() == genuine
    assert (folder / "north_west.damaged" / "arrivals.nc").read_bytes() != genuine
    assert verify.verify(folder).whole, "what was set aside is no part of the sweep"
    shutil.rmtree(folder / "north_west.damaged")
    changed = [path.parent.name for path, at in kept.items() if path.stat().st_mtime_ns != at]
    assert changed == ["north_west"]
    assert verify.verify(folder / "north_west").whole


def test_the_plot_says_what_moved(swept: tuple[Path, Path, str]) -> None:
    body = json.loads((swept[0] / "sweep.json").read_text(encoding="utf-8"))
    lines = [(label, variation is None) for label, variation in tornado.rows(body)]
    assert set(lines) == {
        ("place", True), ("north-west", False), ("grid", True), ("wind.scale 0.85", False), ("wind.scale 1.15", False),
        ("no jibing", False),
    }  # fmt: skip
    assert lines[0] == ("place", True)  # moves most
    shown = {text.get_text() for axes in tornado.figure(body).axes for text in axes.texts}
    change = 100 * body["variations"][1]["regions"]["akita"]["change"]
    assert f"{change:+.1f}".replace("-", "\N{MINUS SIGN}") in shown
    assert {"place", "no jibing"} <= shown


@pytest.mark.long
def test_two_at_a_time_leave_the_same(swept: tuple[Path, Path, str], files: Path, tmp_path: Path) -> None:
    assert call(files / "sweep.toml", "-o", tmp_path / "out", "--jobs", 2).exit_code == 0
    for path in swept[0].glob("*/*"):
        if path.name not in ("run.json", "run.log"):
            assert (tmp_path / "out" / path.relative_to(swept[0])).read_bytes() == path.read_bytes(), path.name
    assert (tmp_path / "out" / "sweep.csv").read_bytes() == (swept[0] / "sweep.csv").read_bytes()


@pytest.mark.long
def test_a_variation_that_cannot_be_run_is_named(files: Path, tmp_path: Path) -> None:
    path = files / "land.toml"
    path.write_text('[sweep]\nbase = "base.toml"\n[[sweep.variation]]\nname = "inland"\nshift_deg = [1.6, -1.2]\n')
    result = call(path, "-o", tmp_path / "out", "--jobs", 1)
    assert result.exit_code == 2
    assert 'variation "inland"' in result.output
    assert (tmp_path / "out" / "base" / "summary.json").exists()
    assert not (tmp_path / "out" / "sweep.json").exists()


# --- numbers -------------------------------------------------------------------------------------------------------


def test_the_change_of_a_share_and_its_error() -> None:
    """Against leaving out members one at a time, by hand; of paired members the common part cancels."""
    rng = np.random.default_rng(3)
    n, n0 = rng.integers(20, 60, 40), rng.integers(20, 60, 40)
    k, k0 = rng.binomial(n, 0.3), rng.binomial(n0, 0.2)
    change, error = differences.share_change(k, n, k0, n0)
    assert change == pytest.approx(k.sum() / n.sum() - k0.sum() / n0.sum())
    left = []
    for i in range(40):
        keep = np.arange(40) != i
        left.append(k[keep].sum() / n[keep].sum() - k0[keep].sum() / n0[keep].sum())
    assert error == pytest.approx(np.sqrt(39 * np.var(left)))
    assert error == pytest.approx(np.sqrt(0.3 * 0.7 / n.sum() + 0.2 * 0.8 / n0.sum()), rel=0.35)
    assert differences.share_change(k, n, k, n) == (0.0, 0.0)


def test_a_change_without_an_error() -> None:
    few, none = np.array([3, 1, 2]), np.zeros(3, int)
    assert differences.share_change(few, few * 2, few, few * 4) == (0.25, None)
    assert differences.share_change(few, few, none, none) == (None, None)
