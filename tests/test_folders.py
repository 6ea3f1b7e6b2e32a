"""Nothing of anybody else's is deleted, overwritten or written to through a link, whatever lies in a folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from crash import Tree, put, tree_of
from synthetic import make_result, make_run_folder

from driftsim import cli, config
from driftsim.drift import checkpoint, footprint, simulation
from driftsim.kernels import jit
from driftsim.results import folder as marker
from driftsim.results import output, placing
from driftsim.studies import study
from driftsim.system import disk
from driftsim.system.errors import InputError, Interrupted, RunError

MINE = b"mine, and nobody else's\n"
links = pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs links and O_NOFOLLOW")


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def short(tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config of two days with few boats and no map."""
    path = tmp_path_factory.mktemp("short") / "short.toml"
    text = tiny_config.read_text(encoding="utf-8").replace("end = 2017-12-06", "end = 2017-11-24")
    path.write_text(text.replace("number = 700", "number = 40") + "map = false\ncsv = false\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """What is in the folder of a run."""
    return tree_of(make_run_folder(tmp_path_factory.mktemp("ran") / "run", 30, 4))


@pytest.fixture
def run(ran: Tree, tmp_path: Path) -> Path:
    return put(ran, tmp_path / "run")


# --- the marker -----------------------------------------------------------------------------------------------------


def test_a_marker_says_what_was_written(run: Path) -> None:
    there = marker.read_marker(run)
    assert there is not None
    assert (there.kind, there.faults(), set(there.files)) == (
        "run",
        {},
        {*placing.NAMES["run"].results} - {"members.csv", "arrivals.parquet"},
    )
    (run / "arrivals.nc").write_bytes((run / "arrivals.nc").read_bytes()[::-1])
    (run / "arrivals.csv").write_bytes(MINE)
    (run / "density.nc").unlink()
    (run / "tracks.nc").unlink()
    (run / "tracks.nc").symlink_to(run / "summary.json")
    assert there.faults() == {
        "arrivals.nc": "is not as it was written (another checksum)",
        "arrivals.csv": "is not as it was written (another length)",
        "density.nc": "is not there",
        "tracks.nc": "cannot be read (Too many levels of symbolic links)",
    }


GOOD = {"format": marker.FORMAT, "number": 1, "kind": "run", "files": {}, "made": {}}
STAMP = {"bytes": 3, "sha256": "ab" * 32}
BAD: dict[str, bytes] = {
    "empty": b"",
    "cut short": json.dumps(GOOD).encode()[:-4],
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "digits": b"1" * 5000,
    "a list": b"[]",
    "another program's": b'{"format": "zip"}',
    "of a later version": json.dumps({**GOOD, "number": 2}).encode(),
    "no kind": json.dumps({**GOOD, "kind": []}).encode(),
    "no files": json.dumps({**GOOD, "files": None}).encode(),
    "a long number": json.dumps({**GOOD, "files": {"a": {**STAMP, "bytes": 1.5}}}).encode(),
    "a short checksum": json.dumps({**GOOD, "files": {"a": {**STAMP, "sha256": "ab"}}}).encode(),
    **{
        f"a name that leads out: {name!r}": json.dumps({**GOOD, "made": {name: STAMP}}).encode()
        for name in ("../a", "/etc/passwd", "a//b", "a/../b", "..", "", "C:a", "a\\b", "a\x1bb")
    },
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_broken_marker_is_one_message(name: str, run: Path) -> None:
    (run / marker.FILE).write_bytes(BAD[name])
    before = tree_of(run)
    with pytest.raises(InputError, match=r"driftsim\.json: ") as told:
        marker.read_marker(run)
    assert "\n" not in str(told.value)
    with pytest.raises(InputError, match=r"driftsim\.json: "):
        placing.prepare_folder(run, overwrite=True)
    assert tree_of(run) == before


# --- a run's folder -------------------------------------------------------------------------------------------------


def folder_of_others(folder: Path, *names: str) -> Tree:
    folder.mkdir(exist_ok=True)
    for name in (*names, "notes.txt", ".arrivals.nc.77.part", ".mine.part", ".driftsim-notes.part"):
        (folder / name).write_bytes(MINE)
    return tree_of(folder)


FOREIGN = ("report.html", "run.json", "arrivals.csv", "config.toml", "checkpoint.npz", "landing_map.png")


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", [*FOREIGN[1:], "summary.json", "driftsim.json", "arrivals.nc"])
def test_a_run_replaces_no_file_that_is_not_a_run_s(name: str, overwrite: bool, short: Path, tmp_path: Path) -> None:
    before = folder_of_others(tmp_path / "work", name)
    result = call("run", short, "-o", tmp_path / "work", *(["--overwrite"] if overwrite else []))
    assert result.exit_code == 2, result.output
    assert name in result.stderr.replace("unfinished run", "checkpoint.npz"), result.stderr
    assert tree_of(tmp_path / "work") == before


def test_a_run_beside_its_config(short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``-o .``: what others have there stays, and the config is not taken for the run's own."""
    (tmp_path / "study.toml").write_bytes(short.read_bytes() + b"# a comment\n")
    before = folder_of_others(tmp_path, "report.html", "run.log")
    monkeypatch.chdir(tmp_path)
    assert call("run", "study.toml", "-o", ".").exit_code == 0
    assert call("run", "study.toml", "-o", ".", "--overwrite", "--seed", "9").exit_code == 0
    assert before.items() <= tree_of(tmp_path).items()
    assert output.read_run(tmp_path).summary["seed"] == 9
    after = tree_of(tmp_path)
    assert {name for name in after if name.startswith(".")} == {name for name in before if name.startswith(".")}
    # its own config in turn as an input of the next run
    result = call("run", "config.toml", "-o", ".", "--overwrite")
    assert result.exit_code == 2 and "config.toml: is read by this run, and would be replaced" in result.stderr
    assert tree_of(tmp_path) == after
    # a file that was changed is somebody's
    (tmp_path / "summary.json").write_bytes(MINE)
    result = call("run", "study.toml", "-o", ".", "--overwrite")
    assert result.exit_code == 2 and "summary.json: is not as it was written" in result.stderr, result.stderr
    assert (tmp_path / "summary.json").read_bytes() == MINE


def test_a_config_named_like_a_result(short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_bytes(short.read_bytes())
    monkeypatch.chdir(tmp_path)
    for more in ((), ("--overwrite",)):
        result = call("run", "config.toml", "-o", ".", *more)
        assert result.exit_code == 2 and "config.toml" in result.stderr
        assert tree_of(tmp_path) == {"config.toml": short.read_bytes()}


def test_an_input_among_the_results_that_would_go(run: Path, tiny: config.Config) -> None:
    """Mean forcing of an older run as the current of one that would replace it."""
    with placing.prepare_folder(run, overwrite=True) as held:
        with pytest.raises(InputError, match=r"forcing_mean\.nc: is read by this run"):
            held.accept([run / "forcing_mean.nc"])
        assert not list(run.glob(".driftsim-*"))


@pytest.mark.parametrize("fault", ["config", "input"])
def test_a_run_that_is_refused_changes_nothing(
    fault: str, ran: Tree, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even with ``--overwrite``: the old results, the log, what a killed run has left."""
    folder = put({**ran, ".driftsim-0123456789abcdef.new": {"arrivals.nc": b"half"}}, tmp_path / "run")
    placing.log(folder, "driftsim 0.0 begins: an old run")
    before = tree_of(folder)
    if fault == "config":
        result = call("run", short, "-o", folder, "--overwrite", "--boats", 0)
    else:
        text = short.read_text(encoding="utf-8").replace(
            'product = "climatology"', 'product = "cf"\nfiles = ["a.nc"]', 1
        )
        (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
        (tmp_path / "a.nc").write_bytes(MINE)
        result = call("run", tmp_path / "bad.toml", "-o", folder, "--overwrite")
    assert result.exit_code == 2, result.output
    assert tree_of(folder) == before
    assert call("run", short, "-o", folder).exit_code == 2
    assert tree_of(folder) == before


def test_the_advice_for_a_damaged_result_works(run: Path, tmp_path: Path) -> None:
    """It is no longer provably a run's, so nothing takes its place; another folder does, or this once it is away."""
    (run / "arrivals.nc").write_bytes(MINE)
    told = call("map", run)
    assert told.exit_code == 2 and "arrivals.nc: is not as it was written" in told.stderr
    assert "run the config again, into another folder" in told.stderr
    with pytest.raises(InputError, match=r"arrivals\.nc: is not .* move it away, or choose another folder"):
        placing.prepare_folder(run, overwrite=True)
    assert (run / "arrivals.nc").read_bytes() == MINE
    placing.prepare_folder(tmp_path / "another", overwrite=True).release()
    (run / "arrivals.nc").unlink()
    placing.prepare_folder(run, overwrite=True).release()


def test_resume_in_a_wrong_folder_changes_nothing(run: Path, tmp_path: Path) -> None:
    before = folder_of_others(tmp_path / "work", "run.log", "run.json")
    result = call("resume", tmp_path / "work")
    assert result.exit_code == 2 and "holds no unfinished run" in result.stderr
    assert tree_of(tmp_path / "work") == before
    (tmp_path / "work" / "checkpoint.npz").write_bytes(MINE)
    before = tree_of(tmp_path / "work")
    assert call("resume", tmp_path / "work").exit_code == 2
    assert tree_of(tmp_path / "work") == before


def test_what_a_killed_run_left_goes_with_the_next_that_is_accepted(run: Path) -> None:
    """By our own names alone, and what another command is still writing stays."""
    left = {
        ".driftsim-0123456789abcdef.new": {"arrivals.nc": b"half"},
        ".driftsim-0123456789abcdef.save": b"half a checkpoint",
        ".driftsim-fedcba9876543210.part": b"a day old",
    }
    stays = {
        ".driftsim-fedcba9876543211.part": b"being drawn",
        ".driftsim-0123456789abcde.new": {"a": MINE},
        ".driftsim-0123456789ABCDEF.new": {"a": MINE},
        ".driftsim-0123456789abcdee.new": {"within": {"a": MINE}},
        ".checkpoint.npz.12.part": MINE,
    }
    before = tree_of(run)
    put({**before, **left, **stays}, run)
    os.utime(run / ".driftsim-fedcba9876543210.part", (time.time() - 90_000.0,) * 2)
    with placing.prepare_folder(run, overwrite=True) as held:
        held.accept()
    assert tree_of(run) == {**before, **stays}


def test_an_empty_output_is_refused(short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would stand for the folder one is in; as for every other path of every command."""
    monkeypatch.chdir(tmp_path)
    result = call("run", short, "-o", "")
    assert result.exit_code == 2 and "is empty" in result.output
    assert not list(tmp_path.iterdir())
    paths = [
        (name, parameter)
        for name, command in cli.main.commands.items()
        for parameter in command.params
        if isinstance(parameter.type, click.Path)
    ]
    assert len(paths) > 20
    for name, parameter in paths:
        with pytest.raises(click.BadParameter, match="is empty"):
            parameter.type.convert("", parameter, None)
        assert name


def test_a_sweep_replaces_no_file_that_is_not_a_sweep_s(short: Path, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        f'[sweep]\nbase = "{short}"\n[sweep.grid]\n"wind.scale" = [0.9]\n', encoding="utf-8"
    )
    for name in placing.NAMES["sweep"].results:
        before = folder_of_others(tmp_path / name, name)
        for more in ((), ("--overwrite",)):
            result = call("sweep", tmp_path / "s.toml", "-o", tmp_path / name, *more)
            assert result.exit_code == 2 and f"{name}: is there without a driftsim.json" in result.stderr
            assert tree_of(tmp_path / name) == before
    folder = make_run_folder(tmp_path / "run", 30, 4)
    before = tree_of(folder)
    result = call("sweep", tmp_path / "s.toml", "-o", folder, "--overwrite")
    assert result.exit_code == 2 and "is the folder of a run" in result.stderr
    assert tree_of(folder) == before


def test_a_sweep_takes_its_own_table_away_and_puts_another_there(tmp_path: Path) -> None:
    """As when a variation is missing: the table of before is no longer true."""
    names = placing.NAMES["sweep"].results
    for content in (b"old", b"new"):
        with placing.Folder(disk.make_folder(tmp_path / "swept"), "sweep") as held:
            held.refuse(overwrite=True)
            held.withdraw()
            assert not any((tmp_path / "swept" / name).exists() for name in names)
            for name in names:
                (held.stage / name).write_bytes(content)
            held.commit()
    there = marker.read_marker(tmp_path / "swept")
    assert there is not None and (there.kind, set(there.files), there.faults()) == ("sweep", set(names), {})
    (tmp_path / "swept" / "sweep.csv").write_bytes(MINE)
    with placing.Folder(tmp_path / "swept", "sweep") as held, pytest.raises(InputError, match=r"sweep\.csv: is not as"):
        held.withdraw()
    assert (tmp_path / "swept" / "sweep.json").read_bytes() == b"new"


def test_figures_of_others_in_a_folder_are_no_obstacle_and_stay(tmp_path: Path) -> None:
    """As when maps of several runs were drawn into the folder that a run is then made in."""
    for name in ("tracks_map.png", "landing_map.png"):
        with placing.made(tmp_path / name, keep=True) as beside:
            beside.write_bytes(b"a map")
    with placing.prepare_folder(tmp_path, overwrite=True) as held:
        output.write_run(held, make_result(20, 4))
    there = marker.read_marker(tmp_path)
    assert there is not None
    assert (there.kind, there.faults()) == ("run", {})
    assert {name: there.fault(name) for name in there.made} == {"tracks_map.png": "", "landing_map.png": ""}
    (tmp_path / "tracks_map.png").write_bytes(MINE)
    output.write_run(tmp_path, make_result(20, 4, seed=8), overwrite=True)
    assert (tmp_path / "tracks_map.png").read_bytes() == MINE
    assert not (tmp_path / "landing_map.png").exists(), "of the run before, as far as can be told"


# --- what is made of results ----------------------------------------------------------------------------------------


def page(file: Path, content: bytes = b"page", overwrite: bool = False) -> None:
    with placing.made(file, overwrite=overwrite) as beside:
        beside.write_bytes(content)


def test_what_was_made_is_made_again_unless_somebody_changed_it(run: Path) -> None:
    file = run / "report.html"
    page(file)
    page(file, b"again")
    there = marker.read_marker(run)
    assert there is not None and set(there.made) == {"report.html"} and not there.faults()
    file.write_bytes(MINE)
    with pytest.raises(InputError, match=r"report\.html: exists already; use --overwrite"):
        page(file)
    assert file.read_bytes() == MINE
    page(file, overwrite=True)
    assert file.read_bytes() == b"page"
    page(run / "second.html")
    output.write_run(run, make_result(20, 4), overwrite=True)
    assert not file.exists() and not (run / "second.html").exists(), "they were of the run that is gone"
    page(file)
    file.write_bytes(MINE)
    output.write_run(run, make_result(20, 4), overwrite=True)
    assert file.read_bytes() == MINE


@pytest.mark.parametrize(
    "name", ["summary.json", "arrivals.csv", "checkpoint.npz", "run.json", "run.log", "driftsim.json"]
)
def test_no_command_writes_over_a_file_of_the_run(name: str, run: Path) -> None:
    (run / "checkpoint.npz").write_bytes(b"")
    placing.log(run, "began")
    with pytest.raises(InputError, match=f"{name}: belongs to the run itself"):
        page(run / name, overwrite=True)


def test_the_page_goes_into_no_config(run: Path, short: Path, tmp_path: Path) -> None:
    for name in ("study.toml", "page.html"):
        (tmp_path / name).write_bytes(MINE)
        result = call("report", run, "-o", tmp_path / name)
        assert result.exit_code == 2 and name in result.stderr
        assert (tmp_path / name).read_bytes() == MINE
    assert call("report", run, "-o", tmp_path / "study.toml", "--overwrite").exit_code == 2
    assert (tmp_path / "study.toml").read_bytes() == MINE
    assert call("report", run, "-o", tmp_path / "page.html", "--overwrite").exit_code == 0
    assert (tmp_path / "page.html").read_bytes() != MINE
    assert call("report", run).exit_code == 0
    assert call("report", run).exit_code == 0, "its own page"


COMMANDS: dict[str, tuple[tuple[object, ...], str]] = {
    "map": (("map", "RUN", "-o", "PLACE/a.svg"), "a.svg"),
    "map in a folder": (("map", "RUN", "--figure", "landings", "-o", "PLACE"), "landing_map.png"),
    "animate": (("animate", "RUN", "-o", "PLACE/a.gif"), "a.gif"),
    "report": (("report", "RUN", "-o", "PLACE/a.html"), "a.html"),
    "kml": (("export", "RUN", "--to", "kml", "--layer", "stretches", "-o", "PLACE/a.kml"), "a.kml"),
    "csv": (("export", "RUN", "--to", "csv", "--layer", "stretches", "-o", "PLACE"), "stretches.csv"),
    "records": (("records", "-o", "PLACE"), "records_map.png"),
    "validate": (("validate", "RUN", "-o", "PLACE"), "validation.json"),
    "init": (("init", "PLACE/a.toml"), "a.toml"),
    "bench": (("bench", "--quick", "--json", "PLACE/a.json"), "a.json"),
}


SLOW = ("map in a folder", "records", "validate")


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=[pytest.mark.long] if what in SLOW else []) for what in COMMANDS]
)
def test_no_command_overwrites_unasked(what: str, run: Path, tmp_path: Path) -> None:
    words, name = COMMANDS[what]
    place = tmp_path / "place"
    place.mkdir()
    (place / name).write_bytes(MINE)
    result = call(*(str(word).replace("RUN", str(run)).replace("PLACE", str(place)) for word in words))
    assert result.exit_code == 2 and f"{name}: exists already" in result.stderr, result.output
    assert (place / name).read_bytes() == MINE


# --- a store, and compiled code -------------------------------------------------------------------------------------


def test_a_folder_of_anybody_s_files_is_no_store(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    thesis = {"thesis.tex": MINE, "figures": {"a.png": MINE}, ".zgroup": b"{}"}
    folder = put(thesis, tmp_path / "thesis")
    for more in ((), ("--overwrite",)):
        result = call("export", run, "--to", "zarr", "-o", folder, *more)
        assert result.exit_code == 2 and "thesis" in result.stderr
        assert tree_of(folder) == thesis
    store = tmp_path / "drift.zarr"
    assert call("export", run, "--to", "zarr", "-o", store).exit_code == 0
    first = tree_of(store)
    assert call("export", run, "--to", "zarr", "-o", store, "--overwrite").exit_code == 0
    assert tree_of(store) == first
    assert {path.name for path in tmp_path.iterdir()} == {"run", "thesis", "drift.zarr"}
    (store / "arrivals" / "notes.txt").write_bytes(MINE)
    result = call("export", run, "--to", "zarr", "-o", store, "--overwrite")
    assert result.exit_code == 2 and "notes.txt: is not of the store" in result.stderr
    assert (store / "arrivals" / "notes.txt").read_bytes() == MINE
    (tmp_path / "link.zarr").symlink_to(store)
    assert call("export", run, "--to", "zarr", "-o", tmp_path / "link.zarr", "--overwrite").exit_code == 2


def test_compiled_code_alone_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIFTSIM_CACHE_DIR", str(tmp_path))
    entry = jit._Entries(tmp_path, "drive.drive-12.py311")
    entry.save("key", "code")
    (name,) = (path.name for path in tmp_path.iterdir())
    code = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    ours = {"kernels_0123": {name: code, f"{name}.0123456789abcdef.part": b"half"}, ".write-17": b""}
    folders = {
        "kernels-0123456789abcdef": (ours, False),
        "kernels-0123456789abcdee": ({"kernels_0123": {name: code, "thesis.tex": MINE}}, True),
        "kernels-0123456789abcded": ({"kernels_0123": {name: MINE}}, True),
        "kernels-paper": ({"thesis.tex": MINE}, True),
        "kernels-0123456789abcde": (ours, True),
        "kernels-0123456789abcdeff": (ours, True),
    }
    for folder, (content, _) in folders.items():
        put(content, tmp_path / folder)
        os.utime(tmp_path / folder, (time.time() - 60 * 86_400.0,) * 2)
    put(ours, tmp_path / "kernels-0123456789abcdea")
    assert jit.cache_directory() is not None
    assert (tmp_path / "kernels-0123456789abcdea").is_dir(), "it is young"
    for folder, (content, stays) in folders.items():
        assert (tmp_path / folder).is_dir() == stays, folder
        if stays:
            assert tree_of(tmp_path / folder) == content


# --- links ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """A file of the user's outside the folder, which must stay as it is."""
    file = tmp_path / ".bashrc"
    file.write_bytes(MINE)
    yield file
    assert file.read_bytes() == MINE and not file.is_symlink()


@pytest.fixture
def stopped(short: Path, tmp_path: Path) -> Path:
    """An unfinished run."""
    asked = iter([None, int(signal.SIGTERM)])
    with pytest.raises(Interrupted):
        study.run(config.load(short), tmp_path / "stopped", stop=lambda: next(asked))
    return tmp_path / "stopped"


@links
@pytest.mark.parametrize("how", ["symbolic", "hard"])
def test_the_log_is_written_through_no_link(how: str, stopped: Path, secret: Path) -> None:
    (stopped / "run.log").unlink()
    link(stopped / "run.log", secret, how)
    study.resume(stopped)
    placing.log(stopped, "more")


def link(place: Path, target: Path, how: str = "symbolic") -> None:
    place.symlink_to(target) if how == "symbolic" else os.link(target, place)


@links
def test_a_log_is_no_pipe(run: Path) -> None:
    os.mkfifo(run / "run.log")
    placing.log(run, "nobody listens")  # and it returns


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2Jgone", "a\r\n2017-01-01T00:00:00Z finished", "\u202egnp.exe", "\0"])
def test_a_line_of_the_log_is_one_line(text: str, tmp_path: Path) -> None:
    placing.log(tmp_path, text)
    placing.log(tmp_path, "next")
    lines = (tmp_path / "run.log").read_text(encoding="utf-8").split("\n")
    assert len(lines) == 3 and all(line.isprintable() for line in lines), lines


@links
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "name",
    ["run.json", "checkpoint.npz", "summary.json", "driftsim.json", ".driftsim.lock", "landing_map.png"],
)
def test_a_run_follows_no_link(name: str, overwrite: bool, short: Path, secret: Path, tmp_path: Path) -> None:
    folder = tmp_path / "planted"
    folder.mkdir()
    link(folder / name, secret)
    result = call("run", short, "-o", folder, *(["--overwrite"] if overwrite else []))
    assert result.exit_code == 2, result.output
    assert (folder / name).is_symlink() and len(list(folder.iterdir())) == 1


@links
@pytest.mark.parametrize("name", ["arrivals.nc", "run.json", "landing_map.png", ".driftsim.lock", "checkpoint.npz"])
def test_a_link_in_a_run_s_folder_is_not_followed(name: str, run: Path, secret: Path) -> None:
    (run / name).unlink(missing_ok=True)
    link(run / name, secret)
    with pytest.raises(InputError):
        output.write_run(run, make_result(20, 4), overwrite=True)
    assert (run / name).is_symlink()


@links
def test_a_lock_that_is_a_link_is_named(run: Path, secret: Path) -> None:
    (run / placing.LOCK).symlink_to(secret)
    with pytest.raises(InputError, match=r"\.driftsim\.lock: is a link, .* remove it"):
        placing.prepare_folder(run, overwrite=True)
    (run / placing.LOCK).unlink()
    (run / placing.LOCK).mkdir()
    with pytest.raises(InputError, match=r"\.driftsim\.lock: cannot be written to"):
        placing.prepare_folder(run, overwrite=True)


@links
def test_maps_and_pages_are_written_through_no_link(run: Path, secret: Path) -> None:
    for name in (
        "landing_map.png.part",
        ".landing_map.png.part",
        "report.html.part",
        f".report.html.{os.getpid()}.part",
    ):
        link(run / name, secret)
    page(run / "landing_map.png")
    page(run / "report.html")
    for name in ("second.html", "third.png"):
        link(run / name, secret)
        with pytest.raises(InputError, match="exists already"):
            page(run / name)
        page(run / name, overwrite=True)  # the link goes, not what it leads to
        assert (run / name).read_bytes() == b"page" and not (run / name).is_symlink()


@links
def test_exports_and_variations_go_into_no_linked_folder(run: Path, short: Path, tmp_path: Path) -> None:
    """Folders that a command makes within another by itself; a link that the user names is followed."""
    (tmp_path / "theirs").mkdir()
    link(run / "export", tmp_path / "theirs")
    (tmp_path / "sweep.toml").write_text(
        f'[sweep]\nbase = "{short}"\n[[sweep.variation]]\ngroup = "g"\nname = "other"\nset = {{ run.seed = 5 }}\n',
        encoding="utf-8",
    )
    (tmp_path / "sweep").mkdir()
    link(tmp_path / "sweep" / "other", tmp_path / "theirs")
    for command in (
        ("export", run, "--to", "csv"), ("sweep", tmp_path / "sweep.toml", "-o", tmp_path / "sweep", "--overwrite"),
    ):  # fmt: skip
        result = call(*command)
        assert result.exit_code == 2 and "is a link" in result.output, result.output
    assert not list((tmp_path / "theirs").iterdir())


@links
def test_temporary_names_are_random_and_taken_by_nobody(
    run: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {disk.temporary(run).name for _ in range(100)}
    assert len(names) == 100 and all(len(name) == len(".driftsim-0123456789abcdef.part") for name in names)
    monkeypatch.setattr(disk.secrets, "token_hex", lambda n: "ab" * n)  # even one that could be foreseen
    link(run / f".driftsim-{'ab' * 8}.part", secret)
    with pytest.raises(InputError, match="exists already"):
        page(run / "report.html")
    assert not (run / "report.html").exists()


@links
def test_a_stage_that_was_planted_moves_nothing(run: Path, tmp_path: Path, secret: Path) -> None:
    """Results that lie ready are moved if they are whole and a run's; a stranger's folder may hold anything."""
    before = tree_of(run)
    ready = run / ".driftsim-0123456789abcdef.ready"
    link(ready, tmp_path)
    with placing.prepare_folder(run, overwrite=True) as held:
        assert not held.finished
    ready.unlink()
    ready.mkdir()
    (ready / "thesis.tex").write_bytes(b"theirs")
    (run / "thesis.tex").write_bytes(MINE)
    for write in (lambda: None, lambda: marker.write_marker(ready, ["thesis.tex"]), lambda: link(ready / "a", secret)):
        write()
        with pytest.raises(InputError, match=r"\.ready"):
            placing.prepare_folder(run, overwrite=True)
        assert (run / "thesis.tex").read_bytes() == MINE
    shutil.rmtree(ready)
    (run / "thesis.tex").unlink()
    assert tree_of(run) == before


# --- the disk -------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_files() -> Iterator[Callable[[int | None], None]]:
    """Sets a limit to the length of files, as a disk that is nearly full would; None: the one before."""
    resource = pytest.importorskip("resource")
    before, heard = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (before[0] if size is None else size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, heard)


def test_the_old_results_stay_where_the_new_do_not_fit(
    short: Path, tmp_path: Path, small_files: Callable[[int | None], None]
) -> None:
    cfg = config.load(short)
    folder = study.run(cfg, tmp_path / "run").folder
    before = {name: of for name, of in tree_of(folder).items() if name != "run.log"}
    largest = max(len(of) for name, of in before.items())
    bigger = config.load(short, {"run.seed": 8})
    small_files(largest - 100)
    with pytest.raises(RunError, match=r"cannot be written \(File too large|NetCDF: HDF error"):
        study.run(bigger, folder, overwrite=True, save_every_s=float("inf"))
    small_files(None)
    after = tree_of(folder)
    assert before.items() <= after.items()
    assert set(after) - set(before) == {"run.log", "checkpoint.npz"}
    done = study.resume(folder)
    assert done.run.summary["seed"] == 8
    assert checkpoint.FILE not in tree_of(folder)


def test_check_tells_the_disk_that_a_run_needs(tiny_config: Path, tiny_run: study.Study) -> None:
    """Enough, and not many times too much."""
    cfg = config.load(tiny_config)
    results, under_way = footprint.disk_bytes(cfg, cfg.boats.number)
    there = sum(len(of) for of in tree_of(tiny_run.folder).values())
    assert there < results < 3.0 * there
    saved = sum(array.nbytes for array in simulation.Simulation(cfg).saved().values())
    assert saved + there < under_way < 3.0 * (saved + there)
    told = study.check(cfg)
    assert f"disk      at most about {results / 1e6:.0f} MB for results, {under_way / 1e6:.0f} MB until" in told
    doubled = footprint.disk_bytes(config.load(tiny_config, {"boats.number": 700_000}), 700_000)
    assert doubled[0] - results == pytest.approx((700_000 - 700) * (footprint.ROW_BYTES + footprint.CSV_BYTES))
