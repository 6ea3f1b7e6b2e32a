"""Parts of a run: what each left in its folder, whether they make a whole, and their boats in one row.

A part is (config, first boat, last boat). Its folder holds the arrivals of its boats (NetCDF, as a whole run writes
them), its counts, and what tells where it came from. Whole numbers add up, so no order of parts matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..system import capacity
from ..system.disk import refuse_link, whole
from ..system.door import look_at, read_arrays, read_dataset, read_json
from ..system.errors import InputError
from ..system.kinds import AnyArray, Json, JsonView
from . import draws, tallies
from .columns import ARRIVALS, rows_of
from .folder import Marker, read_marker
from .harvest import GROUP
from .statistics import flag_names

if TYPE_CHECKING:
    import xarray as xr

_NAME = re.compile(r"part-(\d{5,})-of-(\d{5,})")
_WATCHED = ("density", "tracks")

DIFFERING = ("driftsim_version", "git_commit", "sources_sha256", "libraries", "processor")
"""Of the provenance: what may differ between parts, and then may change last bits."""


def name(number: int, of: int) -> str:
    """Of the folder of a part; numbers count from 1."""
    return f"part-{number:05d}-of-{of:05d}"


def span(boats: int, number: int, of: int) -> tuple[int, int]:
    """First boat of a part and the one after its last; parts differ by one boat at most."""
    return boats * (number - 1) // of, boats * number // of


@dataclass(frozen=True)
class Shard:
    """A part that is whole.

    Attributes
    ----------
    folder : Path
    about : dict
        What ``part.json`` says: first, end, boats (of the run), names of codes, attributes, provenance, changes.
    marker : Marker
    """

    folder: Path
    about: Json
    marker: Marker

    @property
    def first(self) -> int:
        """Number of its first boat."""
        return int(self.about["first"])

    @property
    def end(self) -> int:
        """Number of the boat after its last."""
        return int(self.about["end"])

    @property
    def origin(self) -> Json:
        """Its provenance."""
        return dict(self.about["provenance"])

    @cached_property
    def _arrays(self) -> dict[str, AnyArray]:
        return read_arrays(self.folder / "counts.npz", _again(self.folder))

    def counted(self) -> tallies.Tallies:
        """Its tallies.

        Raises
        ------
        InputError
            If they are none, or not of its boats.
        """
        try:
            found = tallies.of_arrays(self._arrays)
            if found.boats != self.end - self.first:
                raise ValueError(f"counts {found.boats} boats of {self.end - self.first}")
        except ValueError as problem:
            raise InputError(f"{self.folder / 'counts.npz'}: {problem}; {_again(self.folder)}") from problem
        return found

    def watched(self, kind: str) -> AnyArray:
        """Its hours at sea by week, class and cell (``density``) or the positions of its own ``tracks``."""
        if kind not in self._arrays:
            raise InputError(f"{self.folder / 'counts.npz'}: has no {kind}; {_again(self.folder)}")
        return self._arrays[kind]

    def forget(self) -> None:
        """Forget what was read."""
        self.__dict__.pop("_arrays", None)

    def rows(self, first: int, end: int) -> dict[str, AnyArray]:
        """Columns of its boats from number ``first`` to before ``end``."""
        import netCDF4

        with netCDF4.Dataset(self.folder / "arrivals.nc", "r") as file:
            file.set_auto_maskandscale(False)
            rows = slice(first - self.first, end - self.first)
            return {column: np.asarray(file[column][rows]) for column in ARRIVALS if column in file.variables}

    @cached_property
    def drawn(self) -> Json:
        """What members drew, as a variable of the arrivals by name; empty where they have nothing of their own."""
        import netCDF4

        with netCDF4.Dataset(self.folder / "arrivals.nc", "r") as file:
            file.set_auto_maskandscale(False)
            if draws.NAME not in file.variables:
                return {}
            table = file[draws.NAME]
            attrs = {name: table.getncattr(name) for name in table.ncattrs() if name != "_FillValue"}
            return {draws.NAME: (draws.DIMENSIONS, np.asarray(table[:]), attrs)}

    def examine(self) -> None:
        """See that its arrivals have the columns that they must have.

        Raises
        ------
        InputError
        """
        file = self.folder / "arrivals.nc"
        boats = look_at(file, rows_of(ARRIVALS, "boat") | draws.VARIABLES, _again(self.folder))["boat"]
        if boats != self.end - self.first:
            raise InputError(f"{file}: has {boats:,} boats; {_again(self.folder)}")


def _again(folder: Path) -> str:
    found = _NAME.fullmatch(folder.name)
    part = f"`driftsim run CONFIG --part {int(found[1])}/{int(found[2])}`" if found else "`driftsim run CONFIG --part`"
    return f"delete the folder {folder} and make the part again with {part}"


def write(
    stage: Path,
    head: xr.Dataset,
    span: tuple[int, int],
    boats: int,
    counted: tallies.Tallies,
    watched: Mapping[str, AnyArray],
    more: JsonView,
) -> None:
    """``counts.npz`` and ``part.json`` of a part.

    Parameters
    ----------
    stage : Path
    head
        Its arrivals without a boat.
    span : tuple of int
        First boat, and the one after the last.
    boats : int
        Of the whole run.
    counted : Tallies
    watched : mapping of str to ndarray
        ``density`` and ``tracks``.
    more : mapping
        What else ``part.json`` holds.
    """
    from .identity import version
    from .text_files import write_json

    with whole(stage / "counts.npz") as beside, open(beside, "wb") as file:
        arrays = {**tallies.as_arrays(counted), **{kind: watched[kind] for kind in _WATCHED}}
        np.savez(file, allow_pickle=False, **arrays)
    coded = [column for column in head.variables if "flag_meanings" in head[column].attrs]
    names = {column: flag_names(head[column]) for column in coded}
    about = {"version": version(), "first": span[0], "end": span[1], "boats": boats, "names": names}
    write_json(stage / "part.json", {**about, "attributes": {**head.attrs, "boats": boats}, **more})


def read(folder: Path) -> Shard | None:
    """The part in a folder; None where there is none.

    Raises
    ------
    InputError
        If it is damaged.
    """
    from .schema import PartAbout

    marker = read_marker(folder)
    if marker is None or marker.kind != "part" or "part.json" not in marker.files:
        return None
    faults = marker.faults()
    if faults:
        file, fault = next(iter(faults.items()))
        raise InputError(f"{folder / file}: {fault}; {_again(folder)}")
    return Shard(folder, read_json(folder / "part.json", PartAbout, _again(folder)), marker)


def found(folder: Path) -> list[Shard]:
    """The parts in the folders below a folder, in the order of their boats.

    Raises
    ------
    InputError
        If there is none, or one is damaged.
    """
    out = []
    for below in sorted(folder.iterdir()) if folder.is_dir() else []:
        if below.is_dir() and _NAME.match(below.name):
            refuse_link(below)
            shard = read(below)
            out += [shard] if shard is not None else []
    if not out:
        raise InputError(
            f"{folder}: holds no part of a run; make them with `driftsim run CONFIG --part 1/8 -o {folder}`"
        )
    return sorted(out, key=lambda shard: (shard.first, shard.end))


def refuse_apart(shards: Sequence[Shard]) -> None:
    """Stop where parts do not make one whole run: each boat once.

    Raises
    ------
    InputError
        Names the parts: of another config, with boats in common, or missing.
    """
    first = shards[0]
    for shard in shards:
        if (
            shard.origin["config_sha256"] != first.origin["config_sha256"]
            or shard.about["boats"] != first.about["boats"]
        ):
            raise InputError(
                f"{shard.folder}: is a part of another config than {first.folder.name} "
                f"({_difference(shard.origin['config'], first.origin['config'])}); move one of them away"
            )
    at, missing = 0, []
    for before, shard in zip([None, *shards], shards, strict=False):
        if shard.first < at and before is not None:
            raise InputError(
                f"{shard.folder}: has boats {shard.first:,} to {min(shard.end, at) - 1:,}, as {before.folder.name} "
                "has; move one of the two away"
            )
        missing += [(at, shard.first)] if shard.first > at else []
        at = shard.end
    boats = int(first.about["boats"])
    missing += [(at, boats)] if at < boats else []
    if missing:
        raise InputError(
            f"{first.folder.parent}: parts are missing: {_told(missing, first)}; make them with `driftsim run CONFIG "
            "--part K/N`, then merge again"
        )


def _told(missing: Sequence[tuple[int, int]], shard: Shard) -> str:
    """Boats that no part has, by the numbers of their parts where the split is known."""
    known = _NAME.fullmatch(shard.folder.name)
    boats = int(shard.about["boats"])
    if known:
        of = int(known[2])
        lack = [k for k in range(1, of + 1) if any(low <= span(boats, k, of)[0] < high for low, high in missing)]
        if lack:
            return f"{', '.join(map(str, lack[:20]))}{', ...' if len(lack) > 20 else ''} of {of}"
    return ", ".join(f"boats {low:,} to {high - 1:,}" for low, high in missing[:5])


def _difference(one: str, other: str) -> str:
    """The first line that two configs do not share."""
    mine, theirs = one.splitlines(), other.splitlines()
    return next((f"{a} and {b}" for a, b in zip(mine, theirs, strict=False) if a != b), "one has more lines")


def mixed(shards: Sequence[Shard]) -> list[str]:
    """What differs between the programs and processors that made the parts, a sentence each."""
    out = []
    for key in DIFFERING:
        values = {str(shard.origin.get(key, "")): shard.origin.get(key, "") for shard in shards}
        if len(values) > 1 and key == "libraries":
            every = {library for value in values.values() for library in value}
            other = [lib for lib in sorted(every) if len({value.get(lib) for value in values.values()}) > 1]
            out.append(f"libraries ({', '.join(other)})")
        elif len(values) > 1:
            told = ", ".join(sorted(value[:12] or "unknown" for value in values))
            out.append(f"{key} ({told})")
    return out


def added(shards: Sequence[Shard]) -> tallies.Tallies:
    """The tallies of a whole run.

    Raises
    ------
    InputError
        As `refuse_apart`, and if one has none.
    """
    ordered = sorted(shards, key=lambda shard: (shard.first, shard.end))
    refuse_apart(ordered)
    total: list[tallies.Tallies] = []
    for shard in ordered:
        total = [tallies.added([*total, shard.counted()])]
        shard.forget()
    return total[0]


def head(shards: Sequence[Shard]) -> xr.Dataset:
    """The arrivals of the whole run without a boat."""
    return _dataset(shards[0], shards[0].rows(shards[0].first, shards[0].first))


def groups(shards: Sequence[Shard], size: int = GROUP) -> Iterator[xr.Dataset]:
    """The arrivals of the whole run, so many boats at a time, however the parts were cut."""
    end = shards[-1].end
    for first in range(0, max(end, 1), size):
        yield boats(shards, first, min(first + size, end))


def boats(shards: Sequence[Shard], first: int, end: int) -> xr.Dataset:
    """The arrivals of the boats from number ``first`` to before ``end``."""
    pieces = [
        shard.rows(max(first, shard.first), min(end, shard.end))
        for shard in shards
        if shard.first < end and shard.end > first
    ]
    if not pieces:
        return head(shards)
    return _dataset(shards[0], {column: np.concatenate([piece[column] for piece in pieces]) for column in pieces[0]})


def _dataset(shard: Shard, columns: Mapping[str, AnyArray]) -> xr.Dataset:
    import xarray as xr

    names = shard.about["names"]
    described = {
        column: ("boat", values, {"flag_meanings": names[column]} if column in names else {})
        for column, values in columns.items()
        if column != "boat"
    }
    return xr.Dataset(
        {**described, **shard.drawn}, coords={"boat": columns["boat"]}, attrs=dict(shard.about["attributes"])
    )


def joined(files: Sequence[Path]) -> xr.Dataset:
    """Arrivals that stand in several files, as one data set in memory.

    Raises
    ------
    InputError
        If one is damaged or missing, or there is not the memory for them.
    """
    import xarray as xr

    wanted = rows_of(ARRIVALS, "boat") | draws.VARIABLES
    boats = sum(look_at(file, wanted)["boat"] for file in files)
    row = sum(np.dtype(kind).itemsize for kind, _ in ARRIVALS.values())
    capacity.require(
        2.0 * boats * row,
        f"{files[0].parent}: the arrivals of {boats:,} boats",
        "look at summary.json, at its figures, or at one of the files alone",
    )
    pieces = [read_dataset(file, wanted) for file in files]
    out = xr.concat(pieces, "boat", data_vars="minimal", coords="minimal", compat="override", combine_attrs="override")
    return out.assign_attrs(boats=np.int64(boats))
