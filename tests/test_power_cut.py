"""After a power cut, or an error of the system, at any moment: the results that were there, or the new ones, whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from crash import LOST, Call, Tree, put, recorded, states, tree_of
from synthetic import make_result, make_run_folder

from driftsim.figures import export as exports
from driftsim.results import folder as marker
from driftsim.results import output, placing, store
from driftsim.studies.verify import verify
from driftsim.system import disk
from driftsim.system.errors import InputError

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc, to tell which file is synced")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A run that has a map, and a checkpoint of a newer one."""
    folder = make_run_folder(tmp_path_factory.mktemp("old") / "run", 30, 4)
    with placing.made(folder / "report.html") as beside:
        beside.write_text("of the old run")
    (folder / placing.CHECKPOINT).write_bytes(b"")
    return tree_of(folder)


def overwrite(folder: Path) -> None:
    """Write other results, with a map, in the place of those that are there."""
    result = make_result(20, 4, seed=9)
    result.density = None  # a file that the new run does not have
    with placing.prepare_folder(folder, overwrite=True) as held:
        output.write_run(held, result, also=lambda stage: disk_write(stage / "landing_map.png", b"a map"))


def again(old: Tree) -> Callable[[Path], None]:
    """Writes the very results that are there, as an equal run would, and nothing made of them."""

    def go(folder: Path) -> None:
        with placing.prepare_folder(folder, overwrite=True) as held:
            for name in old.keys() & {*placing.NAMES["run"].results, placing.TIMINGS}:
                disk_write(held.stage / name, old[name])
            held.commit()

    return go


def disk_write(file: Path, content: bytes) -> None:
    with disk.whole(file) as beside:
        beside.write_bytes(content)


def shown(tree: Tree) -> Tree:
    """What people see of a folder, without what differs between equal runs."""
    return {name: of for name, of in tree.items() if not name.startswith(".") and name != "run.json"}


def assert_old_or_new(folder: Path, old: Tree, new: Tree) -> bool:
    """What a run finds in a folder after a power cut; whether it is the old state."""
    found = shown(tree_of(folder))
    if "summary.json" in found:  # nothing that looks complete is a mixture
        results = [name for name in placing.NAMES["run"].results if name in found]
        wholes = [of for of in (old, new) if all(found[name] == of.get(name) for name in results)]
        assert wholes
    with placing.prepare_folder(folder, overwrite=True) as held:
        held.accept()
    names = {path.name for path in folder.iterdir()}
    assert not [name for name in names if name.startswith(".driftsim-")]
    there = marker.read_marker(folder)
    assert there is None or not there.faults()
    found = shown(tree_of(folder))
    assert found in (shown(old), shown(new)), sorted(found)
    return found == shown(old)


def new_state(old: Tree, folder: Path, write: Callable[[Path], None]) -> tuple[Tree, list[Call]]:
    put(old, folder)
    with recorded(folder) as calls:
        write(folder)
    return tree_of(folder), calls


@pytest.mark.parametrize(
    "over",
    ["other results", *(pytest.param(over, marks=pytest.mark.long) for over in ("equal results", "nothing"))],
)
def test_each_beginning_of_the_calls_leaves_the_old_results_or_the_new(over: str, old: Tree, tmp_path: Path) -> None:
    write = overwrite if over == "other results" else again(old)
    old = {} if over == "nothing" else old
    new, calls = new_state(old, tmp_path / "run", write)
    assert "report.html" not in new and placing.CHECKPOINT not in new
    assert ("density.nc" in new) == (over != "other results")
    seen = [assert_old_or_new(put(tree, tmp_path / "cut"), old, new) for _, tree in states(old, calls)]
    assert len(seen) > 80
    assert 10 < sum(seen) < len(seen) - 10, "both came up"


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.long)])
def test_each_call_may_fail(every: int, old: Tree, tmp_path: Path) -> None:
    """As on a full disk: the message names the folder, and what was there is as it was, or the new is."""
    new, calls = new_state(old, tmp_path / "run", again(old))
    kept = 0
    tried = range(1, len(calls), every)
    for n in tried:
        folder = put(old, tmp_path / "failing")
        try:
            with recorded(folder, fail_at=n):
                again(old)(folder)
        except InputError as problem:
            assert "No space left on device" in str(problem), problem
        kept += assert_old_or_new(folder, old, new)
    assert 1 < kept < len(tried) - 1, "both came up"


def test_the_simulator_sees_what_is_not_synced(tmp_path: Path) -> None:
    """Else it would find nothing: a file that is moved into place before it is on the disk."""

    def careless(folder: Path) -> None:
        handle = os.open(folder / "half", os.O_CREAT | os.O_WRONLY)
        os.write(handle, b"new")
        os.close(handle)
        os.replace(folder / "half", folder / "a")

    before = {"a": b"old"}
    folder = put(before, tmp_path / "run")
    with recorded(folder) as calls:
        careless(folder)
    assert {tree.get("a") for _, tree in states(before, calls)} == {b"old", LOST}
    folder = put(before, tmp_path / "run")
    with recorded(folder) as calls:
        disk_write(folder / "a", b"new")
    assert {tree.get("a") for _, tree in states(before, calls)} == {b"old", b"new"}


WRITERS: dict[str, Callable[[Path], None]] = {
    "a checkpoint": lambda folder: disk_write(folder / placing.CHECKPOINT, b"saved"),
    "a page": lambda folder: made(folder / "report.html", b"new"),
}


def made(file: Path, content: bytes) -> None:
    with placing.made(file) as beside:
        beside.write_bytes(content)


@pytest.mark.parametrize("what", list(WRITERS))
def test_one_file_is_the_old_or_the_new(what: str, old: Tree, tmp_path: Path) -> None:
    folder = put(old, tmp_path / "run")
    with recorded(folder) as calls:
        WRITERS[what](folder)
    name = placing.CHECKPOINT if "checkpoint" in what else "report.html"
    new = tree_of(folder)[name]
    assert new != old[name]
    assert {tree[name] for _, tree in states(old, calls)} == {old[name], new}
    for _, tree in states(old, calls):
        there = marker.read_marker(put(tree, tmp_path / "cut"))
        assert there is not None and not there.faults()


# --- stores ----------------------------------------------------------------------------------------------------------


def export_store(place: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, overwrite: bool = True) -> None:
    """A store of two files, by what every export goes through but the library of Zarr, whose calls cannot be seen."""

    def write(store: Path, *_: object) -> None:
        (store / "arrivals").mkdir(parents=True)
        disk_write(store / ".zgroup", b"{}")
        disk_write(store / "arrivals" / "0", content)

    monkeypatch.setattr(exports, "_writer", lambda to: write)
    exports.export(object(), "zarr", place, overwrite=overwrite)


@pytest.mark.parametrize("command", ["export", "verify"])
def test_each_beginning_leaves_the_old_store_or_the_new(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "stores"
    folder.mkdir()
    export_store(folder / "a.zarr", b"old", monkeypatch)
    old = tree_of(folder)
    with recorded(folder) as calls:
        export_store(folder / "a.zarr", b"newer", monkeypatch)
    new = tree_of(folder)
    assert (set(new), new["a.zarr"]["arrivals"]) == ({"a.zarr"}, {"0": b"newer"})
    seen = []
    beside = 0
    for _, tree in states(old, calls):
        cut = put(tree, tmp_path / "cut")
        beside += "a.zarr" not in tree
        if command == "verify":
            assert verify(cut / "a.zarr").whole
        else:
            with pytest.raises(InputError, match="exists already"):
                export_store(cut / "a.zarr", b"other", monkeypatch, overwrite=False)
        found = tree_of(cut)
        assert found["a.zarr"] in (old["a.zarr"], new["a.zarr"])
        assert not [name for name in found if name.endswith(".old")]
        seen.append(found["a.zarr"] == old["a.zarr"])
    assert beside > 0 and 5 < sum(seen) < len(seen) - 5, "the old one lay beside, and both came up"


def test_each_call_that_replaces_a_store_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "stores"
    folder.mkdir()
    export_store(folder / "a.zarr", b"old", monkeypatch)
    old = tree_of(folder)
    with recorded(folder) as calls:
        export_store(folder / "a.zarr", b"newer", monkeypatch)
    new = tree_of(folder)
    kept = []
    for n in range(len(calls)):
        failing = put(old, tmp_path / "failing")
        with recorded(failing, fail_at=n), suppress(InputError):
            export_store(failing / "a.zarr", b"newer", monkeypatch)
        assert verify(failing / "a.zarr").whole
        assert tree_of(failing)["a.zarr"] in (old["a.zarr"], new["a.zarr"]), calls[n]
        kept.append(tree_of(failing) == old)
    assert 3 < sum(kept) < len(kept) - 3


def test_what_is_not_a_store_of_ours_is_neither_put_back_nor_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.zarr"
    export_store(place, b"old", monkeypatch)
    old = store._beside(place)
    place.rename(old)
    (old / "arrivals" / "notes.txt").write_bytes(b"mine")
    kept = tree_of(old)
    with pytest.raises(InputError, match="no such folder"):
        verify(place)
    assert tree_of(old) == kept and not place.exists()
    export_store(place, b"new", monkeypatch)
    with pytest.raises(InputError, match=r"\.old: is in the way"):
        export_store(place, b"newer", monkeypatch)
    assert tree_of(old) == kept and verify(place).whole
