"""Whether a folder is whole: each file as it was written, all of one run, and the numbers those that the boats give."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..drift import checkpoint
from ..results import output, placing, statistics, store
from ..results.folder import Marker, read_marker
from ..results.result import Run
from ..system.errors import InputError
from ..system.kinds import JsonView

_CLOSE = 1e-4
"""Numbers have six digits; another processor or library may change the last ones."""


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes
    ----------
    text : str
        A line for each file.
    whole : bool
    """

    text: str
    whole: bool


def verify(folder: Path | str) -> Verdict:
    """Look at every file of a run, an unfinished run, a sweep or a store.

    A store that was being replaced when a process was killed is put back first.

    Raises
    ------
    InputError
        If the folder is none of these.
    """
    path = Path(folder)
    store.settle(path)
    if not path.is_dir():
        raise InputError(f"{path}: no such folder; give the folder that `driftsim run` wrote")
    marker = read_marker(path)
    lines: list[tuple[str, str]] = []
    if (path / checkpoint.FILE).exists():
        lines.append((f"{checkpoint.FILE}, an unfinished run", _unfinished(path)))
    if marker is None and not lines:
        output.read_run(path)  # says what is missing
    if marker is not None:
        lines += _files(marker)
        if marker.kind == "run":
            lines += _numbers(path, marker)
        inside = sorted(file.parent for file in path.glob("*/driftsim.json")) if marker.kind == "sweep" else []
        for inner in (one for one in inside if placing.SET_ASIDE not in one.name):
            verdict = verify(inner)
            lines.append((inner.name, "" if verdict.whole else f"is not whole: `driftsim verify {inner}`"))
    wrong = sum(bool(fault) for _, fault in lines)
    width = max(len(name) for name, _ in lines)
    told = [f"{'wrong' if fault else 'whole':<7}{name:<{width + 2}}{fault}".rstrip() for name, fault in lines]
    last = "All is whole and belongs together." if not wrong else f"{wrong} of {len(lines)} are not as they should be."
    return Verdict("\n".join([*told, last]), not wrong)


def _files(marker: Marker) -> Iterator[tuple[str, str]]:
    for name in (*marker.files, *marker.made):
        yield name, marker.fault(name)
    names = placing.NAMES[marker.kind] if marker.kind in placing.NAMES else placing.Names(())
    for name in (*names.results, *names.made):
        if name not in {*marker.files, *marker.made} and os.path.lexists(marker.folder / name):
            yield name, "is not in the list of the folder's files"


def _unfinished(path: Path) -> str:
    try:
        checkpoint.read(path)
    except InputError as problem:
        return str(problem)
    return ""


def _numbers(path: Path, marker: Marker) -> Iterator[tuple[str, str]]:
    """The results read as any command reads them, and the summary made again of the arrivals."""
    run = Run(path, marker)
    for name in ("summary", "arrivals", "tracks", "density", "forcing_mean", "info", "settings", "validation"):
        try:
            getattr(run, name)
        except InputError as problem:
            yield f"({name})", str(problem)
            return
    table = statistics.region_table(run.summary)
    again = statistics.summarise(run.arrivals, table, run.summary["forcing"])
    parts = ("boats", "members", "outcomes", "weeks", "regions", "sources")
    other = [name for name in parts if not _alike(again[name], _only(run.summary, table, name))]
    yield "summary.json says what arrivals.nc gives", f"other {', '.join(other)}" if other else ""


def _only(summary: JsonView, table: JsonView, name: str) -> object:
    """Of regions those that the program knows; of sources all but their names, which files write as one word."""
    if name == "sources":
        return [{key: of for key, of in part.items() if key != "source"} for part in summary[name]]
    if name == "regions":
        return {key: of for key, of in summary[name].items() if key in table}
    return summary[name]


def _alike(a: object, b: object) -> bool:
    """Whether two values are the same but for the last digits; keys that one lacks do not count."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return all(_alike(a[key], b[key]) for key in a.keys() & b.keys())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=_CLOSE, abs_tol=1e-9)
    return bool(a == b)
