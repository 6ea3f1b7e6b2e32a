"""One velocity component in one NetCDF file: its header, and its levels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..catalogue import Product
from .axes import EDGE_DEG, Box, Cut, cut_latitude, cut_longitude, depth_index, nodes_of, refuse_uncovered
from .packing import chunk, decode, numbers
from .roles import attribute, coordinate_of, dimension_role, refuse_curvilinear, refuse_unstructured, role_of, scalars
from .times import times_of
from .units import speed_factor

_BAND = 2**18
"""Values that are unpacked at a time."""


@dataclass(frozen=True)
class Component:
    """One velocity component in one file, cut to a box.

    ``roles`` names what each dimension of the variable is; ``fixed`` the index taken on dimensions that are not kept;
    ``factor`` turns its units into m/s; ``stamps`` and ``bounds`` are epoch seconds, ``bounds`` only where the file
    states them; ``mean`` follows the variable's ``cell_methods``; ``layers`` are read together and become one;
    ``chunk_bytes`` is what must be unpacked to read a single value.
    """

    path: str
    name: str
    roles: tuple[str, ...]
    fixed: dict[str, int]
    factor: float
    lon: Cut
    lat: Cut
    stamps: NDArray[np.float64] | None
    bounds: NDArray[np.float64] | None
    mean: bool
    members: int
    depth_m: float | None
    layers: int = 1
    chunk_bytes: int = 0


def scan(dataset: Any, name: str, product: Product, kind: str, box: Box, path: str) -> Component:
    """Read the header of one component.

    Raises
    ------
    InputError
        If units, an axis, the calendar or the grid cannot be used.
    """
    variable = dataset.variables[name]
    where = f"{path}: variable {name}"
    if not isinstance(variable.datatype, np.dtype) or variable.dtype.kind not in "fiu":
        raise InputError(
            f"{where} holds text or a compound type, not numbers; name the velocity with {kind}.u and {kind}.v"
        )
    factor = speed_factor(attribute(variable, "units"), where)
    coordinates = {dim: coordinate_of(dataset, dim, variable) for dim in variable.dimensions}
    refuse_unstructured(dataset, variable, where)
    roles = tuple(dimension_role(dataset, dim, coordinates[dim], where) for dim in variable.dimensions)
    refuse_curvilinear(dataset, roles, where)
    by_role = {role: coordinates[dim] for role, dim in zip(roles, variable.dimensions, strict=True)}
    sizes = dict(zip(roles, variable.shape, strict=True))
    lon = cut_longitude(nodes_of(by_role["lon"], where), box, where)
    rows = nodes_of(by_role["lat"], where)
    if np.abs(rows).max() > 90.0 + EDGE_DEG:
        raise InputError(f"{where}: latitudes reach {rows.min():g} to {rows.max():g}, beyond a pole; repair the axis")
    lat = cut_latitude(rows, box, where)
    refuse_uncovered(by_role, lon, lat, box, where)
    fixed, depth_m = {}, None
    if "depth" in roles:
        fixed["depth"], depth_m = depth_index(by_role["depth"], sizes["depth"], product, kind, where)
    else:
        depth_m = next((abs(float(numbers(v))) for v in scalars(dataset, "depth") if v.ndim == 0), None)
    stamps, bounds = times_of(dataset, by_role.get("time"), "time" in roles, product, where)
    methods = attribute(variable, "cell_methods")
    mean = re.search(r"\btime\s*:\s*mean\b", methods) is not None
    assert lon is not None and lat is not None
    return Component(
        path, name, roles, fixed, factor, lon, lat, stamps, bounds, mean, sizes.get("member", 1), depth_m,
        sizes.get("expver", 1), chunk(variable) * variable.dtype.itemsize,
    )  # fmt: skip


def complaints(dataset: Any, name: str, product: Product, kind: str, path: str) -> Iterator[str]:
    """All that `scan` would refuse in a component, whatever the box; each once."""
    variable = dataset.variables[name]
    where = f"{path}: variable {name}"
    if not isinstance(variable.dtype, np.dtype) or variable.dtype.kind not in "fiu":
        yield f"{where} holds text or a compound type, not numbers; name the velocity with {kind}.u and {kind}.v"
        return
    coordinates = {dim: coordinate_of(dataset, dim, variable) for dim in variable.dimensions}
    roles = tuple(dimension_role(dataset, dim, coordinates[dim], where) for dim in variable.dimensions)
    by_role = {role: coordinates[dim] for role, dim in zip(roles, variable.dimensions, strict=True)}
    sizes = dict(zip(roles, variable.shape, strict=True))

    def check_grid() -> None:
        refuse_unstructured(dataset, variable, where)
        refuse_curvilinear(dataset, roles, where)

    checks: list[Callable[[], Any]] = [lambda: speed_factor(attribute(variable, "units"), where), check_grid]
    if "lon" in by_role:
        checks.append(lambda: cut_longitude(nodes_of(by_role["lon"], where), (0.0, 0.0, 0.0, 0.0), where))
    if "lat" in by_role:
        checks.append(lambda: cut_latitude(nodes_of(by_role["lat"], where), (0.0, 0.0, 0.0, 0.0), where))
    if "depth" in roles:
        checks.append(lambda: depth_index(by_role["depth"], sizes["depth"], product, kind, where))
    checks.append(lambda: times_of(dataset, by_role.get("time"), "time" in roles, product, where))
    for check in checks:
        try:
            check()
        except InputError as problem:
            yield str(problem)


def extent(dataset: Any, name: str) -> tuple[Box, NDArray[np.float64], NDArray[np.float64]]:
    """West, east, south, north of all of a component's grid, and its axes as they are stored."""
    variable = dataset.variables[name]
    axes = {}
    for dim in variable.dimensions:
        coordinate = coordinate_of(dataset, dim, variable)
        if coordinate is not None and role_of(coordinate) in ("lon", "lat"):
            axes[role_of(coordinate)] = nodes_of(coordinate, name)
    lon, lat = np.unwrap(axes["lon"], period=360.0), axes["lat"]
    return (float(lon.min()), float(lon.max()), float(lat.min()), float(lat.max())), axes["lon"], lat


def read(dataset: Any, part: Component, step: int, out: NDArray[np.float32]) -> None:
    """One step of a component on its cut of the grid, in m/s, NaN where missing, into ``out`` (members, ny, nx)."""
    variable = dataset.variables[part.name]
    east = 0
    for lon, turn_lon in part.lon.runs():
        north, nx = 0, lon.stop - lon.start
        for lat, turn_lat in part.lat.runs():
            ny = lat.stop - lat.start
            place = out[:, north : north + ny, east : east + nx]
            _block(
                variable, part, step, lat, lon, place[:, :: -1 if turn_lat else 1, :: -1 if turn_lon else 1]
            )  # fmt: skip
            north += ny
        east += nx


def _block(variable: Any, part: Component, step: int, lat: slice, lon: slice, out: NDArray[np.float32]) -> None:
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
