"""What a variable or a dimension of a file is: latitude, longitude, time, level, member, component of a velocity.

Nothing here trusts positions: what a dimension is follows from its coordinate variable (standard name, units, axis,
name), so that a transposed, flipped or deeper array is read as what it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...system.errors import InputError
from ...system.kinds import Json, StoredVariable
from ..catalogue import POLAR_NAMES, STANDARD_NAMES, Product
from ..grid import FLOAT32_ULP_DEG
from .packing import numbers

if TYPE_CHECKING:
    import netCDF4

REGRID = "regrid it first, for example `cdo remapbil,r1440x720 in.nc out.nc` or xesmf"

_TURN = (
    "its components go along the rows and columns of the grid. Turn them to east and north before you regrid: "
    "u_east = u cos(a) - v sin(a), v_north = u sin(a) + v cos(a), where a is the angle from east to a row of the grid, "
    "counterclockwise (on a rotated pole `cdo rotuvb` does it, with GRIB `wgrib2 -new_grid_winds earth`)"
)
_MOST_PLACES = 50_000_000
"""Most values of a coordinate in two dimensions; the finest global ocean models have 13 million."""

_NAMES = {
    "lat": {"lat", "latitude", "nav_lat", "lats"},
    "lon": {"lon", "longitude", "nav_lon", "lons", "long"},
    "time": {"time", "valid_time", "validtime", "valtime", "t", "time_counter"},
    "reference": {"reference_time", "reftime", "forecast_reference_time", "time_run", "init_time", "analysis_time"},
    "lead": {
        "step", "lead", "lead_time", "leadtime", "forecast_period", "forecast_hour", "fhour", "tau",
        "prediction_timedelta",
    },
    "level": {
        "depth", "deptht", "depthu", "depthv", "lev", "level", "z", "height", "height_above_ground", "isobaricinhpa",
        "isobaric", "pressure_level", "plev", "heightaboveground", "depthbelowsea", "zlev", "hybrid", "model_level",
        "sigma",
    },
    "member": {
        "number", "member", "members", "ensemble", "ens", "realization", "ensemble_member", "ensemble_members",
        "realisation",
    },
    "expver": {"expver"},
}  # fmt: skip
_PATTERNS = (
    (re.compile(r"^initial_time\d*(_hours)?$"), "reference"),  # GRIB converted by NCL
    (re.compile(r"^forecast_time\d*$"), "lead"),
    (re.compile(r"^(height_above_ground|isobaric|depth_below_sea)\d*$"), "level"),  # NetCDF-Java numbers its axes
)
_STANDARD = {
    "latitude": "lat",
    "longitude": "lon",
    "time": "time",
    "forecast_reference_time": "reference",
    "forecast_period": "lead",
    "depth": "level",
    "height": "level",
    "air_pressure": "level",
    "model_level_number": "level",
    "atmosphere_sigma_coordinate": "level",
    "atmosphere_hybrid_sigma_pressure_coordinate": "level",
    "atmosphere_hybrid_height_coordinate": "level",
    "realization": "member",
    "grid_latitude": "other",
    "grid_longitude": "other",
    "projection_x_coordinate": "other",
    "projection_y_coordinate": "other",
}
SINCE = re.compile(r"^\s*([a-zA-Z]+)\s+since\s+(\S.*)$")
"""Units of a time: its unit, and the date from which it counts."""


class Dimension(NamedTuple):
    """What a dimension is.

    ``role`` is lat, lon, time, reference (when a forecast began), lead (its age), level, member, expver, other (an axis
    of a projection), ``single:NAME`` or ``unknown:NAME``; ``nodes`` are those of an axis whose coordinate stands in two
    dimensions.
    """

    role: str
    coordinate: StoredVariable | None
    nodes: NDArray[np.float64] | None = None


def attribute(variable: StoredVariable | netCDF4.Dataset | None, name: str) -> str:
    """A text attribute, stripped, without anything that a terminal would act on; empty if absent."""
    text = str(getattr(variable, name, ""))
    return "".join(c if c.isprintable() else " " for c in text).strip()


# Components ----------------------------------------------------------------------------------------------------------


def find_pair(
    dataset: netCDF4.Dataset, product: Product, kind: str, u: str, v: str, path: str
) -> tuple[str | None, str | None]:
    """The names of the two components in a file; None for one that the file does not hold (some providers part them).

    Explicit names go first, then the product's own (without regard to case), then standard names: those of an eastward
    and a northward component, else those of a speed and a direction.

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
    for pair in POLAR_NAMES[kind]:
        found = _by_standard_name(dataset, pair[0], kind, path), _by_standard_name(dataset, pair[1], kind, path)
        if all(found):
            return found
    return None, None


def _named(dataset: netCDF4.Dataset, wanted: str) -> str | None:
    if wanted in dataset.variables:
        return wanted
    same = [name for name in dataset.variables if name.lower() == wanted.lower()]
    return same[0] if len(same) == 1 else None


def _by_standard_name(dataset: netCDF4.Dataset, wanted: str, kind: str, path: str) -> str | None:
    fits = [n for n, var in dataset.variables.items() if attribute(var, "standard_name") == wanted]
    if len(fits) > 1:
        raise InputError(
            f"{path}: variables {', '.join(fits)} all have the standard name {wanted}; "
            f"say which one with {kind}.u and {kind}.v"
        )
    return fits[0] if fits else None


# Coordinates ---------------------------------------------------------------------------------------------------------


def role_of(variable: StoredVariable) -> str | None:
    """What a coordinate variable is, as in `Dimension`; None if nothing says so."""
    standard, units = attribute(variable, "standard_name").lower(), attribute(variable, "units").lower()
    axis, name = attribute(variable, "axis").upper(), str(variable.name).lower()
    if standard in _STANDARD:
        return _STANDARD[standard]
    if re.match(r"^degrees?_?n(orth)?$", units):
        return "lat"
    if re.match(r"^degrees?_?e(ast)?$", units):
        return "lon"
    by_name = next((role for role, known in _NAMES.items() if name in known), None)
    by_name = by_name or next((role for pattern, role in _PATTERNS if pattern.match(name)), None)
    if SINCE.match(units) and "analysis" not in units:
        return "reference" if by_name == "reference" else "time"
    if by_name is not None and (by_name != "reference" or not units):
        return by_name
    if axis in ("X", "Y"):
        return ("lon" if axis == "X" else "lat") if units.startswith("degree") else "other"
    if axis == "Z" or attribute(variable, "positive"):
        return "level"
    return {"T": "time"}.get(axis)


def is_named(variable: StoredVariable, role: str) -> bool:
    """Whether a variable has one of the common names of a role."""
    return str(variable.name).lower() in _NAMES[role]


class Header:
    """What stands in the header of a file: its variables and dimensions, and the role of each variable, told once."""

    def __init__(self, dataset: netCDF4.Dataset) -> None:
        self.variables: Json = dataset.variables
        self.dimensions: Json = dataset.dimensions
        self._roles: dict[str, str | None] = {}

    def role_of(self, variable: StoredVariable) -> str | None:
        """As `role_of`."""
        name = variable.name
        if name not in self._roles:
            self._roles[name] = role_of(variable)
        return self._roles[name]

    def with_role(self, role: str) -> list[StoredVariable]:
        """The variables of a role."""
        return [variable for variable in self.variables.values() if self.role_of(variable) == role]


def dimensions_of(
    header: Header, variable: StoredVariable, where: str, member_dimension: str = ""
) -> dict[str, Dimension]:
    """What each dimension of a variable is.

    Raises
    ------
    InputError
        If the grid has no axis of latitude and one of longitude, or a dimension cannot be told.
    """
    found = {dim: _dimension(header, dim, variable, where, member_dimension) for dim in variable.dimensions}
    if not {"lat", "lon"} <= {one.role for one in found.values()}:
        found |= _rectilinear(header, variable)
    _refuse_grid(header, variable, found, where)
    return found


def _dimension(header: Header, dim: str, variable: StoredVariable, where: str, member_dimension: str) -> Dimension:
    own = header.variables.get(dim)
    own = own if own is not None and own.dimensions == (dim,) else None
    if dim == member_dimension:
        return Dimension("member", own)
    along = [v for v in header.variables.values() if v.dimensions == (dim,) and header.role_of(v) is not None]
    roles = {header.role_of(v) for v in along}
    if {"lat", "lon"} <= roles:
        raise InputError(f"{where} lies on an unstructured grid (dimension {dim}); {REGRID}")
    if "time" in roles:
        return Dimension("time", None)
    listed = attribute(variable, "coordinates").split()
    along.sort(key=lambda v: (v.name != dim, v.name not in listed, v.name))
    if along:
        return Dimension(str(header.role_of(along[0])), along[0])
    if len(header.dimensions[dim]) == 1:
        return Dimension("single:" + dim, own)
    guess = next((r for r, known in _NAMES.items() if dim.lower() in known), None)
    return Dimension(guess if guess in ("member", "expver", "time", "lead", "reference") else "unknown:" + dim, own)


def _rectilinear(header: Header, variable: StoredVariable) -> dict[str, Dimension]:
    """Axes whose coordinates stand in two dimensions, all rows and all columns alike; empty if there are none."""
    listed = attribute(variable, "coordinates").split()
    places: Json = {}
    for role in ("lat", "lon"):
        fits = [v for v in header.with_role(role) if v.ndim >= 2 and set(v.dimensions) <= set(variable.dimensions)]
        fits.sort(key=lambda v: v.name not in listed)
        if not fits:
            return {}
        places[role] = fits[0]
    lat, lon = places["lat"], places["lon"]
    if lat.dimensions != lon.dimensions:
        return {}
    rows, columns = _plane(lat), _plane(lon)
    if rows is None or columns is None:
        return {}
    y, x = lat.dimensions[-2:]
    for turned in (False, True):
        a, b = (rows.T, columns.T) if turned else (rows, columns)
        if _alike(a.T) and _alike(b):
            first, second = (x, y) if turned else (y, x)
            return {first: Dimension("lat", lat, a[:, 0].copy()), second: Dimension("lon", lon, b[0].copy())}
    return {}


def _plane(coordinate: StoredVariable) -> NDArray[np.float64] | None:
    """A coordinate in two dimensions, degrees; None if it has missing values, or moves in time."""
    values = np.asarray(numbers(coordinate, _MOST_PLACES), dtype=np.float64)
    flat = values.reshape(-1, *values.shape[-2:])
    steady = len(flat) > 0 and bool(np.isfinite(flat).all()) and bool((flat == flat[0]).all())
    return flat[0] if steady else None


def _alike(places: NDArray[np.float64]) -> bool:
    """Whether all rows of a longitude are equal, to the rounding of single precision."""
    turns = (places - places[0] + 180.0) % 360.0 - 180.0
    return places.size > 0 and bool(np.abs(turns).max() <= FLOAT32_ULP_DEG)


def _refuse_grid(header: Header, variable: StoredVariable, found: dict[str, Dimension], where: str) -> None:
    """See that there is one latitude and one longitude, and nothing that cannot be told."""
    roles = [one.role for one in found.values()]
    if {"lat", "lon"} <= set(roles):
        strange = [role.partition(":")[2] for role in roles if role.startswith("unknown:")]
        if strange:
            raise InputError(
                f"{where} has a dimension {', '.join(strange)} that is no axis known here; select one index of it "
                f'first, or, if it counts the members of an ensemble, say member_dimension = "{strange[0]}"'
            )
    flat = [v for role in ("lat", "lon") for v in header.with_role(role) if v.ndim >= 2]
    if "other" in roles or (flat and not {"lat", "lon"} <= set(roles)):
        raise InputError(f"{where} lies on a {_kind_of_grid(header, variable, roles)}: {_how_to_regrid(variable)}")
    twice = {role for role in roles if roles.count(role) > 1}
    if twice or len(variable.dimensions) != len(found):
        raise InputError(f"{where}: two of its dimensions look like the same axis ({', '.join(variable.dimensions)})")
    missing = " and ".join(n for r, n in (("lat", "latitude"), ("lon", "longitude")) if r not in roles)
    if missing:
        raise InputError(
            f"{where} has no {missing} coordinate: a 1-D coordinate variable in degrees_north or degrees_east is needed"
        )


def _kind_of_grid(header: Header, variable: StoredVariable, roles: list[str]) -> str:
    mapping = header.variables.get(attribute(variable, "grid_mapping"))
    name = "" if mapping is None else attribute(mapping, "grid_mapping_name")
    if "other" in roles or name:
        return "projected grid" + (f" ({name.replace('_', ' ')})" if name else "")
    return "curvilinear grid"


def _how_to_regrid(variable: StoredVariable) -> str:
    standard = attribute(variable, "standard_name")
    if "eastward" in standard or "northward" in standard:
        return f"its components are eastward and northward, and need not be turned; {REGRID}"
    if standard:
        return f"{_TURN}; then {REGRID}"
    return f"unless they are eastward and northward, {_TURN}; then {REGRID}"
