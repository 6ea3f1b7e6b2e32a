"""The level at which a velocity is given: heights, depths and pressures, and which of them a run may use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...config.values import level_parts
from ...system.errors import InputError
from ...system.kinds import AnyArray, StoredVariable
from .packing import numbers
from .roles import Header, attribute
from .units import METRE

if TYPE_CHECKING:
    pass

SURFACE_WIND_M = (5.0, 15.0)
"""Heights that pass for 10 m."""

DEEPEST_M = 30.0
"""Depth of the lowest current that passes for that of the surface: the mixed layer that OSCAR averages over."""

_COUNTED = ("hybrid", "model_level", "sigma")
_PRESSURE = {"hpa": 1.0, "mb": 1.0, "mbar": 1.0, "millibar": 1.0, "millibars": 1.0, "pa": 0.01}
_IN_WORDS = (
    (re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)[ -]?{METRE}(?![\w/])", re.IGNORECASE), "m"),
    (re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[ -]?(?:mb|hPa|mbar|millibars?)\b", re.IGNORECASE), "hPa"),
)
"""How a level stands in a long name: "10 metre U wind component", "** 850 mb u-component of wind"."""
_IN_A_NAME = (
    (re.compile(r"_(\d+)maboveground$", re.IGNORECASE), "m"),  # wgrib2
    (re.compile(r"^[uv]grd(\d+)m$", re.IGNORECASE), "m"),  # GrADS
    (re.compile(r"^(\d+)[uv]$"), "m"),  # short names of ECMWF
    (re.compile(r"^[uv](10|100)$"), "m"),
    (re.compile(r"^[uv](1000|925|850|700|500|300|250|200)$", re.IGNORECASE), "hPa"),
    (re.compile(r"_(\d+)mb$", re.IGNORECASE), "hPa"),
)


MODEL = "of the model"
"""Unit of a level that a model counts: what height or depth it is depends on more than its number."""


class Level(NamedTuple):
    """A height or a depth, m, a pressure, hPa, or a level `MODEL`; unit "" where the file does not say which."""

    value: float
    unit: str

    def __str__(self) -> str:
        if self.unit == MODEL:
            return f"level {self.value:g} {MODEL}"
        return f"{self.value:g} {self.unit or '(no units)'}"


def parse(text: str) -> Level | None:
    """A level as a person writes it, such as ``100 m`` or ``850 hPa``; None if it is none."""
    found = level_parts(text)
    return Level(*found) if found else None


def choose(
    header: Header,
    variable: StoredVariable,
    coordinate: StoredVariable | None,
    size: int,
    nominal_m: float,
    kind: str,
    wanted: Level | None,
    where: str,
) -> tuple[int, Level | None]:
    """Which index of the vertical axis is taken, and the level that this is; None: the file does not say.

    Parameters
    ----------
    coordinate : variable or None
        The vertical axis of the variable, of length ``size``, if it has one.
    nominal_m : float
        Depth at which the product's current is meant.

    Raises
    ------
    InputError
        If it cannot be told which level is meant, or the one that is there is not near the surface and not asked for.
    """
    given = [] if coordinate is None else _axis(coordinate)
    if not given:
        stated = _stated(header, variable, kind, where)
        if stated is None:
            return 0, wanted
        given = [stated]
    if wanted is not None and size == 1 and given[0].unit == MODEL:
        return 0, wanted  # who gives its height knows it
    if wanted is not None:
        return _asked_for(given, wanted, kind, where)
    if size > 1 and given[0].unit == "hPa":
        raise InputError(f"{where} is given at {_listed(given)}{_remedy(kind, given[-1])}")
    if coordinate is not None and size > 1 and given[0].unit in ("", MODEL):
        raise InputError(
            f"{where}: cannot tell which of the {size} levels of {coordinate.name} "
            f"(units {attribute(coordinate, 'units')!r}) is the surface; "
            "select it first, for example `cdo sellevel`"
        )
    target = 10.0 if kind == "wind" else nominal_m
    k = int(np.argmin([abs(level.value - target) for level in given]))
    if not _near_surface(given[k], kind):
        raise InputError(f"{where} is given at {_listed(given)}{_remedy(kind, given[k])}")
    return k, given[k] if given[k].unit else None


def _near_surface(level: Level, kind: str) -> bool:
    if kind != "wind":
        return level.unit != "hPa" and level.value <= DEEPEST_M
    if level.unit == "":  # a number of a level, such as 0 or 1
        return level.value <= SURFACE_WIND_M[1]
    return level.unit == "m" and SURFACE_WIND_M[0] <= level.value <= SURFACE_WIND_M[1]


def _remedy(kind: str, level: Level) -> str:
    what = "not at 10 m" if kind == "wind" else f"deeper than {DEEPEST_M:g} m"
    if level.unit == MODEL:
        meant = f'{kind}.level = "10 m" if that is its height'
    else:
        meant = f'{kind}.level = "{level.value:g} {level.unit or "m"}" if it is meant'
    return f", {what}: give a file of the surface {kind}, or say {meant}"


def _listed(levels: list[Level]) -> str:
    shown = ", ".join(str(level) for level in levels[:4])
    return shown + (f" and {len(levels) - 4} more levels" if len(levels) > 4 else "")


def _asked_for(given: list[Level], wanted: Level, kind: str, where: str) -> tuple[int, Level]:
    k = int(np.argmin([abs(level.value - wanted.value) for level in given]))
    near = abs(given[k].value - wanted.value) <= max(0.01 * wanted.value, 0.5)
    if not near or given[k].unit not in ("", wanted.unit):
        raise InputError(f'{where} is given at {_listed(given)}, and {kind}.level = "{wanted}" is none of these')
    return k, Level(given[k].value, wanted.unit)


def _axis(coordinate: StoredVariable) -> list[Level]:
    """The levels of a vertical coordinate; a sign is no more than a convention."""
    values: AnyArray = np.abs(np.atleast_1d(np.asarray(numbers(coordinate), dtype=np.float64))).ravel()
    units, name = attribute(coordinate, "units"), str(coordinate.name).lower()
    if name in _COUNTED or attribute(coordinate, "standard_name").startswith(("model_level", "atmosphere_")):
        return [Level(float(value), MODEL) for value in values]
    factor = _PRESSURE.get(units.lower(), 1.0 if "hpa" in name else 0.0)
    if factor:
        return [Level(round(float(value) * factor, 6), "hPa") for value in values]
    metres = re.match(rf"^{METRE}$", units, re.IGNORECASE) or (not units and name.startswith("dep"))
    return [Level(float(value), "m" if metres else "") for value in values]


def _stated(header: Header, variable: StoredVariable, kind: str, where: str) -> Level | None:
    """The level of a variable without vertical axis: of a coordinate of one value, of its long name, or of its name."""
    single = [v for v in header.with_role("level") if v.ndim == 0]
    listed = [v for v in single if v.name in attribute(variable, "coordinates").split()]
    found = {level for v in listed for level in _axis(v) if np.isfinite(level.value)}
    found = found or _in_words(variable, kind)
    found = found or {level for v in single for level in _axis(v) if np.isfinite(level.value)}
    if len(found) > 1:
        raise InputError(
            f"{where} may be at {_listed(sorted(found))}: name the one coordinate that is its level in its attribute "
            "coordinates (`ncatted` does it)"
        )
    return next(iter(found), None)


def _in_words(variable: StoredVariable, kind: str) -> set[Level]:
    """The level of a wind that its long name states, or its name."""
    said = " ".join(attribute(variable, name) for name in ("long_name", "level", "level_desc"))
    for text, patterns in ((said, _IN_WORDS), (str(variable.name), _IN_A_NAME)) if kind == "wind" else ():
        for pattern, unit in patterns:
            if match := pattern.search(text):
                return {Level(float(match[1]), unit)}
    return set()
