"""What a variable or a dimension of a file is: latitude, longitude, time, level, member, component of a velocity.

Nothing here trusts positions: what a dimension is follows from its coordinate variable (standard name, units, axis,
name), so that a transposed, flipped or deeper array is read as what it is.
"""

from __future__ import annotations

import re
from typing import Any

from ...errors import InputError
from ..catalogue import STANDARD_NAMES, Product

REGRID = "regrid it first, for example `cdo remapbil,r1440x720 in.nc out.nc` or xesmf"

_NAMES = {
    "lat": {"lat", "latitude", "nav_lat", "lats"},
    "lon": {"lon", "longitude", "nav_lon", "lons", "long"},
    "time": {"time", "valid_time", "t", "time_counter"},
    "depth": {
        "depth",
        "deptht",
        "lev",
        "level",
        "z",
        "height",
        "height_above_ground",
        "isobaricinhpa",
        "pressure_level",
    },
    "member": {"number", "member", "members", "ensemble", "ens", "realization"},
    "expver": {"expver"},
}

_STANDARD = {
    "latitude": "lat",
    "longitude": "lon",
    "time": "time",
    "depth": "depth",
    "height": "depth",
    "realization": "member",
    "grid_latitude": "other",
    "grid_longitude": "other",
    "projection_x_coordinate": "other",
    "projection_y_coordinate": "other",
}
SINCE = re.compile(r"^\s*([a-zA-Z]+)\s+since\s+(\S.*)$")
"""Units of a time: its unit, and the date from which it counts."""


def attribute(variable: Any, name: str) -> str:
    """A text attribute, stripped, without anything that a terminal would act on; empty if absent."""
    text = str(getattr(variable, name, ""))
    return "".join(c if c.isprintable() else " " for c in text).strip()


def find_pair(dataset: Any, product: Product, kind: str, u: str, v: str, path: str) -> tuple[str | None, str | None]:
    """The names of the two components in a file; None for one that the file does not hold (some providers part them).

    Explicit names go first, then the product's own (without regard to case), then standard names.

    Raises
    ------
    InputError
        If several variables of the file fit equally well.
    """
    if u or v:
        return _named(dataset, u), _named(dataset, v)
    for pair in product.names.get(kind, ()):
        found = _named(dataset, pair[0]), _named(dataset, pair[1])
        if any(found):
            return found
    for pair in STANDARD_NAMES[kind]:
        found = _by_standard_name(dataset, pair[0], kind, path), _by_standard_name(dataset, pair[1], kind, path)
        if any(found):
            return found
    return None, None


def _named(dataset: Any, wanted: str) -> str | None:
    if wanted in dataset.variables:
        return wanted
    same = [name for name in dataset.variables if name.lower() == wanted.lower()]
    return same[0] if len(same) == 1 else None


def _by_standard_name(dataset: Any, wanted: str, kind: str, path: str) -> str | None:
    fits = [n for n, var in dataset.variables.items() if attribute(var, "standard_name") == wanted]
    if len(fits) > 1:
        raise InputError(
            f"{path}: variables {', '.join(fits)} all have the standard name {wanted}; "
            f"say which one with {kind}.u and {kind}.v"
        )
    return fits[0] if fits else None


def role_of(variable: Any) -> str | None:
    """What a coordinate variable is: lat, lon, time, depth, member, expver, other (a projected axis) or None."""
    standard, units = attribute(variable, "standard_name").lower(), attribute(variable, "units").lower()
    axis, name = attribute(variable, "axis").upper(), str(variable.name).lower()
    if standard in _STANDARD:
        return _STANDARD[standard]
    if re.match(r"^degrees?_?n(orth)?$", units):
        return "lat"
    if re.match(r"^degrees?_?e(ast)?$", units):
        return "lon"
    if SINCE.match(units) and name != "tau" and "analysis" not in units:
        return "time"
    for role, known in _NAMES.items():
        if name in known:
            return role
    if axis in ("X", "Y"):
        return ("lon" if axis == "X" else "lat") if units.startswith("degree") else "other"
    if axis == "Z" or attribute(variable, "positive"):
        return "depth"
    return {"T": "time"}.get(axis)


def coordinate_of(dataset: Any, dim: str, variable: Any) -> Any | None:
    """The coordinate of a dimension: the variable of its name, else one that is listed, else any that has a role."""
    own = dataset.variables.get(dim)
    if own is not None and own.dimensions == (dim,):
        return own
    listed = attribute(variable, "coordinates").split()
    others = [v for v in dataset.variables.values() if v.dimensions == (dim,) and role_of(v) is not None]
    others.sort(key=lambda v: (v.name not in listed, v.name))
    return others[0] if others else None


def dimension_role(dataset: Any, dim: str, coordinate: Any | None, where: str) -> str:
    role = None if coordinate is None else role_of(coordinate)
    if role is not None:
        return role
    if len(dataset.dimensions[dim]) == 1:
        return "single:" + dim
    guess = next((r for r, known in _NAMES.items() if dim.lower() in known), None)
    if guess in ("member", "expver", "time"):
        return guess
    return "unknown:" + dim


def scalars(dataset: Any, role: str) -> list[Any]:
    """Coordinates of one value that say something of the whole file."""
    return [v for v in dataset.variables.values() if v.size == 1 and role_of(v) == role]


def refuse_unstructured(dataset: Any, variable: Any, where: str) -> None:
    for dim in variable.dimensions:
        roles = {role_of(v) for v in dataset.variables.values() if v.dimensions == (dim,)}
        if {"lat", "lon"} <= roles:
            raise InputError(f"{where} lies on an unstructured grid (dimension {dim}); {REGRID}")


def refuse_curvilinear(dataset: Any, roles: tuple[str, ...], where: str) -> None:
    """See that there is one latitude and one longitude, and nothing that cannot be told."""
    if len(set(roles)) != len(roles):
        raise InputError(f"{where}: two of its dimensions look like the same axis ({', '.join(roles)})")
    if {"lat", "lon"} <= set(roles):
        strange = [role.partition(":")[2] for role in roles if role.startswith("unknown:")]
        if strange:
            raise InputError(
                f"{where} has a dimension {', '.join(strange)} that is no axis known here; select one index of it first"
            )
        return
    flat = [v.name for v in dataset.variables.values() if v.ndim == 2 and role_of(v) in ("lat", "lon")]
    if flat or "other" in roles:
        raise InputError(f"{where} lies on a curvilinear or projected grid; {REGRID}")
    missing = " and ".join(n for r, n in (("lat", "latitude"), ("lon", "longitude")) if r not in roles)
    raise InputError(
        f"{where} has no {missing} coordinate: a 1-D coordinate variable in degrees_north or degrees_east is needed"
    )
