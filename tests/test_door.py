"""What is read of a run's folder: the run's own, whole and in its shape, or one message; no traceback, no hang."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from synthetic import make_result, make_run_folder
from test_impossible import ANYTHING, mutated

from driftsim import cli
from driftsim.area import shoreline
from driftsim.area.regions import REGIONS
from driftsim.figures import export, maps, report
from driftsim.results import columns, output, schema, statistics, table, text_files
from driftsim.results.folder import FILE as MARKER
from driftsim.results.folder import Stamp, read_marker, write_marker
from driftsim.studies import verify
from driftsim.system import text
from driftsim.system.errors import InputError
from driftsim.validation import landings, track_files

PARTS = ("summary", "config", "settings", "arrivals", "tracks", "density", "forcing_mean", "info", "validation")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run_folder(tmp_path_factory.mktemp("whole") / "run", 360, 12)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def mark_again(folder: Path) -> None:
    """As somebody would who wants his own files to be taken for a run's."""
    marker = read_marker(folder)
    assert marker is not None
    checked = folder / "validation.json"
    write_marker(folder, marker.files, made={checked.name: Stamp.of(checked)} if checked.is_file() else {})


def read_all(folder: Path, use: bool = False) -> None:
    """Read everything; and, if asked, show all that can be shown quickly."""
    with output.read_run(folder) as run:
        for name in PARTS:
            getattr(run, name)
        table.text(run.summary)
        export.about(run)
        if use:
            maps.read_map_data(run)
            report.page(run)
            export.layers_of(run)
            landings.from_run(run)
            run.to_xarray()


def one_message(problem: InputError, name: str) -> None:
    told = str(problem)
    assert name in told, told
    assert len(told.splitlines()) == 1 and told.isprintable(), told


# --- only the run's own files ---------------------------------------------------------------------------------------


def test_what_a_run_wrote_is_read(folder: Path) -> None:
    read_all(folder, use=True)
    verdict = verify.verify(folder)
    assert verdict.whole, verdict.text


def test_a_source_that_released_nothing_is_read() -> None:
    """Few boats, and a source that none of them is of: the summary is one that the door lets in."""
    made = make_result(40, 4)
    keep = made.arrivals["source"].values != 0
    few = made.arrivals.isel(boat=np.flatnonzero(keep))
    told = statistics.summarise(few, REGIONS, made.summary["forcing"])
    empty = next(part for part in told["sources"] if not part["boats"])
    for numbers in empty["regions"].values():
        assert numbers["within_20_km"] is None and numbers["probability"] is None
        schema.Numbers.model_validate(numbers)


FILES = ("summary.json", "arrivals.nc", "config.toml", "tracks.nc", "density.nc", "forcing_mean.nc")


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_run_is_refused(name: str, folder: Path, tmp_path: Path) -> None:
    other = make_run_folder(tmp_path / "other", 360, 12, 4)
    if name == "config.toml":
        (other / name).write_text((other / name).read_text().replace("seed = 3", "seed = 4"))
    shutil.copy(other / name, folder / name)
    with pytest.raises(InputError) as problem:
        read_all(folder)
    one_message(problem.value, name)
    assert "is not as it was written" in str(problem.value)
    verdict = verify.verify(folder)
    assert not verdict.whole and name in next(line for line in verdict.text.splitlines() if line.startswith("wrong"))


def test_an_edited_number_is_refused_by_every_command(folder: Path, tmp_path: Path) -> None:
    body = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    body["regions"]["akita"]["share_of_home"] = 0.999
    text_files.write_json(folder / "summary.json", body)
    for command in (
        ("map", folder), ("animate", folder, "-o", tmp_path / "a.gif"), ("validate", folder), ("report", folder),
        ("export", folder, "--to", "csv"), ("export", folder, "--to", "geojson"), ("verify", folder),
    ):  # fmt: skip
        done = CliRunner().invoke(cli.main, [str(word) for word in command])
        assert done.exit_code == 2, (command, done.output, done.exception)
        assert "summary.json" in done.output and "is not as it was written" in done.output
        assert "99.9" not in done.output


def test_numbers_that_the_boats_do_not_give_are_found_even_under_a_new_marker(folder: Path) -> None:
    body = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    body["regions"]["akita"]["share_of_home"] = 0.999
    text_files.write_json(folder / "summary.json", body)
    mark_again(folder)
    verdict = verify.verify(folder)
    assert not verdict.whole and "other regions" in verdict.text
    body["boats"] += 1
    body["outcomes"]["adrift"] += 1
    text_files.write_json(folder / "summary.json", body)
    mark_again(folder)
    with pytest.raises(InputError, match=r"arrivals\.nc: has other boats or members than summary\.json"):
        read_all(folder)


def test_a_file_that_the_run_did_not_leave_is_refused(folder: Path, tmp_path: Path) -> None:
    bare = make_result(360, 12)
    bare.tracks = None
    output.write_run(tmp_path / "bare", bare)
    with output.read_run(tmp_path / "bare") as run:
        assert run.tracks is None
    shutil.copy(folder / "tracks.nc", tmp_path / "bare" / "tracks.nc")
    with output.read_run(tmp_path / "bare") as run, pytest.raises(InputError, match=r"tracks\.nc: does not belong"):
        assert run.tracks
    assert "tracks.nc" in verify.verify(tmp_path / "bare").text


def test_a_folder_without_its_marker_is_no_run(folder: Path) -> None:
    (folder / MARKER).unlink()
    for read in (read_all, verify.verify):
        with pytest.raises(InputError, match="nothing tells whether its files belong together"):
            read(folder)


# --- what stands in a file's place ----------------------------------------------------------------------------------


def places(name: str, folder: Path) -> dict[str, Callable[[Path], None]]:
    return {
        "empty": lambda file: file.write_bytes(b""),
        "folder": lambda file: file.mkdir(),
        "pipe": os.mkfifo,
        "link": lambda file: file.symlink_to(folder.parent / "elsewhere"),
        "device": lambda file: file.symlink_to("/dev/zero"),
        "latin": lambda file: file.write_bytes("[run]\ntitle = 'é'\n".encode("latin-1")),
        "list": lambda file: file.write_text("[]"),
        "deep": lambda file: file.write_text("[" * 100_000),
        "absent": lambda file: None,
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
@pytest.mark.parametrize(
    "name", ["arrivals.nc", "config.toml", MARKER,
             *(pytest.param(name, marks=pytest.mark.long)
               for name in ("summary.json", "tracks.nc", "density.nc", "forcing_mean.nc", "run.json"))],
)  # fmt: skip
def test_whatever_stands_in_the_place_of_a_file(name: str, whole: Path, tmp_path: Path) -> None:
    kept = (whole / name).read_bytes()
    (tmp_path / "elsewhere").write_bytes(kept)
    for what, put in places(name, tmp_path / "run").items():
        folder = Path(shutil.copytree(whole, tmp_path / "run"))
        (folder / name).unlink()
        put(folder / name)
        for marked in (True, False):
            if not marked and name != MARKER and os.path.isfile(folder / name):
                if os.path.islink(folder / name):
                    continue  # is no file to put a checksum to
                mark_again(folder)
            with pytest.raises(InputError) as problem:
                read_all(folder)
            if not (what == "absent" and name == MARKER):
                one_message(problem.value, name)
        shutil.rmtree(folder)


def test_a_header_that_promises_more_than_the_file_can_hold(folder: Path) -> None:
    with netCDF4.Dataset(folder / "arrivals.nc", "w") as file:
        file.createDimension("boat", 65 * 10**8)
        for name, (kind, _) in columns.ARRIVALS.items():
            file.createVariable(name, kind, ("boat",), chunksizes=(10**6,))
    assert (folder / "arrivals.nc").stat().st_size < 10**6
    mark_again(folder)
    with pytest.raises(InputError, match=r"arrivals\.nc: its header promises [89]\d\d\.\d GB, which"):
        read_all(folder)


def test_cells_that_a_spreadsheet_would_run_are_defused(tmp_path: Path) -> None:
    run = make_result(360, 12)
    names = ["=HYPERLINK(1)", "@SUM", "-2+3"]
    run.arrivals["source"].attrs = {"flag_meanings": names}
    output.write_run(tmp_path / "run", run, shoreline.load())
    (written,) = (path for path in export.export(tmp_path / "run", "csv", tmp_path / "csv") if "landings" in path.name)
    for file in (tmp_path / "run" / "arrivals.csv", written):
        told = file.read_text(encoding="utf-8")
        for name in names:
            assert f",'{name}," in told and f",{name}," not in told, file


def test_numbers_stay_numbers_and_text_stays_readable() -> None:
    assert [text.cell(value) for value in (-1.5, -3, "-3", "+1", "@a", " =1", "\n＝1", "1-2", "Noto", None)] == [
        -1.5, -3, "'-3", "'+1", "'@a", "' =1", "'\n＝1", "1-2", "Noto", None,
    ]  # fmt: skip
    assert text.clean("能登\u3000Łódź – 2 %\n\ta\x1b[2J\x85\u2028\ud800\u200f") == "能登\u3000Łódź – 2 %\n?a?[2J????"
    assert text.cleaned({"a\x07": ["b\r", 3, {"c": "d\u202e"}]}) == {"a?": ["b?", 3, {"c": "d?"}]}


# --- fuzzing --------------------------------------------------------------------------------------------------------


def fuzz_json(folder: Path, name: str, count: int, seed: int) -> int:
    """Mutate what a JSON file says, its bytes now and then; how many were refused."""
    rng, refused = np.random.default_rng(seed), 0
    genuine = (folder / name).read_bytes()
    for k in range(count):
        changed = json.dumps(mutated(rng, json.loads(genuine)), ensure_ascii=bool(k % 2))
        raw = bytearray(changed.encode("utf-8", "surrogatepass"))
        if rng.random() < 0.2:
            raw[rng.integers(len(raw))] = rng.integers(256)
        (folder / name).write_bytes(raw)
        mark_again(folder)
        refused += _refused(folder, name, use=k % 50 == 0)
    (folder / name).write_bytes(genuine)
    mark_again(folder)
    return refused


def _refused(folder: Path, name: str, use: bool = False) -> bool:
    try:
        read_all(folder, use)
    except InputError as problem:
        one_message(problem, "")
        return True
    return False


VALIDATION = {
    "verdict": ["fits"], "records": {"name": "of 2017", "events": 100},
    "where": {"mission": {"bins": [{"name": "Akita", "low_90": 1, "high_90": 5.0, "recorded_low": 3,
              "recorded_high": None, "p_min": 0.2, "p_max": 0.4, "vague": False}]}, "coarse": None},
}  # fmt: skip


def jsons(folder: Path, count: int, seed: int) -> int:
    (folder / "validation.json").write_text(json.dumps(VALIDATION))
    with pytest.raises(InputError, match=r"validation\.json: is not in the list.*; run driftsim validate again"):
        read_all(folder)
    mark_again(folder)
    read_all(folder, use=True)
    names = ("summary.json", "run.json", "validation.json")
    return sum(fuzz_json(folder, name, count, seed + k) for k, name in enumerate(names))


def test_json_of_all_kinds(folder: Path) -> None:
    assert jsons(folder, 3, 1) > 2


@pytest.mark.long
def test_json_of_all_kinds_over_and_over(folder: Path) -> None:
    assert jsons(folder, 1000, 2) > 1000


def fuzz_config(folder: Path, count: int, seed: int) -> int:
    """Mutate the resolved config, letter by letter and value by value."""
    rng, refused = np.random.default_rng(seed), 0
    genuine = (folder / "config.toml").read_text()
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    values = ["[]", '"x"', "1e400", "nan", "{}", "-1", "true", "2017-01-01", "[1, 2, 3, 4]", "[[1]]", "'''", "9" * 5000]
    lines = [*genuine.splitlines(), "[coast]", "domain = [127.0, 143.0, 33.0, 48.0]", "[boats]", "classes = []",
             "perturbation_hours = 3.0", "sinking = {after_days = 1.0, mean_life_days = 3.0}"]  # fmt: skip
    for _ in range(count):
        changed = list(lines)
        at = int(rng.integers(len(changed)))
        key, equals, _ = changed[at].partition("=")
        if rng.random() < 0.7 and equals:
            changed[at] = f"{key}= {values[rng.integers(len(values))]}"
        else:
            letters = list(changed[at] or "x")
            letters[rng.integers(len(letters))] = chr(int(rng.integers(1, 0x200)))
            changed[at] = "".join(letters)
        told = "\n".join(changed)
        (folder / "config.toml").write_text(told, encoding="utf-8")
        summary["provenance"]["config"] = told
        text_files.write_json(folder / "summary.json", summary)
        mark_again(folder)
        refused += _refused(folder, "config.toml", use=bool(rng.random() < 0.02))
    return refused


def test_configs_of_all_kinds(folder: Path) -> None:
    assert fuzz_config(folder, 5, 7) > 1


@pytest.mark.long
def test_configs_of_all_kinds_over_and_over(folder: Path) -> None:
    assert fuzz_config(folder, 1500, 8) > 500


DATASETS = ("arrivals.nc", "tracks.nc", "density.nc", "forcing_mean.nc")
EXTREMES = [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0, -1.0, 2**31 - 1, -(2**31), 2**62, 127, -128, 99999.0]


def changed_dataset(rng: np.random.Generator, dataset: xr.Dataset) -> xr.Dataset:
    """A data set with one thing in it that is other: a value, a type, a shape, a name, an attribute."""
    name = str(rng.choice(list(dataset.variables)))
    variable = dataset[name]
    kind = rng.integers(8)
    if kind <= 2:  # a value
        values = variable.values.copy()
        if values.size:
            with np.errstate(all="ignore"):
                extreme = np.array(EXTREMES[rng.integers(len(EXTREMES))]).astype(values.dtype)
            values.flat[rng.integers(values.size)] = extreme
        return dataset.assign({name: (variable.dims, values, variable.attrs)})
    if kind == 3:  # a type
        to = str(rng.choice(["f4", "f8", "i1", "i2", "i8", "U3", "S1"]))
        with np.errstate(all="ignore"):
            return dataset.drop_vars(name).assign({name: (variable.dims, variable.values.astype(to), variable.attrs)})
    if kind == 4:  # a shape
        size = max(0, dataset.sizes[dimension := str(rng.choice(list(dataset.dims)))] + int(rng.integers(-2, 1)))
        return dataset.isel({dimension: slice(0, size if rng.random() < 0.7 else 0)})
    if kind == 5:
        return dataset.drop_vars(name)
    if kind == 6:
        return dataset.rename({name: "other"})
    out = dataset.copy()
    of = out[name] if rng.random() < 0.7 else out
    key = str(rng.choice([*of.attrs, "flag_values", "flag_meanings", "run_start", "members"]))
    given = [ANYTHING[rng.integers(len(ANYTHING))], "2017-13-45", "9999-12-31T23:00:00", -1, 10**15, np.arange(3)]
    value = given[rng.integers(len(given))]
    if value is None or isinstance(value, dict | list | bool) or value == "\ud800":
        of.attrs.pop(key, None)
    else:
        of.attrs[key] = value
    return out


def fuzz_datasets(folder: Path, count: int, seed: int) -> int:
    rng, refused = np.random.default_rng(seed), 0
    opened = {name: xr.open_dataset(folder / name, decode_times=False, mask_and_scale=False).load()
              for name in DATASETS}  # fmt: skip
    for k in range(count):
        name = DATASETS[k % 4]
        genuine = (folder / name).read_bytes()
        try:  # under a name of its own: xarray keeps a file open that it could not write
            changed_dataset(rng, opened[name]).to_netcdf(folder / f"{k}.nc", engine="netcdf4")
        except (ValueError, TypeError, OverflowError, RuntimeError):  # netCDF itself does not take it
            continue
        (folder / f"{k}.nc").replace(folder / name)
        mark_again(folder)
        refused += _refused(folder, name, use=k % 10 == 0)
        (folder / name).write_bytes(genuine)
    return refused


def test_data_sets_of_all_kinds(folder: Path) -> None:
    assert fuzz_datasets(folder, 8, 11) > 2


@pytest.mark.long
def test_data_sets_of_all_kinds_over_and_over(folder: Path) -> None:
    assert fuzz_datasets(folder, 1000, 12) > 400


def fuzz_bytes(folder: Path, count: int, seed: int) -> int:
    """Cut files short, flip bits, overwrite parts: all of it is seen before a library looks at the file."""
    rng, refused = np.random.default_rng(seed), 0
    for k in range(count):
        name = FILES[k % len(FILES)]
        genuine = (folder / name).read_bytes()
        raw = bytearray(genuine)
        if rng.random() < 0.2:
            raw = raw[: rng.integers(len(raw))]
        else:
            for _ in range(rng.integers(1, 5)):
                raw[rng.integers(len(raw))] ^= 1 << int(rng.integers(8))
        (folder / name).write_bytes(raw)
        refused += _refused(folder, name)
        (folder / name).write_bytes(genuine)
    return refused


def test_damaged_bytes(folder: Path) -> None:
    assert fuzz_bytes(folder, 12, 13) == 12


@pytest.mark.long
def test_damaged_bytes_over_and_over(folder: Path) -> None:
    assert fuzz_bytes(folder, 1000, 14) == 1000


def fuzz_tables(path: Path, count: int, seed: int) -> tuple[int, int]:
    """Tables of landings and of tracks, three layouts, mutated letter by letter."""
    rng, coast, counts = np.random.default_rng(seed), shoreline.load(), [0, 0]
    table = b"lon,lat,time,member\n139.9,39.9,2017-11-23T06:00:00Z,0\n136.7,37.3,2017-12-01,1\n140.0,40.2,,1\n"
    table = table.replace(b",,1", b",2017-12-03,1")
    seen = [
        b"id,time,lon,lat\na,2017-11-23T06:00:00Z,135.0,39.0\na,2017-11-25,136.0,39.5\n",
        b"ID,time,latitude,longitude\n,UTC,degrees_north,degrees_east\n7,2017-11-23T06:00Z,39,135\n7,2017-11-24,40,136\n",
        b"7 11 23.25 2017 39.0 135.0\n7 11 24.50 2017 39.4 136.0\n",
    ]
    bits = [b"1e999", b"nan", b"9999-12-31T23:59:59Z", b"0001-01-01T00:00+14:00", b'"', b"\0", b"\xff", b",", b"\n",
            b"-", b"999999999999999999999", b"\x1b[2J", b"\r", b"inf", b"9" * 5000]  # fmt: skip
    for k in range(count):
        raw = bytearray(table if k % 2 else seen[k // 2 % 3])
        for _ in range(int(rng.integers(1, 4))):
            at, cut = int(rng.integers(len(raw) + 1)), int(rng.integers(0, 6))
            raw[at : at + cut] = bits[rng.integers(len(bits))] if rng.random() < 0.6 else bytes([rng.integers(256)])
        path.write_bytes(raw)
        try:
            if k % 2:
                landings.from_table(path, coast)
            else:
                track_files.load(path)
        except InputError as problem:
            assert path.name in str(problem) and len(str(problem)) < 3000, str(problem)
            counts[k % 2] += 1
    return counts[0], counts[1]


def test_tables_of_all_kinds(tmp_path: Path) -> None:
    assert min(fuzz_tables(tmp_path / "table.csv", 200, 15)) > 25


@pytest.mark.long
def test_tables_of_all_kinds_over_and_over(tmp_path: Path) -> None:
    assert min(fuzz_tables(tmp_path / "table.csv", 210_000, 16)) > 10_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_a_pipe_in_the_place_of_a_table_hangs_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for read in (
        lambda: landings.from_table(tmp_path / "pipe.csv", None),
        lambda: track_files.load(tmp_path / "pipe.csv"),
    ):
        with pytest.raises(InputError, match=r"pipe\.csv: is no regular file but a pipe"):
            read()


def test_a_stamp_is_of_regular_files(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(__file__)
    with pytest.raises(OSError):
        Stamp.of(tmp_path / "link")
