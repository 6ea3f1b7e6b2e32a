"""A run in parts leaves the very bytes of one run, whatever the order, whoever is killed, and says what is amiss."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tasks
from click.testing import CliRunner
from processes import forked

from driftsim import cli
from driftsim.config import Config
from driftsim.results import folder as marker
from driftsim.results import output, placing, shards
from driftsim.results.result import Run
from driftsim.studies import engines, parts, study, verify
from driftsim.system.errors import InputError, RunError

DIFFERS = ("run.json", "run.log")


def assert_same_bytes(folder: Path, one: Path) -> None:
    names = {path.name for path in one.iterdir() if path.is_file()} - {*DIFFERS}
    assert {path.name for path in folder.iterdir() if path.is_file()} - {*DIFFERS} == names
    for name in sorted(names):
        assert (folder / name).read_bytes() == (one / name).read_bytes(), name


@pytest.fixture(scope="module")
def brief(tiny: Config) -> Config:
    """Four days, without a map."""
    run = tiny.run.model_copy(update={"end": tiny.run.start.replace(day=24)})
    return tiny.model_copy(update={"run": run, "output": tiny.output.model_copy(update={"map": False})})


@pytest.fixture(scope="module")
def three(brief: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three parts of that run, not made in their order."""
    folder = tmp_path_factory.mktemp("three")
    for number in (2, 3, 1):
        study.run_part(brief, folder, number, 3)
    return folder


@pytest.fixture(scope="module")
def one(brief: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run, made at once."""
    return study.run(brief, tmp_path_factory.mktemp("one") / "run").folder


@pytest.fixture
def copied(three: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(three, tmp_path / "parts"))


# --- bytes ----------------------------------------------------------------------------------------------------------


def test_parts_make_the_bytes_of_one_run(copied: Path, one: Path, three: Path) -> None:
    done = study.merge(copied)
    assert_same_bytes(done.folder, one)
    assert done.run.info["parts"] == 3
    kept = [shards.read(part) for part in sorted(three.iterdir())]
    assert [part.watched("tracks").shape[0] for part in kept if part is not None] == [50, 0, 0]
    assert [(part / "forcing_mean.nc").exists() for part in sorted(three.iterdir())] == [True, False, False]


@pytest.mark.long
@pytest.mark.parametrize("count", [1, 8])
def test_any_number_of_parts_makes_the_bytes_of_one_run(tiny: Config, count: int, tmp_path: Path) -> None:
    """With the map, and with tracks in three of eight parts."""
    cfg = tiny.model_copy(update={"output": tiny.output.model_copy(update={"tracks": 200})})
    one = study.run(cfg, tmp_path / "one").folder
    for number in np.random.default_rng(count).permutation(count) + 1:
        study.run_part(cfg, tmp_path / "parts", int(number), count)
    assert_same_bytes(study.merge(tmp_path / "parts").folder, one)


def kills(cfg: Config, one: Path, folder: Path, count: int, seed: int) -> None:
    """Parts are killed at random moments and begun again, until all are whole; then they are merged."""
    rng, killed, rounds = np.random.default_rng(seed), 0, 0
    while killed < count:
        here = folder / str(rounds)
        for number in (3, 1, 2):
            whole = False
            while not whole:
                process = forked(lambda: study.run_part(cfg, here, number, 3, save_every_s=0.0))  # noqa: B023
                if killed < count:
                    process.join(float(rng.uniform(0.01, 0.3)))
                    process.kill()
                process.join()
                whole = process.exitcode == 0
                killed += not whole
        assert_same_bytes(study.merge(here).folder, one)
        rounds += 1
        assert rounds < 20


def test_killed_parts_go_on(brief: Config, one: Path, tmp_path: Path) -> None:
    kills(brief, one, tmp_path, 3, 1)


@pytest.mark.long
def test_parts_killed_at_twenty_moments_go_on(brief: Config, one: Path, tmp_path: Path) -> None:
    kills(brief, one, tmp_path, 20, 2)


def test_what_is_whole_is_not_made_again(brief: Config, copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_simulation", lambda *_: pytest.fail("made again"))
    assert study.run_part(brief, copied, 2, 3).first == 233
    other = brief.model_copy(update={"run": brief.run.model_copy(update={"seed": 9})})
    with pytest.raises(InputError, match="of another config"):
        study.run_part(other, copied, 2, 3)


def test_an_ensemble_of_processes_makes_the_same(
    brief: Config, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way of `--scheduler`, with an engine that does the tasks here and loses the first of them."""

    class Here:
        def run(self, tasks: Any) -> Any:
            for n, task in enumerate(tasks):
                value, problem = engines.attempt(task.work, task.arguments, 1)
                yield engines.Done(task, value, "its process ended" if n == 0 and first else problem, 0.0)

    first = True
    with pytest.raises(RunError, match=r"part-00001-of-00002: its process ended\nThe other parts stand"):
        study.run_in_parts(brief, tmp_path, Here(), 2)
    first = False
    done = study.run_in_parts(brief, tmp_path, Here(), 2)
    assert_same_bytes(done.folder, one)
    assert not list(tmp_path.glob("part-*"))


# --- what is amiss --------------------------------------------------------------------------------------------------


def forge(part: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what a part says of itself, marker and all."""
    about = json.loads((part / "part.json").read_text(encoding="utf-8"))
    change(about)
    (part / "part.json").write_text(json.dumps(about), encoding="utf-8")
    there = marker.read_marker(part)
    assert there is not None
    marker.write_marker(part, there.files, "part")


def refused(folder: Path, *words: str) -> None:
    """One message, and no results."""
    before = {path.name for path in folder.iterdir()}
    result = CliRunner().invoke(cli.main, ["merge", str(folder)])
    assert result.exit_code == 2, result.output
    assert all(word in result.output for word in words), result.output
    assert {path.name for path in folder.iterdir()} == before


def test_a_part_that_is_missing(copied: Path) -> None:
    shutil.rmtree(copied / shards.name(2, 3))
    refused(copied, "parts are missing: 2 of 3", "--part K/N")
    shutil.rmtree(copied / shards.name(3, 3))
    refused(copied, "parts are missing: 2, 3 of 3")
    shutil.rmtree(copied / shards.name(1, 3))
    refused(copied, "holds no part of a run")


def test_a_part_that_is_there_twice(copied: Path) -> None:
    shutil.copytree(copied / shards.name(2, 3), copied / shards.name(7, 9))
    refused(copied, "part-00007-of-00009", "has boats 233 to 465", "part-00002-of-00003")


def test_a_part_of_another_config(copied: Path) -> None:
    def other(about: dict[str, Any]) -> None:
        about["provenance"]["config"] = about["provenance"]["config"].replace("seed = 7", "seed = 8")
        about["provenance"]["config_sha256"] = "0" * 64

    forge(copied / shards.name(2, 3), other)
    refused(copied, "part-00002-of-00003: is a part of another config", "seed = 8 and seed = 7")


@pytest.mark.parametrize("name", ["arrivals.nc", "counts.npz", "part.json"])
def test_a_part_that_is_cut_short(copied: Path, name: str) -> None:
    file = copied / shards.name(3, 3) / name
    file.write_bytes(file.read_bytes()[:-7])
    refused(copied, str(file), "another length", "`driftsim run CONFIG --part 3/3`")


def test_a_part_that_says_what_cannot_be(copied: Path) -> None:
    part = copied / shards.name(2, 3)
    forge(part, lambda about: about.update(end=9999))
    refused(copied, "part.json", "no boats of the run")
    forge(part, lambda about: about.update(end=460))
    refused(copied, "parts are missing: boats 460 to 465")
    forge(copied / shards.name(3, 3), lambda about: about.update(first=460))
    refused(copied, "arrivals.nc: has 233 boats")


def test_a_part_of_another_processor_is_merged_with_a_warning(copied: Path) -> None:
    forge(copied / shards.name(2, 3), lambda about: about["provenance"].update(processor="z80"))
    told: list[str] = []
    done = study.merge(copied, warn=told.append)
    assert len(told) == 1 and "processor" in told[0] and "z80" in told[0]
    assert told[0] in done.run.summary["caveats"]
    assert [of["processor"] == "z80" for of in done.run.summary["provenance"]["parts"]] == [False, True, False]


def test_a_full_disk_costs_that_part_alone(
    brief: Config, copied: Path, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(copied / shards.name(2, 3))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(output, "write_boats", full)
        with pytest.raises(RunError, match=r"No space left[\s\S]*give the same command"):
            study.run_part(brief, copied, 2, 3)
    assert shards.read(copied / shards.name(2, 3)) is None
    refused(copied, "parts are missing: 2 of 3")
    study.run_part(brief, copied, 2, 3)
    assert_same_bytes(study.merge(copied).folder, one)


@pytest.mark.parametrize("word", ["0/3", "4/3", "3", "a/b", "1/701"])
def test_parts_that_cannot_be(tiny_config: Path, tmp_path: Path, word: str) -> None:
    result = CliRunner().invoke(cli.main, ["run", str(tiny_config), "--part", word, "-o", str(tmp_path / "out")])
    assert result.exit_code == 2 and not (tmp_path / "out").exists(), result.output


# --- more boats than one file is good for -----------------------------------------------------------------------------


def test_arrivals_in_several_files_read_as_one(copied: Path, one: Path) -> None:
    done = study.merge(copied, partitioned=True, keep_parts=False)
    assert [path.name for path in sorted(copied.glob("arrivals*.nc"))] == [
        f"arrivals-0000{k}-of-00003.nc" for k in (1, 2, 3)
    ]
    assert not list(copied.glob("part-*"))
    with output.read_run(one) as whole:
        assert done.run.summary == whole.summary
        for name, values in whole.arrivals.variables.items():
            np.testing.assert_array_equal(values, done.run.arrivals[name])
            assert values.attrs.keys() == done.run.arrivals[name].attrs.keys()
        assert done.run.arrivals.attrs["boats"] == whole.arrivals.attrs["boats"]
    assert verify.verify(copied).whole
    for file in ("summary.json", "tracks.nc", "density.nc", "landings_by_km.csv"):
        assert (copied / file).read_bytes() == (one / file).read_bytes()
    (copied / "arrivals-00002-of-00003.nc").unlink()
    with pytest.raises(InputError, match="arrivals"):
        _ = Run(copied, marker.read_marker(copied)).arrivals


def test_parquet_holds_the_arrivals(copied: Path, one: Path, brief: Config) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    with placing.prepare_folder(copied / "out") as held, output.read_run(one) as run:
        result = run.arrivals
        from driftsim.results.result import Result

        output.write_run(held, Result(result, info={"config": run.config}), parquet=True, tables=False)
    table = parquet.read_table(copied / "out" / "arrivals.parquet")
    assert table.num_rows == 700 and not (copied / "out" / "arrivals.csv").exists()
    landed = result["outcome"].values == 1
    assert [word == "landed" for word in table["outcome"].to_pylist()] == landed.tolist()
    lon = np.array(table["landing_lon"].to_pylist(), float)
    np.testing.assert_allclose(lon[landed], result["landing_lon"].values[landed], atol=5.1e-6)
    assert np.isnan(lon[~landed]).all()
    when = table["release_time"][3].as_py()
    assert when.isoformat().startswith("2017-11-2") and when.tzname() == "UTC"


# --- engines --------------------------------------------------------------------------------------------------------


def test_a_lost_process_and_bad_input_cost_their_task_alone(tmp_path: Path) -> None:
    made = [
        engines.Task("bad", tasks.refuse, ()),
        engines.Task("lost once", tasks.die_once, (tmp_path / "seen",)),
        engines.Task("lost", tasks.die, ()),
        *(engines.Task(f"good {n}", tasks.double, (n,)) for n in range(3)),
    ]
    done = {of.task.name: of for of in engines.Local(2, tries=2).run(made)}
    assert set(done) == {task.name for task in made}
    assert done["bad"].problem == "no such sea"
    assert done["lost once"].value == "done" and not done["lost once"].problem
    assert "ended 2 times" in done["lost"].problem and "exit code -9" in done["lost"].problem
    assert [done[f"good {n}"].value[0] for n in range(3)] == [0, 2, 4]


@pytest.mark.parametrize("word", ["local:0", "local:x", "local:", "nowhere"])
def test_schedulers_that_cannot_be(word: str) -> None:
    if word == "local:":
        assert isinstance(engines.engine(word), engines.Local)
        return
    with pytest.raises(InputError, match="--scheduler"):
        engines.engine(word)


@pytest.mark.long
def test_a_scheduler_with_two_workers_makes_the_same(brief: Config, one: Path, tmp_path: Path) -> None:
    """A worker is killed on the way; what it had begun is begun again by the other."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        engine = engines.engine(cluster.scheduler_address)
        victim = next(iter(cluster.workers.values()))
        seen: list[str] = []

        def report(name: str, done: int, of: int, wall_s: float) -> None:
            if not seen:
                os.kill(victim.process.pid if hasattr(victim, "process") else victim.pid, 9)
            seen.append(name)

        done = study.run_in_parts(brief, tmp_path, engine, 5, report=report, keep_parts=True)
        assert len(seen) == 5
        assert_same_bytes(done.folder, one)
        study.run_in_parts(brief, tmp_path, engine, 5, overwrite=True)  # all parts are whole already
        assert_same_bytes(tmp_path, one)
