"""The same velocity everywhere: one number for the whole run, or the series of a station."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..system.constants import NAUTICAL_MILE_M, SECONDS_PER_HOUR
from ..system.errors import InputError
from ..system.kinds import Json, JsonView
from .files.file_source import STEADY
from .files.paths import provenance
from .files.steps import date
from .source import FASTEST_M_S, too_fast

Box = tuple[float, float, float, float]

_COMPONENTS = (("u", "v"), ("u_m_s", "v_m_s"), ("east_m_s", "north_m_s"))
_KNOT = NAUTICAL_MILE_M / SECONDS_PER_HOUR
_SPEEDS = {"speed": 1.0, "speed_m_s": 1.0, "speed_cm_s": 0.01, "speed_kn": _KNOT, "speed_knots": _KNOT}
_DIRECTIONS = {"from_deg": -1.0, "to_deg": 1.0}
_COLUMNS = "time, and u and v in m/s, or speed_m_s (or speed_kn) and from_deg (or to_deg)"
_MOST_ROWS = 1_000_000


def components(speed: Any, direction_deg: Any, sign: float) -> tuple[Any, Any]:
    """Eastward and northward part of a speed; ``sign`` is -1 for a direction from which it comes, 1 for one to which.

    Directions are clockwise from north.
    """
    angle = np.radians(direction_deg)
    return sign * speed * np.sin(angle), sign * speed * np.cos(angle)


class Uniform:
    """A velocity that depends on time alone (a `driftsim.forcing.source.Source`), on four nodes around a box.

    Parameters
    ----------
    kind : str
    box : tuple of float
        West, east, south, north, degrees.
    times : array_like, shape (nt,)
        Epoch seconds, ascending.
    values : array_like, shape (nt, 2)
        Towards east and north, m/s.
    covers : tuple of float
    info : mapping
    fastest_m_s : float, optional

    Raises
    ------
    InputError
        If a speed is greater than is believed.
    """

    members = 1
    slow = False
    wet: NDArray[np.bool_] | None = None
    filled: NDArray[np.bool_] | None = None
    valid: NDArray[np.bool_] | None = None

    def __init__(
        self,
        kind: str,
        box: Box,
        times: Any,
        values: Any,
        covers: tuple[float, float],
        info: JsonView,
        fastest_m_s: float | None = None,
    ) -> None:
        self.kind, self.covers, self.info = kind, covers, dict(info)
        west, east, south, north = box
        self.lon, self.lat = np.array([west, east]), np.array([south, north])
        self.times = np.asarray(times, np.float64)
        self._values = np.asarray(values, np.float64).astype(np.float32)
        self.fastest_m_s = FASTEST_M_S[kind] if fastest_m_s is None else float(fastest_m_s)
        if too_fast(self._values, self.fastest_m_s):
            fastest = float(np.hypot(*self._values.T).max())
            raise InputError(
                f"[{kind}]: a speed of {fastest:g} m/s, more than {self.fastest_m_s:g} m/s, is no {kind}: correct it, "
                f"or raise {kind}.fastest_m_s"
            )

    def level(self, k: int) -> NDArray[np.float32]:
        """Velocities at ``times[k]``, shape (1, 2, 2, 2)."""
        return np.ascontiguousarray(np.broadcast_to(self._values[k], (1, 2, 2, 2)))


def constant(kind: str, section: Any, box: Box, period: tuple[float, float]) -> Uniform:
    """One velocity for the whole run, from the keys of a section."""
    if section.speed_m_s is None:
        u, v = section.east_m_s, section.north_m_s
        said = f"{u:g} m/s to the east and {v:g} m/s to the north"
    else:
        sign = -1.0 if kind == "wind" else 1.0
        direction = section.from_deg if kind == "wind" else section.to_deg
        u, v = components(section.speed_m_s, direction, sign)
        said = f"{section.speed_m_s:g} m/s {'from' if kind == 'wind' else 'to'} {direction:g}°"
    info = _info(kind, "constant", f"One {kind} everywhere, at all times: {said}", STEADY, section.scale)
    values = np.array([[u, v]]) * section.scale
    return Uniform(kind, box, [min(period)], values, (-np.inf, np.inf), info, section.fastest_m_s or None)


def series(kind: str, section: Any, box: Box, period: tuple[float, float], paths: Sequence[str]) -> Uniform:
    """The record of a station, taken for the whole domain; between two times the components are interpolated.

    Raises
    ------
    InputError
        If a file cannot be read, the times do not cover the period, or a gap is too long.
    """
    rows: dict[float, tuple[float, float]] = {}
    decided: list[str] = []
    for path in paths:
        for time, value in _read(path, kind, decided):
            if rows.setdefault(time, value) != value:
                raise InputError(f"{path}: {date(time)} comes twice, with other values: leave one out")
    times = np.array(sorted(rows))
    values = np.array([rows[time] for time in times]).reshape(-1, 2) * section.scale
    first, last = min(period), max(period)
    if not times.size or times[0] > first + 1.0 or times[-1] < last - 1.0:
        has = f"cover {date(times[0])} to {date(times[-1])}" if times.size else "hold no row"
        raise InputError(
            f"{kind}.files ({paths[0]}) {has}; the run needs {date(first)} to {date(last)}: add rows, or change "
            "run.start and run.end"
        )
    i = max(int(np.searchsorted(times, first, side="right")) - 1, 0)
    j = min(int(np.searchsorted(times, last, side="left")), times.size - 1)
    gaps = np.diff(times)
    limit = section.max_gap_hours * SECONDS_PER_HOUR or 2.0 * float(np.median(gaps)) if gaps.size else math.inf
    inside = gaps[i:j]
    if inside.size and inside.max() > limit * (1.0 + 1e-9):
        k = i + int(inside.argmax())
        raise InputError(
            f"{kind}.files ({paths[0]}) have no row between {date(times[k])} and {date(times[k + 1])} "
            f"({gaps[k] / SECONDS_PER_HOUR:g} h; the limit is {limit / SECONDS_PER_HOUR:g} h): add the missing rows, "
            f"or allow it with {kind}.max_gap_hours = {math.ceil(gaps[k] / SECONDS_PER_HOUR)}"
        )
    title = f"The {kind} of one station, taken for the whole domain"
    info = _info(kind, "series", title, "observation", section.scale) | {
        "files": [provenance(path) for path in paths],
        "decisions": decided,
        "levels": int(j - i + 1),
        "first_level": date(times[i]),
        "last_level": date(times[j]),
    }
    covers = (float(times[i]), float(times[j]))
    return Uniform(kind, box, times[i : j + 1], values[i : j + 1], covers, info, section.fastest_m_s or None)


def _info(kind: str, product: str, title: str, record: str, scale: float) -> Json:
    return {
        "product": product,
        "title": title,
        "credit": "",
        "kind_of_record": record,
        "licence": "",
        "doi": "",
        "note": "the same over the whole domain, which neither the lee of a coast nor a front is",
        "files": [],
        "holds": None,
        "scale": float(scale),
        "decisions": [],
    }


# Files ---------------------------------------------------------------------------------------------------------------


def _read(path: str, kind: str, decided: list[str]) -> list[tuple[float, tuple[float, float]]]:
    """Epoch seconds and components of each row; what was decided among several possibilities is added to a list."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            names = [name.strip().lower() for name in head.strip().split(_comma(head))]
            rows = list(zip(range(_MOST_ROWS + 1), csv.reader(file, delimiter=_comma(head)), strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"{path}: cannot be read as a table ({problem}); give a CSV file of {_COLUMNS}") from None
    if len(rows) > _MOST_ROWS:
        raise InputError(f"{path}: more than {_MOST_ROWS:,} rows; cut it to the period of the run")
    of = _columns(path, names, kind, decided)
    out = []
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        where = f"{path}: line {number + 2}"
        if len(cells) != len(names):
            raise InputError(f"{where}: has {len(cells)} cells, the first line {len(names)} names; repair it")
        first, second = (cells[n].strip() for n in (of.first, of.second))
        if first and second:  # an empty cell is a missing value, and the row a gap
            a, b = _value(first, where, names[of.first]), _value(second, where, names[of.second])
            value = components(a * of.factor, b, of.sign) if of.sign else (a, b)
            out.append((_time(cells[of.time].strip(), where), (float(value[0]), float(value[1]))))
    return out


def _comma(head: str) -> str:
    return ";" if head.count(";") > head.count(",") else ","


class _Columns:
    """Which columns hold what; ``sign`` is 0 for components, else as of `components`."""

    def __init__(self, time: int, first: int, second: int, factor: float = 1.0, sign: float = 0.0) -> None:
        self.time, self.first, self.second, self.factor, self.sign = time, first, second, factor, sign


def _columns(path: str, names: list[str], kind: str, decided: list[str]) -> _Columns:
    found = {name: n for n, name in enumerate(names)}
    if "time" not in found:
        raise InputError(f"{path}: has no column time, but {', '.join(names)[:200]}; needed are {_COLUMNS}")
    pair = next((pair for pair in _COMPONENTS if set(pair) <= found.keys()), None)
    if pair is not None:
        return _Columns(found["time"], found[pair[0]], found[pair[1]])
    speed = next((name for name in _SPEEDS if name in found), None)
    towards = next((name for name in _DIRECTIONS if name in found), "direction" if "direction" in found else None)
    if speed is None or towards is None:
        raise InputError(f"{path}: has the columns {', '.join(names)[:200]}; needed are {_COLUMNS}")
    sign = _DIRECTIONS.get(towards, -1.0 if kind == "wind" else 1.0)
    if speed == "speed":
        decided.append("the column speed is taken for m/s")
    if towards == "direction":
        decided.append(f"the column direction is taken for where it {'comes from' if sign < 0.0 else 'goes to'}")
    return _Columns(found["time"], found[speed], found[towards], _SPEEDS[speed], sign)


def _value(text: str, where: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: {name} = {text[:40]!r} is no number; leave the cell empty where a value is missing")
    return value


def _time(text: str, where: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{where}: time = {text[:40]!r}: must be a date and time such as 2017-10-01T06:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
