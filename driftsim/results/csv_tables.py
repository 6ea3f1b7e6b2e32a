"""The CSV files of a run: its landings, and their number along the coast."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..system.disk import whole
from ..system.text import cell
from . import statistics
from .landing_bins import landings_by_km
from .outcome import Outcome

if TYPE_CHECKING:
    import xarray as xr

    from ..area.coast import Coast

_CHUNK = 50_000  # rows of a table turned to text at a time; a million at once would take a gigabyte


def write_arrivals_csv(
    folder: Path, arrivals: xr.Dataset, names: Mapping[str, str] | None = None, line_names: Sequence[str] = ()
) -> None:
    """``arrivals.csv``: the boats that came ashore, with UTC times in ISO form.

    Parameters
    ----------
    names
        Stretch key to a name for people.
    line_names
        Names of the generalised coast lines, by index.
    """
    landed = np.flatnonzero(arrivals["outcome"].values == Outcome.LANDED)
    stretches = statistics.flag_names(arrivals["stretch"])
    start = np.datetime64(str(arrivals.attrs["run_start"]).removesuffix("Z"), "s")
    column: dict[str, tuple[str, Callable[[NDArray[np.int64]], list[object]]]] = {
        "boat": ("%d", _numbers(arrivals, "boat")),
        "source": ("%s", _named(arrivals, "source", statistics.flag_names(arrivals["source"]))),
        "member": ("%d", _numbers(arrivals, "member")),
        "boat_class": ("%s", _named(arrivals, "boat_class", statistics.flag_names(arrivals["boat_class"]))),
        "release_time": ("%s", _times(arrivals, "release_time", start)),
        "release_lon": ("%.5f", _numbers(arrivals, "release_lon")),
        "release_lat": ("%.5f", _numbers(arrivals, "release_lat")),
        "landing_time": ("%s", _times(arrivals, "landing_time", start)),
        "landing_lon": ("%.5f", _numbers(arrivals, "landing_lon")),
        "landing_lat": ("%.5f", _numbers(arrivals, "landing_lat")),
        "age_days": ("%.4f", _numbers(arrivals, "age_days")),
        "stretch": ("%s", _named(arrivals, "stretch", stretches)),
        "stretch_name": ("%s", _named(arrivals, "stretch", [(names or {}).get(key, key) for key in stretches])),
        "coast_line": ("%s", _named(arrivals, "coast_line", _line_names(arrivals, line_names))),
        "coast_km": ("%s", _or_nothing(arrivals, "coast_km")),
        "capsize_time": ("%s", _times(arrivals, "capsize_time", start)),
    }
    row = ",".join(form for form, _ in column.values()) + "\n"
    with whole(folder / "arrivals.csv") as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        out.write(",".join(column) + "\n")
        for first in range(0, landed.size, _CHUNK):
            rows = landed[first : first + _CHUNK]
            out.writelines([row % values for values in zip(*(take(rows) for _, take in column.values()), strict=True)])


def _numbers(arrivals: xr.Dataset, name: str) -> Callable[[NDArray[np.int64]], list[object]]:
    values = arrivals[name].values
    return lambda rows: values[rows].tolist()


def _or_nothing(arrivals: xr.Dataset, name: str) -> Callable[[NDArray[np.int64]], list[object]]:
    values = arrivals[name].values
    return lambda rows: ["" if value != value else f"{value:.3f}" for value in values[rows].tolist()]


def _named(arrivals: xr.Dataset, name: str, names: Sequence[str]) -> Callable[[NDArray[np.int64]], list[object]]:
    codes = arrivals[name].values
    lookup = np.array([*(_quoted(word) for word in names), ""], dtype=object)  # -1, the last: none
    return lambda rows: lookup[codes[rows].astype(np.int64)].tolist()


@cache
def _quoted(text: str) -> str:
    """A field of a CSV row, quoted where it needs to be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cell(text)])
    return out.getvalue()


def _times(arrivals: xr.Dataset, name: str, start: np.datetime64) -> Callable[[NDArray[np.int64]], list[object]]:
    values = arrivals[name].values

    def take(rows: NDArray[np.int64]) -> list[object]:
        seconds = values[rows]
        known = np.isfinite(seconds)
        moment = start + np.where(known, np.rint(seconds), 0.0).astype("timedelta64[s]")
        text = np.datetime_as_string(moment, unit="s").tolist()
        if known.all():
            return [moment + "Z" for moment in text]
        return [moment + "Z" if there else "" for moment, there in zip(text, known.tolist(), strict=True)]

    return take


def _line_names(arrivals: xr.Dataset, line_names: Sequence[str]) -> list[str]:
    most = int(arrivals["coast_line"].values.max(initial=-1)) + 1
    return [line_names[i] if i < len(line_names) else str(i) for i in range(most)]


def write_landings_by_km(folder: Path, arrivals: xr.Dataset, coast: Coast | None) -> None:
    """``landings_by_km.csv``: landings in bins of 5 km along the generalised coast; only a header without a coast."""
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
    table = {name: np.empty(0) for name in columns} if coast is None else landings_by_km(arrivals, coast)
    row = "%s,%.3f,%.3f,%.5f,%.5f,%s,%d,%.6g,%.6g\n"
    with whole(folder / "landings_by_km.csv") as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        out.write(",".join(columns) + "\n")
        for values in zip(*(table[name].tolist() for name in columns), strict=True):
            line, *rest = values
            out.write(row % (_quoted(str(line)), *rest[:4], _quoted(str(rest[4])), *rest[5:]))
