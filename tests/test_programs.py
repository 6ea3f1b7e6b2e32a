"""The programs beside the package, in ``benchmarks``, ``data`` and ``docs``: each of them runs, on little input."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from driftsim.system import resources

ROOT = Path(__file__).parents[1]
if not (ROOT / "benchmarks").is_dir():
    pytest.skip("the programs are in the checkout, not in an installed package", allow_module_level=True)

PEERS = ("opendrift", "oceantracker", "parcels3", "parcels4")


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules that a program brings along from its own folder are forgotten: two of them are called ``table``."""
    known, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - known:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith((str(ROOT / "benchmarks"), str(ROOT / "data"))):
            del sys.modules[name]


def program(name: str) -> Any:
    """A program as a module, with its folder on the path, as when it is run."""
    path = ROOT / name
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(monkeypatch: pytest.MonkeyPatch, main: Any, *words: Any) -> None:
    """Call a program's main with the words of a command line."""
    monkeypatch.setattr(sys, "argv", ["program", *map(str, words)])
    main()


TESTED = {
    "benchmarks": ["against", "calibration", "drawing", "reading", "table", "windows", "winters"],
    "benchmarks/peers": [
        *("common", "environments", "fields", "run", "table", "twins", "with_driftsim"),
        *(f"with_{name}" for name in PEERS),
    ],
    "docs": ["make_numbers"],  # test_numbers.py
    "data": ["make_circulation", "make_fonts", "make_wind_roses"],
}  # fmt: skip
"""Every program, by folder: each is run by a test below, or brought along by one that is."""


def test_no_program_is_without_a_test() -> None:
    programs = {path for folder in ("benchmarks", "data", "docs") for path in ROOT.glob(f"{folder}/**/*.py")}
    assert programs == {ROOT / folder / f"{name}.py" for folder, names in TESTED.items() for name in names}


# --- how often the check is right ----------------------------------------------------------------------------------


WINTERS = """
[run]
start = 2017-11-18
end = 2017-12-04
seed = 7

[current]
product = "climatology"
ekman_percent = 0.8

[wind]
product = "climatology"
members = 60

[boats]
number = 6000

[[boats.classes]]
leeway = "FISHING-VESSEL-5"

[release]
first = 2017-11-21
last = 2017-11-23

[[release.sources]]
name = "north of Noto"
kind = "box"
box = [136.6, 137.4, 37.8, 38.4]

[uncertain]
release.shift_east_km = { normal = [0, 10] }
release.shift_days = { between = [-1, 2] }
wind.scale = { lognormal = [1, 1.1] }
"""


def test_synthetic_winters_are_run_and_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    winters = program("benchmarks/winters.py")
    (tmp_path / "winters.toml").write_text(WINTERS, encoding="utf-8")
    file = tmp_path / "found.json"
    words = (
        "--config",
        tmp_path / "winters.toml",
        "--winters",
        12,
        "--boats",
        80,
        "--only",
        "right",
        "--predictions",
        1,
        "--json",
        file,
    )
    call(monkeypatch, winters.main, *words)
    found = json.loads(file.read_text(encoding="utf-8"))
    right = found["predictions"]["right"]
    assert (found["winters"], list(found["predictions"])) == (12, ["right"])
    assert [sum(ranks) for ranks in right["ranks"]] == [12] * 4
    noto = found["regions"].index("noto")
    assert right["mean"][noto] > 0.05 and 0.4 <= right["held"]["0.9"][noto] <= 1.0
    wide = winters.variants(tmp_path / "winters.toml")["priors twice as wide"]["uncertain"]
    assert wide["release"]["shift_days"] == {"between": [-2.5, 3.5]}
    assert wide["wind"]["scale"]["lognormal"][1] == pytest.approx(1.21)


def test_ranges_of_a_prediction_that_is_right_hold_new_winters() -> None:
    """Shares of a logistic normal: the ranges hold 0.50 and 0.90 of new winters, and fewer where it is too sure."""
    winters = program("benchmarks/winters.py")
    rng = np.random.default_rng(3)

    def drawn(members: int, boats: int, wide: float) -> Any:
        weight = np.exp(np.log([0.13, 0.08, 0.05, 0.2]) + wide * rng.normal(size=(members, 4)))
        share = weight / (0.54 + weight.sum(axis=1, keepdims=True))
        landings = np.array([rng.multinomial(boats, [*p, 1.0 - p.sum()])[:4] for p in share], float)
        return winters.Shares(landings, np.full(members, float(boats)), np.zeros((members, 0)), [])

    truth = drawn(1000, 2000, 0.4)
    for level, tolerance in ((0.5, 0.05), (0.9, 0.03)):
        held = np.mean([winters.held(drawn(200, 100, 0.4), truth, level) for _ in range(20)])
        assert held == pytest.approx(level, abs=tolerance)
    sure = np.mean([winters.held(drawn(200, 100, 0.2), truth, 0.9) for _ in range(5)])
    assert sure < 0.7


def test_rates_of_right_and_wrong_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calibration = program("benchmarks/calibration.py")
    wrong = {"sources 1° south": {"north": -1.0}}
    few = {"SEASONS": 6, "CASES": 5, "BOATS": 3000, "WRONG": wrong, "RESULTS": tmp_path / "rates.json"}
    for name, value in few.items():
        monkeypatch.setattr(calibration, name, value)
    calibration.main()
    found = json.loads((tmp_path / "rates.json").read_text(encoding="utf-8"))
    assert (found["seasons"], found["cases"], len(found["bins"])) == (6, 5, 5)
    assert list(found["wrong"]) == list(wrong)
    assert found["wrong"]["sources 1° south"]["seasons"] == 6
    assert [len(values) for values in found["uniform_p"].values()] == [5, 5]


# --- old and new driver in turn ------------------------------------------------------------------------------------


SMALL = {
    "currents": {"particles": 70, "days": 1},
    "rectilinear": {"particles": 70, "days": 1},
    "hourly": {"particles": 70, "days": 2},
    "double": {"particles": 70, "days": 1},
    "members": {"particles": 70, "days": 1, "wind": 3},
    "boats": {"begins": 2, "days": 1, "wind": 6},
}


def test_windows_of_the_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drives the same particles over the same days again, from the fields in the files."""
    from driftsim.drift.advection import advect

    against, windows = program("benchmarks/against.py"), program("benchmarks/windows.py")
    for name, sizes in SMALL.items():
        monkeypatch.setitem(against.CASES, name, {**against.CASES[name], **sizes})
    changes = {**against.CASES["boats"]["changes"], "boats.number": 90, "run.end": "2017-10-05"}
    changes |= {"release.last": "2017-10-03", "wind.members": 6}
    monkeypatch.setitem(against.CASES["boats"], "changes", changes)
    task = against.tasked(SMALL, tmp_path, resources.config("quickstart.toml"))
    ends = {}
    for name, case in task["cases"].items():
        window, left = (windows.simulation if "config" in case else windows.advection)(case)
        steps, wall, cpu = window()
        assert wall > 0.0 and cpu > 0.0
        ends[name] = left().copy()
        assert window()[0] == steps
        np.testing.assert_array_equal(left(), ends[name])
        assert steps == 24 * case["days"] * 70 if name != "boats" else 24 * 40 < steps <= 24 * 90
    draw = np.random.default_rng(2)
    begun = draw.uniform(129.0, 141.0, 70), draw.uniform(35.0, 46.0, 70)
    current = windows.sources(task["cases"]["currents"])["current"]
    mine = advect(*begun, current=current, start=against.EPOCH, steps=24, precision="single")
    np.testing.assert_array_equal(ends["currents"], [mine["lon"], mine["lat"]])
    assert 0.0 < against.apart(ends["currents"], ends["double"]) < 1.0
    assert np.ptp(np.diff(windows.sources(task["cases"]["rectilinear"])["current"].lat)) > 0.01
    assert against.apart(ends["currents"], ends["rectilinear"]) > 100.0


def test_a_ratio_is_of_neighbours_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    against = program("benchmarks/against.py")
    order: list[str] = []

    class Side:
        def __init__(self, name: str, seconds: list[float], east: float) -> None:
            self.name, self.seconds, self.east = name, iter(seconds), east

        def window(self, case: str) -> dict[str, Any]:
            order.append(self.name)
            cpu = next(self.seconds)
            return {"particle_steps": 1_000_000, "cpu_s": cpu, "wall_s": cpu / 0.8}

        def ends(self, case: str) -> Any:
            return np.array([[130.0, 131.0 + self.east], [40.0, 60.0]])

    sides = Side("old", [0.05, 0.06, 0.09], 0.0), Side("new", [0.025, 0.024, 0.03], 1e-3)
    found = against.compare(sides, ["currents"], 3)["currents"]
    assert order == ["old", "new", "new", "old", "old", "new"]
    assert found["ratio"] == pytest.approx({"median": 2.5, "lowest": 2.0, "highest": 3.0})
    assert found["old"] == pytest.approx({"best_ns": 50.0, "median_ns": 60.0})
    assert found["apart_m"] == pytest.approx(55.6, abs=0.1)
    line = capsys.readouterr().out
    assert "**2.50** (2.00–3.00)" in line and "80%" in line and "56 m apart" in line
    assert against.apart(sides[0].ends(""), sides[0].ends("")) == 0.0


def test_a_worktree_holds_the_tree_as_it_stands_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    against = program("benchmarks/against.py")
    repo = tmp_path / "repo"
    monkeypatch.setattr(against, "ROOT", repo)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "init", "--quiet", repo], check=True)
    (repo / "kept.txt").write_text("old")
    against.git("add", ".")
    against.git(*who, "commit", "--quiet", "-m", "first")
    (repo / "kept.txt").write_text("changed")
    (repo / "fresh.txt").write_text("new")
    before = against.git("status", "--porcelain")
    commit = against.as_it_stands(tmp_path)
    with pytest.raises(KeyboardInterrupt), against.checked_out(commit, tmp_path / "tree") as tree:
        assert {path.name: path.read_text() for path in tree.glob("*.txt")} == {
            "kept.txt": "changed", "fresh.txt": "new"
        }  # fmt: skip
        raise KeyboardInterrupt
    assert not (tmp_path / "tree").exists() and len(against.git("worktree", "list").splitlines()) == 1
    assert against.git("status", "--porcelain") == before
    with pytest.raises(against.Failed, match="no-such-commit"), against.checked_out("no-such-commit", tmp_path / "t"):
        pass


@pytest.mark.long
@pytest.mark.parametrize("stop", [None, signal.SIGINT, signal.SIGTERM])
def test_a_commit_against_itself(stop: signal.Signals | None, tmp_path: Path) -> None:
    """The same bits from both, and nothing left, also where it is stopped half-way."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout of git")
    figures = tmp_path / "figures.json"
    words = ["HEAD", "--only", "currents", "--rounds", "2", "--json", str(figures)]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks/against.py"), *words], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("old: ")
    if stop is not None:
        time.sleep(2.0)
        process.send_signal(stop)
    text, _ = process.communicate(timeout=600)
    assert (process.returncode == 0) == (stop is None)
    assert not list(tmp_path.glob("driftsim-against-*"))
    listed = subprocess.run(["git", "-C", ROOT, "worktree", "list"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in listed
    if stop is None:
        assert "| the same bits |" in text
        assert json.loads(figures.read_text())["cases"]["currents"]["pairs"] == 2
    else:
        assert not figures.exists()


# --- tables, drawing, reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["benchmarks/table.py", "benchmarks/peers/table.py"])
def test_a_table_is_that_of_the_stored_results(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = program(name)
    readme = tmp_path / "README.md"
    readme.write_text(f"before {table.BEGIN}\nan old table\n{table.END} after", encoding="utf-8")
    shown = table.README.read_text(encoding="utf-8").split(table.BEGIN)[1].split(table.END)[0]
    monkeypatch.setattr(table, "README", readme)
    call(monkeypatch, table.main)
    made = readme.read_text(encoding="utf-8")
    assert made == f"before {table.BEGIN}{shown}{table.END} after"


def test_drawing_a_figure_of_many_landings(tiny_run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from driftsim import open_run
    from driftsim.figures import maps

    drawing = program("benchmarks/drawing.py")
    with open_run(tiny_run.folder) as result:
        landed = int((result.arrivals["outcome"] == 1).sum())
        days = float(result.density["boat_days"].sum())
        run = drawing.many(result, 3 * landed)
        assert int((run.arrivals["outcome"] == 1).sum()) == 3 * landed
        assert float(run.density["boat_days"].sum()) == pytest.approx(3 * days)
        spent = [drawing.timed(lambda: maps.draw(run, tmp_path, figure="dates"))]
    drawing.told("dates", spent)
    wall, used = spent[0]
    assert capsys.readouterr().out == f"| dates | {wall:.1f} | {wall:.1f} | {wall:.1f} | {used:.1f} |\n"
    assert len(list(tmp_path.glob("*.png"))) == 1


@pytest.mark.long
def test_drawing_all_figures(tiny_run: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    drawing = program("benchmarks/drawing.py")
    call(monkeypatch, drawing.main, tiny_run.folder, "--landings", 2000, "--rounds", 1)
    assert capsys.readouterr().out.count("\n| ") >= 7


def test_reading_a_few_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = program("benchmarks/reading.py")
    monkeypatch.setattr(reading, "NX", 432)
    monkeypatch.setattr(reading, "NY", 205)
    assert reading.write_year(tmp_path, 3) > 0.1
    assert len(list(tmp_path.glob("glorys12_*.nc"))) == 5
    assert reading.read_levels(tmp_path, 2) > 0.0
    case = {"sea": "Sea of Japan", "days": 2, "boats": 60, "threads": 1, "folder": str(tmp_path)}
    ran = [reading.drive({**case, "ahead": ahead}) for ahead in (True, False)]
    assert ran[0]["ends"] == ran[1]["ends"] != 0.0
    assert {case["sea"] for case in reading.cases(8, 4)} == set(reading.SEAS)


@pytest.mark.long
def test_reading_the_quick_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    call(monkeypatch, program("benchmarks/reading.py").main, "--quick", "--folder", tmp_path)
    assert capsys.readouterr().out.count("'peak_mb'") == 6


# --- beside other programs -----------------------------------------------------------------------------------------


@pytest.fixture
def comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The comparison, whose workers of driftsim run in this process."""
    monkeypatch.setenv("DRIFTSIM_PEERS_DIR", str(tmp_path / "peers"))
    run, worker = program("benchmarks/peers/run.py"), program("benchmarks/peers/with_driftsim.py")
    monkeypatch.setattr(worker, "REPEATS", 1)

    def once(task: dict[str, Any], folder: Path) -> dict[str, Any]:
        reports: list[str] = []
        file = folder / f"{task['name']}.json"
        file.write_text(json.dumps(task))
        with monkeypatch.context() as patch:
            patch.setenv("PEERS_BEGAN", repr(time.time()))
            patch.setattr("builtins.print", lambda text, **_: reports.append(text))
            call(patch, worker.main, file)
        return {**json.loads(reports[-1]), "load_average": 0.5}

    monkeypatch.setattr(run, "once", once)
    monkeypatch.setattr(run.bench, "machine", lambda: {"processor": "x", "python": "3", "numba": "0", "commit": "c"})
    return run


def test_our_side_of_every_case(comparison: Any, tmp_path: Path) -> None:
    """All of driftsim's entries, their end positions, and the twins of what the others do otherwise."""
    names = [name for name, entry in comparison.ENTRIES.items() if entry["program"] == "driftsim"]
    assert {comparison.ENTRIES[name]["case"] for name in names} == set(comparison.OURS)
    found = comparison.measure(names, tmp_path, steps=5, count=90, rounds=1)
    assert list(found["entries"]) == names and not found["failed"]
    assert 0.0 < found["entries"]["driftsim"]["agreement"]["p95_m"] < 0.01
    made = comparison.table.markdown({"machine": comparison.bench.machine(), **found})
    assert "| leeway-coast | driftsim-leeway-coast |" in made

    def ends(name: str) -> Any:
        return dict(np.load(tmp_path / f"{name}.npz"))

    moved = comparison.metres(ends("driftsim-leeway"), ends("driftsim-double"))
    assert np.isfinite(moved).all()
    assert comparison.metres(ends("driftsim-leeway"), ends("driftsim-leeway-euler")).max() > 1.0
    for name, twin, exact in (
        ("parcels3", "single", "driftsim-double"),
        ("oceantracker", "triangles", "driftsim-double"),
        ("opendrift-leeway", "opendrift", "driftsim-leeway-euler"),
    ):
        task = json.loads((tmp_path / f"{exact}.json").read_text())
        with np.load(task["particles"]) as begun:
            lon, lat = begun["lon"][:90], begun["lat"][:90]
        twins = comparison.twins.TWINS[comparison.ENTRIES[name]["twin"]](task, lon, lat)
        off = comparison.metres(dict(zip(("lon", "lat"), twins, strict=True)), ends(exact))
        way = comparison.metres({"lon": lon, "lat": lat}, ends(exact))
        assert 0.0 < np.median(off) < 0.05 * np.median(way), twin


def test_a_run_whose_own_side_fails_writes_nothing(
    comparison: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of our entries fails: the run ends with an error; a peer that fails is named and the rest is kept."""
    monkeypatch.setattr(comparison.fields, "write", lambda *_: dict.fromkeys(
        ("current.nc", "wind.nc", "open.npz", "sea.npz"), "file"
    ))  # fmt: skip
    monkeypatch.setattr(comparison, "compared", lambda *_: {})
    report = {
        "rate": 2e6, "seconds": 1.0, "cpu_seconds": 0.5, "first_step_s": 1.0, "peak_memory_mb": 90.0,
        "load_average": 0.1, "versions": {}, "note": "",
    }  # fmt: skip

    def fail(broken: str) -> Path:
        def once(task: dict[str, Any], folder: Path) -> dict[str, Any]:
            if task["name"] == broken:
                raise comparison.Failed("no attribute fastest_m_s")
            return report

        monkeypatch.setattr(comparison, "once", once)
        file = tmp_path / f"{broken}.json"
        call(monkeypatch, comparison.main, "--quick", "--only", "oceantracker", "--json", file)
        return file

    with pytest.raises(SystemExit, match="driftsim-double failed: no attribute fastest_m_s"):
        fail("driftsim-double")
    assert not (tmp_path / "driftsim-double.json").exists()
    kept = json.loads(fail("oceantracker").read_text())
    assert set(kept["entries"]) == {"driftsim", "driftsim-double"}
    assert kept["failed"] == {"oceantracker": "no attribute fastest_m_s"}
    assert "processor time 50%" in comparison.table.markdown(kept)


def test_an_environment_is_made_once_and_of_pinned_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments = program("benchmarks/peers/environments.py")
    monkeypatch.setenv("DRIFTSIM_PEERS_DIR", str(tmp_path))
    assert set(environments.REQUIREMENTS) == set(PEERS)
    assert all("==" in wanted[0] for wanted in environments.REQUIREMENTS.values())
    assert environments.python("driftsim") == Path(sys.executable)
    made: list[Path] = []
    monkeypatch.setattr(environments.venv, "create", lambda home, **_: (made.append(home), home.mkdir(exist_ok=True)))
    ran = subprocess.CompletedProcess([], 0, "", "")
    monkeypatch.setattr(environments.subprocess, "run", lambda *_, **__: ran)
    first, again = (environments.python("parcels4") for _ in range(2))
    assert first == again and first.is_relative_to(tmp_path / "parcels4") and made == [tmp_path / "parcels4"]
    ran.returncode, ran.stderr = 1, "no such version"
    with pytest.raises(RuntimeError, match="cannot be installed: no such version"):
        environments.python("opendrift")


@pytest.mark.parametrize("name", PEERS)
def test_the_side_of_a_peer_compiles(name: str) -> None:
    """It runs in an environment of several hundred MB alone; see the next test."""
    path = ROOT / f"benchmarks/peers/with_{name}.py"
    compile(path.read_text(encoding="utf-8"), str(path), "exec")


@pytest.mark.long
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_that_is_installed_ends_where_it_should(name: str, tmp_path: Path) -> None:
    """Its end positions beside ours, from workers in processes of their own."""
    run = program("benchmarks/peers/run.py")
    if not (run.environments.folder() / name / "installed.txt").exists():
        pytest.skip(f"{name} is not installed in {run.environments.folder()}")
    found = run.measure(run.chosen(f"{name}-leeway" if name == "opendrift" else name), tmp_path, 5, 200, 1)
    assert not found["failed"]
    apart = next(entry["agreement"] for entry in found["entries"].values() if entry["program"] == name)
    assert 0.0 < apart["median_m"] < 50.0 and apart["lost"] == 0


# --- data ----------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_mean_currents_at_twice_the_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the command line; ``test_circulation`` solves, writes and compares what is shipped."""
    import netCDF4

    call(monkeypatch, program("data/make_circulation.py").main, tmp_path / "coarse.nc", "--step", 1 / 6)
    with (
        netCDF4.Dataset(tmp_path / "coarse.nc") as made,
        netCDF4.Dataset(resources.data("areas/sea_of_japan/circulation.nc")) as fine,
    ):
        assert made["uo"].shape[0] == 12 and made["uo"].units == "m s-1"
        speed = [float(np.ma.hypot(file["uo"][:], file["vo"][:]).mean()) for file in (made, fine)]
    assert speed[0] == pytest.approx(speed[1], rel=0.3)


def test_wind_roses_from_a_small_atlas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import netCDF4

    lon, lat = np.arange(125.25, 145.0, 0.5), np.arange(30.25, 53.0, 0.5)
    with netCDF4.Dataset(tmp_path / "atlas.nc", "w") as atlas:
        for name, size in (("month", 12), ("direction", 8), ("lat", len(lat)), ("lon", len(lon))):
            atlas.createDimension(name, size)
        for name, axis in (("lat", lat), ("lon", lon)):
            atlas.createVariable(name, "f4", (name,))[:] = axis
        share = np.zeros((12, 8, len(lat), len(lon)), np.float32)
        share[:, 7], share[:, 0] = 0.6, 0.3  # mostly from the north-west, some from the north; a tenth was dropped
        speed = np.broadcast_to(np.arange(1.0, 9.0)[:, None, None], share.shape)
        south_west = (lat < 41.0)[:, None] & (lon < 135.0)
        share[:, :, south_west] = np.nan
        for name, values in (("freq", share), ("speed", speed)):
            atlas.createVariable(name, "f4", ("month", "direction", "lat", "lon"))[:] = values
        for name, percent in (("calm_pct", 3.0), ("gale_pct", 7.0)):
            atlas.createVariable(name, "f4", ("month", "lat", "lon"))[:] = percent
    script = program("data/make_wind_roses.py")
    call(monkeypatch, script.main, tmp_path / "atlas.nc", tmp_path / "roses.csv")
    head, *rows = (line.split(",") for line in (tmp_path / "roses.csv").read_text().splitlines())
    dry = {(y, x) for y, columns in script.POINTS.items() for x in columns if y <= 40 and x <= 134}
    assert len(rows) == 12 * (sum(map(len, script.POINTS.values())) - len(dry))
    first = dict(zip(head, rows[0], strict=True))
    assert (first["month"], first["lat"], first["lon"], first["n_cells"]) == ("1", "36.0", "136.0", "16")
    assert (first["share_NW"], first["share_N"], first["share_E"]) == ("0.667", "0.333", "0.0")
    assert (first["speed_NW_m_s"], first["speed_N_m_s"]) == ("8.0", "1.0")
    assert (first["calm_pct"], first["gale_pct"]) == ("3.0", "7.0")


@pytest.mark.parametrize(
    "languages", [["ko"], pytest.param(["ja", "ko"], marks=pytest.mark.long)], ids=["one", "all"]
)  # fmt: skip
def test_fonts_from_those_that_hold_the_letters(
    languages: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped fonts stand for the whole ones: what is made of them has all letters that are wanted again."""
    from fontTools.ttLib import TTFont

    script = program("data/make_fonts.py")
    shipped = resources.data("fonts")
    (tmp_path / "fonts").mkdir()
    towns = resources.data("areas/sea_of_japan/towns.csv")
    (tmp_path / "areas" / "sea_of_japan").mkdir(parents=True)
    shutil.copy(towns, tmp_path / "areas" / "sea_of_japan")
    for code in ("JP", "KR"):
        for weight, part in script.WEIGHTS.items():
            shutil.copy(shipped / f"DriftsimSans{code}{weight}.ttf", tmp_path / f"NotoSans{code}_{part}.ttf")
    monkeypatch.setattr(script, "HERE", tmp_path)
    if len(languages) == 2:
        call(monkeypatch, script.main, tmp_path)
    else:
        script.make(tmp_path / "NotoSansKR_700Bold.ttf", "ko", "Bold")
    made_all = sorted((tmp_path / "fonts").glob("*.ttf"))
    assert len(made_all) == (4 if len(languages) == 2 else 1)
    for path in made_all:
        made, old = TTFont(path), TTFont(shipped / path.name)
        letters = {ord(letter) for letter in script.wanted("ja" if "JP" in path.stem else "ko")} - {ord("\n")}
        assert made.getBestCmap().keys() == letters & old.getBestCmap().keys()
        assert len(letters - old.getBestCmap().keys()) < 0.01 * len(letters)
        assert made["name"].getDebugName(4) == old["name"].getDebugName(4)
