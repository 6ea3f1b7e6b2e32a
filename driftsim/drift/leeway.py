"""The leeway table and the hulls drawn from it.

The table (``data/leeway_classes.csv``) holds the 58 classes of the US Coast Guard's search planning (Allen and Plourde
1999, CG-D-08-99; Allen 2005, CG-D-05-05). It already contains what waves do to a hull, which is why Stokes drift is not
added to it without being asked for. The formula stands in ``driftsim.kernels.hull``.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import PydanticCustomError

from ..config import BoatClass, Boats, values
from ..system import resources
from ..system.errors import InputError

_PERCENT = 0.01
_CM = 0.01


@dataclass(frozen=True)
class LeewayClass:
    """One row of the table, in SI units.

    Attributes
    ----------
    number, key, label, group : int, str, str, str
        As in the table: ``54``, ``"FISHING-VESSEL-5"``, ``"Korean fishing vessel"``, ``"fishing_vessel"``.
    down, right, left : tuple of float
        Slope (fraction of the wind speed), offset (m/s) and standard deviation (m/s) of the leeway downwind, and
        across the wind for hulls that go to its right (slope positive) and to its left (negative).
    std_kind : str
        ``"class_specific"``, or the generic spread that the table gives classes without measurements of their own.
    source : str
    """

    number: int
    key: str
    label: str
    group: str
    down: tuple[float, float, float]
    right: tuple[float, float, float]
    left: tuple[float, float, float]
    std_kind: str
    source: str

    @property
    def row(self) -> tuple[float, ...]:
        """The nine numbers in the order of ``kernels.hull``."""
        return self.down + self.right + self.left


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The classes of a run.

    Attributes
    ----------
    names : tuple of str
        One per class; with capsizing, the class that a boat then has comes last.
    shares : ndarray of float64, shape (class,)
        Share of the boats released in each class; 0 for the capsized one.
    table : ndarray of float32, shape (class, 9)
        Slope, offset, std downwind, to the right, to the left.
    capsized : int
        Index of the class after capsizing, -1 without capsizing.
    carried : tuple of float
        What every hull is carried along beside its leeway, as fractions of the wind: downwind, and to the right
        whichever side the hull lies on; south of the equator to the left.
    """

    names: tuple[str, ...]
    shares: NDArray[np.float64]
    table: NDArray[np.float32]
    capsized: int
    carried: tuple[float, float] = (0.0, 0.0)

    @property
    def rows(self) -> NDArray[np.float32]:
        """The table as the kernels take it, shape (2 * class, 11): see `with_carried`."""
        return with_carried(self.table, self.carried)


def with_carried(table: NDArray[np.float32], carried: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float32]:
    """Classes, shape (class, 9), with two more columns for what carries every hull (``Coefficients.carried``).

    Twice, shape (2 * class, 11): for hulls north of the equator, then for those south of it, where left is right.
    """
    down, right = carried
    north, south = (np.tile(np.array(pair, np.float32), (len(table), 1)) for pair in ((down, right), (down, -right)))
    return np.vstack([np.hstack([table, north]), np.hstack([table, south])])


@dataclass(frozen=True, eq=False)
class Hulls:
    """Drawn leeway, one row per boat.

    Attributes
    ----------
    coefficients : ndarray of float32, shape (boat, 6)
        Pairs (a, b) of the speed ``a W + b`` in m/s: downwind, across the wind when the hull lies to its right
        (positive: to the right of where the wind blows to), and when it lies to its left.
    orientation : ndarray of int8, shape (boat,)
        At release: 1 right of the wind, -1 left.
    """

    coefficients: NDArray[np.float32]
    orientation: NDArray[np.int8]

    def velocity(self, u: Any, v: Any, orientation: Any = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Leeway velocity (m/s, eastward and northward) in the wind (u, v) m/s; 0 in a dead calm.

        ``orientation`` (1 or -1) replaces the one at release. For studies and tests: the kernels have their own.
        """
        u, v = np.asarray(u, np.float64), np.asarray(v, np.float64)
        speed = np.hypot(u, v)
        side = self.orientation if orientation is None else np.asarray(orientation)
        c = self.coefficients.astype(np.float64)
        along = c[:, 0] * speed + c[:, 1]
        cross = np.where(side > 0, c[:, 2] * speed + c[:, 3], c[:, 4] * speed + c[:, 5])
        with np.errstate(invalid="ignore", divide="ignore"):
            east, north = u / speed, v / speed
        # Right of the direction (east, north) is (north, -east).
        calm = speed == 0.0
        return (
            np.where(calm, 0.0, along * east + cross * north),
            np.where(calm, 0.0, along * north - cross * east),
        )


@lru_cache(maxsize=1)
def table() -> tuple[LeewayClass, ...]:
    """All classes, in the order of their numbers."""
    with resources.data("leeway_classes.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(_class(row) for row in csv.DictReader(lines))


def _class(row: dict[str, str]) -> LeewayClass:
    def triple(part: str) -> tuple[float, float, float]:
        return (
            float(row[f"{part}_slope_pct"]) * _PERCENT,
            float(row[f"{part}_offset_cm_per_s"]) * _CM,
            float(row[f"{part}_std_cm_per_s"]) * _CM,
        )

    return LeewayClass(
        number=int(row["class_number"]),
        key=row["class_key"],
        label=row["short_label"],
        group=row["group"],
        down=triple("downwind"),
        right=triple("crosswind_right"),
        left=triple("crosswind_left"),
        std_kind=row["std_kind"],
        source=row["source_series"],
    )


def find(key_or_number: str | int) -> LeewayClass:
    """The class with this key or number, written in any way that a config may write it.

    Raises
    ------
    InputError
        Names the nearest class.
    """
    try:
        key = values.leeway(key_or_number)
    except PydanticCustomError as error:
        allowed, near = (error.context or {}).get("allowed"), (error.context or {}).get("nearest")
        nearest = f"; the nearest is {near}" if near else ""
        raise InputError(f"leeway class {key_or_number!r} {allowed}{nearest}") from None
    return next(entry for entry in table() if entry.key == key)


def coefficients(boats: Boats) -> Coefficients:
    """Classes of the config's ``[boats]`` section, which the door has checked.

    Parameters
    ----------
    boats : Boats
        ``classes`` and ``capsizing`` are read.
    """
    names, rows = [], []
    for entry in boats.classes:
        name, row = _row(entry)
        names.append(name)
        rows.append(row)
    shares = [entry.share for entry in boats.classes]
    capsized = -1
    if boats.capsizing is not None:
        capsized = len(rows)
        names.append(boats.capsizing.name)
        rows.append(find(boats.capsizing.becomes).row)
        shares.append(0.0)
    return Coefficients(
        names=tuple(names),
        shares=np.array(shares) / math.fsum(shares),
        table=np.array(rows, np.float32),
        capsized=capsized,
    )


def _row(entry: BoatClass) -> tuple[str, tuple[float, ...]]:
    if entry.leeway:
        return entry.name, find(entry.leeway).row
    assert entry.windage_percent is not None  # else the door would have refused it
    percent, angle = entry.windage_percent, entry.windage_angle_deg
    down = percent * _PERCENT * math.cos(math.radians(angle))
    across = percent * _PERCENT * math.sin(math.radians(angle))
    # The same pair on both sides: plain windage goes where it is told to, and a jibe changes nothing.
    return entry.name, (down, 0.0, 0.0, across, 0.0, 0.0, across, 0.0, 0.0)


def draw_hulls(
    seed: int,
    boats: NDArray[np.int64],
    boat_class: NDArray[np.int16],
    coefficients: Coefficients,
    redraw_index: int = 0,
    south: NDArray[np.bool_] | None = None,
) -> Hulls:
    """Leeway of boats, each a function of (seed, boat number, class, redraw index) alone.

    Parameters
    ----------
    boats : ndarray of int64, shape (n,)
        Boat numbers.
    boat_class : ndarray of int16, shape (n,)
        Index into ``coefficients.names``; with ``coefficients.capsized`` everywhere, the leeway after capsizing.
    redraw_index : int
        0 for the perturbation at release; 1, 2, ... for later ones where it is redrawn. The orientation is always
        that at release.
    south : ndarray of bool, shape (n,), optional
        Boats south of the equator; by default none.
    """
    from ..kernels import hull

    boats = np.ascontiguousarray(boats, np.int64)
    boat_class = np.ascontiguousarray(boat_class, np.int16)
    if boats.ndim != 1 or boat_class.shape != boats.shape:
        raise InputError(f"boats {boats.shape} and boat_class {boat_class.shape} must be lists of the same length")
    count = len(coefficients.names)
    if boats.size and not (boat_class.min() >= 0 and boat_class.max() < count):
        raise InputError(f"boat_class {boat_class.min()} to {boat_class.max()} must be within 0 to {count - 1}")
    if not 0 <= redraw_index < 2**28:
        raise InputError(f"redraw_index {redraw_index} must be within 0 to 2**28 - 1")
    drawn = np.empty((boats.size, 6), np.float32)
    orientation = np.empty(boats.size, np.int8)
    rows = boat_class if south is None else (boat_class + count * south).astype(np.int16)
    hull.draw_hulls(np.int64(seed), boats, rows, coefficients.rows, np.int64(redraw_index), drawn, orientation)
    return Hulls(drawn, orientation)
