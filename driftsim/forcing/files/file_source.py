"""A velocity field from files: its headers read at once, its levels one at a time on demand."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...system import capacity, formats, names
from ...system.errors import InputError
from ...system.kinds import Json
from ..catalogue import STANDARD_NAMES, Product
from ..fill import Fill, distance_to_wet_km
from ..grid import FLOAT32_ULP_DEG, UNIFORM_TOLERANCE, Axis
from ..source import FASTEST_M_S, too_fast
from . import cost, series
from .axes import Box
from .component import Component, read, scan
from .land import land_of
from .levels import Level
from .library import Datasets, reading
from .paths import expand, provenance
from .request import Request
from .roles import REGRID, Header, attribute, find_pair
from .series import Period, Reading
from .steps import STAMPS, Step, date

if TYPE_CHECKING:
    import netCDF4
    import xarray as xr

STEADY = "steady"
"""``kind_of_record`` of a field that is used at all times: not one of the catalogue's, for it belongs to no date."""

_MASKS = 4


class FileSource:
    """A velocity field in files, stores or a dataset from Python (a `driftsim.forcing.source.Source`).

    Headers are read when it is made, and what could stop a run later is checked then: units, axes, level, calendar,
    that the grid covers the box and the steps the period, that no gap is too long, that values which are there in one
    of the first, the middle and the last level are there in the others. Levels are read one at a time by `level`.

    Steps that come twice must be equal; of forecasts for the same moment that of the newest cycle counts. What is
    decided among several possibilities stands in ``info["decisions"]``.

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
    level : Level, optional
        The level that is meant; by default the surface, of a wind 10 m.
    member_dimension : str
        The dimension along which members stand, where the file does not say so.
    zeros_are_land : bool, optional
        Whether both components exactly zero mean land; None: as the product says, and zeros are told of.
    dataset : xarray.Dataset, optional
        What a name of ``files`` that begins with ``python:`` stands for.

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
        level: Level | None = None,
        member_dimension: str = "",
        zeros_are_land: bool | None = None,
        dataset: xr.Dataset | None = None,
    ) -> None:
        if stamp not in STAMPS:
            raise InputError(f"{kind}.stamp = {stamp!r}; allowed: {', '.join(STAMPS)}")
        if bool(u) != bool(v):
            raise InputError(f"{kind}.u = {u!r}, {kind}.v = {v!r}: give both names or neither")
        self.kind, self._product, self._scale = kind, product, float(scale)
        self._request = Request(kind, product, u, v, level, member_dimension)
        self._fill_km, self._zero = float(fill_km), land == "zero"
        self._zeros_are_land = product.zero_is_land if zeros_are_land is None else zeros_are_land
        self.fastest_m_s = FASTEST_M_S[kind] if fastest_m_s is None else float(fastest_m_s)
        self._files = Datasets({} if dataset is None else {str(os.fspath(one)): dataset for one in files})
        self._masks: OrderedDict[bytes, Fill] = OrderedDict()

        us: list[Component] = []
        vs: list[Component] = []
        for path in expand(files, kind):
            for parts, found in zip((us, vs), self._scan(path, box), strict=True):
                parts += found
        arranged = series.arrange(us, vs, product, kind, period, Reading(steady, stamp, interval_hours, max_gap_hours))
        self._levels, self.times, self.covers = arranged.levels, arranged.times, arranged.covers
        self.usual_s, self._decisions = arranged.usual_s, list(arranged.decisions)
        self._same_grid()
        first = self._levels[0][0][0].part
        self.lon, self.lat = first.lon.values, first.lat.values
        self.members = sum(pair[0].part.members for pair in self._levels[0])
        self._refuse_size(first)
        self._refuse_twins(arranged.twins)
        self._land = self._mask_in_the_file(first)
        self._tell_cost()
        self._set_masks(zeros_are_land)
        self.info = self._describe(steady)

    # Headers ---------------------------------------------------------------------------------------------------------

    def _scan(self, path: str, box: Box) -> tuple[list[Component], list[Component]]:
        ask = self._request
        with reading(path):
            dataset = self._files.get(path)
            pair = find_pair(dataset, ask.product, ask.kind, ask.u, ask.v, path)
            if not any(pair):
                raise InputError(self._no_variable(dataset, path))
            header = Header(dataset)
            us, vs = ([] if name is None else scan(header, name, ask, box, path) for name in pair)
        self._refuse_mixture(us, vs)
        return us, vs

    def _no_variable(self, dataset: netCDF4.Dataset, path: str) -> str:
        kind, entry, ask = self.kind, self._product, self._request
        wanted = [(ask.u, ask.v)] if ask.u else [*entry.names.get(kind, ()), *STANDARD_NAMES[kind][:1]]
        has = ", ".join(f"{name}({', '.join(var.dimensions)})" for name, var in dataset.variables.items())
        looked = " or ".join("/".join(pair) for pair in wanted)
        return (
            f"{path}: no {kind} found in it: looked for {looked}; it holds {has or 'nothing'}: correct "
            f"{kind}.product = {entry.key!r}, or name the variables with {kind}.u and {kind}.v"
        )

    def _refuse_mixture(self, us: list[Component], vs: list[Component]) -> None:
        """A speed goes with a direction, a component with a component."""
        for part in us:
            if part.quantity != "speed":
                raise InputError(
                    f"{part.path}: variable {part.name} is a direction, and stands where the eastward component or the "
                    f"speed belongs: give the speed as {self.kind}.u and the direction as {self.kind}.v"
                )
        for u, v in zip(us, vs, strict=False):
            levels = {part.level for part in (u, v) if part.level is not None}
            if u.quantity == v.quantity and (len(levels) > 1 or u.members != v.members):
                raise InputError(
                    f"{u.path}: {u.name} and {v.name} are not of one level and the same members "
                    f"({u.level}, {u.members}; {v.level}, {v.members}); name two that belong together"
                )

    def _same_grid(self) -> None:
        first = self._levels[0][0][0].part
        parts = {id(step.part): step.part for level in self._levels for pair in level for step in pair}
        for part in parts.values():
            same = True
            for a, b in ((part.lon.values, first.lon.values), (part.lat.values, first.lat.values)):
                near = max(UNIFORM_TOLERANCE * float(np.diff(b).min()), FLOAT32_ULP_DEG)
                same &= a.size == b.size and bool(np.abs(a - b).max() <= near)
            if not same:
                raise InputError(
                    f"{self.kind}.files: {part.path} ({part.name}) and {first.path} ({first.name}) lie on different "
                    f"grids; give files of one grid, or {REGRID}"
                )
        counts = [pair[0].part.members for pair in self._levels[0]]
        for level in self._levels:
            for pair, count in zip(level, counts, strict=True):
                for step in pair:
                    if step.part.members != count:
                        raise InputError(
                            f"{self.kind}.files: {step.part.path} ({step.part.name}) has {step.part.members} members, "
                            f"{first.path} has {count}; give files of the same ensemble"
                        )

    def _refuse_size(self, part: Component) -> None:
        """A header of a few bytes can promise more than any machine holds."""
        nodes = self.members * self.lat.size * self.lon.size
        capacity.require(
            part.chunk_bytes + nodes * (8.0 + 25.0 * part.layers),  # two singles, and a component while it is unpacked
            f"{part.path}: variable {part.name}: a level of {self.members:,} x {self.lat.size:,} x {self.lon.size:,}",
            "cut the file to the area of the run, or shrink coast.domain",
        )

    def _refuse_twins(self, twins: list[tuple[Step, Step]]) -> None:
        """Of steps for the same moment one can be taken for another only if they are equal, to their packing."""
        for one, other in twins:
            kept, left = (self._one_component(step) for step in (one, other))
            apart = one.part.resolution + other.part.resolution
            near = np.isclose(kept, left, rtol=1e-6, atol=1.001 * apart, equal_nan=True)
            if not near.all():
                raise InputError(
                    f"{self.kind}.files: {other.part.path} and {one.part.path} "
                    + ("(two of its steps) " if one.part.path == other.part.path else "")
                    + f"differ in {one.part.name} at {date(one.time)}, and nothing says which counts: leave one out; "
                    "or, if they are members of an ensemble, number them by a scalar variable in each file with the "
                    "standard name realization; or, if they are forecasts, by forecast_reference_time"
                )

    def _one_component(self, step: Step) -> NDArray[np.float32]:
        values = np.empty((step.part.members, self.lat.size, self.lon.size), np.float32)
        self._read(step, values)
        return values

    def _tell_cost(self) -> None:
        """Say what a store costs that is cut for time series: each level unpacks many."""
        part = self._levels[0][0][0].part
        if not names.is_file(part.path) or formats.is_references(part.path):
            with reading(part.path, part.name):
                told = cost.told(self._files.get(part.path).variables[part.name], part, len(self._levels))
            self._decisions += [told] if told else []

    def _mask_in_the_file(self, part: Component) -> NDArray[np.bool_] | None:
        """Land as a variable of the first file has it; a wind blows over land."""
        if self.kind == "wind":
            return None
        with reading(part.path):
            found = land_of(self._files.get(part.path), part)
        if found is None or not found[1].any():
            return None
        self._decisions.append(f"land as the variable {found[0]} has it")
        return found[1]

    # Values ----------------------------------------------------------------------------------------------------------

    def _set_masks(self, zeros_are_land: bool | None) -> None:
        """Masks from the first, the middle and the last level: where all have a value. The others answer to them."""
        masks = self._look(zeros_are_land)
        if zeros_are_land:
            self._decisions.append("both components exactly zero mean land, as zeros_are_land says")
        first, *others = masks.values()
        missing = np.logical_or.reduce([first, *others]) if others else first
        if not missing.any():
            return
        self.wet = ~missing
        if self._zero:
            return
        if not others:
            fill = self._fill_of(self.wet)
            self.filled, self.valid = fill.filled, fill.valid
            return
        fills = {k: self._fill_of(~mask) for k, mask in masks.items()}
        reached = np.logical_or.reduce([fill.valid for fill in fills.values()])
        for k, fill in fills.items():
            self._refuse_lost(k, reached & ~fill.valid, masks[k])
        self.valid, self.filled = reached, reached & missing

    def _look(self, zeros_are_land: bool | None) -> dict[int, NDArray[np.bool_]]:
        """Where the first, the middle and the last level have no value, by level; each mask is there once."""
        looked_at = self._looked_at()
        masks: dict[int, NDArray[np.bool_]] = {}
        still: NDArray[np.bool_] | None = None
        for k in looked_at:
            level, mask = self._raw(k)
            if mask.all():
                part = self._levels[k][0][0].part
                raise InputError(
                    f"{part.path}: variable {part.name} has no value at all in the box at "
                    f"{date(self.times[k])}: the file is empty there, or its fill value is wrong"
                )
            if zeros_are_land is None and self.kind != "wind" and (still is None or still.any()):
                at_rest = _at_rest(level) & ~mask
                still = at_rest if still is None else still & at_rest
            del level  # before the next one: two global levels are 140 MB
            if not any(np.array_equal(mask, known) for known in masks.values()):
                masks[k] = mask
        if still is not None and still.any():
            self._decisions.append(self._about_zeros(still, len(looked_at)))
        return masks

    def _about_zeros(self, still: NDArray[np.bool_], levels: int) -> str:
        count = int(still.sum())
        where = "in the only level" if len(self.times) == 1 else f"in {levels} of {len(self.times)} levels"
        return (
            f"both components are exactly 0 at {count:,} nodes ({100.0 * count / still.size:.3g} %) {where}, and are "
            f"taken for water that does not move: if they are land, say {self.kind}.zeros_are_land = true"
        )

    def _raw(self, k: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A level as the files have it, and where it has no value: (members, ny, nx, 2) and (ny, nx)."""
        level = np.empty((self.members, self.lat.size, self.lon.size, 2), dtype=np.float32)
        first = 0
        for pair in self._levels[k]:
            group = level[first : first + pair[0].part.members]
            for c, step in enumerate(pair):
                self._read(step, group[..., c])
            if pair[1].part.quantity != "speed":
                _to_components(group, pair[1].part.quantity)
            first += len(group)
        for path in {step.part.path for pair in self._levels[k] for step in pair if step.part.steps == 1}:
            self._files.drop(path)  # the library keeps the unpacked chunks of an open file: 35 MB of a global day
        missing = np.asarray((np.isnan(level[..., 0]) | np.isnan(level[..., 1])).any(axis=0))
        if self._zeros_are_land:
            missing |= (level == 0.0).all(axis=(0, 3))
        if self._land is not None:
            missing |= self._land
        self._refuse_speed(level, k)
        if self._scale != 1.0:
            level *= np.float32(self._scale)
        return level, missing

    def _read(self, step: Step, out: NDArray[np.float32]) -> None:
        with reading(step.part.path, step.part.name), np.errstate(over="ignore"):
            read(self._files.get(step.part.path), step.part, step.index, out)

    def _refuse_speed(self, level: NDArray[np.float32], k: int) -> None:
        """A scale above 1 counts; one below does not hide a wrong unit."""
        scale = max(self._scale, 1.0)
        if not too_fast(level, self.fastest_m_s / scale):
            return
        speed = np.hypot(level[..., 0], level[..., 1])
        m, j, i = np.unravel_index(int(np.nanargmax(speed)), speed.shape)
        pair = self._levels[k][int(np.searchsorted(self._ends(k), m, side="right"))]
        part = pair[int(np.argmax(np.abs(level[m, j, i])))].part
        times = f", with {self.kind}.scale = {scale:g}" if scale > 1.0 else ""
        raise InputError(
            f"{part.path}: variable {part.name}: the speed is {float(speed[m, j, i]):g} m/s at "
            f"{self._place(k, int(j), int(i))}{times}; more than {self.fastest_m_s:g} m/s is no {self.kind}: its "
            f"units, scale or fill value must be wrong; if it is meant, raise {self.kind}.fastest_m_s"
        )

    def _ends(self, k: int) -> NDArray[np.int_]:
        """How many members there are up to each group of a level."""
        return np.cumsum([pair[0].part.members for pair in self._levels[k]])

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
        self._refuse_lost(k, ~fill.valid if self.valid is None else self.valid & ~fill.valid, missing)
        return fill(level)

    def _refuse_lost(self, k: int, lost: NDArray[np.bool_], missing: NDArray[np.bool_]) -> None:
        """See that no value is lost that other levels have."""
        if not lost.any():
            return
        j, i = (int(n) for n in np.argwhere(lost)[0])
        part = self._levels[k][0][0].part
        reach = float(distance_to_wet_km(~missing, self.lon, self.lat)[lost].max())
        enough = f" to {10.0 * np.ceil((reach + 1e-6) / 10.0):.0f}" if np.isfinite(reach) else ""
        raise InputError(
            f"{part.path}: variable {part.name} has no value at {self._place(k, j, i)} "
            f"({int(lost.sum())} such nodes), where other times have one: "
            f"raise {self.kind}.fill_km{enough}, or repair the file"
        )

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

    def _describe(self, steady: bool) -> Json:
        entry, first = self._product, self._levels[0][0]
        u, v = (step.part for step in first)
        with reading(u.path):
            dataset = self._files.get(u.path)
            told = {name: attribute(dataset, name) for name in ("title", "institution", "credit")}
            standard = attribute(dataset.variables[u.name], "standard_name")
        holds = entry.held(u.name, standard) if self.kind == "current" else None
        plain = entry.key == "cf"
        credit = told["credit"] or told["institution"] or told["title"] or os.path.basename(u.path)
        credit = credit[:400]
        paths = {step.part.path for level in self._levels for pair in level for step in pair}
        return {
            "product": entry.key,
            "title": (told["title"][:200] or entry.title) if plain else entry.title,
            "credit": credit if plain else entry.credit,
            # A day that stands for others is no record of them, whatever the product is.
            "kind_of_record": STEADY if steady else entry.record,
            "note": "; ".join([entry.describe(self.kind, holds, self._height()), *self._remarks(steady)]),
            "decisions": list(self._decisions),
            "licence": entry.licence,
            "doi": entry.doi,
            "holds": None if holds is None else list(holds),
            "variables": [u.name, v.name],
            "units": u.units,
            "level": None if u.level is None else str(u.level),
            "depth_m": u.level.value if u.level is not None and u.level.unit == "m" else None,
            "scale": self._scale,
            "land": "zero" if self._zero else "fill",
            "fill_km": self._fill_km,
            "spacing_deg": [round(Axis(axis).step, 6) for axis in (self.lon, self.lat)],
            "levels": len(self._levels),
            "first_level": date(self.times[0]),
            "last_level": date(self.times[-1]),
            "files": [self._identity(path) for path in sorted(paths)],
        }

    def _identity(self, path: str) -> Json:
        """What tells the data of a path from others; of a store and a dataset what was read of them as well.

        Of a dataset from Python everything that the run reads is hashed, of a store what opening it has looked at.
        """
        record = provenance(path)
        if "door" not in record:
            return record
        mine = [(k, step) for k, level in enumerate(self._levels) for pair in level for step in pair]
        mine = [(k, step) for k, step in mine if step.part.path == path]
        times, values = hashlib.sha256(), hashlib.sha256()
        for _, step in mine:
            times.update(f"{step.part.name} {step.part.units} {step.time} {step.low} {step.high}\n".encode())
        every = names.is_given(path)
        for k in sorted({k for k, _ in mine} & ({k for k, _ in mine} if every else set(self._looked_at()))):
            values.update(self._raw(k)[0].tobytes())
        for axis in (self.lon, self.lat):
            values.update(axis.tobytes())
        return {**record, "times_sha256": times.hexdigest(), "values_sha256": values.hexdigest()}

    def _looked_at(self) -> list[int]:
        """The first, the middle and the last level."""
        return sorted({0, (len(self.times) - 1) // 2, len(self.times) - 1})

    def _height(self) -> str:
        """The level in words; empty where nothing says it."""
        part = self._levels[0][0][0].part
        named = {name.lower() for pair in self._product.names.get(self.kind, ()) for name in pair}
        if part.level is not None:
            return str(part.level)
        return "10 m" if self.kind == "wind" and part.name.lower() in named else ""

    def _remarks(self, steady: bool) -> list[str]:
        """What the catalogue cannot know of these files."""
        u, v = (step.part for step in self._levels[0][0])
        known = {name.lower() for pair in self._product.names.get(self.kind, ()) for name in pair}
        out = []
        if known and self._product.key != "cf" and not {u.name.lower(), v.name.lower()} <= known:
            out.append(f"its variables {u.name} and {v.name} are not named as in this product")
        if v.quantity != "speed":
            out.append(f"from the speed {u.name} and the direction {v.name} {v.quantity} which it goes")
        if steady:
            out.append(
                "one field" + ("" if u.stamps is None else f", of {date(float(u.stamps[0]))},") + " at all times"
            )
        return out


def _to_components(polar: NDArray[np.float32], towards: str) -> None:
    """Make a speed and a direction (..., 2), radians clockwise from north, components, in place."""
    sign = np.float32(-1.0 if towards == "from" else 1.0)
    speed, angle = sign * polar[..., 0], polar[..., 1].copy()
    polar[..., 0], polar[..., 1] = speed * np.sin(angle), speed * np.cos(angle)


def _at_rest(level: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where all members (members, ny, nx, 2) are exactly zero."""
    out = np.ones(level.shape[1:3], bool)
    for member in level:
        out &= member[..., 0] == 0.0
        out &= member[..., 1] == 0.0
    return out
