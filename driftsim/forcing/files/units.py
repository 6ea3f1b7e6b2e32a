"""Units of a speed."""

from __future__ import annotations

import re

from ...errors import InputError

METRE = r"(?:m|met(?:er|re)s?)"

_SECOND = r"(?:s|sec|seconds?)"

_PER = [rf"{METRE}/{_SECOND}", rf"{METRE}{_SECOND}-1", rf"{METRE}per{_SECOND}"]

_SPEED = {
    1.0: [re.compile(f"^{p}$") for p in _PER],
    0.01: [re.compile(f"^{p.replace(METRE, r'(?:cm|centimet(?:er|re)s?)')}$") for p in _PER],
    1852.0 / 3600.0: [re.compile(r"^(?:kn|kts?|knots?)$")],
}


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
