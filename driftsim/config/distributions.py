"""Distributions of what nobody knows, as a config writes them: ``{ normal = [0, 80], source = "..." }``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from ..system.kinds import Json, JsonView
from . import values

CUT = 3.0
"""Normal and lognormal distributions end here, in standard deviations."""

KINDS = ("normal", "between", "lognormal")
A_DISTRIBUTION = "{normal = [mean, sd]}, {between = [low, high]} or {lognormal = [median, factor of one sd]}"
A_DIRICHLET = "{dirichlet = concentration}, about the given shares"


@dataclass(frozen=True)
class Distribution:
    """One distribution.

    Attributes
    ----------
    kind : str
        ``normal`` (mean, sd), ``between`` (low, high), ``lognormal`` (median, factor of one sd) or ``dirichlet``
        (concentration, unused).
    first, second : float
    source : str
        Where it comes from; "" where the config does not say so.
    """

    kind: str
    first: float
    second: float = 0.0
    source: str = ""

    @classmethod
    def of(cls, table: JsonView) -> Distribution:
        """That of a checked table."""
        kind = next(name for name in table if name != "source")
        numbers = table[kind] if isinstance(table[kind], list | tuple) else [table[kind]]
        first, second = (*(float(number) for number in numbers), 0.0)[:2]
        return cls(kind, first, second, table.get("source", ""))

    @property
    def reach(self) -> tuple[float, float]:
        """Least and greatest value that can be drawn; of shares 0 and 1."""
        if self.kind == "normal":
            return self.first - CUT * self.second, self.first + CUT * self.second
        if self.kind == "lognormal":
            return self.first * self.second**-CUT, self.first * self.second**CUT
        return (0.0, 1.0) if self.kind == "dirichlet" else (self.first, self.second)

    @property
    def text(self) -> str:
        """In words, such as ``normal, 1 ± 0.08``."""
        a, b = f"{self.first:g}", f"{self.second:g}"
        return {
            "normal": f"normal, {a} ± {b}",
            "between": f"even between {a} and {b}",
            "lognormal": f"lognormal, {a} times or divided by {b}",
            "dirichlet": f"Dirichlet, concentration {a}",
        }[self.kind]


def number(value: object) -> Json:
    """A distribution of a number, checked."""
    return _checked(value, KINDS, A_DISTRIBUTION)


def shares(value: object) -> Json:
    """A distribution of shares that add up to one, checked."""
    return _checked(value, ("dirichlet",), A_DIRICHLET)


def _checked(value: object, kinds: tuple[str, ...], form: str) -> Json:
    if not isinstance(value, Mapping):
        raise values.wrong(f"must be {form}")
    unknown = [name for name in value if name not in (*kinds, "source")]
    if unknown:
        name = str(unknown[0])
        near = values.nearest(name, (*kinds, "source"), 0.7)
        shown = values.shown(name)
        raise values.wrong(f"must be {form}; {shown} is none of these" + (f" (the nearest is {near})" if near else ""))
    given = [name for name in value if name != "source"]
    if len(given) != 1:
        raise values.wrong(f"must be {form}: one of these, and there are {len(given)}")
    if not isinstance(value.get("source", ""), str):
        raise values.wrong("must have text in quotes as its source")
    out: Json = {given[0]: _numbers(given[0], value[given[0]])}
    if value.get("source"):
        out["source"] = values.printable(value["source"])
    return out


def _numbers(kind: str, given: object) -> float | list[float]:
    if kind == "dirichlet":
        if not _is_number(given) or not 0.01 <= given <= 1e6:
            raise values.wrong("must have a concentration of 0.01 to 1e6: the larger, the nearer to the given shares")
        return float(given)
    if not isinstance(given, list | tuple) or len(given) != 2 or not all(_is_number(x) for x in given):
        raise values.wrong(f"must have two numbers: {A_DISTRIBUTION}")
    a, b = (float(x) for x in given)
    if kind == "normal" and b < 0.0:
        raise values.wrong(f"must have a standard deviation of 0 or more; it is {b:g}")
    if kind == "between" and a > b:
        raise values.wrong(f"must have the lower end first; it is [{a:g}, {b:g}]")
    if kind == "lognormal" and not (a > 0.0 and 1.0 <= b <= 100.0):
        raise values.wrong(f"must have a median above 0 and a factor of 1 to 100; it is [{a:g}, {b:g}]")
    return [a, b]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e9
