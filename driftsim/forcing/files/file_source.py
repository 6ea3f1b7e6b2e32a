"""Velocity fields from files: which steps there are, what their stamps mean, and one level at a time on demand."""

from __future__ import annotations

import glob
import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import capacity
from ...constants import SECONDS_PER_HOUR
from ...errors import InputError
from ..catalogue import STANDARD_NAMES, Product
from ..fill import Fill
from ..grid import FLOAT32_ULP_DEG, UNIFORM_TOLERANCE, Axis
from ..source import FASTEST_M_S, too_fast
from .axes import Box
from .component import Component, read, scan
from .library import Datasets, reading
from .roles import REGRID, attribute, find_pair
from .steps import STAMPS, Step, date, length, timeline, usual_spacing

Period = tuple[float, float]


STEADY = "steady"
"""``kind_of_record`` of a field that is used at all times: not one of the catalogue's, for it belongs to no date."""

_MASKS = 4
_WHOLE_DIGEST_BYTES = 10**9


def expand(files: Sequence[str | os.PathLike[str]], kind: str) -> list[str]:
    """Paths and globs as existing files, each once, in the order of their names.

    Raises
    ------
    InputError
        If one of them is not there.
    """
    found: list[str] = []
    for given in files:
        text = os.path.expanduser(os.fspath(given))
        matches = [text] if os.path.isfile(text) else [p for p in glob.glob(text, recursive=True) if os.path.isfile(p)]
        if not matches:
            raise InputError(
                f"{kind}.files: {text}: no such file; check the path (relative to the config) or fetch the data"
            )
        found += matches
    return sorted(set(found), key=lambda p: (os.path.basename(p), p))


class FileSource:
    """A velocity field in NetCDF files (a `driftsim.forcing.source.Source`).

    Headers are read when it is made, and what could stop a run later is checked then: units, axes, calendar, that the
    grid covers the box and the steps the period, that no gap is too long. Levels are read one at a time by `level`.

    Of duplicate steps the one in the file whose name sorts last counts, within a file the one stored last.

    Parameters
    ----------
    kind : str
        ``"current"``, ``"wind"`` or ``"stokes"``.
    product : Product
    files : sequence of path
        Paths and globs, in any order; the two components may be in different files.
    box, period : tuple of float
        West, east, south, north in degrees; first and last moment in epoch seconds.
    u, v : str
        Variable names, where the catalogue and the standard names do not do.
    scale : float
        Factor on the velocity.
    fastest_m_s : float, optional
        Greatest speed that is believed; by default that of its kind.
    steady : bool
        Use the one level of the files at all times.
    stamp : str
        One of `STAMPS`.
    interval_hours : float
        Length of the interval of a mean; 0: the usual spacing.
    max_gap_hours : float
        Longest time between steps; 0: twice the usual spacing.
    fill_km : float
        How far sea values are carried over land.
    land : str
        ``"fill"``, or ``"zero"``: no value is a velocity of zero, everywhere.

    Raises
    ------
    InputError
    """

    slow = True
    usual_s = 0.0  # usual time between steps, seconds; 0: unknown
    members: int
    wet: NDArray[np.bool_] | None = None
    filled: NDArray[np.bool_] | None = None
    valid: NDArray[np.bool_] | None = None

    def __init__(
        self,
        kind: str,
        product: Product,
        files: Sequence[str | os.PathLike[str]],
        box: Box,
        period: Period,
        *,
        u: str = "",
        v: str = "",
        scale: float = 1.0,
        fastest_m_s: float | None = None,
        steady: bool = False,
        stamp: str = "auto",
        interval_hours: float = 0.0,
        max_gap_hours: float = 0.0,
        fill_km: float = 100.0,
        land: str = "fill",
    ) -> None:
        if stamp not in STAMPS:
            raise InputError(f"{kind}.stamp = {stamp!r}; allowed: {', '.join(STAMPS)}")
        if bool(u) != bool(v):
            raise InputError(f"{kind}.u = {u!r}, {kind}.v = {v!r}: give both names or neither")
        self.kind, self._product, self._scale = kind, product, float(scale)
        self._fill_km, self._zero = float(fill_km), land == "zero"
        self.fastest_m_s = FASTEST_M_S[kind] if fastest_m_s is None else float(fastest_m_s)
        self._files = Datasets()
        self._masks: OrderedDict[bytes, Fill] = OrderedDict()

        parts = [self._scan(path, box, u, v) for path in expand(files, kind)]
        us, vs = [a for a, _ in parts if a is not None], [b for _, b in parts if b is not None]
        self._steps = self._choose(us, vs, period, steady, stamp, interval_hours, max_gap_hours)
        self._same_grid()
        first = self._steps[0][0].part
        self.lon, self.lat, self.members = first.lon.values, first.lat.values, first.members
        self._refuse_size(first)
        self._set_masks()
        self.info = self._describe(steady)

    # Headers ---------------------------------------------------------------------------------------------------------

    def _scan(self, path: str, box: Box, u: str, v: str) -> tuple[Component | None, Component | None]:
        with reading(path):
            dataset = self._files.get(path)
            pair = find_pair(dataset, self._product, self.kind, u, v, path)
            if not any(pair):
                raise InputError(self._no_variable(dataset, path, u, v))
            found = [None if n is None else scan(dataset, n, self._product, self.kind, box, path) for n in pair]
        return found[0], found[1]

    def _no_variable(self, dataset: Any, path: str, u: str, v: str) -> str:
        kind, entry = self.kind, self._product
        wanted = [(u, v)] if u else [*entry.names.get(kind, ()), *STANDARD_NAMES[kind][:1]]
        has = ", ".join(f"{name}({', '.join(var.dimensions)})" for name, var in dataset.variables.items())
        looked = " or ".join("/".join(pair) for pair in wanted)
        return (
            f"{path}: no {kind} found in it: looked for {looked}; it holds {has or 'nothing'}: correct "
            f"{kind}.product = {entry.key!r}, or name the variables with {kind}.u and {kind}.v"
        )

    # Steps -----------------------------------------------------------------------------------------------------------

    def _choose(
        self,
        us: list[Component],
        vs: list[Component],
        period: Period,
        steady: bool,
        stamp: str,
        interval_hours: float,
        max_gap_hours: float,
    ) -> list[tuple[Step, Step]]:
        """The steps that the period needs; sets ``times`` and ``covers``."""
        for found, other, which in ((us, vs, "eastward"), (vs, us, "northward")):
            if not found:
                raise InputError(
                    f"{self.kind}.files: {other[0].path} has {other[0].name}, but no file has the {which} component"
                )
        if steady:
            return self._one_step(us, vs, period)
        self.usual_s = usual = usual_spacing(us, self._product.step_hours * SECONDS_PER_HOUR, self.kind)
        interval = interval_hours * SECONDS_PER_HOUR or usual
        u_steps = timeline(us, self._product.stamp, stamp, interval, self.kind)
        v_steps = timeline(vs, self._product.stamp, stamp, interval, self.kind)
        both = [(u_steps[key], v_steps[key]) for key in sorted(u_steps.keys() & v_steps.keys())]
        if not both:
            raise InputError(
                f"{self.kind}.files: {us[0].path} ({us[0].name}) and {vs[0].path} ({vs[0].name}) share no time step"
            )
        begin, end = min(period), max(period)
        low, high = both[0][0].low, both[-1][0].high
        if begin < low - 1.0 or end > high + 1.0:
            raise InputError(
                f"{self.kind}.files ({_told(us)}) cover {date(low)} to {date(high)} ({len(both)} steps); the run "
                f"needs {date(begin)} to {date(end)}: add files, change run.start and run.end, "
                f"or set {self.kind}.steady = true for a single field"
            )
        t = np.array([u.time for u, _ in both])
        i = max(int(np.searchsorted(t, begin, side="right")) - 1, 0)
        j = min(int(np.searchsorted(t, end, side="left")), t.size - 1)
        limit = max_gap_hours * SECONDS_PER_HOUR or 2.0 * usual
        self._refuse_gap(t[i : j + 1], limit, both[i:])
        self.times = t[i : j + 1]
        self.covers = (both[i][0].low, both[j][0].high)
        return both[i : j + 1]

    def _one_step(self, us: list[Component], vs: list[Component], period: Period) -> list[tuple[Step, Step]]:
        counts = [sum(length(part) for part in parts) for parts in (us, vs)]
        if counts != [1, 1]:
            raise InputError(
                f"{self.kind}.steady = true needs one time level, {_told(us)} holds {max(counts)}: "
                "extract one (for example `cdo seltimestep,1`), or set steady = false"
            )
        u, v = us[0], vs[0]
        time = float(min(period)) if u.stamps is None else float(u.stamps[0])
        self.times, self.covers = np.array([time]), (-np.inf, np.inf)
        return [(Step(u, 0, time, -np.inf, np.inf), Step(v, 0, time, -np.inf, np.inf))]

    def _refuse_gap(self, times: NDArray[np.float64], limit: float, steps: list[tuple[Step, Step]]) -> None:
        gaps = np.diff(times)
        if limit > 0.0 and gaps.size and gaps.max() > limit * (1.0 + 1e-9):
            k = int(gaps.argmax())
            raise InputError(
                f"{self.kind}.files ({steps[k][0].part.path}): no step between {date(times[k])} and "
                f"{date(times[k + 1])} ({gaps[k] / SECONDS_PER_HOUR:g} h; the limit is "
                f"{limit / SECONDS_PER_HOUR:g} h): add the missing files, or allow it with {self.kind}.max_gap_hours = "
                f"{np.ceil(gaps[k] / SECONDS_PER_HOUR):g}"
            )

    def _same_grid(self) -> None:
        first = self._steps[0][0].part
        for part in {id(step.part): step.part for pair in self._steps for step in pair}.values():
            same = part.members == first.members
            for a, b in ((part.lon.values, first.lon.values), (part.lat.values, first.lat.values)):
                near = max(UNIFORM_TOLERANCE * float(np.diff(b).min()), FLOAT32_ULP_DEG)
                same &= a.size == b.size and bool(np.abs(a - b).max() <= near)
            if not same:
                raise InputError(
                    f"{self.kind}.files: {part.path} ({part.name}) and {first.path} ({first.name}) lie on different "
                    f"grids; give files of one grid, or {REGRID}"
                )

    def _refuse_size(self, part: Component) -> None:
        """A header of a few bytes can promise more than any machine holds."""
        nodes = self.members * self.lat.size * self.lon.size
        capacity.require(
            part.chunk_bytes + nodes * (8.0 + 25.0 * part.layers),  # two singles, and a component while it is unpacked
            f"{part.path}: variable {part.name}: a level of {self.members:,} x {self.lat.size:,} x {self.lon.size:,}",
            "cut the file to the area of the run, or shrink coast.domain",
        )

    # Values ----------------------------------------------------------------------------------------------------------

    def _set_masks(self) -> None:
        """Masks from the first and the last level: where both have a value. The rest of the levels answer to them."""
        missing = self._raw(0)[1]
        if len(self._steps) > 1:
            missing = missing | self._raw(len(self._steps) - 1)[1]
        if missing.all():
            step = self._steps[0][0]
            raise InputError(
                f"{step.part.path}: variable {step.part.name} has no value at all in the box at "
                f"{date(self.times[0])}: the file is empty there, or its fill value is wrong"
            )
        if not missing.any():
            return
        self.wet = ~missing
        if not self._zero:
            fill = self._fill_of(self.wet)
            self.filled, self.valid = fill.filled, fill.valid

    def _raw(self, k: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A level as the files have it, and where it has no value: (members, ny, nx, 2) and (ny, nx)."""
        level = np.empty((self.members, self.lat.size, self.lon.size, 2), dtype=np.float32)
        for c, step in enumerate(self._steps[k]):
            with reading(step.part.path, step.part.name), np.errstate(over="ignore"):
                read(self._files.get(step.part.path), step.part, step.index, level[..., c])
        for path in {step.part.path for step in self._steps[k] if length(step.part) == 1}:
            self._files.drop(path)  # the library keeps the unpacked chunks of an open file: 35 MB of a global day
        missing = np.asarray((np.isnan(level[..., 0]) | np.isnan(level[..., 1])).any(axis=0))
        if self._product.zero_is_land:
            missing |= (level == 0.0).all(axis=(0, 3))
        self._refuse_speed(level, k)
        if self._scale != 1.0:
            level *= np.float32(self._scale)
        return level, missing

    def _refuse_speed(self, level: NDArray[np.float32], k: int) -> None:
        """A scale above 1 counts; one below does not hide a wrong unit."""
        scale = max(self._scale, 1.0)
        if not too_fast(level, self.fastest_m_s / scale):
            return
        speed = np.hypot(level[..., 0], level[..., 1])
        m, j, i = np.unravel_index(int(np.nanargmax(speed)), speed.shape)
        part = self._steps[k][int(np.argmax(np.abs(level[m, j, i])))].part
        times = f", with {self.kind}.scale = {scale:g}" if scale > 1.0 else ""
        raise InputError(
            f"{part.path}: variable {part.name}: the speed is {float(speed[m, j, i]):g} m/s at "
            f"{self._place(k, int(j), int(i))}{times}; more than {self.fastest_m_s:g} m/s is no {self.kind}: its "
            f"units, scale or fill value must be wrong; if it is meant, raise {self.kind}.fastest_m_s"
        )

    def level(self, k: int) -> NDArray[np.float32]:
        """Velocities at ``times[k]``, m/s, shape (members, ny, nx, 2), filled over land; 0 where not ``valid``.

        Raises
        ------
        InputError
            If the file cannot be read, a speed is impossible, or a value is missing where other levels have one and too
            far from the sea to be filled.
        """
        level, missing = self._raw(k)
        if not missing.any():
            return level
        if self._zero:
            level[:, missing] = 0.0
            return level
        fill = self._fill_of(~missing)
        lost = ~fill.valid if self.valid is None else self.valid & ~fill.valid
        if lost.any():
            j, i = (int(n) for n in np.argwhere(lost)[0])
            part = self._steps[k][0].part
            raise InputError(
                f"{part.path}: variable {part.name} has no value at {self._place(k, j, i)} "
                f"({int(lost.sum())} such nodes), where other times have one: "
                f"raise {self.kind}.fill_km, or repair the file"
            )
        return fill(level)

    def _place(self, k: int, j: int, i: int) -> str:
        return f"{self.lon[i]:.3f} E, {self.lat[j]:.3f} N, {date(self.times[k])}"

    def _fill_of(self, wet: NDArray[np.bool_]) -> Fill:
        """The fill for a mask; kept, because most products have one mask and altimetry, with its ice, a few."""
        key = np.packbits(wet).tobytes()
        if key not in self._masks:
            while len(self._masks) >= _MASKS:
                self._masks.popitem(last=False)
            self._masks[key] = Fill(wet, self.lon, self.lat, self._fill_km)
        self._masks.move_to_end(key)
        return self._masks[key]

    def close(self) -> None:
        """Close the files; they are opened again when a level is asked for."""
        self._files.close()

    # Provenance ------------------------------------------------------------------------------------------------------

    def _describe(self, steady: bool) -> dict[str, Any]:
        entry, first = self._product, self._steps[0]
        with reading(first[0].part.path):
            dataset = self._files.get(first[0].part.path)
            told = {name: attribute(dataset, name) for name in ("title", "institution", "credit")}
            u = first[0].part.name
            standard = attribute(dataset.variables[u], "standard_name")
        holds = entry.held(u, standard) if self.kind == "current" else None
        plain = entry.key == "cf"
        credit = told["credit"] or told["institution"] or told["title"] or os.path.basename(first[0].part.path)
        credit = credit[:400]
        return {
            "product": entry.key,
            "title": (told["title"][:200] or entry.title) if plain else entry.title,
            "credit": credit if plain else entry.credit,
            # A day that stands for others is no record of them, whatever the product is.
            "kind_of_record": STEADY if steady else entry.record,
            "note": "; ".join([entry.describe(self.kind, holds), *self._remarks(steady)]),
            "licence": entry.licence,
            "doi": entry.doi,
            "holds": None if holds is None else list(holds),
            "variables": [step.part.name for step in first],
            "depth_m": first[0].part.depth_m,
            "scale": self._scale,
            "land": "zero" if self._zero else "fill",
            "fill_km": self._fill_km,
            "spacing_deg": [round(Axis(axis).step, 6) for axis in (self.lon, self.lat)],
            "levels": len(self._steps),
            "first_level": date(self.times[0]),
            "last_level": date(self.times[-1]),
            "files": [provenance(path) for path in sorted({step.part.path for pair in self._steps for step in pair})],
        }

    def _remarks(self, steady: bool) -> list[str]:
        """What the catalogue cannot know of these files."""
        u, v = (step.part for step in self._steps[0])
        known = {name.lower() for pair in self._product.names.get(self.kind, ()) for name in pair}
        out = []
        if known and not {u.name.lower(), v.name.lower()} <= known:
            out.append(f"its variables {u.name} and {v.name} are not named as in this product")
        if steady:
            out.append(
                "one field" + ("" if u.stamps is None else f", of {date(float(u.stamps[0]))},") + " at all times"
            )
        return out


def _told(parts: list[Component]) -> str:
    more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
    return f"{parts[0].path}{more}"


def provenance(path: str) -> dict[str, Any]:
    """Name, size and SHA-256 of a file; above 1 GB of its first MiB and its size, with the date."""
    size = os.path.getsize(path)
    record: dict[str, Any] = {"path": path, "bytes": size}
    with open(path, "rb") as file:
        if size <= _WHOLE_DIGEST_BYTES:
            record["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            record["header_sha256"] = hashlib.sha256(file.read(1 << 20) + str(size).encode()).hexdigest()
            record["modified"] = date(Path(path).stat().st_mtime)
    return record
