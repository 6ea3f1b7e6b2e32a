"""One velocity component in one NetCDF file: its header, and its levels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...system.errors import InputError
from ...system.kinds import AnyArray, Slice, StoredVariable
from . import levels
from .axes import EDGE_DEG, Box, Cut, cut_latitude, cut_longitude, nodes_of, refuse_uncovered
from .levels import Level
from .packing import chunk, decode, numbers, resolution
from .request import Request
from .roles import Dimension, Header, attribute, dimensions_of
from .times import Moments, find_moments
from .units import measure, written_units

if TYPE_CHECKING:
    import netCDF4

_BAND = 2**18
"""Values that are unpacked at a time."""


@dataclass(frozen=True)
class Component:
    """One velocity component in one file, cut to a box.

    ``roles`` names what each dimension of the variable is; ``fixed`` the index taken on dimensions that are not kept;
    ``quantity`` is what is measured and ``factor`` turns its units into m/s, or radians (`units.measure`); ``stamps``,
    ``bounds`` and ``cycles`` are epoch seconds, the last two only where the file states them; ``mean`` and ``moment``
    follow the variable's ``cell_methods``; ``labels`` are the numbers of its members, where the file has them;
    ``layers`` are read together and become one; ``resolution`` is half a unit of a packed value, m/s; ``mask`` is a
    variable of land and sea on the same grid; ``chunk_bytes`` is what must be unpacked to read a single value.
    """

    path: str
    name: str
    roles: tuple[str, ...]
    fixed: dict[str, int]
    quantity: str
    factor: float
    units: str
    lon: Cut
    lat: Cut
    stamps: NDArray[np.float64] | None
    bounds: NDArray[np.float64] | None
    cycles: NDArray[np.float64] | None
    mean: bool
    moment: bool
    members: int
    labels: tuple[int, ...] | None
    level: Level | None
    layers: int
    resolution: float
    chunk_bytes: int

    @property
    def steps(self) -> int:
        """How many steps it has; one without a time is one step."""
        return 1 if self.stamps is None else int(self.stamps.size)


def scan(header: Header, name: str, request: Request, box: Box, path: str) -> list[Component]:
    """Read the header of one component; of a forecast archive, of the component in each of its cycles.

    Raises
    ------
    InputError
        If units, an axis, the level, the calendar or the grid cannot be used.
    """
    variable = header.variables[name]
    where = f"{path}: variable {name}"
    _refuse_text(variable, request.kind, where)
    quantity, factor = measure(variable, where)
    dimensions = dimensions_of(header, variable, where, request.member_dimension)
    of = {one.role: one for one in dimensions.values()}
    sizes = {one.role: len(header.dimensions[dim]) for dim, one in dimensions.items()}
    columns, rows = nodes_of(of["lon"], where), _rows(of["lat"], where)
    lon, lat = cut_longitude(columns, box, where), cut_latitude(rows, box, where)
    refuse_uncovered(columns, rows, lon, lat, box, where)
    assert lon is not None and lat is not None
    index, level = _level(header, variable, dimensions, request, where)
    moments = find_moments(header, variable, dimensions, request.product, where)
    methods = attribute(variable, "cell_methods")
    packed = 0.0 if quantity != "speed" else resolution(variable) * factor
    part = Component(
        path,
        name,
        tuple(one.role for one in dimensions.values()),
        {"level": index},
        quantity,
        factor,
        written_units(variable),
        lon,
        lat,
        None,
        None,
        None,
        re.search(r"\btime\s*:\s*mean\b", methods) is not None,
        re.search(r"\btime\s*:\s*point\b", methods) is not None,
        sizes.get("member", 1),
        _labels(header, variable, of.get("member")),
        level,
        sizes.get("expver", 1),
        packed,
        chunk(variable) * variable.dtype.itemsize,
    )
    return [part] if moments is None else _in_time(part, dimensions, moments)


def _refuse_text(variable: StoredVariable, kind: str, where: str) -> None:
    if not isinstance(variable.datatype, np.dtype) or variable.dtype.kind not in "fiu":
        raise InputError(
            f"{where} holds text or a compound type, not numbers; name the velocity with {kind}.u and {kind}.v"
        )


def _rows(dimension: Dimension, where: str) -> NDArray[np.float64]:
    rows = nodes_of(dimension, where)
    if np.abs(rows).max() > 90.0 + EDGE_DEG:
        raise InputError(f"{where}: latitudes reach {rows.min():g} to {rows.max():g}, beyond a pole; repair the axis")
    return rows


def _level(
    header: Header, variable: StoredVariable, dimensions: dict[str, Dimension], request: Request, where: str
) -> tuple[int, Level | None]:
    axis = next(((dim, one.coordinate) for dim, one in dimensions.items() if one.role == "level"), ("", None))
    size = len(header.dimensions[axis[0]]) if axis[0] else 1
    return levels.choose(header, variable, axis[1], size, request.product.depth_m, request.kind, request.level, where)


def _labels(header: Header, variable: StoredVariable, dimension: Dimension | None) -> tuple[int, ...] | None:
    """The numbers of the members in a file, of its dimension or of a file that is one member; None: it has none."""
    coordinate = None if dimension is None else dimension.coordinate
    if dimension is None:
        single = [v for v in header.with_role("member") if v.size == 1]
        coordinate = single[0] if len(single) == 1 else None
    if coordinate is None or not isinstance(coordinate.datatype, np.dtype) or coordinate.dtype.kind not in "fiu":
        return None
    values = np.ravel(np.asarray(numbers(coordinate), np.float64))
    return tuple(int(value) for value in values) if np.isfinite(values).all() else None


def _in_time(part: Component, dimensions: dict[str, Dimension], moments: Moments) -> list[Component]:
    """A component with its steps: one for each cycle, where cycles and leads are two dimensions."""
    names = list(dimensions)
    roles = [role if role != "time" else "single:time" for role in part.roles]
    if moments.along:
        roles[names.index(moments.along[-1])] = "time"
    stamps, bounds, cycles = moments.stamps, moments.bounds, moments.cycles
    if len(moments.along) < 2:
        flat = None if cycles is None else cycles.reshape(-1)
        edges = None if bounds is None else bounds.reshape(-1, 2)
        return [replace(part, roles=tuple(roles), stamps=stamps.reshape(-1), bounds=edges, cycles=flat)]
    roles[names.index(moments.along[0])] = "cycle"
    return [
        replace(
            part,
            roles=tuple(roles),
            fixed={**part.fixed, "cycle": k},
            stamps=stamps[k],
            bounds=None if bounds is None else bounds[k],
            cycles=None if cycles is None else cycles[k],
        )
        for k in range(len(stamps))
    ]


def complaints(header: Header, name: str, request: Request, path: str) -> Iterator[str]:
    """All that `scan` would refuse in a component, whatever the box; each once."""
    variable = header.variables[name]
    where = f"{path}: variable {name}"
    everywhere = (0.0, 0.0, 0.0, 0.0)
    dimensions: dict[str, Dimension] = {}

    def axes() -> None:
        dimensions.update(dimensions_of(header, variable, where, request.member_dimension))

    def axis(role: str, cut: Callable[..., Cut | None]) -> None:
        for one in dimensions.values():
            if one.role == role:
                cut(nodes_of(one, where), everywhere, where)

    checks: list[Callable[[], object]] = [
        lambda: measure(variable, where),
        axes,
        lambda: axis("lon", cut_longitude),
        lambda: axis("lat", cut_latitude),
        lambda: dimensions and _level(header, variable, dimensions, request, where),
        lambda: dimensions and find_moments(header, variable, dimensions, request.product, where),
    ]
    try:
        _refuse_text(variable, request.kind, where)
    except InputError as problem:
        yield str(problem)
        return
    for check in checks:
        try:
            check()
        except InputError as problem:
            yield str(problem)


def extent(header: Header, name: str, request: Request, path: str) -> tuple[Box, AnyArray, AnyArray]:
    """West, east, south, north of all of a component's grid, and its axes as they are stored."""
    where = f"{path}: variable {name}"
    dimensions = dimensions_of(header, header.variables[name], where, request.member_dimension)
    axes = {one.role: nodes_of(one, where) for one in dimensions.values() if one.role in ("lon", "lat")}
    lon, lat = np.unwrap(axes["lon"], period=360.0), axes["lat"]
    return (float(lon.min()), float(lon.max()), float(lat.min()), float(lat.max())), axes["lon"], lat


def read(dataset: netCDF4.Dataset, part: Component, step: int, out: NDArray[np.float32]) -> None:
    """One step of a component on its cut of the grid, in m/s, NaN where missing, into ``out`` (members, ny, nx)."""
    variable = dataset.variables[part.name]
    east = 0
    for lon, turn_lon in part.lon.runs():
        north, nx = 0, lon.stop - lon.start
        for lat, turn_lat in part.lat.runs():
            ny = lat.stop - lat.start
            place = out[:, north : north + ny, east : east + nx]
            _block(variable, part, step, lat, lon, place[:, :: -1 if turn_lat else 1, :: -1 if turn_lon else 1])
            north += ny
        east += nx


def _block(
    variable: StoredVariable, part: Component, step: int, lat: Slice, lon: Slice, out: NDArray[np.float32]
) -> None:
    """A slab read by what its dimensions are, and turned to (member, lat, lon)."""
    chosen: list[Any] = []
    kept = []
    for role in part.roles:
        if role in ("lat", "lon", "member", "expver"):
            chosen.append({"lat": lat, "lon": lon}.get(role, slice(None)))
            kept.append(role)
        else:
            chosen.append(step if role == "time" else part.fixed.get(role, 0))
    raw = np.asarray(variable[tuple(chosen)])
    for role in ("member", "expver"):
        if role not in kept:
            raw, kept = raw[None], [role, *kept]
    raw = np.transpose(raw, [kept.index(role) for role in ("expver", "member", "lat", "lon")])
    # Unpacked in bands of rows: the double precision of a whole global level would be larger than the level.
    rows = max(1, _BAND // max(1, raw[:, :, 0].size))
    for first in range(0, raw.shape[2], rows):
        values = decode(raw[:, :, first : first + rows], variable)
        layer = values[0]
        for other in values[1:]:
            # Final ERA5 and its preliminary version side by side: each is missing where the other stands.
            layer = np.where(np.isnan(layer), other, layer)
        out[:, first : first + rows] = layer if part.factor == 1.0 else layer * part.factor
