"""What a velocity is measured in: components or a speed and a direction, and their units."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ...system.constants import NAUTICAL_MILE_M, SECONDS_PER_HOUR
from ...system.errors import InputError
from ...system.kinds import StoredVariable
from .roles import attribute

if TYPE_CHECKING:
    pass

METRE = r"(?:m|met(?:er|re)s?)"

_SECOND = r"(?:s|sec|seconds?)"

_PER = [rf"{METRE}/{_SECOND}", rf"{METRE}{_SECOND}-1", rf"{METRE}per{_SECOND}"]

_SPEED = {
    1.0: [re.compile(f"^{p}$") for p in _PER],
    0.01: [re.compile(f"^{p.replace(METRE, r'(?:cm|centimet(?:er|re)s?)')}$") for p in _PER],
    NAUTICAL_MILE_M / SECONDS_PER_HOUR: [re.compile(r"^(?:kn|kts?|knots?)$")],
}


_DEGREES = re.compile(r"^(?:deg(?:rees?)?(?:_?true)?|°|arc_?degrees?)$")
_RADIANS = re.compile(r"^(?:rad|radians?)$")
_TOWARDS = {
    "wind_from_direction": "from",
    "wind_to_direction": "to",
    "sea_water_velocity_from_direction": "from",
    "sea_water_velocity_to_direction": "to",
    "direction_of_sea_water_velocity": "to",
}


def measure(variable: StoredVariable, where: str) -> tuple[str, float]:
    """What a variable measures, and what turns its units into m/s or radians.

    Returns
    -------
    str, float
        ``"speed"`` (or a component of a velocity); ``"from"`` or ``"to"``: the direction from or to which it goes,
        clockwise from north.

    Raises
    ------
    InputError
        If the units are missing or not known, or a direction does not say which of the two it is.
    """
    units, standard = written_units(variable), attribute(variable, "standard_name")
    plain = units.lower().replace(" ", "")
    angle = 1.0 if _RADIANS.match(plain) else math.pi / 180.0 if _DEGREES.match(plain) else 0.0
    if not angle:
        return "speed", speed_factor(units, where)
    if standard not in _TOWARDS:
        raise InputError(
            f"{where} is a direction (units {units!r}), and does not say whether from or to: give it the standard name "
            "wind_from_direction or wind_to_direction (of a current sea_water_velocity_to_direction; `ncatted` does it)"
        )
    return _TOWARDS[standard], angle


def written_units(variable: StoredVariable) -> str:
    """The attribute ``units``; without one, what stands in brackets at the end of the long name, as GrADS writes it."""
    bracket = re.search(r"\[([^\[\]]+)\]$", attribute(variable, "long_name"))
    return attribute(variable, "units") or (bracket[1] if bracket else "")


def speed_factor(units: str, where: str) -> float:
    """What turns the units into m/s.

    Raises
    ------
    InputError
        If the units are missing or not a speed that is known.
    """
    text = re.sub(r"[\s.*^]", "", units.lower())
    for factor, patterns in _SPEED.items():
        if any(p.match(text) for p in patterns):
            return factor
    told = f"has units {units!r}" if units else "has no units"
    raise InputError(
        f"{where} {told}; understood are m s-1, cm s-1 and knots: set the units attribute (`ncatted` does it)"
    )
