"""Every call in the package that deletes, replaces, makes or opens for writing, with the reason why it may."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import driftsim

PACKAGE = Path(driftsim.__file__).parent

ANYWHERE = {
    "unlink", "rmdir", "removedirs", "rmtree", "rename", "renames", "mkdir", "makedirs", "mkdtemp", "mkstemp", "mkfifo",
    "TemporaryDirectory", "NamedTemporaryFile", "TemporaryFile", "touch", "symlink_to", "hardlink_to", "write_text",
    "write_bytes", "truncate", "ftruncate", "fdopen", "memmap", "savez", "savez_compressed", "savetxt", "tofile",
    "save", "savefig", "to_netcdf", "to_zarr", "to_csv", "to_file", "write_dataframe", "write_frames", "Dataset",
    "consolidate_metadata", "subset", "retrieve", "file", "whole", "made", "_discard", "let_go",
}  # fmt: skip
"""Names of calls that change files, whatever they belong to; among them our own doors."""

OF_MODULES = {
    "os": {"replace", "remove", "open", "link", "symlink", "chmod", "write"},
    "shutil": {"move"},
    "raw": {"write"},
}
"""Names that mean something else elsewhere."""


def changes_files(call: ast.Call) -> str:
    """What a call does to files, by its name; empty for nothing."""
    of = call.func
    name = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
    base = ast.unparse(of.value) if isinstance(of, ast.Attribute) else ""
    if name == "Dataset" and (base == "xr" or [ast.unparse(given) for given in call.args[1:]] == ["'r'"]):
        return ""
    if name in ANYWHERE or name in OF_MODULES.get(base, ()) or (base == "shutil" and name.startswith("copy")):
        return name
    if name == "replace" and len(call.args) == 1 and not call.keywords:  # of a path; of a text it has two
        return name
    if name == "open" and base != "self":
        place = 0 if base and base not in ("io", "rasterio", "xr", "np") else 1
        mode = next((k.value for k in call.keywords if k.arg == "mode"), None)
        mode = call.args[place] if mode is None and len(call.args) > place else mode
        text = ast.literal_eval(mode) if isinstance(mode, ast.Constant) else "r" if mode is None else "?"
        return f"open {text}" if set("wax+?") & set(str(text)) else ""
    return ""


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Every call with the outermost function or class that it is in."""
    for node in ast.iter_child_nodes(tree):
        named = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        place = within or (node.name if named else "")
        if isinstance(node, ast.ClassDef) and not within:
            for inner in ast.iter_child_nodes(node):
                yield from functions(
                    inner, f"{node.name}.{inner.name}" if isinstance(inner, ast.FunctionDef) else place
                )
            continue
        if isinstance(node, ast.Call):
            yield place, node
        yield from functions(node, place)


def calls_that_change_files() -> dict[str, Counter[str]]:
    """By module and function: the calls, and how many of each."""
    found: dict[str, Counter[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix().removesuffix(".py")
        for place, call in functions(ast.parse(path.read_text(encoding="utf-8"))):
            if name := changes_files(call):
                found.setdefault(f"{module}: {place}", Counter())[name] += 1
    return found


ALLOWED: dict[str, tuple[str, str]] = {
    # What everything else goes through.
    "system/disk: make_folder": ("mkdir mkdir", "makes what is not there"),
    "system/disk: hold": ("open", "a lock, by its own name, through no link; nothing is written into it"),
    "system/disk: let_go": ("unlink", "the very lock that is held, seen by its inode"),
    "system/disk: open_plain": ("open fdopen", "reads"),
    "system/disk: sync": ("open", "reads, or on Windows opens for writing what has just been written"),
    "system/disk: whole": (
        "open replace unlink",
        "a random name that nobody had; it takes a place that the caller answers for",
    ),
    "system/disk: _put_new": ("link replace", "a link is refused where the name is taken; the move follows a look"),
    "results/draws: write_members_csv": ("whole open~w", "a result, as a whole"),
    "results/trace: write_path": ("made open~w", "a table of a boat, as `made` allows"),
    "results/trace: write_budget": ("made open~w", "a table of a boat, as `made` allows"),
    "figures/charts/trace: draw": ("save", "a figure, as `made` allows"),
    "results/folder: put_marker": (
        "whole write_text",
        "in a marker's place, or nothing's: the callers have read it",
    ),
    # A run's folder.
    "results/placing: Folder.release": ("_discard let_go", "the stage of this very process, and its lock"),
    "results/placing: Folder.accept": ("_discard mkdir", "under our pattern of names, while the folder is held"),
    "results/placing: Folder.commit": ("rename", "the stage to a name that follows from its own random one"),
    "results/placing: Folder._move": ("unlink _discard", "the checkpoint, which has proved itself; the stage"),
    "results/placing: Folder._replace": (
        "unlink replace",
        "what the old marker lists and is unchanged; what has proved itself",
    ),
    "results/placing: Folder.withdraw": ("unlink", "what the marker lists, after each has proved itself"),
    "results/placing: _discard": ("unlink unlink rmdir", "under our pattern of names; folders within are left"),
    "results/placing: made": ("whole", "what `claim` allows: made by driftsim and unchanged, asked for, or not there"),
    "results/placing: _marker_held": ("let_go", "its own lock"),
    "results/placing: _open_log": ("open", "for adding, through no link, no second name, and only to a log of ours"),
    "results/placing: log": ("write", "the log opened there"),
    "system/door: _array": ("open~?", "a member of an archive, for reading"),
    "system/door: read_dataset": ("Dataset", "for reading"),
    "drift/checkpoint: _write": (
        "whole open~?",
        "a checkpoint that `Folder.refuse` has seen; into `whole`",
    ),
    "drift/checkpoint: Keeper.__call__": ("save", "calls `_write`"),
    "results/netcdf: write_netcdf": ("whole to_netcdf", "on the stage"),
    "results/netcdf: arrivals_file": ("whole Dataset", "on the stage"),
    "results/netcdf: copy_partitions": ("whole copyfile", "on the stage"),
    "results/parquet: arrivals_parquet": ("whole", "on the stage"),
    "results/shards: write": ("whole open~wb savez", "on the stage"),
    "results/placing: remove_part": (
        "unlink unlink unlink rmdir",
        "of a part that has been merged: what its marker lists and is unchanged, its times and log, its marker",
    ),
    "studies/parts: _write": ("write_text", "calls `write_text`"),
    "studies/merge: merge": ("whole copyfile", "on the stage"),
    "results/csv_tables: arrivals_csv": ("whole open~wb", "on the stage"),
    "results/csv_tables: write_landings_by_km": ("whole open~w", "on the stage"),
    "results/text_files: write_text": ("whole open~w", "on the stage"),
    "results/text_files: write_json": ("write_text", "calls `write_text`"),
    "results/output: write_run": ("write_text", "calls `write_text`"),
    "studies/sweep: _set_aside": ("rename", "damaged results of a variation, to a name that nobody has"),
    "studies/sweep: _write": ("whole open~w", "on the stage"),
    "figures/tornado: draw": ("whole savefig", "on the stage"),
    # What is made of results: all of it by `made`.
    "cli: bench": ("made write_text", "by `made`"),
    "studies/inspection: draw": ("made savefig", "by `made`"),
    "figures/maps/animation: animate": ("made", "by `made`"),
    "figures/maps/animation: _write_gif": ("save", "into what `made` gave"),
    "figures/maps/animation: _write_mp4": ("write_frames", "into what `made` gave"),
    "figures/maps/drawing: draw": ("save", "calls `save` there"),
    "figures/maps/drawing: landing_map": ("save", "calls `save` there"),
    "figures/maps/drawing: save": ("made", "by `made`"),
    "figures/maps/drawing: save_to": ("savefig", "into what `made` gave, or memory"),
    "figures/maps/plots: small_map": ("savefig", "into memory"),
    "figures/maps/sheet: _shown": ("savefig", "into memory"),
    "figures/report/__init__: report": ("made write_text", "by `made`"),
    "validation/compare: write": ("made write_text", "by `made`"),
    "figures/charts/plots: save": ("made savefig", "by `made`"),
    "figures/charts/comparison: draw": ("save " * 6, "calls `plots.save`"),
    "figures/charts/records: draw": ("save " * 4, "calls `plots.save`"),
    "figures/export/__init__: export": ("mkdir rmtree", "a folder of a random name, made by this very call"),
    "figures/export/__init__: _take_the_place": (
        "replace",
        "what `_refuse` allows: a file that `claim` allows, a store of which every file is as we wrote it",
    ),
    "results/store: replace": ("rename replace", "a store that `_refuse` has seen; to a name that is free"),
    "results/store: settle": ("rename", "a store of which every file is as we wrote it, to a name that is free"),
    "results/store: _remove": (
        "unlink rmdir unlink rmdir",
        "what the marker lists, if nothing else is in it",
    ),
    "figures/export/arrays: geotiff": ("open~w", "in the folder of a random name"),
    "figures/export/arrays: zarr": ("to_zarr consolidate_metadata", "in the folder of a random name"),
    # An area of the user's.
    "area/builder/folder: build": ("mkdir whole write_bytes", "see `build`: an area of ours, or what is not there"),
    "area/builder/folder: packed": ("savez_compressed", "into memory"),
    "area/builder/owners: owners": ("whole", "a mask of that name, no file"),
    "area/builder/owners: _boxes": ("whole", "the same"),
    "area/builder/owners: _above": ("whole", "the same"),
    "area/builder/owners: _rest": ("whole", "the same"),
    "area/vectors/feature: Source.packed": ("open~?", "a member of an archive, for reading"),
    "figures/export/vectors: geojson": ("open~w", "in the folder of a random name"),
    "figures/export/vectors: gpkg": ("write", "in the folder of a random name"),
    "figures/export/vectors: kml": ("open~w", "in the folder of a random name"),
    "figures/export/vectors: tables": ("open~w", "in the folder of a random name"),
    # New configs: refused where something is there.
    "studies/fetch: init": ("whole write_text", "new"),
    "studies/baselines: baselines": ("whole write_text", "new"),
    "studies/starter: init": ("whole write_bytes", "new"),
    # What is fetched.
    "forcing/download/__init__: fetch": (
        "rmtree mkdir rmtree let_go",
        "a folder of a random name; those of our pattern",
    ),
    "forcing/download/__init__: _Fetch._one": (
        "unlink replace",
        "there; into the place of a file that the manifest lists",
    ),
    "forcing/download/__init__: _Fetch._from_http": ("file unlink", "in the folder of a random name"),
    "forcing/download/__init__: _Fetch._from_filter": ("file unlink", "in the folder of a random name"),
    "forcing/download/clients: cds": ("retrieve", "in the folder of a random name"),
    "forcing/download/clients: copernicus": ("subset", "in the folder of a random name"),
    "forcing/download/cut: keep": ("Dataset", "in the folder of a random name"),
    "forcing/download/cut: write": ("Dataset", "in the folder of a random name"),
    "forcing/download/manifest: Manifest._write": (
        "whole write_text",
        "a manifest that has been read, or none is there",
    ),
    "forcing/transport/transfer: Line.file": ("open~wb", "in the folder of a random name"),
    # Copies of GRIB files, in a directory of the user's own.
    "forcing/doors/grib: folder": ("mkdir", "the private directory"),
    "forcing/doors/grib: converted": ("whole", "a copy, by the checksum of what it is of"),
    "forcing/doors/grib: _make_room": ("unlink", "copies, by the name that we give"),
    "forcing/doors/messages: main": ("open~wb", "the file that `converted` made, in a process of its own"),
    "forcing/doors/opening: _session": ("open~?", "an Icechunk repository, opened for reading"),
    "system/streams: guard": ("open", "the null device, in the place of a standard stream that is closed"),
    # Compiled code, in a directory of the user's own.
    "kernels/jit: _unfit": ("mkdir touch unlink", "the private directory, and a probe in it"),
    "kernels/jit: _forget": (
        "unlink rmdir",
        "old folders of our names with nothing but entries, each seen by its checksum",
    ),
    "kernels/jit: _Entries.save": ("write_bytes replace unlink", "an entry, under a random name first"),
    "kernels/jit: _Entries.flush": ("unlink", "entries of a function, by the name that we give"),
    # In a folder of the system's for temporary things, which goes with it.
    "bench: job": ("TemporaryDirectory write_text", "there"),
    "bench: startup": ("TemporaryDirectory", "there"),
}
"""By module and function: its calls, and why they touch nothing of anybody else's."""


def test_each_call_that_changes_files_has_its_reason() -> None:
    """A new one has to be argued here: what it deletes, replaces or writes to, and how that is known to be ours."""
    found = calls_that_change_files()
    listed = {place: Counter(name.replace("~", " ") for name in calls.split()) for place, (calls, _) in ALLOWED.items()}
    assert {place: dict(calls) for place, calls in found.items()} == {p: dict(calls) for p, calls in listed.items()}


def test_new_configs_are_never_written_over_others() -> None:
    """What the list says of ``fetch``, ``baselines`` and ``starter``: `whole` is told that the file must be new."""
    for module in ("studies/baselines", "studies/fetch", "studies/starter"):
        tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
        for place, call in functions(tree):
            if changes_files(call) == "whole":
                assert [k.arg for k in call.keywords] == ["new"], f"{module}: {place}"


SEEN = """
def f(p):
    p.unlink(); os.replace(p, p); p.replace(p); open(p, "a"); p.open("x"); p.open(mode="wb"); shutil.rmtree(p)
    open(p); p.open("rb"); "a".replace("a", "b"); date.replace(day=1); xr.Dataset({}); items.remove(p); Dataset(p, "r")
class C:
    def g(self): os.open(self, os.O_WRONLY); Dataset(self, "a"); open(self, given)
"""


def test_the_list_misses_nothing() -> None:
    found = [(place, changes_files(call)) for place, call in functions(ast.parse(SEEN)) if changes_files(call)]
    assert sorted(found) == sorted(
        [("f", name) for name in ("unlink", "replace", "replace", "open a", "open x", "open wb", "rmtree")]
        + [("C.g", name) for name in ("open", "Dataset", "open ?")]
    )
