"""The CSV files of a run: its landings, and their number along the coast."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..system.disk import whole
from ..system.kinds import AnyArray
from ..system.text import cell
from . import statistics, text_rows
from .outcome import Outcome

if TYPE_CHECKING:
    import xarray as xr


_CHUNK = 50_000  # rows of a table turned to text at a time; a million at once would take a gigabyte

Append = Callable[["xr.Dataset"], None]
"""Takes arrivals, a group of boats at a time."""


@contextmanager
def arrivals_csv(
    folder: Path, names: Mapping[str, str] | None = None, line_names: Sequence[str] = ()
) -> Iterator[Append]:
    """``arrivals.csv``: the boats that came ashore, with UTC times in ISO form.

    Parameters
    ----------
    names
        Stretch key to a name for people.
    line_names
        Names of the generalised coast lines, by index.

    Yields
    ------
    callable
        Takes the arrivals, a group of boats after the other.
    """
    with whole(folder / "arrivals.csv") as beside, open(beside, "wb") as out:
        out.write((",".join(COLUMNS) + "\n").encode())

        def append(arrivals: xr.Dataset) -> None:
            landed = np.flatnonzero(arrivals["outcome"].values == Outcome.LANDED)
            for first in range(0, landed.size, _CHUNK):
                rows = landed[first : first + _CHUNK]
                out.write(text_rows.lines(_texts(arrivals.isel(boat=rows), names or {}, line_names)))

        yield append


COLUMNS = (
    "boat",
    "source",
    "member",
    "boat_class",
    "release_time",
    "release_lon",
    "release_lat",
    "landing_time",
    "landing_lon",
    "landing_lat",
    "age_days",
    "stretch",
    "stretch_name",
    "coast_line",
    "coast_km",
    "capsize_time",
)
"""Of ``arrivals.csv``."""


def _texts(landed: xr.Dataset, names: Mapping[str, str], line_names: Sequence[str]) -> list[text_rows.Bytes]:
    """The columns of ``arrivals.csv`` for boats that came ashore."""
    start = np.datetime64(str(landed.attrs["run_start"]).removesuffix("Z"), "s")
    stretches = statistics.flag_names(landed["stretch"])
    meaning = {
        **{name: statistics.flag_names(landed[name]) for name in ("source", "boat_class")},
        "stretch": stretches,
        "stretch_name": [names.get(key, key) for key in stretches],
        "coast_line": _line_names(landed, line_names),
    }
    out = []
    for name in COLUMNS:
        values = landed["stretch" if name == "stretch_name" else name].values
        if name in meaning:
            out.append(text_rows.words(values, [_quoted(word) for word in meaning[name]]))
        elif name.endswith("_time"):
            out.append(text_rows.times(values, start))
        elif name in ("boat", "member"):
            out.append(text_rows.integer(values))
        else:
            places = {"age_days": 4, "coast_km": 3}.get(name, 5)
            out.append(text_rows.decimal(values, places, "" if name == "coast_km" else "nan"))
    return out


@cache
def _quoted(text: str) -> str:
    """A field of a CSV row, quoted where it needs to be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cell(text)])
    return out.getvalue()


def _line_names(arrivals: xr.Dataset, line_names: Sequence[str]) -> list[str]:
    most = int(arrivals["coast_line"].values.max(initial=-1)) + 1
    return [line_names[i] if i < len(line_names) else str(i) for i in range(most)]


def write_landings_by_km(folder: Path, table: Mapping[str, AnyArray] | None) -> None:
    """``landings_by_km.csv``: landings in bins of 5 km along the generalised coast; a header alone without a coast."""
    columns = [
        "line",
        "km_start",
        "km_end",
        "lon",
        "lat",
        "stretch",
        "landings",
        "per_boat_released",
        "per_boat_and_km",
    ]
    table = {name: np.empty(0) for name in columns} if table is None else table
    row = "%s,%.3f,%.3f,%.5f,%.5f,%s,%d,%.6g,%.6g\n"
    with whole(folder / "landings_by_km.csv") as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        out.write(",".join(columns) + "\n")
        for values in zip(*(table[name].tolist() for name in columns), strict=True):
            line, *rest = values
            out.write(row % (_quoted(str(line)), *rest[:4], _quoted(str(rest[4])), *rest[5:]))
