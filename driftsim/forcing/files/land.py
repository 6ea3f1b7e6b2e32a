"""Land and sea as a variable of the file tells them apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...system.errors import InputError
from ...system.kinds import StoredVariable
from .component import Component, read
from .roles import attribute

if TYPE_CHECKING:
    import netCDF4

_STANDARD = {
    "land_binary_mask": True,
    "land_area_fraction": True,
    "sea_binary_mask": False,
    "sea_area_fraction": False,
}
"""Whether 1 means land."""
_SEA = ("sea", "ocean", "water", "wet")


def land_of(dataset: netCDF4.Dataset, part: Component) -> tuple[str, NDArray[np.bool_]] | None:
    """The mask of land on the grid of a component, by the name of its variable; None if the file has none.

    Returns
    -------
    str, ndarray of bool, shape (ny, nx)

    Raises
    ------
    InputError
        If the file has two that differ.
    """
    found = {name: _read(dataset, name, part) for name in dataset.variables if _fits(dataset, name, part)}
    names = list(found)
    for other in names[1:]:
        if (found[other] != found[names[0]]).any():
            raise InputError(
                f"{part.path}: {names[0]} and {other} both tell land from sea, and differ; leave one out "
                f"(`ncks -C -x -v {other}`)"
            )
    return (names[0], found[names[0]]) if names else None


def _dimensions(dataset: netCDF4.Dataset, name: str, part: Component) -> dict[str, str]:
    """Role of each dimension of the component's own variable."""
    return dict(zip(dataset.variables[part.name].dimensions, part.roles, strict=True))


def _fits(dataset: netCDF4.Dataset, name: str, part: Component) -> bool:
    variable, roles = dataset.variables[name], _dimensions(dataset, name, part)
    grid = {dim for dim, role in roles.items() if role in ("lat", "lon")}
    others = set(variable.dimensions) - grid
    return (
        grid <= set(variable.dimensions)
        and all(roles.get(dim) == "level" or len(dataset.dimensions[dim]) == 1 for dim in others)
        and isinstance(variable.datatype, np.dtype)
        and variable.dtype.kind in "fiu"
        and (attribute(variable, "standard_name") in _STANDARD or _land_flags(variable) is not None)
    )


def _land_flags(variable: StoredVariable) -> list[float] | None:
    """The values that mean land, where flags say so of all of them."""
    meanings = attribute(variable, "flag_meanings").lower().split()
    values = np.atleast_1d(getattr(variable, "flag_values", ()))
    if len(meanings) != len(values) or not any("land" in word for word in meanings):
        return None
    if not all("land" in word or word.startswith(_SEA) for word in meanings):
        return None
    return [float(value) for value, word in zip(values, meanings, strict=True) if "land" in word]


def _read(dataset: netCDF4.Dataset, name: str, part: Component) -> NDArray[np.bool_]:
    variable, roles = dataset.variables[name], _dimensions(dataset, name, part)
    kept = {dim: role for dim, role in roles.items() if role in ("lat", "lon", "level")}
    mine = replace(
        part,
        name=name,
        factor=1.0,
        members=1,
        roles=tuple(kept.get(dim, "single:" + dim) for dim in variable.dimensions),
    )
    values = np.empty((1, part.lat.values.size, part.lon.values.size), np.float32)
    read(dataset, mine, 0, values)
    standard = attribute(variable, "standard_name")
    if standard in _STANDARD:
        found: NDArray[np.bool_] = (values[0] >= 0.5) if _STANDARD[standard] else (values[0] < 0.5)
        return found
    return np.isin(values[0], np.array(_land_flags(variable)))
